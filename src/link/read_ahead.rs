//! A second worker that reads the files of a batch while the first judges those before them. The fast engine does not depend on
//! it: what it does not read, the engine reads. For the reference engine it reads every file.

use analysis::error::Error;
use radiograph::Edit;

use super::{Effect, FromWorker, Link, Pending, Program, Reader};
use crate::protocol::{Request, Response, StudyId};
use crate::state::Platform;

/// From this many files in the engine's hands a reader is worth its start.
const WORTH_A_START: usize = 3;

impl<P: Platform> Link<P> {
    /// How long nothing was heard of a reader that has files.
    pub(super) fn reader_silent_ms(&self) -> Option<f64> {
        let reader = self.reader.as_ref().filter(|reader| !reader.files.is_empty())?;
        Some(self.now_ms - reader.heard_ms)
    }

    /// Ends the reader; the files that it had.
    pub(super) fn end_reader(&mut self) -> Vec<Pending<P>> {
        let Some(Reader { id, files, .. }) = self.reader.take() else { return Vec::new() };
        self.effects.push(Effect::End(id));
        files
    }

    /// Gives a file to the reader; gives it back if the engine is to read it.
    pub(super) fn read_ahead(&mut self, file: Pending<P>) -> Option<Pending<P>> {
        let engine_is_idle = self.pending.is_empty();
        match &self.reader {
            Some(reader) if reader.is_awake && !engine_is_idle => {
                self.read(file);
                None
            }
            _ => Some(file),
        }
    }

    /// Has the reader read a file, now or once it is awake.
    pub(super) fn read(&mut self, file: Pending<P>) {
        let Some(reader) = &mut self.reader else { return };
        if reader.files.is_empty() {
            reader.heard_ms = self.now_ms;
        }
        if reader.is_awake {
            self.effects.push(reading(reader.id, &file));
        }
        reader.files.push(file);
    }

    /// Starts a reader if there is enough to read, and a second processor to do it.
    pub(super) fn start_reader(&mut self) {
        let is_missed = self.reader.is_none() && !self.lost_reader && self.pending.len() >= WORTH_A_START;
        if self.is_ready() && is_missed && P::processors() > 1 {
            self.launch_reader();
        }
    }

    /// Starts a reader, which has the fast engine's program.
    pub(super) fn launch_reader(&mut self) {
        let id = self.start(Program::Fast);
        self.lost_reader = false;
        self.reader = Some(Reader { id, is_awake: false, files: Vec::new(), heard_ms: self.now_ms });
    }

    pub(super) fn hear_reader(&mut self, from: FromWorker<P::Bytes>) {
        let FromWorker::Message(response, bytes) = from else { return self.lose_reader() };
        let Some(reader) = &mut self.reader else { return };
        reader.heard_ms = self.now_ms;
        match &response {
            Response::Awake => {
                reader.is_awake = true;
                // Its own program is all that it fetches.
                self.effects.push(Effect::Send(reader.id, Request::Traffic, None));
                self.effects.extend(reader.files.iter().map(|file| reading(reader.id, file)));
            }
            Response::Traffic(fetched) => self.effects.push(Effect::Fetched(fetched.clone())),
            Response::Begun { .. } => {}
            Response::Looked { .. } | Response::Detail { .. } => self.effects.push(Effect::Say(response, bytes)),
            _ => {
                let (study, edit) = match &response {
                    Response::Opened(opened) => (opened.study, opened.edit),
                    Response::Seen { study, edit, .. }
                    | Response::Read { study, edit }
                    | Response::StudyFailed { study, edit, .. } => (*study, *edit),
                    _ => return self.lose_reader(),
                };
                self.hear_of_file(study, edit, response, bytes);
            }
        }
    }

    fn hear_of_file(&mut self, study: StudyId, edit: Edit, response: Response, bytes: Option<P::Bytes>) {
        let Some(reader) = &mut self.reader else { return };
        // Another edit may have been asked for meanwhile, and been judged already.
        let Some(at) = reader.files.iter().position(|file| file.study == study && file.edit == edit) else { return };
        match response {
            Response::Read { .. } => {
                let file = reader.files.remove(at);
                let listening = self.awake().filter(|_| !self.holds_files);
                if let (Some(id), Some(bytes)) = (listening, bytes) {
                    self.effects.push(Effect::Give(id, Request::Judge { study, edit }, bytes));
                }
                self.expect(file);
            }
            response => {
                if matches!(response, Response::StudyFailed { .. }) {
                    reader.files.remove(at);
                }
                self.effects.push(Effect::Say(response, bytes));
            }
        }
    }

    /// Goes on without a reader for the rest of the visit: the engine reads what that had.
    pub(super) fn lose_reader(&mut self) {
        if self.program() == Program::Reference {
            return self.give_up(&Error::Compute("the program that reads files has ended".into()));
        }
        self.lost_reader = true;
        for file in self.end_reader() {
            self.judge(file);
        }
    }
}

fn reading<P: Platform>(id: super::WorkerId, file: &Pending<P>) -> Effect<P> {
    Effect::Send(id, Request::Read { study: file.study, edit: file.edit }, Some(file.bytes.clone()))
}
