//! A second worker that reads the files of a batch while the engine judges those before them. The fast engine does not
//! depend on it: what it does not read, the engine reads. For the reference engine it reads every file.

use std::rc::Rc;

use analysis::error::Error;
use js_sys::Uint8Array;
use leptos::prelude::*;
use osteolens::protocol::{Request, Response, StudyId};
use radiograph::Edit;

use super::link::{Engine, Inner, Pending, Reader, Status};
use crate::ui::browser::{self, FromWorker, Program, Worker};

/// With so many files in the engine's hands a reader is worth its start.
const WORTH_A_START: usize = 3;

impl Inner {
    /// Whether the reader has files, and how long nothing was heard of it.
    pub(super) fn reader_silent_ms(&self) -> Option<f64> {
        let reader = self.reader.as_ref().filter(|reader| !reader.files.is_empty())?;
        Some(browser::now_ms() - reader.heard_ms)
    }

    /// The files of a reader that is done without from now on.
    pub(super) fn end_reader(&mut self) -> Vec<Pending> {
        self.reader.take().map(|reader| reader.files).unwrap_or_default()
    }

    /// Gives a file to the reader; gives it back if the engine is to read it.
    pub(super) fn read_ahead(&mut self, file: Pending) -> Option<Pending> {
        let engine_is_idle = self.pending.is_empty();
        match &self.reader {
            Some(reader) if reader.is_awake && !engine_is_idle => {
                self.read(file);
                None
            }
            _ => Some(file),
        }
    }

    /// Where the reader has a file; none when it is no longer wanted, or not so.
    fn place_in_reader(&self, study: StudyId, edit: Edit) -> Option<usize> {
        self.reader.as_ref()?.files.iter().position(|file| file.study == study && file.edit == edit)
    }
}

impl Engine {
    /// Starts a reader if there is enough to read, and a second processor to do it.
    pub(super) fn start_reader(&self) {
        let is_ready = matches!(self.status.get_untracked(), Status::Ready(_));
        let is_missed = {
            let inner = self.inner.borrow();
            inner.reader.is_none() && !inner.lost_reader && inner.pending.len() >= WORTH_A_START
        };
        if is_ready && is_missed && browser::processors() > 1 {
            self.launch_reader();
        }
    }

    /// Starts a reader, which has the fast engine's program.
    pub(super) fn launch_reader(&self) {
        let engine = self.clone();
        let worker = Worker::start(Program::Fast, Rc::new(move |from| engine.on_reader_message(from))).ok();
        let mut inner = self.inner.borrow_mut();
        inner.lost_reader = worker.is_none();
        inner.reader = worker.map(|worker| Reader { worker, is_awake: false, files: Vec::new(), heard_ms: 0.0 });
    }

    fn on_reader_message(&self, from: FromWorker) {
        let FromWorker::Message(response, bytes) = from else { return self.lose_reader() };
        if let Some(reader) = &mut self.inner.borrow_mut().reader {
            reader.heard_ms = browser::now_ms();
        }
        match &response {
            Response::Awake => {
                if let Some(reader) = &mut self.inner.borrow_mut().reader {
                    reader.is_awake = true;
                    // Its own program is all that it fetches.
                    reader.worker.send(&Request::Traffic, None);
                    for Pending { study, edit, bytes } in &reader.files {
                        reader.worker.send(&Request::Read { study: *study, edit: *edit }, Some(bytes));
                    }
                }
            }
            Response::Traffic(fetched) => self.on_traffic(fetched),
            Response::Begun { .. } => {}
            Response::Looked { .. } | Response::Detail { .. } => (self.on_response)(response, bytes),
            _ => {
                let (study, edit) = match &response {
                    Response::Opened(opened) => (opened.study, opened.edit),
                    Response::Seen { study, edit, .. }
                    | Response::Read { study, edit }
                    | Response::StudyFailed { study, edit, .. } => (*study, *edit),
                    _ => return self.lose_reader(),
                };
                self.on_file_message(study, edit, response, bytes);
            }
        }
    }

    fn on_file_message(&self, study: StudyId, edit: Edit, response: Response, bytes: Option<Uint8Array>) {
        let mut inner = self.inner.borrow_mut();
        // Another edit may have been asked for meanwhile, and been judged already.
        let Some(at) = inner.place_in_reader(study, edit) else { return };
        let Some(reader) = &mut inner.reader else { return };
        match response {
            Response::Read { .. } => {
                let file = reader.files.remove(at);
                if let (Some(worker), Some(bytes)) = (inner.listening(), bytes) {
                    worker.give(&Request::Judge { study, edit }, &bytes);
                }
                inner.expect(file);
            }
            response => {
                if matches!(response, Response::StudyFailed { .. }) {
                    reader.files.remove(at);
                }
                drop(inner);
                (self.on_response)(response, bytes);
            }
        }
    }

    /// Goes on without a reader for the rest of the visit: the engine reads what that had.
    pub(super) fn lose_reader(&self) {
        if self.program() == Program::Reference {
            return self.give_up(&Error::Compute("the program that reads files has ended".into()));
        }
        let mut inner = self.inner.borrow_mut();
        inner.lost_reader = true;
        for file in inner.end_reader() {
            inner.judge(file);
        }
    }
}
