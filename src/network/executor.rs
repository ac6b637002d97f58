//! Runs the networks on one core in less than half the time that burn's general kernels take: the same layers, by the
//! crate `convolution`. What a network is stays said in burn; here is only in which order its layers run.

use std::cell::RefCell;

use burn::nn::conv::Conv2d;
use burn::nn::{BatchNorm, Linear};
use burn::tensor::{Device, Tensor, TensorData};
use convolution::{Convolution, Image, Scratch, Weights, batch_norm, max_pool, mean};

use super::resnet18::BasicBlock;
use super::{Activations, CLASSES, CustomCnn, Network, ResNet18};
use crate::error::Result;
use crate::grad_cam::values;

/// A network with its weights packed.
pub struct Executor {
    layers: Layers,
    /// `[channels, classes]`
    fc_weight: Vec<f32>,
    fc_bias: Vec<f32>,
    scratch: RefCell<Scratch>,
}

enum Layers {
    CustomCnn(Box<[Convolution; 4]>),
    ResNet18 { stem: Convolution, blocks: Vec<Block> },
}

struct Block {
    first: Convolution,
    second: Convolution,
    around: Option<Convolution>,
}

/// Sides of the images that `ResNet18`'s four layers write for an input of 224 pixels.
const RESNET_SIDES: [usize; 4] = [56, 28, 14, 7];
/// The same of the custom CNN.
const CUSTOM_SIDES: [usize; 4] = [112, 56, 28, 14];
/// `ResNet18`'s blocks before the gate looks: those of its first two layers.
const BLOCKS_TO_TEXTURE: usize = 4;

impl Executor {
    /// Packs a network's weights.
    ///
    /// # Errors
    /// [`Error::Compute`](crate::error::Error::Compute) when they cannot be read from their device.
    pub async fn new(network: &Network) -> Result<Self> {
        let layers = match network {
            Network::CustomCnn(network) => Layers::of_custom_cnn(network).await?,
            Network::ResNet18(network) => Layers::of_resnet18(network).await?,
        };
        let Linear { weight, bias } = network.fc();
        let fc_bias = match bias {
            Some(bias) => values(bias.val()).await?,
            None => vec![0.0; CLASSES],
        };
        Ok(Self { layers, fc_weight: values(weight.val()).await?, fc_bias, scratch: RefCell::default() })
    }

    /// One pass, as [`Network::forward`] of one image.
    ///
    /// # Errors
    /// As [`Self::new`], for the input.
    pub async fn forward(&self, input: Tensor<4>) -> Result<Activations> {
        let [_, channels, height, width] = input.dims();
        let device = input.device();
        let image = Image::from_planes(&values(input).await?, channels, height, width);
        let (maps, texture) = self.layers.run(&image, &mut self.scratch.borrow_mut());
        let means = mean(&maps);
        let logits: [f32; CLASSES] = std::array::from_fn(|class| {
            let products = means.iter().zip(self.fc_weight.iter().skip(class).step_by(CLASSES)).map(|(a, b)| a * b);
            products.sum::<f32>() + self.fc_bias[class]
        });
        Ok(Activations {
            logits: tensor(logits.to_vec(), [1, CLASSES], &device),
            texture: tensor(mean(&texture), [1, texture.channels], &device),
            maps: tensor(maps.to_planes(), [1, maps.channels, maps.height, maps.width], &device),
        })
    }
}

fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values, shape), device)
}

impl Layers {
    async fn of_custom_cnn(network: &CustomCnn) -> Result<Self> {
        let CustomCnn { conv1, bn1, conv2, bn2, conv3, bn3, conv4, bn4, .. } = network;
        let [one, two, three, four] = CUSTOM_SIDES;
        Ok(Self::CustomCnn(Box::new([
            packed(conv1, bn1, one).await?,
            packed(conv2, bn2, two).await?,
            packed(conv3, bn3, three).await?,
            packed(conv4, bn4, four).await?,
        ])))
    }

    async fn of_resnet18(network: &ResNet18) -> Result<Self> {
        let ResNet18 { conv1, bn1, layer1, layer2, layer3, layer4, .. } = network;
        let mut blocks = Vec::new();
        for (layer, side) in [layer1, layer2, layer3, layer4].into_iter().zip(RESNET_SIDES) {
            for BasicBlock { conv1, bn1, conv2, bn2, downsample } in layer {
                let around = match downsample {
                    Some(downsample) => Some(packed(&downsample.conv, &downsample.bn, side).await?),
                    None => None,
                };
                let (first, second) = (packed(conv1, bn1, side).await?, packed(conv2, bn2, side).await?);
                blocks.push(Block { first, second, around });
            }
        }
        Ok(Self::ResNet18 { stem: packed(conv1, bn1, 2 * RESNET_SIDES[0]).await?, blocks })
    }

    /// The maps of the last layer, and those that the gate looks at.
    fn run(&self, image: &Image, scratch: &mut Scratch) -> (Image, Image) {
        match self {
            Self::CustomCnn(layers) => {
                let [one, two, three, four] = &**layers;
                let x = one.run(image, None, true, scratch);
                let x = two.run(&max_pool(&x, 2, 2, 0), None, true, scratch);
                let texture = three.run(&max_pool(&x, 2, 2, 0), None, true, scratch);
                (four.run(&max_pool(&texture, 2, 2, 0), None, true, scratch), texture)
            }
            Self::ResNet18 { stem, blocks } => {
                let mut x = max_pool(&stem.run(image, None, true, scratch), 3, 2, 1);
                let mut texture = Image::default();
                for (at, Block { first, second, around }) in blocks.iter().enumerate() {
                    if at == BLOCKS_TO_TEXTURE {
                        texture = x.clone();
                    }
                    let around = around.as_ref().map(|around| around.run(&x, None, false, scratch));
                    let inside = first.run(&x, None, true, scratch);
                    x = second.run(&inside, Some(around.as_ref().unwrap_or(&x)), true, scratch);
                }
                (x, texture)
            }
        }
    }
}

/// A convolution without bias, and the batch norm behind it.
async fn packed(conv: &Conv2d, norm: &BatchNorm, image_side: usize) -> Result<Convolution> {
    let [outputs, inputs, side, _] = conv.weight.val().dims();
    let (mean, variance) = (values(norm.running_mean.value()).await?, values(norm.running_var.value()).await?);
    let (gamma, beta) = (values(norm.gamma.val()).await?, values(norm.beta.val()).await?);
    let (scale, shift) = batch_norm(&gamma, &beta, &mean, &variance, norm.epsilon as f32);
    let values = values(conv.weight.val()).await?;
    let stride = conv.stride[0];
    let weights = Weights { values: &values, inputs, outputs, side, stride, scale: &scale, shift: &shift };
    Ok(Convolution::new(&weights, image_side))
}
