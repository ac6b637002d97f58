//! `gate.json`: every picture that was sent through the gate.

use analysis::gate::Refusal;
use radiograph::Adjustment;
use serde::{Deserialize, Serialize};

use crate::pretrain::Pretraining;

/// Where a picture comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Whole film.
    Film,
    /// Crop of a film.
    Crop,
    /// Knee graded for osteoarthritis, from another collection.
    Graded,
    /// Chest film.
    Chest,
    /// Photograph.
    Photo,
    /// Spine DXA printout.
    Spine,
    /// Made by this program: ramps, noise, text.
    Made,
    /// A film with black and white swapped.
    Inverted,
    /// A film turned by a quarter against the clock.
    TurnedLeft,
    /// A film turned by a quarter with the clock.
    TurnedRight,
    /// A film turned by half.
    UpsideDown,
}

impl Origin {
    /// Whether it should be judged.
    pub fn is_knee(self) -> bool {
        matches!(self, Self::Film | Self::Crop | Self::Graded)
    }

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Film => "films",
            Self::Crop => "crops of films by others",
            Self::Graded => "knees graded for osteoarthritis",
            Self::Chest => "chest films",
            Self::Photo => "photographs and graphics",
            Self::Spine => "spine DXA printouts",
            Self::Made => "ramps, noise, stripes, text",
            Self::Inverted => "films inverted",
            Self::TurnedLeft => "films turned left",
            Self::TurnedRight => "films turned right",
            Self::UpsideDown => "films turned upside down",
        }
    }

    /// Whether the offered adjustment makes the picture right again.
    pub fn is_mended_by(self, needs: Option<Adjustment>) -> bool {
        match self {
            Self::Inverted => needs == Some(Adjustment::Invert),
            Self::TurnedLeft => needs == Some(Adjustment::TurnRight),
            Self::TurnedRight => needs == Some(Adjustment::TurnLeft),
            Self::UpsideDown => needs == Some(Adjustment::TurnOver),
            _ => false,
        }
    }
}

/// A picture that has been through the gate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gated {
    /// Where it comes from.
    pub origin: Origin,
    /// Film, or copies of one picture; empty for what is no knee.
    pub group: String,
    /// The fold whose statistics and limits judge it; none where no part of it was fitted to.
    pub fold: Option<usize>,
    /// What the pixels alone say.
    pub refusals: Vec<Refusal>,
    /// Per knee found and per model, by statistics that this group had no part in.
    pub distances: Vec<[f32; 2]>,
    /// What would make a refused picture a knee.
    pub needs: Option<Adjustment>,
}

/// `gate.json`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateRecord {
    /// Longest distance accepted, per model: what is exported.
    pub limits: [f32; 2],
    /// The same, fitted to the other folds alone: what judges a fold.
    pub limits_by_fold: Vec<[f32; 2]>,
    /// The networks whose features these are.
    pub networks: Vec<Pretraining>,
    /// Every picture tried.
    pub pictures: Vec<Gated>,
}

impl GateRecord {
    /// Whether a picture gets no result.
    pub fn refuses(&self, picture: &Gated) -> bool {
        !picture.refusals.is_empty() || !picture.distances.iter().any(|knee| accepts(self.limits(picture.fold), *knee))
    }

    /// What judges the pictures of a fold, or those of none.
    pub fn limits(&self, fold: Option<usize>) -> [f32; 2] {
        fold.map_or(self.limits, |fold| self.limits_by_fold[fold])
    }
}

/// Whether both models find a knee near enough.
pub fn accepts(limits: [f32; 2], knee: [f32; 2]) -> bool {
    knee.iter().zip(limits).all(|(distance, limit)| *distance <= limit)
}
