//! What a network makes of a picture.

use crate::failure::{Error, Result};
use crate::kernels::cpu::Image;

/// What one pass leaves behind: enough for the verdict and for every heat map.
#[derive(Clone, Debug, PartialEq)]
pub struct Activations {
    /// The last feature maps, which Grad-CAM reads.
    pub maps: Image,
    /// Mean of the feature maps that the gate looks at, `[features]`.
    pub features: Vec<f32>,
    /// Score of each class before softmax, `[classes]`.
    pub scores: Vec<f32>,
}

impl Activations {
    /// The same, if all of it is finite.
    ///
    /// # Errors
    /// [`Error::Compute`] when it is not.
    pub(crate) fn require_numbers(self) -> Result<Self> {
        let Self { maps, features, scores } = &self;
        if [&maps.values, features, scores].into_iter().flatten().all(|value| value.is_finite()) {
            Ok(self)
        } else {
            Err(Error::Compute("a result is not a number".into()))
        }
    }
}
