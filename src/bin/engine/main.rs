//! The engine: a web worker around the crate `analysis`.
//!
//! Whatever happens here ends in a message to the page: a panic too. The page decides whether to
//! start a new engine. The same program is the engine's helper (`helping`), in a worker that the engine starts.

mod device;
mod fetch;
mod helper_worker;
mod helping;
mod reading;
mod running;
mod sharing;
mod worker;

use std::cell::RefCell;
use std::collections::VecDeque;

use analysis::analyzer::{Analyzer, Overlay};
use analysis::error::{Error, Result};
use analysis::film::{self, Film};
use analysis::findings::{Difference, OverlayView};
use analysis::knees::Position;
use analysis::manifest::{Manifest, ModelEntry};
use analysis::{Backend, Parameters};
use helper_worker::HelperWorker;
use image::GrayImage;
use js_sys::Uint8Array;
use osteolens::detail::Detail;
use osteolens::helper::{Answer, ErrandId, Helper};
use osteolens::protocol::{Fetched, Opened, Race, Request, Response, StudyId};
use radiograph::{Edit, Region, Window};
use running::Running;
use wasm_bindgen_futures::spawn_local;

/// Side of the pictures that show what the networks look at: theirs.
const SEEN_SIDE_PX: u32 = 224;

/// What the engine works off, one after the other.
enum Event {
    Request(Request, Option<Uint8Array>),
    Weights(Box<ModelEntry>, Result<Parameters>),
    Answer(Answer, Option<Uint8Array>),
    Tick,
}

thread_local! {
    static QUEUE: RefCell<VecDeque<Event>> = const { RefCell::new(VecDeque::new()) };
    /// The engine, while it is not at work.
    static RESTING: RefCell<Option<Engine>> = RefCell::new(Some(Engine::default()));
}

fn main() {
    if worker::is_helper() {
        return helping::serve();
    }
    std::panic::set_hook(Box::new(|panic| {
        worker::send(&Response::Failed { error: Error::Compute(panic.to_string()) }, None);
    }));
    fetch::wake_stores();
    worker::listen(|request, bytes| enqueue(Event::Request(request, bytes)));
    worker::send(&Response::Awake, None);
}

fn enqueue(event: Event) {
    QUEUE.with_borrow_mut(|queue| {
        // A helper that has answered may have nothing more to do.
        let is_answer = |event: &Event| matches!(event, Event::Answer(..));
        let answers =
            if is_answer(&event) { queue.iter().take_while(|one| is_answer(one)).count() } else { queue.len() };
        queue.insert(answers, event);
    });
    if let Some(mut engine) = RESTING.take() {
        spawn_local(async move {
            while let Some(event) = engine.next().await {
                engine.handle(event).await;
            }
            RESTING.set(Some(engine));
        });
    }
}

/// How many files wait behind the one in hand.
fn waiting_files() -> usize {
    let is_file = |event: &&Event| matches!(event, Event::Request(Request::Analyze { .. } | Request::Judge { .. }, _));
    QUEUE.with_borrow(|queue| queue.iter().filter(is_file).count())
}

/// The analyzer, once a device is open, and the films of this visit.
#[derive(Default)]
struct Engine {
    running: Option<Running>,
    films: Vec<Held>,
    /// The picture looked at last with another VOI window than the file's own.
    looked: Option<((StudyId, Edit, Window), GrayImage)>,
    helper: Helper,
    helper_worker: Option<HelperWorker>,
    /// What the helper has fetched since the page last asked.
    fetched: Vec<Fetched>,
}

/// A film that is judged, waits for a model or for the helper, or is refused. A refused one is kept, because a model that loads later
/// may tell that it shows a knee once it is turned, inverted or straightened.
struct Held {
    study: StudyId,
    film: Film,
    /// What the helper has in hand of it.
    errand: Option<ErrandId>,
}

impl Engine {
    /// The next event, once what has come meanwhile stands in the queue where it decides who does what.
    async fn next(&self) -> Option<Event> {
        if self.may_share() {
            worker::breathe().await;
        }
        QUEUE.with_borrow_mut(VecDeque::pop_front)
    }

