//! Tells the left knee from the right one: the fibula lies on the outer side.

use networks::Activations;
use serde::{Deserialize, Serialize};

/// From this score on a side is named; below it, nothing.
pub const LEAST_SCORE: f32 = 1.5;

/// A knee's side, of the patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The patient's left knee.
    Left,
    /// The patient's right knee.
    Right,
}

impl Side {
    /// By its score: above 0 for the left knee.
    pub fn of_score(score: f32) -> Option<Self> {
        match score {
            _ if score >= LEAST_SCORE => Some(Self::Left),
            _ if score <= -LEAST_SCORE => Some(Self::Right),
            _ => None,
        }
    }

    /// As a DICOM file writes it (PS3.3, C.7.3.1.1.1 and C.8.3.1: `L`, `R`); none for both, unpaired or unknown.
    pub fn of_dicom(laterality: &str) -> Option<Self> {
        match laterality {
            "L" => Some(Self::Left),
            "R" => Some(Self::Right),
            _ => None,
        }
    }
}

/// Logistic regression without an offset on how much more a network sees in the left part of a knee's picture than in the
/// right one: a mirrored picture has the same score with the other sign.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SideHead {
    /// One for each number of [`differences`].
    pub weights: Vec<f32>,
}

impl SideHead {
    /// The log odds that it is the patient's left knee, on a film that is not mirrored.
    pub fn score(&self, activations: &Activations) -> f32 {
        differences(activations).iter().zip(&self.weights).map(|(value, weight)| value * weight).sum()
    }

    /// Whether it gives a number for a network with so many last feature maps.
    pub(crate) fn fits(&self, last_maps: usize) -> bool {
        self.weights.len() == last_maps && self.weights.iter().all(|weight| weight.is_finite())
    }
}

/// The mean of each of the last feature maps left of the middle, less that right of it.
///
/// # Shapes
/// - output: `[channels of the last feature maps]`
pub fn differences(activations: &Activations) -> Vec<f32> {
    let maps = &activations.maps;
    let half = maps.width / 2;
    let share = 1.0 / (half * maps.height).max(1) as f32;
    let mut differences = vec![0.0f32; maps.channels];
    for (at, pixel) in maps.values.chunks_exact(maps.channels.max(1)).enumerate() {
        let x = at % maps.width;
        let sign = match x {
            _ if x < half => share,
            _ if x >= maps.width - half => -share,
            _ => continue,
        };
        differences.iter_mut().zip(pixel).for_each(|(difference, value)| *difference += sign * value);
    }
    differences
}

#[cfg(test)]
mod tests {
    use networks::kernels::cpu::Image;

    use super::*;

    fn activations(values: Vec<f32>) -> Activations {
        Activations {
            maps: Image { height: 1, width: 3, channels: 2, values },
            features: Vec::new(),
            scores: Vec::new(),
        }
    }

    #[test]
    fn a_mirrored_picture_has_the_other_sign_and_the_middle_does_not_count() {
        let head = SideHead { weights: vec![1.0, 0.5] };
        let (picture, mirrored) =
            (activations(vec![4.0, 2.0, 9.0, 9.0, 1.0, 4.0]), activations(vec![1.0, 4.0, 9.0, 9.0, 4.0, 2.0]));
        assert_eq!(differences(&picture), [3.0, -2.0]);
        assert!((head.score(&picture) - 2.0).abs() < 1e-6 && (head.score(&mirrored) + 2.0).abs() < 1e-6);
        assert_eq!(Side::of_score(head.score(&picture)), Some(Side::Left));
        assert_eq!(Side::of_score(head.score(&mirrored)), Some(Side::Right));
        assert_eq!((Side::of_score(0.4), Side::of_score(f32::NAN)), (None, None));
    }

    #[test]
    fn a_dicom_file_says_a_side_or_none() {
        let said = ["L", "R", "B", "U", ""].map(Side::of_dicom);
        assert_eq!(said, [Some(Side::Left), Some(Side::Right), None, None, None]);
    }
}
