//! The engine's helper: a second worker of the engine's own, which makes passes of networks while the engine is at work itself.
//! What they say to each other, and what the engine knows of it. Nothing depends on it: what it does not do, the engine does.

use analysis::pass::Parts;
use serde::{Deserialize, Serialize};

use crate::protocol::Fetched;

/// Films that it has at once: one in hand and one that waits, since an engine that is at work itself hears it late.
const AT_ONCE: usize = 2;
/// With so many other files waiting a helper is worth its start.
const WORTH_A_START: usize = 3;
/// After so many seconds without anything to do it ends, which frees its memory.
const MAY_REST_S: u32 = 120;
/// So long a helper with something to do may be silent. Far below the page's patience with the engine.
const PATIENCE_S: u32 = 5;
/// The same while it fetches its models.
const LOADING_PATIENCE_S: u32 = 60;

/// The passes of one film. Given by the engine, never reused.
pub type ErrandId = u32;

/// From engine to helper.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Errand {
    /// First message: fetch and check these models of the manifest, which is the first buffer.
    Start {
        /// Ids, in the engine's order.
        models: Vec<String>,
    },
    /// Make a pass over the picture in the first buffer.
    Pass {
        /// For which film.
        errand: ErrandId,
        /// The model's id.
        model: String,
        /// Which knee, from the left.
        knee: usize,
    },
}

/// From helper to engine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Answer {
    /// Its program runs and waits for [`Errand::Start`].
    Awake,
    /// Its models are loaded and have passed their self-test. Beside it, what it has fetched.
    Ready(Vec<Fetched>),
    /// A pass is made; its numbers are the first buffer.
    Made {
        /// For which film.
        errand: ErrandId,
        /// The model's id.
        model: String,
        /// Which knee, from the left.
        knee: usize,
        /// How the numbers are parted.
        parts: Parts,
        /// How long it took, in milliseconds.
        ms: f64,
    },
    /// It cannot work. Beside it, what it has fetched.
    Failed(Vec<Fetched>),
}

/// What the helper gets of a film.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// The engine judges it by itself.
    Nothing,
    /// The right one of two knees, while the engine sees the left one.
    RightKnee,
    /// All passes, while the engine goes on with the next file.
    Everything,
}

impl Share {
    /// Whether a knee, counted from the left, is in it.
    pub fn holds(self, knee: usize) -> bool {
        match self {
            Self::Nothing => false,
            Self::RightKnee => knee > 0,
            Self::Everything => true,
        }
    }
}

/// Why a helper is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It has long had nothing to do.
    Rests,
    /// It says nothing although it has something to do.
    IsSilent,
}

/// How far it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Away,
    Loading,
    Ready,
    /// It has failed: there is no other as long as this engine lives.
    Lost,
}

/// What the engine knows of its helper.
#[derive(Debug, Default)]
pub struct Helper {
    stage: Stage,
    /// What it has in hand, and how many passes are missing.
    errands: Vec<(ErrandId, usize)>,
    last: ErrandId,
    /// Seconds, the engine having listened at the end of each, in which nothing was heard of it.
    quiet_s: u32,
}

impl Helper {
    /// Whether it is to be started for a film with so many knees, behind which so many files wait.
    pub fn is_worth_a_start(&self, knees: usize, waiting: usize) -> bool {
        self.stage == Stage::Away && (knees > 1 || waiting >= WORTH_A_START)
    }

    /// What it gets of a film with so many knees, behind which so many files wait.
    pub fn share(&self, knees: usize, waiting: usize) -> Share {
        match self.errands.len() {
            _ if self.stage != Stage::Ready => Share::Nothing,
            films if waiting > 0 && films < AT_ONCE => Share::Everything,
            0 if knees > 1 => Share::RightKnee,
            _ => Share::Nothing,
        }
    }

    /// Its worker was started.
    pub fn start(&mut self) {
        (self.stage, self.quiet_s) = (Stage::Loading, 0);
    }

    /// A message came from it.
    pub fn hear(&mut self) {
        self.quiet_s = 0;
    }

    /// It can make passes.
    pub fn become_ready(&mut self) {
        if self.stage == Stage::Loading {
            self.stage = Stage::Ready;
        }
    }

    /// It gets so many passes of a film.
    pub fn give(&mut self, passes: usize) -> ErrandId {
        if self.errands.is_empty() {
            self.quiet_s = 0;
        }
        self.last += 1;
        self.errands.push((self.last, passes));
        self.last
    }

