//! A second worker that reads the files of a batch while the engine judges those before them. Nothing depends on it:
//! what it does not read, the engine reads.

use js_sys::Uint8Array;
use leptos::prelude::*;
use osteolens::protocol::{Edit, Opened, Request, Response, StudyId};

use super::{Engine, Inner, Pending, Status};
use crate::ui::browser::{self, FromWorker, Worker};

/// With so many files in the engine's hands a reader is worth its start.
const WORTH_A_START: usize = 3;

/// The worker and the files that it has.
pub(super) struct Reader {
    worker: Worker,
    /// Whether it hears: messages sent before would be lost.
    is_awake: bool,
    files: Vec<Pending>,
    /// When it was given a file while it had none, or was heard of last.
    heard_ms: f64,
}

impl Inner {
    /// A study's file is not wanted any more as it was.
    pub(super) fn forget_in_reader(&mut self, study: StudyId) {
        if let Some(reader) = &mut self.reader {
            reader.files.retain(|file| file.study != study);
        }
    }

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
        match &mut self.reader {
            Some(reader) if reader.is_awake && !engine_is_idle => {
                if reader.files.is_empty() {
                    reader.heard_ms = browser::now_ms();
                }
                reader.worker.send(&Request::Read { study: file.study, edit: file.edit }, Some(&file.bytes));
                reader.files.push(file);
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
            let engine = self.clone();
            let worker = Worker::start(move |from| engine.hear_reader(from)).ok();
            let mut inner = self.inner.borrow_mut();
            inner.lost_reader = worker.is_none();
            inner.reader = worker.map(|worker| Reader { worker, is_awake: false, files: Vec::new(), heard_ms: 0.0 });
        }
    }

    fn hear_reader(&self, from: FromWorker) {
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
                }
            }
            Response::Traffic(fetched) => self.hear_traffic(fetched),
            Response::Opened(Opened { study, edit, .. })
            | Response::Seen { study, edit, .. }
            | Response::Read { study, edit }
            | Response::StudyFailed { study, edit, .. } => {
                let (study, edit) = (*study, *edit);
                self.hear_of_file(study, edit, response, bytes);
            }
            _ => self.lose_reader(),
        }
    }

    fn hear_of_file(&self, study: StudyId, edit: Edit, response: Response, bytes: Option<Uint8Array>) {
        let mut inner = self.inner.borrow_mut();
        // Another edit may have been asked for meanwhile, and been judged already.
        let Some(at) = inner.place_in_reader(study, edit) else { return };
        let Some(reader) = &mut inner.reader else { return };
        match response {
            Response::Read { .. } => {
                let file = reader.files.remove(at);
                if let (Some(worker), Some(bytes)) = (inner.hearing(), bytes) {
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
        let mut inner = self.inner.borrow_mut();
        inner.lost_reader = true;
        for file in inner.end_reader() {
            inner.judge(file);
        }
    }
}
