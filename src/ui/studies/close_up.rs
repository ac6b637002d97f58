//! The part of a film that is looked at in the file's own resolution: on its way, and there.

use js_sys::Uint8Array;
use osteolens::detail::Detail;
use osteolens::protocol::StudyId;
use radiograph::{Edit, Window};

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

/// What was asked for last, and what came last.
#[derive(Clone, Default)]
pub struct Closest {
    /// On its way.
    pub asked: Option<CloseUp>,
    /// The part that came, and its RGBA pixels; none where the engine does not hold the film.
    pub there: Option<(CloseUp, Option<Uint8Array>)>,
    /// The film that the engine has read once more, because it did not hold it.
    pub read_again: Option<(StudyId, Edit, Window)>,
}
