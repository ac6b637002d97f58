//! The engine: a web worker around the library's `Analyzer`.
//!
//! Whatever happens here ends in a message to the page: a panic too. The page decides whether to
//! start a new engine.

mod device;
mod fetch;
mod worker;

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};

use image::GrayImage;
use js_sys::Uint8Array;
use osteolens::analyzer::{Analyzer, Study};
use osteolens::error::{Error, Result};
use osteolens::knees::Position;
use osteolens::prediction;
use osteolens::protocol::{
    Backend, Edit, EngineState, Judged, LoadedModel, NoGpu, Opened, OverlayView, Race, Request, Response, StudyId,
};
use osteolens::weights::{Manifest, ModelEntry, Verified};
use wasm_bindgen_futures::spawn_local;

/// Side of the pictures that show what the networks look at: theirs.
const SEEN_SIDE_PX: u32 = 224;

/// What the engine works off, one after the other.
enum Event {
    Request(Request, Option<Uint8Array>),
    Weights(Box<ModelEntry>, Result<Verified>),
}

thread_local! {
    static QUEUE: RefCell<VecDeque<Event>> = const { RefCell::new(VecDeque::new()) };
    /// The engine, while it is not at work.
    static RESTING: RefCell<Option<Engine>> = RefCell::new(Some(Engine::default()));
}

fn main() {
    std::panic::set_hook(Box::new(|panic| {
        worker::send(&Response::Failed { error: Error::Compute(panic.to_string()) }, None);
    }));
    fetch::wake_stores();
    worker::listen(|request, bytes| enqueue(Event::Request(request, bytes)));
    worker::send(&Response::Awake, None);
}

fn enqueue(event: Event) {
    QUEUE.with_borrow_mut(|queue| queue.push_back(event));
    if let Some(mut engine) = RESTING.take() {
        spawn_local(async move {
            while let Some(event) = QUEUE.with_borrow_mut(VecDeque::pop_front) {
                engine.handle(event).await;
            }
            RESTING.set(Some(engine));
        });
    }
}

/// The analyzer, once a device is open, and the studies of this visit.
#[derive(Default)]
struct Engine {
    running: Option<Running>,
    studies: BTreeMap<StudyId, Study>,
    /// Not judged, but perhaps once they are turned or inverted.
    refused: BTreeMap<StudyId, Study>,
}

struct Running {
    analyzer: Analyzer,
    backend: Backend,
    no_gpu: Option<NoGpu>,
    /// The graphics processor that is to be compared with the CPU.
    unknown_adapter: Option<String>,
    race: Option<Race>,
    wanted: usize,
}

impl Engine {
    async fn handle(&mut self, event: Event) {
        let failed = |error| worker::send(&Response::Failed { error }, None);
        match event {
            Event::Request(Request::Start { backend, model, keep_weights, race }, _) => {
                let race = race.and_then(|json| serde_json::from_str(&json).ok());
                if let Err(error) = self.start(backend, model, keep_weights, race).await {
                    failed(error);
                }
            }
            Event::Weights(entry, bytes) => {
                if let Err(error) = self.add_model(*entry, bytes).await {
                    failed(error);
                }
            }
            Event::Request(Request::Analyze { study, edit }, bytes) => {
                self.forget(study);
                worker::send(&Response::Begun { study }, None);
                self.judge_by_all(study, edit, read(study, edit, bytes)).await;
            }
            Event::Request(Request::Read { study, edit }, bytes) => match read(study, edit, bytes) {
                Ok(read) => worker::send(&Response::Read { study, edit }, Some(&handed_over(&read))),
                Err(error) => worker::send(&Response::StudyFailed { study, edit, error }, None),
            },
            Event::Request(Request::Judge { study, edit }, bytes) => {
                self.forget(study);
                worker::send(&Response::Begun { study }, None);
                self.judge_by_all(study, edit, taken_over(bytes)).await;
            }
            Event::Request(Request::Look { study, edit, window }, bytes) => {
                worker::send(&Response::Begun { study }, None);
                let bytes = bytes.map(|bytes| bytes.to_vec()).unwrap_or_default();
                let picture = Study::look(&bytes, edit, window).ok().map(|picture| rgba(&picture));
                worker::send(&Response::Looked { study, edit, window }, picture.as_ref());
            }
            Event::Request(Request::Overlay { study, view }, _) => {
                worker::send(&Response::Begun { study }, None);
                self.paint(study, view);
            }
            Event::Request(Request::Forget { study }, _) => self.forget(study),
            Event::Request(Request::Traffic, _) => worker::send(&Response::Traffic(worker::fetched()), None),
        }
    }

