//! How far a picture lies from the knees that a model knows.

use networks::Parameters;

use crate::error::Result;

/// Mahalanobis distance to the knees of the training set, after Lee et al., "A Simple Unified Framework for Detecting
/// Out-of-Distribution Samples and Adversarial Attacks" (2018): of one class, "knee", in the space of
/// [`Activations::features`](networks::Activations::features).
#[derive(Clone, Debug, PartialEq)]
pub struct KnownKnees {
    /// Of the knees' features, `[features]`.
    pub mean: Vec<f32>,
    /// A matrix `W` with `W·Wᵀ = covariance⁻¹`, `[features, features]`.
    pub whiten: Vec<f32>,
}

impl KnownKnees {
    /// Names of both in a file of weights.
    pub const NAMES: [&str; 2] = ["gate.mean", "gate.whiten"];

    /// Those of a file of weights.
    ///
    /// # Errors
    /// [`Error::Weights`](crate::error::Error::Weights) when they are missing or of another size.
    pub fn read(parameters: &Parameters, features: usize) -> Result<Self> {
        let [mean, whiten] = Self::NAMES;
        Ok(Self {
            mean: parameters.values(mean, &[features])?,
            whiten: parameters.values(whiten, &[features, features])?,
        })
    }

    /// The distance in standard deviations, divided by the root of the number of features, so that a typical knee lies
    /// near 1.
    ///
    /// # Shapes
    /// - features: `[features]`
    pub fn distance(&self, features: &[f32]) -> f32 {
        let mut whitened = vec![0.0; self.mean.len()];
        let rows = self.whiten.chunks_exact(self.mean.len().max(1));
        for ((feature, mean), row) in features.iter().zip(&self.mean).zip(rows) {
            whitened.iter_mut().zip(row).for_each(|(sum, weight)| *sum += (feature - mean) * weight);
        }
        let squares = whitened.iter().map(|value| value * value).sum::<f32>();
        (squares / whitened.len().max(1) as f32).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_is_that_of_mahalanobis() {
        // Standard deviations 2 and 1/2, no correlation.
        let known = KnownKnees { mean: vec![1.0, 1.0], whiten: vec![0.5, 0.0, 0.0, 2.0] };
        // One deviation away in each: √((1 + 1) / 2).
        assert!((known.distance(&[3.0, 0.5]) - 1.0).abs() < 1e-6);
        assert!(known.distance(&[1.0, 1.0]).abs() < 1e-6);
    }
}
