//! How far a picture lies from the knees that the models know.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};

/// Mahalanobis distance to the knees of the training set, after Lee et al., "A Simple Unified
/// Framework for Detecting Out-of-Distribution Samples and Adversarial Attacks" (2018): of one
/// class, "knee", in the space of [`Activations::texture`](super::Activations::texture).
#[derive(Module, Debug)]
pub struct KneeGate {
    mean: Param<Tensor<1>>,
    whiten: Param<Tensor<2>>,
}

impl KneeGate {
    /// A gate for this many features, to load weights into.
    pub fn new(features: usize, device: &Device) -> Self {
        Self::from_statistics(Tensor::zeros([features], device), Tensor::eye(features, device))
    }

    /// From the knees' mean and a matrix `W` with `W·Wᵀ = covariance⁻¹`.
    ///
    /// # Shapes
    /// - mean: `[features]`
    /// - whiten: `[features, features]`
    pub fn from_statistics(mean: Tensor<1>, whiten: Tensor<2>) -> Self {
        Self { mean: Param::from_tensor(mean), whiten: Param::from_tensor(whiten) }
    }

    /// The distance in standard deviations, divided by the root of the number of features, so
    /// that a typical knee lies near 1.
    ///
    /// # Shapes
    /// - texture: `[batch, features]`
    /// - output: `[batch, 1]`
    pub fn distance(&self, texture: Tensor<2>) -> Tensor<2> {
        let away = (texture - self.mean.val().unsqueeze()).matmul(self.whiten.val()); // [batch, features]
        away.powf_scalar(2.0).mean_dim(1).sqrt() // [batch, 1]
    }
}