    fn forget(&mut self, study: StudyId) {
        self.studies.remove(&study);
        self.refused.remove(&study);
    }

    /// Opens a device and asks for the weights, which arrive as events.
    async fn start(
        &mut self,
        backend: Option<Backend>,
        model: Option<String>,
        keep_weights: bool,
        race: Option<Race>,
    ) -> Result<()> {
        let manifest = Manifest::parse(&fetch::bytes("weights/manifest.json").await?)?;
        let wanted: Vec<ModelEntry> = manifest
            .models
            .iter()
            .filter(|entry| model.as_ref().is_none_or(|model| *model == entry.id))
            .cloned()
            .collect();
        if wanted.is_empty() {
            let known: Vec<&str> = manifest.models.iter().map(|entry| entry.id.as_str()).collect();
            return Err(Error::Weights(format!(
                "there is no model «{}»; known are {}",
                model.unwrap_or_default(),
                known.join(", ")
            )));
        }
        fetch::weights(&wanted, keep_weights, |entry, bytes| enqueue(Event::Weights(Box::new(entry), bytes)));
        let opened = device::open(backend, race).await?;
        let backend = opened.processor.backend();
        let mut analyzer = Analyzer::new(manifest, opened.processor, worker::now_ms);
        if opened.unknown_adapter.is_some() {
            analyzer.compare_with_cpu();
        }
        self.running = Some(Running {
            analyzer,
            backend,
            no_gpu: opened.no_gpu,
            unknown_adapter: opened.unknown_adapter,
            race: None,
            wanted: wanted.len(),
        });
        Ok(())
    }

    /// Loads and tests a model, reports it, and lets it judge what the page already holds.
    async fn add_model(&mut self, entry: ModelEntry, bytes: Result<Verified>) -> Result<()> {
        let Some(running) = &mut self.running else { return Ok(()) };
        let model = entry.id.clone();
        running.analyzer.load(entry, bytes?).await?;
        if running.analyzer.models().count() == running.wanted {
            running.settle();
            // The page looks for them then.
            fetch::put_away().await;
        }
        worker::send(&Response::Ready(Box::new(running.state())), None);
        let studies: Vec<(StudyId, Edit)> = self.studies.iter().map(|(id, study)| (*id, study.edit())).collect();
        for (study, edit) in studies {
            worker::send(&Response::Begun { study }, None);
            if let Err(error) = self.judge(study, &model).await {
                worker::send(&Response::StudyFailed { study, edit, error }, None);
            }
        }
        // What one model would take for a knee once turned, another may not.
        let Some(running) = &self.running else { return Ok(()) };
        for (id, study) in &self.refused {
            let reasons = running.analyzer.refusals(study).await?;
            worker::send(&Response::Refused { study: *id, edit: study.edit(), reasons }, None);
        }
        Ok(())
    }

    async fn judge_by_all(&mut self, id: StudyId, edit: Edit, read: Result<Study>) {
        let judged = match read {
            Ok(study) => self.judge_read(id, study).await,
            Err(error) => Err(error),
        };
        if let Err(error) = judged {
            self.studies.remove(&id);
            worker::send(&Response::StudyFailed { study: id, edit, error }, None);
        }
    }

    async fn judge_read(&mut self, id: StudyId, study: Study) -> Result<()> {
        if let Some(running) = &self.running {
            let reasons = running.analyzer.refusals(&study).await?;
            if !reasons.is_empty() {
                worker::send(&Response::Refused { study: id, edit: study.edit(), reasons }, None);
                self.refused.insert(id, study);
                return Ok(());
            }
        }
        self.studies.insert(id, study);
        let models: Vec<String> =
            self.running.iter().flat_map(|running| running.analyzer.models()).map(|entry| entry.id.clone()).collect();
        for model in models {
            self.judge(id, &model).await?;
        }
        Ok(())
    }

    /// One more model judges a study. After the last one: verdict first, heat maps second.
    async fn judge(&mut self, id: StudyId, model: &str) -> Result<()> {
        let (Some(running), Some(study)) = (&self.running, self.studies.get_mut(&id)) else { return Ok(()) };
        if study.is_judged_by(model) {
            return Ok(());
        }
        running.analyzer.judge(study, model).await?;
        let reasons = running.analyzer.refusals(study).await?;
        if !reasons.is_empty() {
            worker::send(&Response::Refused { study: id, edit: study.edit(), reasons }, None);
            self.refused.extend(self.studies.remove_entry(&id));
            return Ok(());
        }
        let knees = running.analyzer.results(study);
        // No verdict before every model has said that this is a knee.
        if knees.first().is_none_or(|knee| knee.models.len() < running.wanted) {
            return Ok(());
        }
        let judged = Judged {
            study: id,
            edit: study.edit(),
            verdict: prediction::worst(knees.iter().map(|knee| knee.verdict)),
            knees,
            timings: study.timings(),
        };
        worker::send(&Response::Judged(judged), None);
        running.analyzer.explain(study).await?;
        let (edit, class, timings) = (study.edit(), study.leading_class(), study.timings());
        let explained = Response::Explained { study: id, edit, class, timings };
        worker::send(&explained, None);
        Ok(())
    }

