//! The models: pixels in, [`Activations`] out. They know tensors only, no files and no labels.

mod custom_cnn;
mod executor;
#[cfg(feature = "gpu")]
mod gpu;
mod knee_gate;
mod resnet18;

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::input::InputSpec;
use crate::protocol::Backend;

pub use custom_cnn::CustomCnn;
pub use executor::Executor;
#[cfg(feature = "gpu")]
pub use gpu::Gpu;
pub use knee_gate::KneeGate;
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
    /// Mean of an earlier layer's maps, by which the gate tells knees from other pictures,
    /// `[batch, features]`.
    pub texture: Tensor<2>,
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

impl Architecture {
    /// Of its input.
    pub fn channels(self) -> usize {
        match self {
            Self::CustomCnn => 1,
            Self::ResNet18 => 3,
        }
    }
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

    /// Which one it is.
    pub fn architecture(&self) -> Architecture {
        match self {
            Self::CustomCnn(_) => Architecture::CustomCnn,
            Self::ResNet18(_) => Architecture::ResNet18,
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

    /// The linear layer that turns the mean of each map into logits: behind the maps stands
    /// nothing else, so `∂logit_c/∂A_k`, summed over the map, is its weight.
    ///
    /// # Shapes
    /// - weight: `[channels, 3]`
    pub fn fc(&self) -> &Linear {
        match self {
            Self::CustomCnn(network) => network.fc(),
            Self::ResNet18(network) => network.fc(),
        }
    }

    /// The same network with another last layer.
    #[must_use]
    pub fn with_fc(self, fc: Linear) -> Self {
        match self {
            Self::CustomCnn(network) => Self::CustomCnn(network.with_fc(fc)),
            Self::ResNet18(network) => Self::ResNet18(network.with_fc(fc)),
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

/// What one weight file holds: a network and what it knows of knees.
#[derive(Module, Debug)]
pub struct Model {
    /// Classifies.
    pub network: Network,
    /// Refuses.
    pub gate: KneeGate,
}

impl Model {
    /// Without weights.
    pub fn new(architecture: Architecture, device: &Device) -> Self {
        let features = match architecture {
            Architecture::CustomCnn => CustomCnn::TEXTURE_FEATURES,
            Architecture::ResNet18 => ResNet18::TEXTURE_FEATURES,
        };
        Self { network: Network::new(architecture, device), gate: KneeGate::new(features, device) }
    }
}

/// What computes.
#[derive(Clone)]
pub enum Processor {
    /// One core.
    Cpu,
    /// A graphics processor.
    #[cfg(feature = "gpu")]
    WebGpu(std::rc::Rc<Gpu>),
}

impl Processor {
    /// Its name.
    pub fn backend(&self) -> Backend {
        match self {
            Self::Cpu => Backend::Cpu,
            #[cfg(feature = "gpu")]
            Self::WebGpu(_) => Backend::WebGpu,
        }
    }
}

/// A model that only looks.
pub struct Runner {
    executor: Executor,
    fc: Linear,
    gate: KneeGate,
}

impl Runner {
    /// Readies a loaded model: its weights are packed, and taken to the processor.
    ///
    /// # Errors
    /// See [`Executor::new`].
    pub async fn new(model: Model, spec: &InputSpec, processor: &Processor) -> Result<Self> {
        let Model { network, gate } = model;
        let fc = network.fc().clone();
        Ok(Self { executor: Box::pin(Executor::new(network, spec, processor)).await?, fc, gate })
    }

    /// One pass of one image, as [`Network::forward`].
    ///
    /// # Errors
    /// See [`Executor::forward`].
    pub async fn forward(&self, input: Tensor<4>) -> Result<Activations> {
        self.executor.forward(input).await
    }

    /// See [`Network::fc`].
    pub fn fc(&self) -> &Linear {
        &self.fc
    }

    /// Refuses what is no knee.
    pub fn gate(&self) -> &KneeGate {
        &self.gate
    }
}

/// # Shapes
/// - maps: `[batch, channels, map_h, map_w]`
/// - output: `[batch, channels]`
pub fn mean_of_maps(maps: Tensor<4>) -> Tensor<2> {
    maps.mean_dim(3).mean_dim(2).flatten(1, 3)
}
