//! The page's side of the engine: starts the worker, watches over it, and starts another on the
//! CPU when it falls silent, breaks or answers wrongly.

mod link;
mod reader;
mod recovery;
mod second_engine;
mod wanted;

use std::cell::RefCell;
use std::rc::Rc;

use analysis::Backend;
use analysis::error::Error;
use js_sys::Uint8Array;
use leptos::prelude::*;
use osteolens::protocol::{Request, Response, StudyId};
use radiograph::{Edit, Window};

use super::browser::{self, FromWorker, Program, Worker};
use super::studies::close_up::CloseUp;
use super::text;
pub use link::{Engine, Status};
use link::{Inner, Pending};
pub use wanted::Wanted;

/// Under which it is remembered how fast both processors are.
const RACE: &str = "osteolens-race";

impl Engine {
    /// Starts the engine as the page's address asks.
    pub fn start(on_response: impl Fn(Response, Option<Uint8Array>) + 'static) -> Self {
        let engine = Self {
            status: RwSignal::new_local(Status::Loading(0, 0)),
            note: RwSignal::new(None),
            traffic: RwSignal::new(Vec::new()),
            wanted: Rc::new(Wanted::of_address()),
            inner: Rc::new(RefCell::new(Inner::default())),
            on_response: Rc::new(on_response),
        };
        let (program, backend) = (engine.program(), engine.forced());
        *engine.inner.borrow_mut() = Inner { program, backend, ..Inner::default() };
        engine.begin();
        let shown = engine.clone();
        let _ = window_event_listener_untyped("pageshow", move |_| shown.doubt());
        let watched = engine.clone();
        set_interval(move || watched.watch(), std::time::Duration::from_secs(1));
        engine
    }

    /// Starts, or starts once more after it has failed or was stopped.
    pub fn begin(&self) {
        let mut inner = self.inner.borrow_mut();
        (inner.restarts, inner.holds_files) = (0, false);
        drop(inner);
        match self.wanted.as_ref() {
            Ok(_) => self.launch(),
            Err(error) => self.give_up(error),
        }
    }

    /// Ends the loading; what waits goes on waiting.
    pub fn stop(&self) {
        browser::forget_program(self.program());
        browser::set_root("data-engine", "failed");
        self.status.set(Status::Failed(Error::Stopped));
        self.inner.borrow_mut().worker = None;
    }

    /// Sends a file, or a part of it, to be judged.
    pub fn analyze(&self, study: StudyId, bytes: Uint8Array, edit: Edit) {
        // What comes while loading is stopped waits until it is begun again.
        if let Status::Failed(error) = self.status.get_untracked().clone()
            && error != Error::Stopped
        {
            (self.on_response)(Response::StudyFailed { study, edit, error }, None);
            return;
        }
        let mut inner = self.inner.borrow_mut();
        inner.forget(study);
        if let Some(file) = inner.read_ahead(Pending { study, edit, bytes }) {
            inner.judge(file);
        }
        drop(inner);
        self.start_reader();
    }

    /// Asks for a study in another window; whether there is an engine to ask.
    pub fn look(&self, study: StudyId, bytes: &Uint8Array, edit: Edit, window: Window) -> bool {
        let inner = self.inner.borrow();
        let Some(worker) = inner.looking() else { return false };
        worker.send(&Request::Look { study, edit, window }, Some(bytes));
        true
    }

    /// Asks for a part of a study in the file's own resolution; whether there is an engine to ask.
    pub fn look_closely(&self, CloseUp { study, edit, window, detail }: CloseUp) -> bool {
        let inner = self.inner.borrow();
        // Who judges a film holds it in the file's own window.
        let worker = if window == Window::Own { inner.judging() } else { inner.looking() };
        let Some(worker) = worker else { return false };
        worker.send(&Request::Detail { study, edit, window, detail }, None);
        true
    }

    /// Drops what is kept for a study.
    pub fn forget(&self, study: StudyId) {
        self.inner.borrow_mut().forget(study);
        self.send(&Request::Forget { study });
    }

    fn launch(&self) {
        browser::set_root("data-engine", "loading");
        self.status.set(Status::Loading(0, 0));
        let needs_reader = self.program() == Program::Reference && self.inner.borrow().reader.is_none();
        if needs_reader {
            self.launch_reader();
        }
        let engine = self.clone();
        let worker = Worker::start(self.program(), Rc::new(move |from| engine.on_message(from)));
        let now = browser::now_ms();
        let mut inner = self.inner.borrow_mut();
        inner.started_ms = now;
        inner.in_hand = None;
        inner.is_awake = false;
        inner.heard_ms = now;
        inner.doubted_ms = None;
        match worker {
            Ok(worker) => inner.worker = Some(worker),
            Err(reason) => {
                drop(inner);
                self.give_up(&Error::Compute(reason));
            }
        }
    }

