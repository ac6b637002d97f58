//! The page's side of the engine: starts the worker, watches over it, and starts another on the
//! CPU when it falls silent, breaks or answers wrongly.

mod reader;
mod recovery;

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Uint8Array;
use leptos::prelude::*;
use osteolens::error::Error;
use osteolens::protocol::{Backend, Edit, EngineState, Fetched, Request, Response, StudyId};
use osteolens::radiograph::Window;

use super::browser::{self, FromWorker, Worker};
use super::text;
use reader::Reader;

/// Under which it is remembered how fast both processors are.
const RACE: &str = "osteolens-race";

/// What the page shows of the engine.
#[derive(Clone, PartialEq)]
pub enum Status {
    /// Weights on their way: bytes loaded, bytes in all.
    Loading(u64, u64),
    /// All models are loaded.
    Ready(Box<EngineState>),
    /// It cannot be used; why.
    Failed(Error),
}

/// What the engine says of studies.
type OnResponse = Rc<dyn Fn(Response, Option<Uint8Array>)>;

/// A handle on the engine; clones share it.
#[derive(Clone)]
pub struct Engine {
    /// For display.
    pub status: RwSignal<Status, LocalStorage>,
    /// Why it does not compute as one would expect.
    pub note: RwSignal<Option<String>>,
    /// What its workers have fetched, as of the last time they were asked.
    pub traffic: RwSignal<Vec<Fetched>>,
    inner: Rc<RefCell<Inner>>,
    on_response: OnResponse,
}

struct Inner {
    worker: Option<Worker>,
    /// Forced by the address; no fallback then.
    forced: Option<Backend>,
    /// What to start with.
    backend: Option<Backend>,
    model: Option<String>,
    /// Whether the worker hears: messages sent before would be lost.
    awake: bool,
    /// Why it was started anew.
    note: Option<String>,
    started_ms: f64,
    heard_ms: f64,
    /// Files not judged to the end, in the order sent: sent again to a new worker. Those that are read ahead come later.
    pending: Vec<Pending>,
    /// Reads ahead, while there are many files.
    reader: Option<Reader>,
    /// Whether one has failed: there will be no other.
    lost_reader: bool,
    /// Whether files wait until the models are loaded: after a worker has ended, so that it is known whether loading
    /// or a file ends the next one.
    holds_files: bool,
    /// The study that the worker has in hand.
    in_hand: Option<StudyId>,
    /// How often it was started anew since it last finished a study.
    restarts: u32,
}

impl Inner {
    /// The worker, if files may be sent to it now.
    fn hearing(&self) -> Option<&Worker> {
        self.worker.as_ref().filter(|_| self.awake && !self.holds_files)
    }

    /// Has the worker read and judge a file, now or once it hears.
    fn judge(&mut self, file: Pending) {
        if let Some(worker) = self.hearing() {
            worker.send(&Request::Analyze { study: file.study, edit: file.edit }, Some(&file.bytes));
        }
        self.expect(file);
    }

    /// The worker has a file, or gets it once it hears.
    fn expect(&mut self, file: Pending) {
        // A long silence before it had anything to do is no fault.
        if self.pending.is_empty() {
            self.heard_ms = browser::now_ms();
        }
        self.pending.push(file);
    }

    /// What is under way with a study's file is no longer wanted.
    fn forget(&mut self, study: StudyId) {
        self.pending.retain(|file| file.study != study);
        self.forget_in_reader(study);
    }

    fn send_pending(&self) {
        for Pending { study, edit, bytes } in &self.pending {
            if let Some(worker) = &self.worker {
                worker.send(&Request::Analyze { study: *study, edit: *edit }, Some(bytes));
            }
        }
    }
}

/// A file in a worker's hands.
struct Pending {
    study: StudyId,
    edit: Edit,
    bytes: Uint8Array,
}

impl Engine {
    /// Starts the engine as the page's address asks.
    pub fn start(on_response: impl Fn(Response, Option<Uint8Array>) + 'static) -> Self {
        let forced = match browser::query_parameter("backend").as_deref() {
            Some("cpu") => Some(Backend::Cpu),
            Some("webgpu") => Some(Backend::WebGpu),
            _ => None,
        };
        let engine = Self {
            status: RwSignal::new_local(Status::Loading(0, 0)),
            note: RwSignal::new(None),
            traffic: RwSignal::new(Vec::new()),
            inner: Rc::new(RefCell::new(Inner {
                worker: None,
                forced,
                backend: forced,
                model: browser::query_parameter("model"),
                awake: false,
                note: None,
                started_ms: 0.0,
                heard_ms: 0.0,
                pending: Vec::new(),
                reader: None,
                lost_reader: false,
                holds_files: false,
                in_hand: None,
                restarts: 0,
            })),
            on_response: Rc::new(on_response),
        };
        engine.begin();
        let watched = engine.clone();
        set_interval(move || watched.watch(), std::time::Duration::from_secs(1));
        engine
    }