    async fn handle(&mut self, event: Event) {
        let failed = |error| worker::send(&Response::Failed { error }, None);
        match event {
            Event::Request(Request::Start { backend, model, keep_weights, race }, _) => {
                let race = race.and_then(|json| serde_json::from_str(&json).ok());
                if let Err(error) = self.start(backend, model, keep_weights, race).await {
                    failed(error);
                }
            }
            Event::Weights(entry, parameters) => {
                if let Err(error) = self.add_model(*entry, parameters).await {
                    failed(error);
                }
            }
            Event::Request(Request::Analyze { study, edit }, bytes) => {
                worker::send(&Response::Begun { study }, None);
                self.judge_read(study, edit, read(study, edit, bytes)).await;
            }
            Event::Request(Request::Read { study, edit }, bytes) => match read(study, edit, bytes) {
                Ok(read) => worker::send(&Response::Read { study, edit }, Some(&handed_over(&read))),
                Err(error) => worker::send(&Response::StudyFailed { study, edit, error }, None),
            },
            Event::Request(Request::Judge { study, edit }, bytes) => {
                worker::send(&Response::Begun { study }, None);
                self.judge_read(study, edit, taken_over(bytes)).await;
            }
            Event::Request(Request::Look { study, edit, window }, bytes) => {
                worker::send(&Response::Begun { study }, None);
                let bytes = bytes.map(|bytes| bytes.to_vec()).unwrap_or_default();
                self.looked = None;
                let picture = reading::look(&bytes, edit, window).ok();
                let pixels = picture.as_ref().map(|picture| rgba(&film::shown(picture)));
                self.looked = picture.map(|picture| ((study, edit, window), picture));
                worker::send(&Response::Looked { study, edit, window }, pixels.as_ref());
            }
            Event::Request(Request::Detail { study, edit, window, detail }, _) => {
                worker::send(&Response::Begun { study }, None);
                let pixels = self.film_in(study, edit, window).map(|picture| rgba(&part_of(picture, detail)));
                worker::send(&Response::Detail { study, edit, window, detail }, pixels.as_ref());
            }
            Event::Request(Request::Overlay { study, view }, _) => {
                worker::send(&Response::Begun { study }, None);
                self.paint(study, view);
            }
            Event::Request(Request::Evidence { study }, _) => {
                // There is none when a worker that has ended since has judged it.
                let film = self.film(study);
                let (edit, evidence) = film.map(|film| (film.edit(), film.evidence())).unwrap_or_default();
                worker::send(&Response::Evidence { study, edit, evidence }, film.map(handed_over).as_ref());
            }
            Event::Request(Request::Check { study, edit, evidence }, bytes) => {
                let response = match self.repeat(bytes).await {
                    Ok(film) => {
                        let difference = Difference::between(&evidence, &film.evidence());
                        Response::Checked { study, edit, difference }
                    }
                    Err(error) => Response::StudyFailed { study, edit, error },
                };
                worker::send(&response, None);
            }
            Event::Request(Request::Forget { study }, _) => {
                self.forget(study);
                self.looked.take_if(|((looked, ..), _)| *looked == study);
            }
            Event::Request(Request::Traffic, _) => {
                let fetched = worker::fetched().into_iter().chain(self.fetched.drain(..)).collect();
                worker::send(&Response::Traffic(fetched), None);
            }
            Event::Answer(answer, bytes) => self.hear_helper(answer, bytes).await,
            Event::Tick => self.tick().await,
        }
    }

    /// Opens a device and asks for the weights, which arrive as events.
    async fn start(
        &mut self,
        backend: Option<Backend>,
        model: Option<String>,
        keep_weights: bool,
        race: Option<Race>,
    ) -> Result<()> {
        let bytes = fetch::manifest().await?;
        let manifest = Manifest::parse(&bytes)?;
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
        let on_arrival = |entry, parameters| enqueue(Event::Weights(Box::new(entry), parameters));
        fetch::weights(&wanted, keep_weights, on_arrival);
        let device::Device { processor, no_gpu, unknown_adapter } = device::open(backend, race).await?;
        let backend = processor.backend();
        let mut analyzer = Analyzer::new(manifest, wanted.len(), processor, worker::now_ms);
        if unknown_adapter.is_some() {
            analyzer.compare_with_cpu();
        }
        self.running = Some(Running { analyzer, backend, no_gpu, unknown_adapter, race: None, manifest: bytes });
        Ok(())
    }

    /// Loads and tests a model, reports it, and lets it judge what the page already holds.
    async fn add_model(&mut self, entry: ModelEntry, parameters: Result<Parameters>) -> Result<()> {
        let Some(running) = &mut self.running else { return Ok(()) };
        running.analyzer.load(&entry, &parameters?).await?;
        if running.analyzer.is_complete() {
            running.settle();
            // On `Ready` the page checks whether the weights are kept (`ui/offline`): they must be by then.
            fetch::put_away().await;
        }
        worker::send(&Response::Ready(Box::new(running.state())), None);
        for study in self.films.iter().map(|held| held.study).collect::<Vec<_>>() {
            worker::send(&Response::Begun { study }, None);
            self.judge(study).await;
        }
        Ok(())
    }

