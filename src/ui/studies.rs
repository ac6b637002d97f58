//! The studies of this visit, and how the engine's answers change them.

use gloo_file::File;
use js_sys::Uint8Array;
use leptos::prelude::*;
use leptos::task::spawn_local;
use osteolens::error::Error;
use osteolens::gate::Adjustment;
use osteolens::heatmap::ColourMap;
use osteolens::protocol::{OverlayView, Response, StudyId, Timings};

use super::browser;
use super::engine::Engine;
use super::session::{Overlay, Picture, Stage, Study};

/// Pictures kept for looking at again; older ones go.
const KEPT: usize = 12;

/// All studies, the newest last, and the one that is looked at.
#[derive(Clone, Copy)]
pub struct Studies {
    /// In the order dropped.
    pub all: RwSignal<Vec<Study>, LocalStorage>,
    /// The one shown large.
    pub shown: RwSignal<Option<StudyId>, LocalStorage>,
    next: StoredValue<StudyId>,
}

impl Studies {
    /// None yet.
    pub fn new() -> Self {
        Self { all: RwSignal::new_local(Vec::new()), shown: RwSignal::new_local(None), next: StoredValue::new(1) }
    }

    /// The study that is looked at.
    pub fn current(&self) -> Option<Study> {
        let shown = self.shown.get()?;
        self.all.with(|all| all.iter().find(|study| study.id == shown).cloned())
    }

    /// Reads files and hands them to the engine.
    pub fn add_files(self, engine: &Engine, files: Vec<File>) {
        for file in files {
            let id = self.add(engine, file.name());
            let engine = engine.clone();
            spawn_local(async move {
                match browser::read(&file).await {
                    // With many files at once it may have been dropped meanwhile.
                    Ok(bytes) if self.all.with_untracked(|all| all.iter().any(|study| study.id == id)) => {
                        engine.analyze(id, bytes, None);
                    }
                    Ok(_) => {}
                    Err(reason) => self.fail(id, &reason),
                }
            });
        }
    }

    /// Fetches a sample and hands it to the engine.
    pub fn add_sample(self, engine: &Engine, file: &'static str) {
        let id = self.add(engine, file.to_owned());
        let engine = engine.clone();
        spawn_local(async move {
            match browser::fetch(&format!("samples/{file}")).await {
                Ok(bytes) => engine.analyze(id, bytes, None),
                Err(reason) => self.fail(id, &reason),
            }
        });
    }

    /// Has a refused picture judged once more, turned or inverted.
    pub fn adjust(&self, engine: &Engine, id: StudyId, adjustment: Adjustment) {
        self.change(id, |study| study.begin_again(browser::now_ms()));
        engine.adjust(id, adjustment);
    }

    /// Takes a study off the page.
    pub fn remove(&self, engine: &Engine, id: StudyId) {
        engine.forget(id);
        self.all.update(|all| all.retain(|study| study.id != id));
        self.show_another_than(id);
    }

    /// Goes back to the latest other result when this study was the one looked at.
    fn show_another_than(&self, id: StudyId) {
        if self.shown.get_untracked() == Some(id) {
            let other = |study: &&Study| study.id != id && study.picture.is_some() && !study.is_failed();
            let other = self.all.with_untracked(|all| all.iter().rev().find(other).map(|study| study.id));
            self.shown.set(other);
        }
    }

    /// Takes in what the engine says.
    pub fn hear(&self, response: Response, bytes: Option<Uint8Array>) {
        match response {
            Response::Opened(opened) => {
                let id = opened.study;
                self.change(id, |study| {
                    let decoded = browser::now_ms();
                    browser::measure("decode", decoded - opened.decode_ms, opened.decode_ms);
                    study.picture = bytes.map(|pixels| Picture { opened, pixels });
                });
                if self.all.with_untracked(|all| all.iter().any(|study| study.id == id)) {
                    self.shown.set(Some(id));
                }
            }
            Response::Judged(judged) => self.change(judged.study, |study| {
                if judged.complete {
                    let now = browser::now_ms();
                    browser::measure("total", study.dropped_ms, now - study.dropped_ms);
                }
                study.stage = Stage::Judged(judged);
            }),
            Response::Explained { study, class, complete, timings } => self.change(study, |study| {
                study.explained = Some(class);
                if complete {
                    measure_stages(&timings);
                }
            }),
            Response::Refused { study, reasons } => self.change(study, |study| {
                // A second model may refuse what the first one judged: its answer goes.
                study.explained = None;
                study.overlay = None;
                study.stage = Stage::Refused(reasons);
            }),
            Response::StudyFailed { study, error } => {
                // What was said before the failure stays.
                let said = |one: &Study| one.id == study && matches!(one.stage, Stage::Judged(_));
                if !self.all.with_untracked(|all| all.iter().any(said)) {
                    self.change(study, |study| study.stage = Stage::Failed(error));
                    self.show_another_than(study);
                }
            }
            Response::Overlay { study, view, border_share, .. } => self.change(study, |study| {
                study.overlay = Some(Overlay { view, pixels: bytes, border_share });
            }),
            // A new engine knows nothing of earlier studies: their heat maps cannot be asked for.
            Response::Awake => self.all.update(|all| {
                for study in all {
                    study.explained = None;
                    study.overlay = None;
                }
            }),
            Response::Progress { .. } | Response::Ready(_) | Response::Failed { .. } => {}
        }
    }

    fn add(self, engine: &Engine, file: String) -> StudyId {
        let id = self.next.get_value();
        self.next.set_value(id + 1);
        let study = Study {
            id,
            file,
            dropped_ms: browser::now_ms(),
            picture: None,
            stage: Stage::Working,
            explained: None,
            overlay: None,
        };
        self.all.update(|all| all.push(study));
        if let Some(oldest) = self.all.with_untracked(|all| (all.len() > KEPT).then(|| all[0].id)) {
            self.remove(engine, oldest);
        }
        id
    }

    fn fail(self, id: StudyId, reason: &str) {
        let error = Error::Unreadable(format!("The browser could not read the file ({reason}). Choose it again."));
        self.change(id, |study| study.stage = Stage::Failed(error));
    }

    fn change(self, id: StudyId, change: impl FnOnce(&mut Study)) {
        self.all.update(|all| {
            if let Some(study) = all.iter_mut().find(|study| study.id == id) {
                change(study);
            }
        });
    }
}

/// The heat map that is asked for first.
pub fn first_view(study: &Study) -> Option<OverlayView> {
    let Stage::Judged(judged) = &study.stage else { return None };
    let (model, _) = judged.knees.first()?.models.last()?;
    Some(OverlayView { model: model.clone(), class: study.explained?, colours: ColourMap::default() })
}

fn measure_stages(timings: &Timings) {
    let now = browser::now_ms();
    for (name, duration_ms) in
        [("preprocess", timings.preprocess_ms), ("inference", timings.inference_ms), ("grad-cam", timings.grad_cam_ms)]
    {
        browser::measure(name, now - duration_ms, duration_ms);
    }
}
