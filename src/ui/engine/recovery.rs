//! When a worker fails or falls silent: another takes over, or the page says why none does.

use analysis::Backend;
use analysis::error::Error;
use leptos::prelude::*;
use osteolens::protocol::{Request, Response};

use super::link::{Checking, Engine, Pending, Status};
use crate::ui::browser::Program;
use crate::ui::session::Check;
use crate::ui::{browser, text};

/// Longest silence while work is pending. Far above the first answer of a software GPU,
/// which has to compile all kernels.
const PATIENCE_MS: f64 = 60_000.0;

/// A page that comes back from the browser's cache of pages may find its worker dead without a word: so long it may be silent.
const BACK_PATIENCE_MS: f64 = 10_000.0;

/// So long after the last file of a batch the reader goes, and its memory with it.
const READER_MAY_REST_MS: f64 = 3_000.0;

/// A worker that ends without having finished anything is started anew so often.
const MOST_RESTARTS: u32 = 2;

impl Engine {
    /// A failed computation is tried once more on the CPU, unless a backend was asked for.
    pub(super) fn can_recover(&self) -> bool {
        self.forced().is_none() && self.inner.borrow().backend != Some(Backend::Cpu)
    }

    pub(super) fn recover(&self, error: &Error) {
        let is_compute = matches!(error, Error::Compute(_));
        let was_ready = matches!(self.status.get_untracked(), Status::Ready(_));
        let may_restart = {
            let inner = self.inner.borrow();
            let may_be_a_file = was_ready || (!inner.pending.is_empty() && !inner.holds_files);
            inner.restarts < MOST_RESTARTS && may_be_a_file
        };
        if is_compute && self.can_recover() {
            let mut inner = self.inner.borrow_mut();
            inner.worker = None;
            inner.holds_files = true;
            inner.backend = Some(Backend::Cpu);
            inner.note = Some(text::restarted(&text::error(error)));
            drop(inner);
            self.launch();
        } else if is_compute && may_restart {
            let mut inner = self.inner.borrow_mut();
            inner.worker = None;
            inner.holds_files = true;
            // The file in its hands may be what ended it: that one fails, the others are tried again. If it could not
            // even say that it begins with one, it was the first that it was sent; if it was at work on something
            // else, such as a heat map, it was none of them.
            let in_hand = inner.in_hand.take();
            let said = inner.pending.iter().position(|pending| Some(pending.study) == in_hand);
            let first = (in_hand.is_none() && !inner.pending.is_empty()).then_some(0);
            let blamed = said.or(first);
            inner.restarts = if blamed.is_some() { 0 } else { inner.restarts + 1 };
            let blamed = blamed.map(|at| inner.pending.remove(at));
            drop(inner);
            self.launch();
            if let Some(Pending { study, edit, .. }) = blamed {
                (self.on_response)(Response::StudyFailed { study, edit, error: error.clone() }, None);
            }
        } else {
            self.give_up(error);
        }
    }

    /// The page is shown, perhaps again after it was left: its worker is asked for a sign of life.
    pub(super) fn doubt(&self) {
        if !matches!(self.status.get_untracked(), Status::Ready(_)) {
            return;
        }
        let now = browser::now_ms();
        let mut inner = self.inner.borrow_mut();
        // Silence while the page was away is no fault.
        inner.heard_ms = now;
        if let Some(reader) = &mut inner.reader {
            reader.heard_ms = now;
        }
        inner.doubted_ms = Some(now);
        drop(inner);
        self.send(&Request::Traffic);
    }

    /// Another worker takes over all files; none of them is blamed.
    fn replace(&self) {
        let mut inner = self.inner.borrow_mut();
        let read_ahead = inner.end_reader();
        inner.pending.extend(read_ahead);
        inner.worker = None;
        inner.holds_files = true;
        drop(inner);
        self.launch();
    }

    pub(super) fn give_up(&self, error: &Error) {
        browser::forget_program(self.program());
        browser::set_root("data-engine", "failed");
        self.status.set(Status::Failed(error.clone()));
        let mut inner = self.inner.borrow_mut();
        inner.worker = None;
        let read_ahead = inner.end_reader();
        let pending = std::mem::take(&mut inner.pending).into_iter().chain(read_ahead);
        drop(inner);
        for Pending { study, edit, .. } in pending {
            (self.on_response)(Response::StudyFailed { study, edit, error: error.clone() }, None);
        }
    }

    /// Ends the wait for an engine that says nothing although it has something to do.
    pub(super) fn watch(&self) {
        let inner = self.inner.borrow();
        let status = self.status.get_untracked();
        let waiting = !inner.pending.is_empty() || matches!(status, Status::Loading(..));
        let fetching = matches!(status, Status::Loading(loaded, total) if loaded < total || total == 0);
        let silent_ms = browser::now_ms() - inner.heard_ms;
        let stalled = inner.worker.is_some() && waiting && silent_ms > PATIENCE_MS;
        let is_gone = inner.doubted_ms.is_some_and(|since| browser::now_ms() - since > BACK_PATIENCE_MS);
        let reader_silent_ms = inner.reader_silent_ms();
        let is_silent = |checking: &Checking| browser::now_ms() - checking.heard_ms > PATIENCE_MS;
        let is_check_stalled = inner.checking.as_ref().is_some_and(is_silent);
        drop(inner);
        if is_gone {
            return self.replace();
        }
        match reader_silent_ms {
            Some(silent_ms) if silent_ms > PATIENCE_MS => self.lose_reader(),
            None if !waiting && silent_ms > READER_MAY_REST_MS && self.program() == Program::Fast => {
                drop(self.inner.borrow_mut().end_reader());
            }
            _ => {}
        }
        let reason = || text::stalled((PATIENCE_MS / 1000.0) as u32);
        if is_check_stalled {
            self.end_check(Check::Failed(Error::Compute(reason())));
        }
        if stalled {
            let reason = reason();
            // A slow network is no fault of the processor.
            self.recover(&if fetching { Error::Weights(reason) } else { Error::Compute(reason) });
        }
    }
}
