//! What the page holds of its engine: the worker, what waits for it, and what is shown of it.

use std::cell::RefCell;
use std::rc::Rc;

use analysis::Backend;
use analysis::error::Error;
use analysis::findings::Evidence;
use js_sys::Uint8Array;
use leptos::prelude::*;
use osteolens::protocol::{EngineState, Fetched, Request, Response, StudyId};
use radiograph::Edit;

use super::wanted::Wanted;
use crate::ui::browser::{self, Program, Worker};
use crate::ui::session::Check;

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

/// Gets what the engine says of studies.
pub(super) type OnResponse = Rc<dyn Fn(Response, Option<Uint8Array>)>;

/// A handle on the engine; clones share it.
#[derive(Clone)]
pub struct Engine {
    /// For display.
    pub status: RwSignal<Status, LocalStorage>,
    /// Why it does not compute as one would expect.
    pub note: RwSignal<Option<String>>,
    /// What its workers have fetched, as of the last time they were asked.
    pub traffic: RwSignal<Vec<Fetched>>,
    pub(super) wanted: Rc<Result<Wanted, Error>>,
    pub(super) inner: Rc<RefCell<Inner>>,
    pub(super) on_response: OnResponse,
}

#[derive(Default)]
pub(super) struct Inner {
    /// What the worker runs. The reference engine reads no files: a worker of the fast engine's program does.
    pub program: Program,
    pub worker: Option<Worker>,
    /// What to start with.
    pub backend: Option<Backend>,
    /// Whether the worker takes messages: those sent before would be lost.
    pub is_awake: bool,
    /// Why it was started anew.
    pub note: Option<String>,
    pub started_ms: f64,
    pub heard_ms: f64,
    /// Since when an answer is awaited that tells whether the worker still lives.
    pub doubted_ms: Option<f64>,
    /// Files not judged to the end, in the order sent: sent again to a new worker. Those that are read ahead come later.
    pub pending: Vec<Pending>,
    /// Reads ahead, while there are many files; reads all files of the reference engine.
    pub reader: Option<Reader>,
    /// Whether one has failed: there will be no other.
    pub lost_reader: bool,
    /// The check by a second engine that is under way.
    pub checking: Option<Checking>,
    /// Whether files wait until the models are loaded: after a worker has ended, so that it is known whether loading
    /// or a file ends the next one.
    pub holds_files: bool,
    /// The study that the worker has in hand.
    pub in_hand: Option<StudyId>,
    /// How often it was started anew since it last finished a study.
    pub restarts: u32,
}

/// A file in a worker's hands.
pub(super) struct Pending {
    pub study: StudyId,
    pub edit: Edit,
    pub bytes: Uint8Array,
}

/// The worker that reads ahead, and the files that it has.
pub(super) struct Reader {
    pub worker: Worker,
    /// Whether it takes messages: those sent before would be lost.
    pub is_awake: bool,
    pub files: Vec<Pending>,
    /// When it was given a file while it had none, or a message last came from it.
    pub heard_ms: f64,
}

/// What a second engine is to repeat.
pub(super) struct Checking {
    pub study: StudyId,
    pub edit: Edit,
    /// What the first engine made of it, and the film as it has read it; none until it has answered.
    pub evidence: Option<(Vec<Evidence>, Uint8Array)>,
    /// Of the first engine and of the second one.
    pub backends: [Backend; 2],
    pub worker: Option<Worker>,
    /// When either was heard of last.
    pub heard_ms: f64,
    pub done: Rc<dyn Fn(Check)>,
}

impl Engine {
    /// The program that gives the verdicts.
    pub fn program(&self) -> Program {
        self.wanted.as_ref().as_ref().map_or(Program::Fast, |wanted| wanted.program)
    }

    /// The backend that the address asks for.
    pub(super) fn forced(&self) -> Option<Backend> {
        self.wanted.as_ref().as_ref().ok()?.backend
    }

    /// The only model that the address asks for.
    pub(super) fn model(&self) -> Option<String> {
        self.wanted.as_ref().as_ref().ok()?.model.clone()
    }

    /// What a worker starts with.
    pub(super) fn start_request(&self, backend: Option<Backend>, race: Option<String>) -> Request {
        Request::Start { backend, model: self.model(), keep_weights: browser::may_keep(), race }
    }

    /// Sends any request without bytes, if the worker is awake.
    pub fn send(&self, request: &Request) {
        if let Some(worker) = self.inner.borrow().judging() {
            worker.send(request, None);
        }
    }

    /// What one of the page's workers has fetched.
    pub(super) fn on_traffic(&self, fetched: &[Fetched]) {
        if !fetched.is_empty() {
            self.traffic.update(|all| all.extend_from_slice(fetched));
        }
    }
}

impl Inner {
    /// The worker, if files may be sent to it now.
    pub fn listening(&self) -> Option<&Worker> {
        self.worker.as_ref().filter(|_| self.is_awake && !self.holds_files)
    }

    /// Has the worker read and judge a file, now or once it is awake.
    pub fn judge(&mut self, file: Pending) {
        if self.program == Program::Reference {
            return self.read(file);
        }
        if let Some(worker) = self.listening() {
            worker.send(&Request::Analyze { study: file.study, edit: file.edit }, Some(&file.bytes));
        }
        self.expect(file);
    }

    /// The worker has a file, or gets it once it is awake.
    pub fn expect(&mut self, file: Pending) {
        // A long silence before it had anything to do is no fault.
        if self.pending.is_empty() {
            self.heard_ms = browser::now_ms();
        }
        self.pending.push(file);
    }

    /// What is under way with a study's file is no longer wanted.
    pub fn forget(&mut self, study: StudyId) {
        self.pending.retain(|file| file.study != study);
        if let Some(reader) = &mut self.reader {
            reader.files.retain(|file| file.study != study);
        }
        self.checking.take_if(|checking| checking.study == study);
    }

    /// Has the reader read a file, now or once it is awake.
    pub fn read(&mut self, file: Pending) {
        let Some(reader) = &mut self.reader else { return };
        if reader.files.is_empty() {
            reader.heard_ms = browser::now_ms();
        }
        if reader.is_awake {
            reader.worker.send(&Request::Read { study: file.study, edit: file.edit }, Some(&file.bytes));
        }
        reader.files.push(file);
    }

    /// Sends what is not judged to the end once more.
    pub fn send_pending(&mut self) {
        if self.program == Program::Reference {
            for file in std::mem::take(&mut self.pending) {
                self.read(file);
            }
        }
        for Pending { study, edit, bytes } in &self.pending {
            if let Some(worker) = &self.worker {
                worker.send(&Request::Analyze { study: *study, edit: *edit }, Some(bytes));
            }
        }
    }

    /// The worker that shows a file in another window.
    pub fn looking(&self) -> Option<&Worker> {
        match &self.reader {
            Some(reader) if self.program == Program::Reference => Some(&reader.worker).filter(|_| reader.is_awake),
            _ => self.judging(),
        }
    }

    /// The worker that judges, if it takes messages.
    pub fn judging(&self) -> Option<&Worker> {
        self.worker.as_ref().filter(|_| self.is_awake)
    }
}