    fn on_message(&self, from: FromWorker) {
        self.inner.borrow_mut().doubted_ms = None;
        // What was fetched is asked for again and again, and answered between two pieces of work.
        if !matches!(from, FromWorker::Message(Response::Traffic(_), _)) {
            self.inner.borrow_mut().heard_ms = browser::now_ms();
        }
        match from {
            FromWorker::NotLoaded(reason) => {
                // It may be that this browser, or its store of files, has the other fast one alone.
                if self.program() == Program::Fast && browser::fetch_plain_program() {
                    self.launch();
                } else {
                    self.give_up(&Error::Weights(reason));
                }
            }
            // It ended before it had begun: a file that it needs did not come.
            FromWorker::Broken(reason) if !self.inner.borrow().is_awake => {
                self.recover(&Error::Weights(reason.replace(&browser::base(), "")));
            }
            FromWorker::Broken(reason) => self.recover(&Error::Compute(reason)),
            FromWorker::Message(response, bytes) => self.on_message_of_ours(response, bytes),
        }
    }

    fn on_message_of_ours(&self, response: Response, bytes: Option<Uint8Array>) {
        match response {
            Response::Awake => {
                let mut inner = self.inner.borrow_mut();
                inner.is_awake = true;
                let Some(worker) = &inner.worker else { return };
                // It was measured of the fast engine.
                let race = if self.program() == Program::Fast { browser::remembered(RACE) } else { None };
                worker.send(&self.start_request(inner.backend, race), None);
                if !inner.holds_files {
                    inner.send_pending();
                }
                drop(inner);
                (self.on_response)(Response::Awake, None);
            }
            Response::Progress { loaded_bytes, total_bytes } => {
                self.status.update(|status| {
                    if let Status::Loading(..) = status {
                        *status = Status::Loading(loaded_bytes, total_bytes);
                    }
                });
            }
            Response::Ready(state) => {
                let mut inner = self.inner.borrow_mut();
                // What is on the CPU by the engine's own choice is not tried there once more.
                if state.backend == Backend::Cpu {
                    inner.backend = Some(Backend::Cpu);
                }
                // Until all models are there no verdict is given: to the reader it is loading still.
                if !state.complete {
                    return;
                }
                if let Some(race) = state.race.as_ref().filter(|_| self.model().is_none() && browser::may_keep()) {
                    browser::remember(RACE, race);
                }
                let note = inner.note.clone().or_else(|| state.no_gpu.as_ref().map(text::no_gpu));
                if let Some(worker) = &inner.worker {
                    // Should it end, it could not be asked any more.
                    worker.send(&Request::Traffic, None);
                }
                if std::mem::take(&mut inner.holds_files) {
                    inner.send_pending();
                }
                browser::set_root("data-engine", state.backend.id());
                browser::measure("engine-ready", inner.started_ms, browser::now_ms() - inner.started_ms);
                drop(inner);
                self.note.set(note);
                self.status.set(Status::Ready(state));
            }
            Response::Failed { error } => self.recover(&error),
            Response::Traffic(fetched) => self.on_traffic(&fetched),
            Response::Evidence { study, edit, evidence } => {
                self.inner.borrow_mut().in_hand = None;
                self.on_evidence(study, edit, evidence, bytes);
            }
            Response::Begun { study } => self.inner.borrow_mut().in_hand = Some(study),
            response => {
                let ended = match &response {
                    Response::Explained { study, edit, .. } | Response::Refused { study, edit, .. } => {
                        Some((*study, *edit))
                    }
                    Response::StudyFailed { study, edit, error } => {
                        // A graphics processor that was asked for is asked for anew; the film in hand fails.
                        let is_lost = self.can_recover() || self.forced() == Some(Backend::WebGpu);
                        if matches!(error, Error::Compute(_)) && is_lost {
                            self.recover(error);
                            return;
                        }
                        Some((*study, *edit))
                    }
                    _ => None,
                };
                // It may have been sent again with another edit meanwhile.
                if let Some((study, edit)) = ended {
                    let mut inner = self.inner.borrow_mut();
                    inner.pending.retain(|one| one.study != study || one.edit != edit);
                    inner.restarts = 0;
                    inner.in_hand = None;
                }
                // It has put that work down.
                if matches!(response, Response::Overlay { .. } | Response::Looked { .. } | Response::Detail { .. }) {
                    self.inner.borrow_mut().in_hand = None;
                }
                (self.on_response)(response, bytes);
            }
        }
    }
}
