//! The worker that judges: what it is given, and what it says.

use analysis::Backend;
use analysis::error::Error;

use super::{Effect, FromWorker, Judge, Link, Pending, Program, Status, Unusual};
use crate::protocol::{EngineState, Request, Response};
use crate::state::Platform;

impl<P: Platform> Link<P> {
    /// Starts a worker that judges, in the place of the one before.
    pub(super) fn launch(&mut self) {
        self.status = Status::Loading(0, 0);
        if self.program() == Program::Reference && self.reader.is_none() {
            self.launch_reader();
        }
        self.end_judge();
        let id = self.start(self.program());
        let now = self.now_ms;
        self.judge =
            Some(Judge { id, is_awake: false, started_ms: now, heard_ms: now, doubted_ms: None, in_hand: None });
    }

    pub(super) fn end_judge(&mut self) {
        let ended = self.judge.take();
        self.effects.extend(ended.map(|judge| Effect::End(judge.id)));
    }

    /// Answers `Event::Judge`: gives a file, or a part of it, to the reader if that is to read it, else to the worker
    /// that judges.
    pub(super) fn analyze(&mut self, file: Pending<P>) {
        // What comes while loading is stopped waits until it is begun again.
        if let Status::Failed(error) = &self.status
            && *error != Error::Stopped
        {
            let error = error.clone();
            return self.fail(&file, error);
        }
        self.forget(file.study);
        if let Some(file) = self.read_ahead(file) {
            self.judge(file);
        }
        self.start_reader();
    }

    /// Has the worker read and judge a file by [`Request::Analyze`], now or once it is awake. ([`Request::Judge`] has it
    /// judge what the reader has read.)
    pub(super) fn judge(&mut self, file: Pending<P>) {
        if self.program() == Program::Reference {
            return self.read(file);
        }
        if let Some(id) = self.awake().filter(|_| !self.holds_files) {
            let request = Request::Analyze { study: file.study, edit: file.edit };
            self.send(id, request, Some(file.bytes.clone()));
        }
        self.expect(file);
    }

    /// The worker has a file, or gets it once it is awake.
    pub(super) fn expect(&mut self, file: Pending<P>) {
        // A long silence before it had anything to do is no fault.
        if let Some(judge) = self.judge.as_mut().filter(|_| self.pending.is_empty()) {
            judge.heard_ms = self.now_ms;
        }
        self.pending.push(file);
    }

    /// Sends what is not judged to the end once more.
    fn send_pending(&mut self) {
        if self.program() == Program::Reference {
            for file in std::mem::take(&mut self.pending) {
                self.read(file);
            }
        }
        let Some(id) = self.awake() else { return };
        let again = |file: &Pending<P>| {
            let request = Request::Analyze { study: file.study, edit: file.edit };
            Effect::Send(id, request, Some(file.bytes.clone()))
        };
        self.effects.extend(self.pending.iter().map(again));
    }

    /// Tells the page that nothing comes of a file.
    pub(super) fn fail(&mut self, file: &Pending<P>, error: Error) {
        self.effects.push(Effect::Say(Response::StudyFailed { study: file.study, edit: file.edit, error }, None));
    }

    pub(super) fn hear_judge(&mut self, from: FromWorker<P::Bytes>) {
        let Some(judge) = &mut self.judge else { return };
        judge.doubted_ms = None;
        // What was fetched is asked for again and again, and answered between two pieces of work.
        if !matches!(from, FromWorker::Message(Response::Traffic(_), _)) {
            judge.heard_ms = self.now_ms;
        }
        let is_awake = judge.is_awake;
        match from {
            // Once that may be chance: it is fetched anew.
            FromWorker::NotLoaded(_) if self.restarts == 0 => {
                self.restarts = 1;
                self.effects.push(Effect::ForgetProgram(self.program()));
                self.launch();
            }
            FromWorker::NotLoaded(reason) => self.give_up(&Error::Weights(reason)),
            // It ended before it had begun: a file that it needs did not come. Once that may be chance.
            FromWorker::Broken(_) if !is_awake && self.restarts == 0 => {
                self.restarts = 1;
                self.launch();
            }
            FromWorker::Broken(reason) if !is_awake => self.give_up(&Error::Weights(reason)),
            FromWorker::Broken(reason) => self.recover(&Error::Compute(reason)),
            FromWorker::Message(response, bytes) => self.take(response, bytes),
        }
    }