    /// Starts, or starts once more after it has failed or was stopped.
    pub fn begin(&self) {
        let mut inner = self.inner.borrow_mut();
        (inner.restarts, inner.holds_files) = (0, false);
        drop(inner);
        let is_forced = self.inner.borrow().forced.is_some();
        match browser::query_parameter("backend").filter(|_| !is_forced) {
            Some(other) => self.give_up(&Error::Compute(format!(
                "the address asks for the backend «{other}»; known are webgpu and cpu"
            ))),
            None => self.launch(),
        }
    }

    /// Ends the loading; what waits goes on waiting.
    pub fn stop(&self) {
        browser::forget_program();
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
        let Some(worker) = inner.worker.as_ref().filter(|_| inner.awake) else { return false };
        worker.send(&Request::Look { study, edit, window }, Some(bytes));
        true
    }

    /// Drops what is kept for a study.
    pub fn forget(&self, study: StudyId) {
        self.inner.borrow_mut().forget(study);
        self.send(&Request::Forget { study });
    }

    /// Sends any other request, if somebody hears it.
    pub fn send(&self, request: &Request) {
        let inner = self.inner.borrow();
        if let Some(worker) = inner.worker.as_ref().filter(|_| inner.awake) {
            worker.send(request, None);
        }
    }

    fn launch(&self) {
        browser::set_root("data-engine", "loading");
        self.status.set(Status::Loading(0, 0));
        let engine = self.clone();
        let worker = Worker::start(move |from| engine.hear(from));
        let now = browser::now_ms();
        let mut inner = self.inner.borrow_mut();
        inner.started_ms = now;
        inner.in_hand = None;
        inner.awake = false;
        inner.heard_ms = now;
        match worker {
            Ok(worker) => inner.worker = Some(worker),
            Err(reason) => {
                drop(inner);
                self.give_up(&Error::Compute(reason));
            }
        }
    }

    fn hear(&self, from: FromWorker) {
        // What was fetched is asked for again and again, and answered between two pieces of work.
        if !matches!(from, FromWorker::Message(Response::Traffic(_), _)) {
            self.inner.borrow_mut().heard_ms = browser::now_ms();
        }
        match from {
            FromWorker::NotLoaded(reason) => {
                // It may be that this browser, or its store of files, has the other one alone.
                if browser::fetch_plain_program() {
                    self.launch();
                } else {
                    self.give_up(&Error::Weights(reason));
                }
            }
            FromWorker::Broken(reason) => self.recover(&Error::Compute(reason)),
            FromWorker::Message(response, bytes) => self.hear_response(response, bytes),
        }
    }

    fn hear_response(&self, response: Response, bytes: Option<Uint8Array>) {
        match response {
            Response::Awake => {
                let mut inner = self.inner.borrow_mut();
                inner.awake = true;
                let Some(worker) = &inner.worker else { return };
                let (backend, model) = (inner.backend, inner.model.clone());
                let race = browser::remembered(RACE);
                worker.send(&Request::Start { backend, model, keep_weights: browser::may_keep(), race }, None);
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
                if let Some(race) = state.race.as_ref().filter(|_| inner.model.is_none() && browser::may_keep()) {
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
            Response::Traffic(fetched) => self.hear_traffic(&fetched),
            Response::Begun { study } => self.inner.borrow_mut().in_hand = Some(study),
            response => {
                let ended = match &response {
                    Response::Explained { study, edit, .. } | Response::Refused { study, edit, .. } => {
                        Some((*study, *edit))
                    }
                    Response::StudyFailed { study, edit, error } => {
                        if matches!(error, Error::Compute(_)) && self.can_recover() {
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
                if matches!(response, Response::Overlay { .. } | Response::Looked { .. }) {
                    self.inner.borrow_mut().in_hand = None;
                }
                (self.on_response)(response, bytes);
            }
        }
    }

    fn hear_traffic(&self, fetched: &[Fetched]) {
        if !fetched.is_empty() {
            self.traffic.update(|all| all.extend_from_slice(fetched));
        }
    }
}
