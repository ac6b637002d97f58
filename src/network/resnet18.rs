//! `ResNet18` after He et al., "Deep Residual Learning for Image Recognition" (2015), with the
//! layer names of torchvision, so that its weights load by name.

use burn::module::{Module, Param};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig, PaddingConfig2d};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

use super::{Activations, CLASSES};

/// Three channels of 224×224 → 3 classes, 11.2 million parameters.
#[derive(Module, Debug)]
pub struct ResNet18 {
    pub(super) conv1: Conv2d,
    pub(super) bn1: BatchNorm,
    maxpool: MaxPool2d,
    pub(super) layer1: Vec<BasicBlock>,
    pub(super) layer2: Vec<BasicBlock>,
    pub(super) layer3: Vec<BasicBlock>,
    pub(super) layer4: Vec<BasicBlock>,
    fc: Linear,
}

impl ResNet18 {
    /// Channels of `layer2`.
    pub(super) const TEXTURE_FEATURES: usize = 128;

    /// With random weights.
    pub fn new(device: &Device) -> Self {
        let layer = |channels_in, channels_out, stride| {
            vec![
                BasicBlock::new(channels_in, channels_out, stride, device),
                BasicBlock::new(channels_out, channels_out, 1, device),
            ]
        };
        Self {
            conv1: conv(3, 64, 7, 2, device),
            bn1: BatchNormConfig::new(64).init(device),
            maxpool: MaxPool2dConfig::new([3, 3])
                .with_strides([2, 2])
                .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                .init(),
            layer1: layer(64, 64, 1),
            layer2: layer(64, 128, 2),
            layer3: layer(128, 256, 2),
            layer4: layer(256, 512, 2),
            fc: LinearConfig::new(512, CLASSES).init(device),
        }
    }

    /// One pass. The gate looks at `layer2`, which training leaves as ImageNet made it.
    ///
    /// # Shapes
    /// - input: `[batch, 3, 224, 224]`
    /// - maps: `[batch, 512, 7, 7]`
    /// - texture: `[batch, 128]`
    pub fn forward(&self, input: Tensor<4>) -> Activations {
        let x = relu(self.bn1.forward(self.conv1.forward(input))); // [batch, 64, 112, 112]
        let x = through(&self.layer1, self.maxpool.forward(x)); // [batch, 64, 56, 56]
        let x = through(&self.layer2, x); // [batch, 128, 28, 28]
        let texture = super::mean_of_maps(x.clone()); // [batch, 128]
        let maps = through(&self.layer4, through(&self.layer3, x)); // [batch, 512, 7, 7]
        let logits = self.head(maps.clone()); // [batch, 3]
        Activations { maps, logits, texture }
    }

    /// The part that training leaves as it is.
    ///
    /// # Shapes
    /// - input: `[batch, 3, 224, 224]`
    /// - output: `[batch, 256, 14, 14]`
    pub fn forward_to_layer3(&self, input: Tensor<4>) -> Tensor<4> {
        let x = relu(self.bn1.forward(self.conv1.forward(input))); // [batch, 64, 112, 112]
        let x = through(&self.layer1, self.maxpool.forward(x)); // [batch, 64, 56, 56]
        through(&self.layer3, through(&self.layer2, x)) // [batch, 256, 14, 14]
    }

    /// The part that training adapts.
    ///
    /// # Shapes
    /// - input: `[batch, 256, 14, 14]`
    /// - output: `[batch, 3]`
    pub fn forward_layer4(&self, input: Tensor<4>) -> Tensor<2> {
        self.head(through(&self.layer4, input))
    }

    /// # Shapes
    /// - maps: `[batch, 512, 7, 7]`
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

    /// Every convolution with the batch norm behind it, under torchvision's name.
    pub fn convolutions_mut(&mut self) -> Vec<(String, &mut Conv2d, &mut BatchNorm)> {
        let mut all = vec![("conv1".to_owned(), &mut self.conv1, &mut self.bn1)];
        let layers = [&mut self.layer1, &mut self.layer2, &mut self.layer3, &mut self.layer4];
        for (layer, blocks) in (1..).zip(layers) {
            for (at, BasicBlock { conv1, bn1, conv2, bn2, downsample }) in blocks.iter_mut().enumerate() {
                let named = |conv: &str| format!("layer{layer}.{at}.{conv}");
                all.push((named("conv1"), conv1, bn1));
                all.push((named("conv2"), conv2, bn2));
                all.extend(downsample.as_mut().map(|Downsample { conv, bn }| (named("downsample.0"), conv, bn)));
            }
        }
        all
    }

    /// Makes the batch norms of `layer4` use their stored statistics also while training.
    ///
    /// A few hundred films are too few to estimate them anew; their scale and shift still learn.
    #[must_use]
    pub fn with_fixed_batch_norms(mut self) -> Self {
        for block in &mut self.layer4 {
            block.bn1.training = Param::from_bool(false);
            block.bn2.training = Param::from_bool(false);
            if let Some(downsample) = &mut block.downsample {
                downsample.bn.training = Param::from_bool(false);
            }
        }
        self
    }
}

fn through(blocks: &[BasicBlock], input: Tensor<4>) -> Tensor<4> {
    blocks.iter().fold(input, |x, block| block.forward(x))
}

/// Two 3×3 convolutions and a way around them.
#[derive(Module, Debug)]
pub(super) struct BasicBlock {
    pub(super) conv1: Conv2d,
    pub(super) bn1: BatchNorm,
    pub(super) conv2: Conv2d,
    pub(super) bn2: BatchNorm,
    pub(super) downsample: Option<Downsample>,
}

impl BasicBlock {
    fn new(channels_in: usize, channels_out: usize, stride: usize, device: &Device) -> Self {
        Self {
            conv1: conv(channels_in, channels_out, 3, stride, device),
            bn1: BatchNormConfig::new(channels_out).init(device),
            conv2: conv(channels_out, channels_out, 3, 1, device),
            bn2: BatchNormConfig::new(channels_out).init(device),
            downsample: (stride > 1).then(|| Downsample {
                conv: conv(channels_in, channels_out, 1, stride, device),
                bn: BatchNormConfig::new(channels_out).init(device),
            }),
        }
    }

    fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let x = relu(self.bn1.forward(self.conv1.forward(input.clone())));
        let x = self.bn2.forward(self.conv2.forward(x));
        let around = match &self.downsample {
            Some(downsample) => downsample.bn.forward(downsample.conv.forward(input)),
            None => input,
        };
        relu(x + around)
    }
}

/// torchvision's `downsample.0` and `downsample.1`.
#[derive(Module, Debug)]
pub(super) struct Downsample {
    pub(super) conv: Conv2d,
    pub(super) bn: BatchNorm,
}

fn conv(channels_in: usize, channels_out: usize, kernel: usize, stride: usize, device: &Device) -> Conv2d {
    let around = kernel / 2;
    Conv2dConfig::new([channels_in, channels_out], [kernel, kernel])
        .with_stride([stride, stride])
        .with_padding(PaddingConfig2d::Explicit(around, around, around, around))
        .with_bias(false)
        .init(device)
}
