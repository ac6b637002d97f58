//! The project's own small network: four convolutions, their mean, one linear layer.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Initializer, Linear, LinearConfig, PaddingConfig2d};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

use super::{Activations, CLASSES};

const CHANNELS: [usize; 5] = [1, 16, 32, 64, 128];

/// Grey 224×224 → 3 classes with 0.1 million parameters; small enough to answer while the large
/// network is still being fetched.
#[derive(Module, Debug)]
pub struct CustomCnn {
    pub(super) conv1: Conv2d,
    pub(super) bn1: BatchNorm,
    pub(super) conv2: Conv2d,
    pub(super) bn2: BatchNorm,
    pub(super) conv3: Conv2d,
    pub(super) bn3: BatchNorm,
    pub(super) conv4: Conv2d,
    pub(super) bn4: BatchNorm,
    pool: MaxPool2d,
    fc: Linear,
}

impl CustomCnn {
    /// Channels of the third layer.
    pub(super) const TEXTURE_FEATURES: usize = CHANNELS[3];

    /// With random weights after He et al., "Delving Deep into Rectifiers" (2015).
    pub fn new(device: &Device) -> Self {
        let conv = |layer: usize, kernel: usize, stride: usize| {
            Conv2dConfig::new([CHANNELS[layer - 1], CHANNELS[layer]], [kernel, kernel])
                .with_stride([stride, stride])
                .with_padding(PaddingConfig2d::Explicit(kernel / 2, kernel / 2, kernel / 2, kernel / 2))
                .with_bias(false)
                .with_initializer(Initializer::KaimingNormal { gain: 2.0_f64.sqrt(), fan_out_only: false })
                .init(device)
        };
        let norm = |layer: usize| BatchNormConfig::new(CHANNELS[layer]).init(device);
        Self {
            conv1: conv(1, 5, 2),
            bn1: norm(1),
            conv2: conv(2, 3, 1),
            bn2: norm(2),
            conv3: conv(3, 3, 1),
            bn3: norm(3),
            conv4: conv(4, 3, 1),
            bn4: norm(4),
            pool: MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init(),
            fc: LinearConfig::new(CHANNELS[4], CLASSES).init(device),
        }
    }

    /// One pass. The gate looks at the third layer: the last one already sees knees only.
    ///
    /// # Shapes
    /// - input: `[batch, 1, 224, 224]`
    /// - maps: `[batch, 128, 14, 14]`
    /// - texture: `[batch, 64]`
    pub fn forward(&self, input: Tensor<4>) -> Activations {
        let x = relu(self.bn1.forward(self.conv1.forward(input))); // [batch, 16, 112, 112]
        let x = relu(self.bn2.forward(self.conv2.forward(self.pool.forward(x)))); // [batch, 32, 56, 56]
        let x = relu(self.bn3.forward(self.conv3.forward(self.pool.forward(x)))); // [batch, 64, 28, 28]
        let maps = relu(self.bn4.forward(self.conv4.forward(self.pool.forward(x.clone())))); // [batch, 128, 14, 14]
        let logits = self.head(maps.clone()); // [batch, 3]
        Activations { maps, logits, texture: super::mean_of_maps(x) }
    }

    /// # Shapes
    /// - maps: `[batch, 128, 14, 14]`
    /// - output: `[batch, 3]`
    pub(super) fn head(&self, maps: Tensor<4>) -> Tensor<2> {
        self.fc.forward(super::mean_of_maps(maps))
    }

    /// The linear layer behind the mean of the maps.
    pub(super) fn fc(&self) -> &Linear {
        &self.fc
    }

    /// Puts another linear layer behind the maps.
    #[must_use]
    pub fn with_fc(mut self, fc: Linear) -> Self {
        self.fc = fc;
        self
    }
}
