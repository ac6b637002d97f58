//! A second worker that reads the files of a batch while the engine judges those before them. Nothing depends on it:
//! what it does not read, the engine reads.

use leptos::prelude::*;
use osteolens::protocol::{Edit, Request, Response, StudyId};

use super::{Engine, Inner, Pending, Status};
use crate::ui::browser::{self, FromWorker, Worker};

/// With so many files in the engine's hands a reader is worth its start.
const WORTH_A_START: usize = 3;

/// The worker and the files that it has.
pub(super) struct Reader {
    worker: Worker,
    /// Whether it hears: messages sent before would be lost.
    is_awake: bool,
    pub(super) files: Vec<Pending>,
}

impl Inner {
    /// Gives a file to the reader; gives it back if the engine is to read it.
    pub(super) fn read_ahead(&mut self, file: Pending) -> Option<Pending> {
        let engine_is_idle = self.pending.is_empty();
        match &mut self.reader {
            Some(reader) if reader.is_awake && !engine_is_idle => {
                reader.worker.send(&Request::Read { study: file.study, edit: file.edit }, Some(&file.bytes));
                reader.files.push(file);
                None
            }
            _ => Some(file),
        }
    }

    /// The file that the reader has done with; none when it is no longer wanted.
    fn taken_from_reader(&mut self, study: StudyId, edit: Edit) -> Option<Pending> {
        let files = &mut self.reader.as_mut()?.files;
        let at = files.iter().position(|file| file.study == study && file.edit == edit)?;
        Some(files.remove(at))
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
            inner.reader = worker.map(|worker| Reader { worker, is_awake: false, files: Vec::new() });
        }
    }

    fn hear_reader(&self, from: FromWorker) {
        let FromWorker::Message(response, bytes) = from else { return self.lose_reader() };
        let mut inner = self.inner.borrow_mut();
        inner.heard_ms = browser::now_ms();
        match response {
            Response::Awake => {
                if let Some(reader) = &mut inner.reader {
                    reader.is_awake = true;
                    reader.worker.send(&Request::Traffic, None);
                }
            }
            Response::Traffic(fetched) => {
                drop(inner);
                self.hear_traffic(fetched);
            }
            Response::Failed { .. } => {
                drop(inner);
                self.lose_reader();
            }
            Response::Read { study, edit } => {
                let Some(file) = inner.taken_from_reader(study, edit) else { return };
                if let (Some(worker), Some(bytes)) = (inner.hearing(), bytes) {
                    worker.give(&Request::Judge { study, edit }, &bytes);
                }
                inner.pending.push(file);
            }
            response => {
                if let Response::StudyFailed { study, edit, .. } = &response {
                    inner.taken_from_reader(*study, *edit);
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
        for file in inner.reader.take().map(|reader| reader.files).unwrap_or_default() {
            inner.judge(file);
        }
    }
}
