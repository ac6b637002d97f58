//! Names the part of the body that a film shows instead of a knee.

use networks::Activations;
use serde::{Deserialize, Serialize};

use crate::knee_head::described;

/// A part is named from this probability on (0..=1), as in the evaluation.
pub const LEAST_PROBABILITY: f32 = 0.75;

/// A part of the body, as films show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BodyPart {
    /// Hand or wrist.
    Hand,
    /// Elbow, forearm or upper arm.
    Arm,
    /// Shoulder.
    Shoulder,
    /// Chest.
    Chest,
    /// Spine.
    Spine,
    /// Hip or pelvis.
    Hip,
    /// Foot or ankle.
    Foot,
    /// Teeth or skull.
    Head,
}

impl BodyPart {
    /// Every one.
    pub const ALL: [Self; 8] =
        [Self::Hand, Self::Arm, Self::Shoulder, Self::Chest, Self::Spine, Self::Hip, Self::Foot, Self::Head];
}

/// Logistic regression on what a network makes of a picture: films of one part of the body against all others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BodyPartHead {
    /// What it names.
    pub part: BodyPart,
    /// Whether it is right often enough to be told; otherwise it keeps the others from naming its films.
    pub is_named: bool,
    /// Is added to the weighted sum.
    pub offset: f32,
    /// One for each number of [`described`].
    pub weights: Vec<f32>,
}

impl BodyPartHead {
    /// How probable it is (0..=1) that a picture described like this shows the part.
    pub fn probability(&self, described: &[f32]) -> f32 {
        let score = described.iter().zip(&self.weights).map(|(value, weight)| value * weight).sum::<f32>();
        1.0 / (1.0 + (-score - self.offset).exp())
    }

    /// Whether it gives a number for a network that is described by so many.
    pub(crate) fn fits(&self, length: usize) -> bool {
        self.weights.len() == length && self.offset.is_finite() && self.weights.iter().all(|weight| weight.is_finite())
    }
}

/// The head that finds its part the most probable, and how probable, if that is enough to name it.
pub fn most_probable<'a>(heads: &'a [BodyPartHead], activations: &Activations) -> Option<(&'a BodyPartHead, f32)> {
    let described = described(activations);
    let all = heads.iter().map(|head| (head, head.probability(&described)));
    let probable = all.filter(|(_, probability)| *probability >= LEAST_PROBABILITY);
    probable.max_by(|(_, a), (_, b)| a.total_cmp(b))
}

#[cfg(test)]
mod tests {
    use networks::kernels::cpu::Image;

    use super::*;

    #[test]
    fn the_most_probable_part_is_named_if_it_is_probable_enough() {
        let maps = Image { height: 1, width: 1, channels: 0, values: Vec::new() };
        let activations = Activations { maps, features: vec![1.0], scores: Vec::new() };
        let head =
            |part, weight| BodyPartHead { part, is_named: part != BodyPart::Arm, offset: -1.0, weights: vec![weight] };
        let of = |hand, arm| {
            let heads = [head(BodyPart::Hand, hand), head(BodyPart::Arm, arm)];
            most_probable(&heads, &activations).map(|(head, _)| head.part)
        };
        assert_eq!(of(2.0, 1.0), None, "0.73 and 0.5");
        assert_eq!(of(3.0, 2.0), Some(BodyPart::Hand));
        assert_eq!(of(3.0, 4.0), Some(BodyPart::Arm));
        assert_eq!(of(f32::NAN, 1.0), None);
    }
}
