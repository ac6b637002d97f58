//! What the page knows of each dropped file.

use js_sys::Uint8Array;
use osteolens::error::Error;
use osteolens::gate::{Adjustment, Refusal};
use osteolens::prediction::Class;
use osteolens::protocol::{Judged, Opened, OverlayView, StudyId};

/// A file and how far its analysis is.
#[derive(Clone)]
pub struct Study {
    /// Chosen by the page.
    pub id: StudyId,
    /// The file's name.
    pub file: String,
    /// When it was dropped, in the page's milliseconds.
    pub dropped_ms: f64,
    /// The decoded picture, once there.
    pub picture: Option<Picture>,
    /// How far it is.
    pub stage: Stage,
    /// The class whose heat map is looked at first, once there are maps.
    pub explained: Option<Class>,
    /// The heat map last painted.
    pub overlay: Option<Overlay>,
}

/// How far an analysis is.
#[derive(Clone, PartialEq)]
pub enum Stage {
    /// Being read and judged.
    Working,
    /// At least one model has spoken.
    Judged(Judged),
    /// Not judged, with reasons.
    Refused(Vec<Refusal>),
    /// Ended with an error.
    Failed(Error),
}

/// A decoded picture: RGBA pixels of the size in `opened`.
#[derive(Clone)]
pub struct Picture {
    /// Sizes and knees.
    pub opened: Opened,
    /// Row by row.
    pub pixels: Uint8Array,
}

/// A painted heat map.
#[derive(Clone)]
pub struct Overlay {
    /// What it shows.
    pub view: OverlayView,
    /// RGBA of the picture's size; none when the map is empty.
    pub pixels: Option<Uint8Array>,
    /// Share (0..=1) of the heat on the border.
    pub border_share: f32,
}

impl Study {
    /// As if it had just been dropped; the picture stays until the engine sends it anew.
    pub fn begin_again(&mut self, now_ms: f64) {
        self.dropped_ms = now_ms;
        self.stage = Stage::Working;
        self.explained = None;
        self.overlay = None;
    }

    /// As in `data-verdict`; none while nothing can be said.
    pub fn verdict_id(&self) -> Option<&'static str> {
        use osteolens::prediction::Verdict;
        match &self.stage {
            Stage::Working => None,
            Stage::Judged(judged) => Some(match judged.verdict {
                Verdict::Normal => "normal",
                Verdict::Osteopenia => "osteopenia",
                Verdict::Osteoporosis => "osteoporosis",
                Verdict::Uncertain => "uncertain",
            }),
            Stage::Refused(_) => Some("refused"),
            Stage::Failed(_) => Some("error"),
        }
    }

    /// What would make a refused picture a knee.
    pub fn adjustment(&self) -> Option<Adjustment> {
        let Stage::Refused(reasons) = &self.stage else { return None };
        reasons.iter().find_map(|reason| if let Refusal::Needs(how) = reason { Some(*how) } else { None })
    }

    /// Whether the file could not be read or judged.
    pub fn is_failed(&self) -> bool {
        matches!(self.stage, Stage::Failed(_))
    }
}
