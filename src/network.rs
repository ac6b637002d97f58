//! The models: pixels in, [`Activations`] out. They know tensors only, no files and no labels.

mod custom_cnn;
mod resnet18;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

pub use custom_cnn::CustomCnn;
pub use resnet18::ResNet18;

/// Number of classes: normal, osteopenia, osteoporosis.
pub const CLASSES: usize = 3;

/// What one forward pass leaves behind: enough for the verdict and for every heat map.
#[derive(Clone, Debug)]
pub struct Activations {
    /// Maps of the last convolution after its ReLU, `[batch, channels, map_h, map_w]`.
    pub maps: Tensor<4>,
    /// Class scores before softmax, `[batch, 3]`.
    pub logits: Tensor<2>,
}

/// The kinds of network a manifest can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Architecture {
    /// [`CustomCnn`]
    CustomCnn,
    /// [`ResNet18`]
    #[serde(rename = "resnet18")]
    ResNet18,
}

/// One of the networks, loaded on a device.
#[derive(Module, Debug)]
#[allow(clippy::large_enum_variant, reason = "a handful exist at a time, each behind its weights' size")]
pub enum Network {
    /// See [`CustomCnn`].
    CustomCnn(CustomCnn),
    /// See [`ResNet18`].
    ResNet18(ResNet18),
}

impl Network {
    /// A freshly initialised network.
    pub fn new(architecture: Architecture, device: &Device) -> Self {
        match architecture {
            Architecture::CustomCnn => Self::CustomCnn(CustomCnn::new(device)),
            Architecture::ResNet18 => Self::ResNet18(ResNet18::new(device)),
        }
    }

    /// One pass.
    ///
    /// # Shapes
    /// - input: `[batch, channels, 224, 224]`, 1 channel for the custom CNN, 3 for ResNet18
    pub fn forward(&self, input: Tensor<4>) -> Activations {
        match self {
            Self::CustomCnn(network) => network.forward(input),
            Self::ResNet18(network) => network.forward(input),
        }
    }

    /// Derivative of one class's score with respect to each channel of [`Activations::maps`],
    /// summed over the map.
    ///
    /// # Shapes
    /// - maps: `[1, channels, map_h, map_w]`
    /// - output: `[1, channels]`
    pub fn score_gradient(&self, maps: Tensor<4>, class: usize) -> Tensor<2> {
        match self {
            Self::CustomCnn(network) => network.score_gradient(maps, class),
            Self::ResNet18(network) => network.score_gradient(class),
        }
    }

    /// The part behind the maps, for comparison with autodiff.
    #[cfg(test)]
    pub(crate) fn head_for_tests(&self, maps: Tensor<4>) -> Tensor<2> {
        match self {
            Self::CustomCnn(network) => network.head(maps),
            Self::ResNet18(network) => network.head(maps),
        }
    }
}
