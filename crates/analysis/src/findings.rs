//! What comes of a film.

use serde::{Deserialize, Serialize};

use crate::gate::Refusal;
use crate::grad_cam::ClassMaps;
use crate::heatmap::ColourMap;
use crate::knees::Position;
use crate::prediction::{Class, Probabilities, Verdict};
use crate::remark::Remark;
use crate::side::Side;

/// What the models make of a film.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Not every member has spoken yet, and those who have take it for a knee.
    Waiting,
    /// It is not judged, for these reasons; at least one.
    Refused(Vec<Refusal>),
    /// Every member has spoken.
    Judged(FilmVerdict),
}

/// What the models say of a film.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FilmVerdict {
    /// The worst of its knees' verdicts.
    pub verdict: Verdict,
    /// Each knee's own, from left to right.
    pub knees: Vec<KneeResult>,
    /// What to mind beside it.
    pub remarks: Vec<Remark>,
}

/// What the models say of one knee.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KneeResult {
    /// Where it lies on the picture.
    pub position: Position,
    /// Whether the models that decide take it for a knee; otherwise nothing is said of it.
    pub is_known: bool,
    /// The verdict on it.
    pub verdict: Verdict,
    /// The models' mean.
    pub combined: Probabilities,
    /// Each model's id and calibrated probabilities.
    pub models: Vec<(String, Probabilities)>,
    /// Which knee of the person it is, unless the film is mirrored; none where that cannot be told.
    pub side: Option<Side>,
}

/// Durations of the stages for one film.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    /// Finding, cutting and normalising the knees.
    pub preprocess_ms: f64,
    /// Forward passes and reading the probabilities.
    pub inference_ms: f64,
    /// Heat maps of all classes.
    pub grad_cam_ms: f64,
}

/// Which heat map is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverlayView {
    /// The model's id.
    pub model: String,
    /// The class explained.
    pub class: Class,
    /// How heat becomes colour.
    pub colours: ColourMap,
}

/// What one model made of one knee, in numbers: what two engines are held against each other by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The model's id.
    pub model: String,
    /// Which knee, from the left.
    pub knee: usize,
    /// Distance from a knee, 1 being the limit.
    pub distance: f32,
    /// Calibrated.
    pub probabilities: Probabilities,
    /// Raw.
    pub maps: ClassMaps,
}

/// What the last layer of a model sees of a knee.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Descriptor {
    /// The model's id.
    pub model: String,
    /// Which knee, from the left.
    pub knee: usize,
    /// The mean of each of its last feature maps: `[maps]`.
    pub means: Vec<f32>,
}

/// What other arithmetic may cost a probability or a distance: the CPU kernels multiply whole numbers of 16 bits. At most
/// 5.6e-4 was seen on 556 knees (`docs/decisions/0003-cpu-kernels.md`), with a head whose probabilities are close together.
const PROBABILITIES_AGREE_WITHIN: f32 = 1e-2;
/// The same for a map, as a share of the strongest place, which may itself be small beside what it is the sum of: at most 8.7e-3
/// was seen on these knees, and half of them are above 7e-4.
const MAPS_AGREE_WITHIN: f32 = 2e-2;

/// How far two engines are apart on a film.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The largest difference of a probability (0..=1), or of a distance from a knee.
    pub probabilities: f32,
    /// The largest difference of a map, as a share of the strongest place of the model's maps.
    pub maps: f32,
}

impl Difference {
    /// How far two engines are apart; none when they did not look at the same knees by the same models.
    pub fn between(one: &[Evidence], other: &[Evidence]) -> Option<Self> {
        let mut worst = Self::default();
        for (a, b) in one.iter().zip(other) {
            let is_same =
                (&a.model, a.knee, a.maps.width, a.maps.height) == (&b.model, b.knee, b.maps.width, b.maps.height);
            if !is_same {
                return None;
            }
            let numbers = a.probabilities.iter().zip(&b.probabilities).chain([(&a.distance, &b.distance)]);
            worst.probabilities = numbers.map(|(a, b)| apart(*a, *b)).fold(worst.probabilities, f32::max);
            let places = || a.maps.values.iter().flatten().zip(b.maps.values.iter().flatten());
            let peak = places().map(|(a, b)| a.max(*b)).fold(0.0, f32::max);
            if peak > 0.0 {
                worst.maps = places().map(|(a, b)| apart(*a, *b) / peak).fold(worst.maps, f32::max);
            }
        }
        (one.len() == other.len() && !one.is_empty()).then_some(worst)
    }

    /// Whether that is within what other arithmetic may cost.
    pub fn is_within_tolerance(&self) -> bool {
        self.probabilities <= PROBABILITIES_AGREE_WITHIN && self.maps <= MAPS_AGREE_WITHIN
    }
}

/// What is no number is infinitely far from everything.
fn apart(a: f32, b: f32) -> f32 {
    let difference = (a - b).abs();
    if difference.is_nan() { f32::INFINITY } else { difference }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence(probability: f32, place: f32) -> Evidence {
        let values = [vec![2.0, place], vec![0.0; 2], vec![0.0; 2]];
        Evidence {
            model: "m".into(),
            knee: 0,
            distance: 0.5,
            probabilities: [probability, 0.2, 0.1],
            maps: ClassMaps { width: 2, height: 1, values },
        }
    }

    #[test]
    fn a_difference_is_the_largest_of_all() {
        let difference = Difference::between(&[evidence(0.7, 1.0)], &[evidence(0.7005, 1.001)]).expect("comparable");
        assert!((difference.probabilities - 0.0005).abs() < 1e-6 && (difference.maps - 0.0005).abs() < 1e-6);
        assert!(difference.is_within_tolerance());
        for other in [evidence(0.72, 1.0), evidence(0.7, 1.06)] {
            let difference = Difference::between(&[evidence(0.7, 1.0)], &[other]).expect("comparable");
            assert!(!difference.is_within_tolerance());
        }
    }

    #[test]
    fn other_knees_and_nothing_cannot_be_compared() {
        assert_eq!(Difference::between(&[evidence(0.7, 1.0)], &[]), None);
        assert_eq!(Difference::between(&[], &[]), None);
        let other = Evidence { knee: 1, ..evidence(0.7, 1.0) };
        assert_eq!(Difference::between(&[evidence(0.7, 1.0)], &[other]), None);
    }
}