    fn take(&mut self, response: Response, bytes: Option<P::Bytes>) {
        match response {
            Response::Awake => {
                // It was measured of the fast engine.
                let race = if self.program() == Program::Fast { P::remembered_race() } else { None };
                let request = self.start_request(self.backend, race);
                if let Some(judge) = &mut self.judge {
                    judge.is_awake = true;
                }
                self.ask(request);
                if !self.holds_files {
                    self.send_pending();
                }
                self.effects.push(Effect::Say(Response::Awake, None));
            }
            Response::Progress { loaded_bytes, total_bytes } => {
                if let Status::Loading(..) = self.status {
                    self.status = Status::Loading(loaded_bytes, total_bytes);
                }
            }
            Response::Ready(state) => self.become_ready(state),
            Response::Failed { error } => self.recover(&error),
            Response::Traffic(fetched) => self.effects.push(Effect::Fetched(fetched)),
            Response::Evidence { study, edit, evidence } => {
                self.put_down();
                self.take_evidence(study, edit, evidence, bytes);
            }
            Response::Begun { study } => {
                if let Some(judge) = &mut self.judge {
                    judge.in_hand = Some(study);
                }
            }
            response => {
                let ended = match &response {
                    Response::Explained { study, edit, .. } | Response::Refused { study, edit, .. } => {
                        Some((*study, *edit))
                    }
                    Response::StudyFailed { study, edit, error } => {
                        // A graphics processor that was asked for is asked for anew; the film in hand fails.
                        let is_lost = self.can_recover() || self.forced() == Some(Backend::WebGpu);
                        if matches!(error, Error::Compute(_)) && is_lost {
                            return self.recover(&error.clone());
                        }
                        Some((*study, *edit))
                    }
                    _ => None,
                };
                // It may have been sent again with another edit meanwhile.
                if let Some((study, edit)) = ended {
                    self.pending.retain(|one| one.study != study || one.edit != edit);
                    self.restarts = 0;
                    self.put_down();
                }
                if matches!(response, Response::Overlay { .. } | Response::Looked { .. } | Response::Detail { .. }) {
                    self.put_down();
                }
                self.effects.push(Effect::Say(response, bytes));
            }
        }
    }

    /// The worker is at work on no study.
    fn put_down(&mut self) {
        if let Some(judge) = &mut self.judge {
            judge.in_hand = None;
        }
    }

    fn become_ready(&mut self, state: Box<EngineState>) {
        // What is on the CPU by the engine's own choice is not tried there once more.
        if state.backend == Backend::Cpu {
            self.backend = Some(Backend::Cpu);
        }
        // Until all models are there no verdict is given: to the user it still loads.
        let Some(judge) = self.judge.as_ref().filter(|_| state.complete) else { return };
        let took_ms = self.now_ms - judge.started_ms;
        if let Some(race) = state.race.clone().filter(|_| self.model().is_none() && P::may_keep()) {
            self.effects.push(Effect::Remember(race));
        }
        // A worker that has ended cannot be asked.
        self.ask(Request::Traffic);
        if std::mem::take(&mut self.holds_files) {
            self.send_pending();
        }
        self.effects.push(Effect::Ready(took_ms));
        let no_gpu = state.no_gpu.clone().map(Unusual::NoGpu);
        self.unusual = self.restarted.clone().map(Unusual::Restarted).or(no_gpu);
        self.status = Status::Ready(state);
    }

    /// What a worker starts with.
    pub(super) fn start_request(&self, backend: Option<Backend>, race: Option<String>) -> Request {
        Request::Start { backend, model: self.model(), keep_weights: P::may_keep(), race }
    }
}