    async fn judge_read(&mut self, study: StudyId, edit: Edit, read: Result<Film>) {
        self.forget(study);
        self.looked.take_if(|((looked, ..), _)| *looked == study);
        match read {
            Ok(film) => {
                self.films.push(Held { study, film, errand: None });
                self.judge(study).await;
            }
            Err(error) => worker::send(&Response::StudyFailed { study, edit, error }, None),
        }
    }

    /// Has the models judge a film, as far as they are loaded, and tells what comes of it.
    async fn judge_here(&mut self, study: StudyId) {
        let held = self.films.iter_mut().find(|held| held.study == study);
        let (Some(running), Some(Held { film, .. })) = (&self.running, held) else { return };
        if let Err(error) = running.judge(study, film).await {
            worker::send(&Response::StudyFailed { study, edit: film.edit(), error }, None);
            self.forget(study);
        }
    }

    fn film(&self, study: StudyId) -> Option<&Film> {
        self.films.iter().find(|held| held.study == study).map(|held| &held.film)
    }

    fn forget(&mut self, study: StudyId) {
        self.films.retain(|held| held.study != study);
    }

    /// Judges and explains a film that another engine has read; the page is told nothing of it.
    async fn repeat(&self, film: Option<Uint8Array>) -> Result<Film> {
        let running = self.running.as_ref().ok_or_else(|| Error::Compute("no model is loaded".into()))?;
        let mut film = taken_over(film)?;
        running.analyzer.judge(&mut film).await?;
        running.analyzer.explain(&mut film);
        Ok(film)
    }

    /// A film in full size, if it is held here with this VOI window.
    fn film_in(&self, study: StudyId, edit: Edit, window: Window) -> Option<&GrayImage> {
        match &self.looked {
            Some((looked, picture)) if *looked == (study, edit, window) => Some(picture),
            _ if window == Window::Own => self.film(study).filter(|film| film.edit() == edit).map(Film::pixels),
            _ => None,
        }
    }

    fn paint(&self, study: StudyId, view: OverlayView) {
        let (Some(running), Some(film)) = (&self.running, self.film(study)) else { return };
        let Overlay { picture, is_on_border, peak } = running.analyzer.overlay(film, &view);
        let pixels = picture.map(|picture| Uint8Array::from(picture.as_raw().as_slice()));
        let (edit, empty) = (film.edit(), pixels.is_none());
        worker::send(&Response::Overlay { study, edit, view, empty, is_on_border, peak }, pixels.as_ref());
    }
}

/// Decodes a file, finds its knees, and shows both.
fn read(study: StudyId, edit: Edit, bytes: Option<Uint8Array>) -> Result<Film> {
    let bytes = bytes.map(|bytes| bytes.to_vec()).unwrap_or_default();
    let started = worker::now_ms();
    let mut film = reading::open(&bytes, edit)?;
    let decode_ms = worker::now_ms() - started;
    film.find_knees(worker::now_ms);
    let seen = film.seen(SEEN_SIDE_PX, worker::now_ms);
    worker::send(&Response::Opened(Box::new(shown(study, &film, &seen, decode_ms))), Some(&rgba(&film.picture())));
    for (position, picture) in seen {
        worker::send(&Response::Seen { study, edit, position, side_px: SEEN_SIDE_PX }, Some(&rgba(&picture)));
    }
    Ok(film)
}

/// A film as bytes for another engine, without the models' opinions, which are not serialised.
fn handed_over(film: &Film) -> Uint8Array {
    let packed = postcard::to_allocvec(film).expect("what was read is plain data");
    Uint8Array::from(packed.as_slice())
}

fn taken_over(bytes: Option<Uint8Array>) -> Result<Film> {
    let packed = bytes.map(|bytes| bytes.to_vec()).unwrap_or_default();
    postcard::from_bytes(&packed)
        .map_err(|error| Error::Compute(format!("what was read did not arrive whole ({error})")))
}

fn shown(study: StudyId, of: &Film, seen: &[(Position, GrayImage)], decode_ms: f64) -> Opened {
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
        person: of.person(),
        windows: of.windows().to_vec(),
        spacing: of.spacing(),
        notes: of.notes().to_vec(),
        quality: of.quality(seen),
        is_tinted: of.is_tinted(),
        decode_ms,
    }
}

/// A part of a picture in the size wanted.
fn part_of(picture: &GrayImage, detail: Detail) -> GrayImage {
    let Region { x_px, y_px, width_px, height_px } = detail.part.within(picture.width(), picture.height());
    pixels::resized_part(picture, [x_px, y_px, width_px, height_px], detail.width_px, detail.height_px)
}

/// Grey pixels as a canvas takes them.
fn rgba(picture: &GrayImage) -> Uint8Array {
    Uint8Array::from(pixels::rgba(picture).as_slice())
}
