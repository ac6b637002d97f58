//! Runs the networks in a fraction of the time that burn's general kernels take: the same layers, by kernels of our own
//! for one core ([`Cpu`]) or a graphics processor. What a network is stays said in burn; here is only in which order
//! its layers run.

use std::cell::RefCell;

use burn::nn::conv::Conv2d;
use burn::nn::{BatchNorm, Linear};
use burn::tensor::{Device, Tensor, TensorData};
use convolution::{Convolution, Image, Scratch, Weights, batch_norm, max_pool, mean};

use super::resnet18::BasicBlock;
use super::{Activations, CLASSES, CustomCnn, Network, Processor, ResNet18};
use crate::error::{Error, Result};
use crate::grad_cam::values;
use crate::input::InputSpec;

/// What layers are run by.
pub(super) trait Kernels {
    /// A convolution with its weights where they are needed.
    type Layer;
    /// What one layer leaves to the next.
    type Image: Clone;

    /// Takes an image to where the layers run.
    fn take(&mut self, image: Image) -> Self::Image;

    /// Readies a convolution that writes images of about this many pixels a side.
    fn pack(&mut self, weights: &Weights, image_side: usize) -> Self::Layer;
    /// A convolution; `shortcut` is added, then what is below zero becomes zero if `relu`.
    fn convolution(
        &mut self,
        layer: &Self::Layer,
        image: &Self::Image,
        shortcut: Option<&Self::Image>,
        relu: bool,
    ) -> Self::Image;
    /// The largest of a window of `side` pixels that reaches `around` pixels over the edge, in steps of `stride`.
    fn max_pool(&mut self, image: &Self::Image, side: usize, stride: usize, around: usize) -> Self::Image;
}

/// A network with its weights packed.
pub struct Executor {
    kind: Kind,
    /// `[channels, classes]`
    fc_weight: Vec<f32>,
    fc_bias: Vec<f32>,
}

enum Kind {
    Cpu {
        layers: Layers<Cpu>,
        kernels: RefCell<Cpu>,
    },
    #[cfg(feature = "gpu")]
    WebGpu(Box<super::gpu::Program>),
}

impl Executor {
    /// Packs a network's weights, each of which goes once it is packed, for inputs as `spec` describes them: all channels of one are the same picture.
    ///
    /// # Errors
    /// [`Error::Compute`](crate::error::Error::Compute) when they cannot be read from their device, or not be taken to
    /// the processor.
    pub async fn new(network: Network, spec: &InputSpec, processor: &Processor) -> Result<Self> {
        let Linear { weight, bias } = network.fc();
        let fc_bias = match bias {
            Some(bias) => values(bias.val()).await?,
            None => vec![0.0; CLASSES],
        };
        let fc_weight = values(weight.val()).await?;
        let kind = match processor {
            Processor::Cpu => {
                let mut kernels = Cpu::default();
                Kind::Cpu { layers: Layers::of(network, spec, &mut kernels).await?, kernels: RefCell::new(kernels) }
            }
            #[cfg(feature = "gpu")]
            Processor::WebGpu(gpu) => {
                let mut recorder = gpu.recorder();
                let layers = Layers::of(network, spec, &mut recorder).await?;
                let input = recorder.image(INPUT_SIDE, INPUT_SIDE, 1);
                let (maps, texture) = layers.run(&input, &mut recorder);
                Kind::WebGpu(Box::new(recorder.program(gpu.clone(), input, [maps, texture])))
            }
        };
        Ok(Self { kind, fc_weight, fc_bias })
    }

