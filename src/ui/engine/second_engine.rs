//! A result checked by a second engine: the same film, networks and weights, the arithmetic by burn. Its program is
//! fetched when somebody asks for a check, and its worker ends with the check.

use std::rc::Rc;

use analysis::findings::Evidence;
use js_sys::Uint8Array;
use leptos::prelude::*;
use osteolens::protocol::{Request, Response, StudyId};
use radiograph::Edit;

use super::link::{Checking, Engine, Status};
use crate::ui::browser::{self, FromWorker, Program, Worker};
use crate::ui::session::Check;

impl Engine {
    /// Has a second engine repeat what this one made of a film; `done` gets what comes of it. Another check under way
    /// ends without a result.
    pub fn check(&self, study: StudyId, edit: Edit, done: Rc<dyn Fn(Check)>) {
        self.end_check(Check::Idle);
        let Status::Ready(state) = self.status.get_untracked() else { return done(Check::Idle) };
        let (backends, heard_ms) = ([state.backend; 2], browser::now_ms());
        let checking = Checking { study, edit, evidence: None, backends, worker: None, heard_ms, done };
        self.inner.borrow_mut().checking = Some(checking);
        self.send(&Request::Evidence { study });
    }

    /// What this engine made of the film, and the film as it has read it: now the second one starts.
    pub(super) fn on_evidence(&self, study: StudyId, edit: Edit, evidence: Vec<Evidence>, film: Option<Uint8Array>) {
        // An engine without the film does not know its edit.
        let is_awaited =
            |checking: &&mut Checking| checking.study == study && (checking.edit == edit || film.is_none());
        let engine = self.clone();
        let mut inner = self.inner.borrow_mut();
        let Some(checking) = inner.checking.as_mut().filter(is_awaited) else { return };
        checking.evidence = film.filter(|_| !evidence.is_empty()).map(|film| (evidence, film));
        if checking.evidence.is_none() {
            drop(inner);
            return self.end_check(Check::Forgotten);
        }
        match Worker::start(Program::Reference, Rc::new(move |from| engine.on_second_message(from))) {
            Ok(worker) => checking.worker = Some(worker),
            Err(reason) => {
                drop(inner);
                self.end_check(Check::Lost(reason));
            }
        }
    }

    fn on_second_message(&self, from: FromWorker) {
        let response = match from {
            FromWorker::Message(response, _) => response,
            FromWorker::NotLoaded(reason) | FromWorker::Broken(reason) => {
                // The next check asks for it anew.
                browser::forget_program(Program::Reference);
                return self.end_check(Check::Lost(reason));
            }
        };
        let mut inner = self.inner.borrow_mut();
        let Some(checking) = &mut inner.checking else { return };
        let Some(worker) = &checking.worker else { return };
        checking.heard_ms = browser::now_ms();
        match response {
            Response::Awake => worker.send(&self.start_request(self.forced(), None), None),
            Response::Ready(state) if state.complete => {
                checking.backends[1] = state.backend;
                // By now it has fetched all that it needs.
                worker.send(&Request::Traffic, None);
                let (study, edit) = (checking.study, checking.edit);
                if let Some((evidence, film)) = checking.evidence.take() {
                    worker.give(&Request::Check { study, edit, evidence }, &film);
                }
            }
            Response::Checked { difference, .. } => {
                let backends = checking.backends;
                drop(inner);
                self.end_check(match difference {
                    Some(difference) if difference.is_within(backends) => Check::Agrees(difference, backends[1]),
                    difference => Check::Differs(difference, backends[1]),
                });
            }
            Response::Failed { error } | Response::StudyFailed { error, .. } => {
                drop(inner);
                self.end_check(Check::Failed(error));
            }
            Response::Traffic(fetched) => self.on_traffic(&fetched),
            _ => {}
        }
    }

    /// Ends the check under way, and its worker.
    pub(super) fn end_check(&self, check: Check) {
        let ended = self.inner.borrow_mut().checking.take();
        if let Some(Checking { done, .. }) = ended {
            done(check);
        }
    }
}
