//! What knees look like to an earlier layer of a network.

use analysis::input::InputSpec;
use analysis::known_knees::KnownKnees;
use anyhow::{Context, Result};
use burn::tensor::Device;
use nalgebra::{Cholesky, DMatrix, DVector};
use networks::{Array, Arrays, BurnNetwork};

use crate::batches::tensor;

/// Of the covariance, this share is spread evenly over all directions (Ledoit and Wolf, 2004,
/// fit such a share; with 2,000 knees and 128 features theirs is about this).
const SHRINKAGE: f64 = 0.02;

/// Mean of the known knees and `W` with `W·Wᵀ = covariance⁻¹`.
pub struct Statistics {
    mean: DVector<f64>,
    whiten: DMatrix<f64>,
}

impl Statistics {
    /// Of the features of knees, at least two of which differ.
    pub fn of(described: &[&Vec<f32>]) -> Result<Self> {
        let features = described.first().map_or(0, |first| first.len());
        let rows = DMatrix::from_fn(described.len(), features, |row, at| f64::from(described[row][at]));
        let mean = rows.row_mean().transpose();
        let centred = DMatrix::from_fn(rows.nrows(), features, |row, at| rows[(row, at)] - mean[at]);
        let sample = centred.transpose() * &centred / rows.nrows() as f64;
        let even = DMatrix::identity(features, features) * (sample.trace() / features as f64);
        let covariance = sample * (1.0 - SHRINKAGE) + even * SHRINKAGE;
        let lower = Cholesky::new(covariance).context("the knees are all alike")?.l();
        let whiten = lower.try_inverse().context("the knees are all alike")?.transpose();
        Ok(Self { mean, whiten })
    }

    /// As [`KnownKnees::distance`], in double precision.
    pub fn distance(&self, features: &[f32]) -> f32 {
        let away = DVector::from_fn(features.len(), |at, _| f64::from(features[at]) - self.mean[at]);
        ((self.whiten.transpose() * away).norm_squared() / features.len() as f64).sqrt() as f32
    }

    /// As parameters of a file of weights.
    pub fn arrays(&self) -> Arrays {
        let features = self.mean.len();
        let mean = Array { shape: vec![features], values: self.mean.iter().map(|x| *x as f32).collect() };
        // nalgebra goes through a matrix column by column.
        let by_row = self.whiten.transpose().iter().map(|x| *x as f32).collect();
        let whiten = Array { shape: vec![features, features], values: by_row };
        KnownKnees::NAMES.map(str::to_owned).into_iter().zip([mean, whiten]).collect()
    }
}

/// What the gate looks at on a picture.
///
/// # Shapes
/// - values: `[channels, side, side]`
/// - output: `[features]`
pub fn features(network: &BurnNetwork, values: Vec<f32>, spec: &InputSpec, device: &Device) -> Result<Vec<f32>> {
    let features = network.forward(tensor(values, spec, device)).features;
    features.try_into_vec_as::<f32>().context("reading the features")
}

#[cfg(test)]
mod tests {
    use super::*;
    use networks::{Parameters, safetensors};

    #[test]
    fn the_distance_that_is_exported_is_the_one_that_was_fitted() {
        let described: Vec<Vec<f32>> = (0..50)
            .map(|at| {
                let at = at as f32;
                vec![(at * 0.7).sin(), (at * 1.3).cos() * 3.0 + (at * 0.7).sin(), (at * 2.9).sin() * 0.1]
            })
            .collect();
        let fitted = Statistics::of(&described.iter().collect::<Vec<_>>()).expect("no two are alike");
        let file = safetensors(&fitted.arrays(), |_| true).expect("sound");
        let known = KnownKnees::read(&Parameters::read(file).expect("sound"), 3).expect("of three features");
        for features in [[0.0, 0.0, 0.0], [1.0, -2.0, 0.5], [0.3, 3.0, -0.1]] {
            let (exported, fitted) = (known.distance(&features), fitted.distance(&features));
            assert!((exported - fitted).abs() < 1e-4 * fitted, "{exported} against {fitted}");
        }
    }
}