    fn paint(&self, id: StudyId, view: OverlayView) {
        let (Some(running), Some(study)) = (&self.running, self.studies.get(&id)) else { return };
        let overlay = running.analyzer.overlay(study, &view);
        let pixels = overlay.picture.map(|picture| Uint8Array::from(picture.as_raw().as_slice()));
        let empty = pixels.is_none();
        let painted =
            Response::Overlay { study: id, edit: study.edit(), view, empty, border_share: overlay.border_share };
        worker::send(&painted, pixels.as_ref());
    }
}

impl Running {
    /// All models are there: the faster processor goes on.
    fn settle(&mut self) {
        let (Some(adapter), Some((gpu_ms, cpu_ms))) = (self.unknown_adapter.take(), self.analyzer.settle()) else {
            return;
        };
        let race = Race { adapter, gpu_ms: gpu_ms.ceil() as u32, cpu_ms: cpu_ms.ceil() as u32 };
        if race.winner() == Backend::Cpu {
            self.backend = Backend::Cpu;
            self.no_gpu = Some(NoGpu::Slower(race.clone()));
        }
        self.race = Some(race);
    }

    fn state(&self) -> EngineState {
        let models: Vec<LoadedModel> = self
            .analyzer
            .models()
            .map(|entry| LoadedModel { id: entry.id.clone(), name: entry.name.clone(), sha256: entry.sha256.clone() })
            .collect();
        EngineState {
            backend: self.backend,
            no_gpu: self.no_gpu.clone(),
            race: self.race.as_ref().and_then(|race| serde_json::to_string(race).ok()),
            complete: models.len() == self.wanted,
            operating_point: self.analyzer.operating_point(),
            clinical: Some(self.analyzer.clinical().clone()),
            models,
        }
    }
}

/// Decodes a file, finds its knees, and shows both.
fn read(id: StudyId, edit: Edit, bytes: Option<Uint8Array>) -> Result<Study> {
    let bytes = bytes.map(|bytes| bytes.to_vec()).unwrap_or_default();
    let started = worker::now_ms();
    let mut study = Study::open(&bytes, edit)?;
    let decode_ms = worker::now_ms() - started;
    study.find_knees(worker::now_ms);
    let seen = study.seen(SEEN_SIDE_PX, worker::now_ms);
    worker::send(&Response::Opened(opened(id, &study, &seen, decode_ms)), Some(&rgba(&study.picture())));
    for (position, picture) in seen {
        worker::send(&Response::Seen { study: id, edit, position, side_px: SEEN_SIDE_PX }, Some(&rgba(&picture)));
    }
    Ok(study)
}

/// A study that nobody has judged, for another engine.
fn handed_over(study: &Study) -> Uint8Array {
    let packed = postcard::to_allocvec(study).expect("what was read is plain data");
    Uint8Array::from(packed.as_slice())
}

fn taken_over(bytes: Option<Uint8Array>) -> Result<Study> {
    let packed = bytes.map(|bytes| bytes.to_vec()).unwrap_or_default();
    postcard::from_bytes(&packed)
        .map_err(|error| Error::Compute(format!("what was read did not arrive whole ({error})")))
}

fn opened(study: StudyId, of: &Study, seen: &[(Position, GrayImage)], decode_ms: f64) -> Opened {
    let picture = of.shown_size();
    let (source_width_px, source_height_px) = of.source_size();
    let knees = of.knees().iter().map(|knee| (knee.position, knee.region.scaled(of.shown_from_source())));
    Opened {
        study,
        width_px: picture.0,
        height_px: picture.1,
        source_width_px,
        source_height_px,
        knees: knees.collect(),
        edit: of.edit(),
        dicom: of.dicom().cloned(),
        windows: of.windows().to_vec(),
        quality: of.quality(seen),
        is_tinted: of.is_tinted(),
        decode_ms,
    }
}

/// Grey pixels as a canvas takes them.
fn rgba(picture: &GrayImage) -> Uint8Array {
    Uint8Array::from(pixels::rgba(picture).as_slice())
}
