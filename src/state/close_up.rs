//! The part of a film that is looked at in the file's own resolution: on its way, and there.

use radiograph::{Edit, Window};

use super::platform::Platform;
use crate::detail::Detail;
use crate::protocol::StudyId;

/// A part of a film, as it is looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CloseUp {
    /// Which study.
    pub study: StudyId,
    /// Which part of the file.
    pub edit: Edit,
    /// Which grey values are spread from black to white.
    pub window: Window,
    /// What of it.
    pub detail: Detail,
}

/// The close-up that was asked for last, and the one that came last.
#[derive(Clone)]
pub struct Closest<P: Platform> {
    /// Another one after every change.
    pub version: u64,
    /// On its way.
    pub asked: Option<CloseUp>,
    /// The part that came, and its RGBA pixels; none where the engine does not hold the film.
    pub there: Option<(CloseUp, Option<P::Bytes>)>,
    /// The film that the engine has read once more, because it did not hold it.
    read_again: Option<(StudyId, Edit, Window)>,
}

impl<P: Platform> Default for Closest<P> {
    fn default() -> Self {
        Self { version: 0, asked: None, there: None, read_again: None }
    }
}

impl<P: Platform> Closest<P> {
    /// A part is on its way.
    pub(super) fn asked(&mut self, asked: CloseUp) {
        self.version += 1;
        self.asked = Some(asked);
    }

    /// What is there is not shown any more.
    pub(super) fn drop(&mut self) {
        self.version += 1;
        self.there = None;
    }

    /// As at first.
    pub(super) fn forget(&mut self) {
        *self = Self { version: self.version + 1, ..Self::default() };
    }

    /// A part has come; whether the engine has to read the film once more, since it does not hold it.
    pub(super) fn take(&mut self, of: CloseUp, pixels: Option<P::Bytes>) -> bool {
        if self.asked != Some(of) {
            return false;
        }
        let place = (of.study, of.edit, of.window);
        let is_lost = pixels.is_none() && self.read_again != Some(place);
        let read_again = if pixels.is_some() { None } else { Some(place) };
        *self = Self { version: self.version + 1, asked: None, there: Some((of, pixels)), read_again };
        is_lost
    }
}
