//! A result checked by a second engine: the same film, networks and weights, the arithmetic by burn. Its program is fetched when
//! somebody asks for a check, and its worker ends with the check.

use analysis::findings::Evidence;
use radiograph::Edit;

use super::{Checking, Effect, FromWorker, Link, Program, Status};
use crate::protocol::{Request, Response, StudyId};
use crate::state::{Check, Platform};

impl<P: Platform> Link<P> {
    pub(super) fn check(&mut self, study: StudyId, edit: Edit) {
        self.end_check(Check::Idle);
        let Status::Ready(state) = &self.status else {
            return self.effects.push(Effect::Checked(study, edit, Check::Idle));
        };
        let backend = state.backend;
        self.checking = Some(Checking { study, edit, evidence: None, backend, worker: None, heard_ms: self.now_ms });
        self.ask(Request::Evidence { study });
    }

    /// What this engine made of the film, and the film as it has read it: now the second one starts.
    pub(super) fn take_evidence(
        &mut self,
        study: StudyId,
        edit: Edit,
        evidence: Vec<Evidence>,
        film: Option<P::Bytes>,
    ) {
        // An engine without the film does not know its edit.
        let is_awaited = |checking: &Checking<P>| checking.study == study && (checking.edit == edit || film.is_none());
        if !self.checking.as_ref().is_some_and(is_awaited) {
            return;
        }
        let Some(film) = film.filter(|_| !evidence.is_empty()) else { return self.end_check(Check::Forgotten) };
        let id = self.start(Program::Reference);
        if let Some(checking) = &mut self.checking {
            checking.evidence = Some((evidence, film));
            checking.worker = Some(id);
        }
    }

    pub(super) fn hear_second(&mut self, from: FromWorker<P::Bytes>) {
        let response = match from {
            FromWorker::Message(response, _) => response,
            FromWorker::NotLoaded(reason) | FromWorker::Broken(reason) => {
                // The next check asks for it anew.
                self.effects.push(Effect::ForgetProgram(Program::Reference));
                return self.end_check(Check::Lost(reason));
            }
        };
        let start = self.start_request(self.forced(), None);
        let Some(checking) = &mut self.checking else { return };
        let Some(id) = checking.worker else { return };
        checking.heard_ms = self.now_ms;
        match response {
            Response::Awake => self.send(id, start, None),
            Response::Ready(state) if state.complete => {
                checking.backend = state.backend;
                // By now it has fetched all that it needs.
                self.effects.push(Effect::Send(id, Request::Traffic, None));
                let (study, edit) = (checking.study, checking.edit);
                if let Some((evidence, film)) = checking.evidence.take() {
                    self.effects.push(Effect::Give(id, Request::Check { study, edit, evidence }, film));
                }
            }
            Response::Checked { difference, .. } => {
                let backend = checking.backend;
                self.end_check(match difference {
                    Some(difference) if difference.is_within_tolerance() => Check::Agrees(difference, backend),
                    difference => Check::Differs(difference, backend),
                });
            }
            Response::Failed { error } | Response::StudyFailed { error, .. } => self.end_check(Check::Failed(error)),
            Response::Traffic(fetched) => self.effects.push(Effect::Fetched(fetched)),
            _ => {}
        }
    }

    /// Ends the check under way, and its worker.
    pub(super) fn end_check(&mut self, check: Check) {
        if let Some(Checking { study, edit, worker, .. }) = self.checking.take() {
            self.effects.extend(worker.map(Effect::End));
            self.effects.push(Effect::Checked(study, edit, check));
        }
    }
}
