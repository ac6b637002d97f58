//! When a worker fails or falls silent: another takes over, or the page says why none does.

use analysis::Backend;
use analysis::error::Error;

use super::{Effect, Link, Program, Status};
use crate::protocol::Request;
use crate::state::{Check, Platform};

/// How long a worker may be silent after the page has come back from the back/forward cache.
pub(super) const BACK_PATIENCE_MS: f64 = 10_000.0;

/// Idle time after which the reader is ended, to free its memory.
const READER_MAY_REST_MS: f64 = 3_000.0;

/// How often a worker that has finished nothing is restarted.
const MOST_RESTARTS: u32 = 2;

impl<P: Platform> Link<P> {
    /// A failed computation is tried once more on the CPU, unless a backend was asked for.
    pub(super) fn can_recover(&self) -> bool {
        self.forced().is_none() && self.backend != Some(Backend::Cpu)
    }

    pub(super) fn recover(&mut self, error: &Error) {
        let is_compute = matches!(error, Error::Compute(_));
        let may_be_a_file = self.is_ready() || (!self.pending.is_empty() && !self.holds_files);
        if is_compute && self.can_recover() {
            self.holds_files = true;
            self.backend = Some(Backend::Cpu);
            self.restarted = Some(error.clone());
            self.launch();
        } else if is_compute && self.restarts < MOST_RESTARTS && may_be_a_file {
            self.holds_files = true;
            // The file in its hands may be what ended it: that one fails, the others are tried again. If it had not said which
            // file it began, the first one sent is blamed; if it was busy with something else, such as a heat map, none is.
            let in_hand = self.judge.as_mut().and_then(|judge| judge.in_hand.take());
            let said = self.pending.iter().position(|pending| Some(pending.study) == in_hand);
            let first = (in_hand.is_none() && !self.pending.is_empty()).then_some(0);
            let blamed = said.or(first);
            self.restarts = if blamed.is_some() { 0 } else { self.restarts + 1 };
            let blamed = blamed.map(|at| self.pending.remove(at));
            self.launch();
            if let Some(file) = blamed {
                self.fail(&file, error.clone());
            }
        } else {
            self.give_up(error);
        }
    }

    pub(super) fn give_up(&mut self, error: &Error) {
        self.effects.push(Effect::ForgetProgram(self.program()));
        self.status = Status::Failed(error.clone());
        self.end_judge();
        let read_ahead = self.end_reader();
        for file in std::mem::take(&mut self.pending).into_iter().chain(read_ahead) {
            self.fail(&file, error.clone());
        }
    }

    /// The page is shown, perhaps again after it was left: its worker is asked for a sign of life.
    pub(super) fn doubt(&mut self) {
        let (now, is_ready) = (self.now_ms, self.is_ready());
        // Silence while the page was away is no fault.
        if let Some(reader) = &mut self.reader {
            reader.heard_ms = now;
        }
        if let Some(checking) = &mut self.checking {
            checking.heard_ms = now;
        }
        if let Some(judge) = &mut self.judge {
            judge.heard_ms = now;
            judge.doubted_ms = is_ready.then_some(now);
        }
        if is_ready {
            self.ask(Request::Traffic);
        }
    }

    /// Ends the wait for an engine that says nothing although it has something to do.
    pub(super) fn watch(&mut self) {
        let (now, patience_ms) = (self.now_ms, self.patience_ms());
        let fetching = matches!(self.status, Status::Loading(loaded, total) if loaded < total || total == 0);
        let waiting = !self.pending.is_empty() || matches!(self.status, Status::Loading(..));
        let judge = self.judge.as_ref();
        // By burn a single film may take that long.
        let back_patience_ms = if self.program() == Program::Fast { BACK_PATIENCE_MS } else { patience_ms };
        let is_gone = judge.and_then(|judge| judge.doubted_ms).is_some_and(|since| now - since > back_patience_ms);
        let judge_silent_ms = judge.map_or(f64::INFINITY, |judge| now - judge.heard_ms);
        let is_stalled = judge.is_some() && waiting && judge_silent_ms > patience_ms;
        if is_gone {
            // Another worker takes over all files; none of them is blamed. It holds no film of a check.
            if self.checking.as_ref().is_some_and(|checking| checking.worker.is_none()) {
                self.end_check(Check::Forgotten);
            }
            let read_ahead = self.end_reader();
            self.pending.extend(read_ahead);
            self.holds_files = true;
            return self.launch();
        }
        match self.reader_silent_ms() {
            Some(silent_ms) if silent_ms > patience_ms => self.lose_reader(),
            None if !waiting && judge_silent_ms > READER_MAY_REST_MS && self.program() == Program::Fast => {
                drop(self.end_reader());
            }
            _ => {}
        }
        let stalled = self.stalled;
        let reason = || stalled((patience_ms / 1000.0) as u32);
        if self.checking.as_ref().is_some_and(|checking| now - checking.heard_ms > patience_ms) {
            self.end_check(Check::Failed(Error::Compute(reason())));
        }
        if is_stalled {
            // A slow network is no fault of the processor.
            self.recover(&if fetching { Error::Weights(reason()) } else { Error::Compute(reason()) });
        }
    }
}