    /// It has made a pass; true when it was the last one of its film.
    pub fn take(&mut self, errand: ErrandId) -> bool {
        let Some(at) = self.errands.iter().position(|(one, _)| *one == errand) else { return false };
        self.errands[at].1 = self.errands[at].1.saturating_sub(1);
        let is_last = self.errands[at].1 == 0;
        if is_last {
            self.errands.remove(at);
        }
        is_last
    }

    /// A second has passed in which the engine was listening.
    pub fn tick(&mut self) -> Option<End> {
        self.quiet_s += 1;
        match self.stage {
            Stage::Loading if self.quiet_s > LOADING_PATIENCE_S => Some(End::IsSilent),
            Stage::Ready if self.errands.is_empty() => (self.quiet_s >= MAY_REST_S).then_some(End::Rests),
            Stage::Ready if self.quiet_s > PATIENCE_S => Some(End::IsSilent),
            _ => None,
        }
    }

    /// It was ended for want of work: another may be started.
    pub fn rest(&mut self) {
        self.stage = Stage::Away;
    }

    /// It has failed. The films that it had, which the engine judges by itself.
    pub fn lose(&mut self) -> Vec<ErrandId> {
        self.stage = Stage::Lost;
        self.errands.drain(..).map(|(errand, _)| errand).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// It is lost long before the page loses its patience with the engine.
    const _: () = assert!(PATIENCE_S * 4 < crate::link::PATIENCE_S);

    fn ready() -> Helper {
        let mut helper = Helper::default();
        helper.start();
        helper.become_ready();
        helper
    }

    #[test]
    fn it_is_started_for_two_knees_or_many_files_and_once() {
        let mut helper = Helper::default();
        assert!(!helper.is_worth_a_start(1, 0) && !helper.is_worth_a_start(1, WORTH_A_START - 1));
        assert!(helper.is_worth_a_start(2, 0) && helper.is_worth_a_start(1, WORTH_A_START));
        // What comes while it loads the engine judges by itself.
        helper.start();
        assert!(!helper.is_worth_a_start(2, 9));
        assert_eq!(helper.share(2, 9), Share::Nothing);
        helper.become_ready();
        assert!(!helper.is_worth_a_start(2, 9));
    }

    #[test]
    fn of_two_knees_it_gets_one_and_of_many_films_some() {
        let mut helper = ready();
        assert_eq!((helper.share(1, 0), helper.share(2, 0)), (Share::Nothing, Share::RightKnee));
        assert_eq!([0, 1].map(|knee| Share::RightKnee.holds(knee)), [false, true]);
        assert_eq!((helper.share(1, 1), helper.share(2, 1)), (Share::Everything, Share::Everything));
        let first = helper.give(2);
        // While it is at work on another film, two knees are quicker here.
        assert_eq!((helper.share(2, 0), helper.share(1, 1)), (Share::Nothing, Share::Everything));
        let second = helper.give(1);
        assert_eq!(helper.share(1, 5), Share::Nothing, "it has more than it needs");
        assert_eq!([first, first, second].map(|errand| helper.take(errand)), [false, true, true]);
        assert_eq!(helper.share(1, 1), Share::Everything);
        assert!(!helper.take(first), "a pass of a film that was finished");
    }

    #[test]
    fn it_goes_when_it_has_nothing_to_do_and_comes_back() {
        let mut helper = ready();
        for _ in 1..MAY_REST_S {
            assert_eq!(helper.tick(), None);
        }
        assert_eq!(helper.tick(), Some(End::Rests));
        helper.rest();
        assert_eq!(helper.share(2, 9), Share::Nothing);
        assert!(helper.is_worth_a_start(2, 0));
    }

    #[test]
    fn one_that_is_silent_is_given_up_and_its_films_come_back() {
        let mut helper = ready();
        for _ in 0..3 * PATIENCE_S {
            helper.tick();
        }
        // Silence before it had anything to do is no fault.
        let films = [helper.give(2), helper.give(2)];
        for _ in 0..PATIENCE_S {
            assert_eq!(helper.tick(), None);
        }
        helper.hear();
        for _ in 0..PATIENCE_S {
            assert_eq!(helper.tick(), None);
        }
        assert_eq!(helper.tick(), Some(End::IsSilent));
        assert_eq!(helper.lose(), films);
        assert!(!helper.is_worth_a_start(2, 9), "what has failed is tried again and again");
        helper.become_ready();
        assert_eq!(helper.share(2, 9), Share::Nothing, "a late word brings it back");
    }

    #[test]
    fn weights_may_take_a_minute() {
        let mut helper = Helper::default();
        helper.start();
        for _ in 0..LOADING_PATIENCE_S {
            assert_eq!(helper.tick(), None);
        }
        assert_eq!(helper.tick(), Some(End::IsSilent));
    }
}
