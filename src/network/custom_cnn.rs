//! The project's own small network: three convolutions, two fully connected layers.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{Dropout, DropoutConfig, Initializer, Linear, LinearConfig, PaddingConfig2d};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

use super::{Activations, CLASSES};

const CHANNELS: [usize; 3] = [16, 32, 64];
/// Side of the maps after the last pooling: 224 / 2 (stride of `conv1`) / 2 / 2 / 2.
const POOLED_SIDE: usize = 14;
const HIDDEN: usize = 64;
/// Before the last layer only: on the pooled maps as well, the training loss stayed at that of
/// uniform answers for dozens of epochs.
const DROPOUT: f64 = 0.3;

/// He et al., "Delving Deep into Rectifiers" (2015): keeps the signal's size through ReLUs.
fn he() -> Initializer {
    Initializer::KaimingNormal { gain: 2.0_f64.sqrt(), fan_out_only: false }
}

/// Grey 224×224 → 3 classes with 0.83 million parameters; small enough to answer while the large
/// network is still being fetched.
#[derive(Module, Debug)]
pub struct CustomCnn {
    conv1: Conv2d,
    conv2: Conv2d,
    conv3: Conv2d,
    pool: MaxPool2d,
    dropout: Dropout,
    fc1: Linear,
    fc2: Linear,
}

impl CustomCnn {
    /// With random weights.
    pub fn new(device: &Device) -> Self {
        let conv = |channels: [usize; 2], kernel: usize, stride: usize| {
            Conv2dConfig::new(channels, [kernel, kernel])
                .with_stride([stride, stride])
                .with_padding(PaddingConfig2d::Explicit(kernel / 2, kernel / 2, kernel / 2, kernel / 2))
                .with_initializer(he())
                .init(device)
        };
        Self {
            conv1: conv([1, CHANNELS[0]], 5, 2),
            conv2: conv([CHANNELS[0], CHANNELS[1]], 3, 1),
            conv3: conv([CHANNELS[1], CHANNELS[2]], 3, 1),
            pool: MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init(),
            dropout: DropoutConfig::new(DROPOUT).init(),
            fc1: LinearConfig::new(CHANNELS[2] * POOLED_SIDE * POOLED_SIDE, HIDDEN).with_initializer(he()).init(device),
            fc2: LinearConfig::new(HIDDEN, CLASSES).init(device),
        }
    }

    /// One pass; dropout acts on training devices only.
    ///
    /// # Shapes
    /// - input: `[batch, 1, 224, 224]`
    /// - maps: `[batch, 64, 28, 28]`
    pub fn forward(&self, input: Tensor<4>) -> Activations {
        let x = self.pool.forward(relu(self.conv1.forward(input))); // [batch, 16, 56, 56]
        let x = self.pool.forward(relu(self.conv2.forward(x))); // [batch, 32, 28, 28]
        let maps = relu(self.conv3.forward(x)); // [batch, 64, 28, 28]
        let logits = self.head(maps.clone()); // [batch, 3]
        Activations { maps, logits }
    }

    /// # Shapes
    /// - maps: `[batch, 64, 28, 28]`
    /// - output: `[batch, 3]`
    pub(super) fn head(&self, maps: Tensor<4>) -> Tensor<2> {
        let pooled: Tensor<2> = self.pool.forward(maps).flatten(1, 3); // [batch, 64·14·14]
        let hidden = relu(self.fc1.forward(pooled)); // [batch, 64]
        self.fc2.forward(self.dropout.forward(hidden)) // [batch, 3]
    }

    /// See [`Network::score_gradient`](super::Network::score_gradient).
    ///
    /// `∂y_c/∂pooled = W₁ (W₂[:, c] ∘ [hidden > 0])`. Max pooling hands each of these to exactly
    /// one place of the map, so the sum over the map is the sum over the pooled places.
    ///
    /// # Shapes
    /// - maps: `[1, 64, 28, 28]`
    /// - output: `[1, 64]`
    pub fn score_gradient(&self, maps: Tensor<4>, class: usize) -> Tensor<2> {
        let pooled: Tensor<2> = self.pool.forward(maps).flatten(1, 3); // [1, 64·14·14]
        let active = self.fc1.forward(pooled).greater_scalar(0.0).float(); // [1, 64]
        let from_class = self.fc2.weight.val().narrow(1, class, 1).transpose(); // [1, 64]
        let gradient = (active * from_class).matmul(self.fc1.weight.val().transpose()); // [1, 64·14·14]
        gradient.reshape([1, CHANNELS[2], POOLED_SIDE * POOLED_SIDE]).sum_dim(2).squeeze_dim(2) // [1, 64]
    }
}
