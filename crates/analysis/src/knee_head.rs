//! Tells knees from other films.

use networks::Activations;
use serde::{Deserialize, Serialize};

/// Logistic regression on what a network makes of a picture: knees against other films, and against knees that are turned or
/// inverted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KneeHead {
    /// Is added to the weighted sum: the score is 0 at the limit.
    pub offset: f32,
    /// The largest distance from the known knees, in units of its limit. Beyond it nothing is a knee: the score was fitted
    /// to films and is arbitrary for other pictures, such as noise.
    pub farthest: f32,
    /// The score of a typical knee, above 0.
    pub typical: f32,
    /// One for each number of [`described`].
    pub weights: Vec<f32>,
}

impl KneeHead {
    /// How far a picture is from being a knee: 0 for a typical one, 1 where it is just judged, more for what is none.
    /// `from_known` is its distance from the known knees in limits of that.
    pub fn distance(&self, activations: &Activations, from_known: f32) -> f32 {
        let score = described(activations).iter().zip(&self.weights).map(|(value, weight)| value * weight).sum::<f32>();
        let by_score = 1.0 - (score + self.offset) / self.typical;
        // What is not a number is no knee.
        if by_score.is_nan() { f32::INFINITY } else { by_score.max(from_known / self.farthest) }
    }

    /// How many numbers a network with such layers is described by.
    pub fn length(gate_features: usize, last_maps: usize) -> usize {
        gate_features + 2 * last_maps
    }

    /// Whether it gives a number for such a network.
    pub(crate) fn fits(&self, length: usize) -> bool {
        self.weights.len() == length
            && self.typical > 0.0
            && self.farthest >= 1.0
            && self.weights.iter().chain([&self.offset, &self.typical, &self.farthest]).all(|number| number.is_finite())
    }
}

/// What is looked at: the means of an early layer's feature maps, then mean and standard deviation of each of the last
/// ones.
///
/// # Shapes
/// - output: `[gate features + 2 · channels of the last feature maps]`
pub fn described(activations: &Activations) -> Vec<f32> {
    let maps = &activations.maps;
    let pixels = (maps.height * maps.width).max(1) as f32;
    let each = || maps.values.chunks_exact(maps.channels.max(1));
    let mut means = vec![0.0f32; maps.channels];
    for pixel in each() {
        means.iter_mut().zip(pixel).for_each(|(mean, value)| *mean += value / pixels);
    }
    // Around the mean: of a difference of squares an f32 would lose most digits.
    let mut variances = vec![0.0f32; maps.channels];
    for pixel in each() {
        for ((variance, mean), value) in variances.iter_mut().zip(&means).zip(pixel) {
            *variance += (value - mean).powi(2) / pixels;
        }
    }
    activations.features.iter().copied().chain(means).chain(variances.into_iter().map(f32::sqrt)).collect()
}

#[cfg(test)]
mod tests {
    use networks::kernels::cpu::Image;

    use super::*;

    /// Two maps of two pixels, and one feature.
    fn activations() -> Activations {
        let maps = Image { height: 1, width: 2, channels: 2, values: vec![1.0, 5.0, 3.0, 5.0] };
        Activations { maps, features: vec![0.5], scores: Vec::new() }
    }

    #[test]
    fn a_picture_is_described_by_means_and_deviations() {
        assert_eq!(described(&activations()), [0.5, 2.0, 5.0, 1.0, 0.0]);
        assert_eq!(described(&activations()).len(), KneeHead::length(1, 2));
    }

    #[test]
    fn a_typical_knee_is_at_0_and_the_limit_at_1() {
        let head = |offset| KneeHead { offset, farthest: 2.0, typical: 4.0, weights: vec![0.0, 2.0, 0.0, 0.0, 0.0] };
        for (offset, distance) in [(0.0, 0.0), (-4.0, 1.0), (-8.0, 2.0)] {
            assert!((head(offset).distance(&activations(), 0.0) - distance).abs() < 1e-6);
        }
        assert!(head(0.0).distance(&activations(), 2.1) > 1.0, "far from every known knee");
        assert!(head(f32::NAN).distance(&activations(), 0.0) > 1.0, "no number");
        assert!(head(0.0).fits(5) && !head(0.0).fits(4) && !head(f32::NAN).fits(5));
    }
}