    /// One pass, as [`Network::forward`] of one input of the size that the networks are made for. Of its channels the
    /// first is read.
    ///
    /// # Errors
    /// As [`Self::new`], for the input; and when it has another size.
    pub async fn forward(&self, input: Tensor<4>) -> Result<Activations> {
        let [_, _, height, width] = input.dims();
        if (height, width) != (INPUT_SIDE, INPUT_SIDE) {
            return Err(Error::Compute("the picture does not have the size of the network's input".into()));
        }
        let device = input.device();
        let mut plane = values(input).await?;
        plane.truncate(height * width);
        let image = Image { height, width, channels: 1, values: plane };
        let (maps, texture) = match &self.kind {
            Kind::Cpu { layers, kernels } => layers.run(&image, &mut *kernels.borrow_mut()),
            #[cfg(feature = "gpu")]
            Kind::WebGpu(program) => program.run(&image).await?,
        };
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

/// One core, by the crate `convolution`.
#[derive(Default)]
struct Cpu {
    scratch: Scratch,
}

impl Kernels for Cpu {
    type Layer = Convolution;
    type Image = Image;

    fn take(&mut self, image: Image) -> Image {
        image
    }

    fn pack(&mut self, weights: &Weights, image_side: usize) -> Convolution {
        Convolution::new(weights, image_side)
    }

    fn convolution(&mut self, layer: &Convolution, image: &Image, shortcut: Option<&Image>, relu: bool) -> Image {
        layer.run(image, shortcut, relu, &mut self.scratch)
    }

    fn max_pool(&mut self, image: &Image, side: usize, stride: usize, around: usize) -> Image {
        max_pool(image, side, stride, around)
    }
}

enum Layers<K: Kernels> {
    CustomCnn(Box<[K::Layer; 4]>),
    ResNet18 { stem: Box<Stem<K>>, blocks: Vec<Block<K::Layer>> },
}

/// A first layer of several channels that are all the same picture: as one of a single channel.
struct Stem<K: Kernels> {
    layer: K::Layer,
    /// What it writes where the picture is zero.
    of_nothing: K::Image,
}

struct Block<L> {
    first: L,
    second: L,
    around: Option<L>,
}

/// Of the images that the networks are made for.
const INPUT_SIDE: usize = 224;
/// Sides of the images that `ResNet18`'s four layers write for an input of 224 pixels.
const RESNET_SIDES: [usize; 4] = [56, 28, 14, 7];
/// The same of the custom CNN.
const CUSTOM_SIDES: [usize; 4] = [112, 56, 28, 14];
/// `ResNet18`'s blocks before the gate looks: those of its first two layers.
const BLOCKS_TO_TEXTURE: usize = 4;

impl<K: Kernels> Layers<K> {
    async fn of(network: Network, spec: &InputSpec, kernels: &mut K) -> Result<Self> {
        match network {
            Network::CustomCnn(network) => Self::of_custom_cnn(network, kernels).await,
            Network::ResNet18(network) => Self::of_resnet18(network, spec, kernels).await,
        }
    }

    async fn of_custom_cnn(network: CustomCnn, kernels: &mut K) -> Result<Self> {
        let CustomCnn { conv1, bn1, conv2, bn2, conv3, bn3, conv4, bn4, .. } = network;
        let [one, two, three, four] = CUSTOM_SIDES;
        Ok(Self::CustomCnn(Box::new([
            packed(conv1, &bn1, one, kernels).await?,
            packed(conv2, &bn2, two, kernels).await?,
            packed(conv3, &bn3, three, kernels).await?,
            packed(conv4, &bn4, four, kernels).await?,
        ])))
    }

    async fn of_resnet18(network: ResNet18, spec: &InputSpec, kernels: &mut K) -> Result<Self> {
        let ResNet18 { conv1, bn1, layer1, layer2, layer3, layer4, .. } = network;
        let mut blocks = Vec::new();
        for (layer, side) in [layer1, layer2, layer3, layer4].into_iter().zip(RESNET_SIDES) {
            for BasicBlock { conv1, bn1, conv2, bn2, downsample } in layer {
                let around = match downsample {
                    Some(downsample) => Some(packed(downsample.conv, &downsample.bn, side, kernels).await?),
                    None => None,
                };
                let first = packed(conv1, &bn1, side, kernels).await?;
                blocks.push(Block { first, second: packed(conv2, &bn2, side, kernels).await?, around });
            }
        }
        Ok(Self::ResNet18 { stem: Box::new(Stem::new(&Folded::new(conv1, &bn1).await?, spec, kernels)), blocks })
    }

    /// The maps of the last layer, and those that the gate looks at.
    fn run(&self, image: &K::Image, kernels: &mut K) -> (K::Image, K::Image) {
        match self {
            Self::CustomCnn(layers) => {
                let [one, two, three, four] = &**layers;
                let x = kernels.convolution(one, image, None, true);
                let pooled = kernels.max_pool(&x, 2, 2, 0);
                let x = kernels.convolution(two, &pooled, None, true);
                let pooled = kernels.max_pool(&x, 2, 2, 0);
                let texture = kernels.convolution(three, &pooled, None, true);
                let pooled = kernels.max_pool(&texture, 2, 2, 0);
                (kernels.convolution(four, &pooled, None, true), texture)
            }
            Self::ResNet18 { stem, blocks } => {
                let x = kernels.convolution(&stem.layer, image, Some(&stem.of_nothing), true);
                let mut x = kernels.max_pool(&x, 3, 2, 1);
                let mut texture = x.clone();
                for (at, Block { first, second, around }) in blocks.iter().enumerate() {
                    if at == BLOCKS_TO_TEXTURE {
                        texture = x.clone();
                    }
                    let around = around.as_ref().map(|around| kernels.convolution(around, &x, None, false));
                    let inside = kernels.convolution(first, &x, None, true);
                    x = kernels.convolution(second, &inside, Some(around.as_ref().unwrap_or(&x)), true);
                }
                (x, texture)
            }
        }
    }
}

impl<K: Kernels> Stem<K> {
    /// Each channel is the first one, stretched and shifted. Stretching goes into the weights. A shift is no number to
    /// add behind them, since the border is zero in every channel: it makes an image of its own.
    fn new(folded: &Folded, spec: &InputSpec, kernels: &mut K) -> Self {
        let weights = folded.weights();
        let Weights { inputs, outputs, side, stride, .. } = weights;
        let of_first = |channel: usize| (spec.std[0] / spec.std[channel], spec.mean[0] - spec.mean[channel]);
        let shifted = (0..inputs).map(|channel| of_first(channel).1 / spec.std[channel]).collect::<Vec<f32>>();
        let pixels = INPUT_SIDE * INPUT_SIDE;
        let nothing = Image { height: INPUT_SIDE, width: INPUT_SIDE, channels: inputs, values: shifted.repeat(pixels) };
        let written = INPUT_SIDE.div_ceil(stride);
        let of_nothing = Convolution::new(&weights, written).run(&nothing, None, false, &mut Scratch::default());

        let places = side * side;
        let mut values = vec![0.0; outputs * places];
        for (at, kernel) in weights.values.chunks_exact(places).enumerate() {
            let stretch = of_first(at % inputs).0;
            for (sum, value) in values[at / inputs * places..].iter_mut().zip(kernel) {
                *sum += stretch * value;
            }
        }
        let shift = vec![0.0; outputs];
        let layer = kernels.pack(&Weights { values: &values, inputs: 1, shift: &shift, ..weights }, written);
        Self { layer, of_nothing: kernels.take(of_nothing) }
    }
}

/// A convolution without bias, and the batch norm behind it.
struct Folded {
    /// Outputs, inputs, side, side.
    dims: [usize; 4],
    stride: usize,
    values: Vec<f32>,
    scale: Vec<f32>,
    shift: Vec<f32>,
}

impl Folded {
    async fn new(conv: Conv2d, norm: &BatchNorm) -> Result<Self> {
        let (mean, variance) = (values(norm.running_mean.value()).await?, values(norm.running_var.value()).await?);
        let (gamma, beta) = (values(norm.gamma.val()).await?, values(norm.beta.val()).await?);
        let (scale, shift) = batch_norm(&gamma, &beta, &mean, &variance, norm.epsilon as f32);
        // Where nobody else holds it nothing is copied.
        let weight = conv.weight.into_value();
        Ok(Self { dims: weight.dims(), stride: conv.stride[0], values: values(weight).await?, scale, shift })
    }

    fn weights(&self) -> Weights<'_> {
        let Self { dims: [outputs, inputs, side, _], stride, ref values, ref scale, ref shift } = *self;
        Weights { values, inputs, outputs, side, stride, scale, shift }
    }
}

async fn packed<K: Kernels>(conv: Conv2d, norm: &BatchNorm, image_side: usize, kernels: &mut K) -> Result<K::Layer> {
    Ok(kernels.pack(&Folded::new(conv, norm).await?.weights(), image_side))
}
