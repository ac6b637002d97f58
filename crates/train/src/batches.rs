//! Where the batches of a training come from.

use analysis::input::{self, InputSpec};
use anyhow::{Context, Result};
use burn::tensor::{Device, Tensor, TensorData};
use image::GrayImage;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::augment::augmented;
use crate::dataset::Dataset;
use crate::model_id::TrainingSettings;
use crate::progress;
use crate::start::Start;

/// Where batches come from.
pub trait Batches {
    /// The pictures as they are, for judging.
    ///
    /// # Shapes
    /// - output: `[pictures, channels, height, width]`
    fn plain(&self, pictures: &[usize], device: &Device) -> Tensor<4>;

    /// The pictures with small random changes, for learning.
    ///
    /// # Shapes
    /// - output: `[pictures, channels, height, width]`
    fn varied(&self, pictures: &[usize], random: &mut StdRng, device: &Device) -> Tensor<4>;
}

/// What a network learns from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variety {
    /// The pictures as they are: nothing keeps a network from learning them by heart.
    Unchanged,
    /// Changed copies: so many beside the plain picture where a part of the network is frozen, else a new one at each
    /// step.
    Changed {
        /// At least 1.
        copies: usize,
    },
}

/// Batches for a network: of what its frozen part makes of the pictures, or of the pictures themselves.
pub fn of<'a>(
    squares: Squares<'a>,
    variety: Variety,
    start: &Start,
    settings: &TrainingSettings,
    device: &Device,
) -> Result<Box<dyn Batches + 'a>> {
    Ok(match (start.frozen, variety) {
        (None, Variety::Unchanged) => Box::new(Unchanged(squares)),
        (None, Variety::Changed { .. }) => Box::new(squares),
        (Some(stage), Variety::Unchanged) => {
            Box::new(CachedMaps::new(&squares, 0, start, stage, settings.seed, device)?)
        }
        (Some(stage), Variety::Changed { copies }) => {
            Box::new(CachedMaps::new(&squares, copies, start, stage, settings.seed, device)?)
        }
    })
}

/// Inputs of a network.
///
/// # Shapes
/// - values: `[pictures, channels, side, side]`
pub fn tensor(values: Vec<f32>, spec: &InputSpec, device: &Device) -> Tensor<4> {
    let (channels, side) = (spec.mean.len(), spec.side_px as usize);
    let pictures = values.len() / (channels * side * side);
    Tensor::from_data(TensorData::new(values, [pictures, channels, side, side]), device)
}

/// The pictures of a dataset, changed anew at each step.
pub struct Squares<'a> {
    /// Of `SQUARE_PX`: what changed copies are drawn from.
    pub large: &'a [GrayImage],
    /// Of `SEEN_PX`: what a network looks at.
    pub seen: &'a [GrayImage],
    /// How they become inputs.
    pub spec: &'a InputSpec,
}

impl<'a> Squares<'a> {
    /// All pictures of a dataset.
    pub fn of<Row>(data: &'a Dataset<Row>, spec: &'a InputSpec) -> Self {
        Self { large: &data.squares, seen: &data.seen, spec }
    }

    /// Normalised values of a picture as it is: `[channels, side, side]`.
    pub fn plain_values(&self, picture: usize) -> Vec<f32> {
        self.values(&self.seen[picture])
    }

    /// The same, slightly changed.
    pub fn varied_values(&self, picture: usize, random: &mut StdRng) -> Vec<f32> {
        self.values(&augmented(&self.large[picture], self.spec.side_px, random))
    }

    /// A picture as it is, then so many changed copies of it: `[1 + copies, channels, side, side]`.
    pub fn with_copies(&self, picture: usize, copies: usize, random: &mut StdRng) -> Vec<f32> {
        let mut values = self.plain_values(picture);
        for _ in 0..copies {
            values.extend(self.varied_values(picture, random));
        }
        values
    }

    fn values(&self, square: &GrayImage) -> Vec<f32> {
        self.spec.channels().of(&input::normalised(square, self.spec))
    }
}

impl Batches for Squares<'_> {
    fn plain(&self, pictures: &[usize], device: &Device) -> Tensor<4> {
        let values = pictures.iter().flat_map(|picture| self.plain_values(*picture)).collect();
        tensor(values, self.spec, device)
    }

    fn varied(&self, pictures: &[usize], random: &mut StdRng, device: &Device) -> Tensor<4> {
        let values = pictures.iter().flat_map(|picture| self.varied_values(*picture, random)).collect();
        tensor(values, self.spec, device)
    }
}

/// Pictures as they are, also while learning.
struct Unchanged<'a>(Squares<'a>);

impl Batches for Unchanged<'_> {
    fn plain(&self, pictures: &[usize], device: &Device) -> Tensor<4> {
        self.0.plain(pictures, device)
    }

    fn varied(&self, pictures: &[usize], _: &mut StdRng, device: &Device) -> Tensor<4> {
        self.0.plain(pictures, device)
    }
}

/// What the frozen part of a network makes of each picture, computed once.
struct CachedMaps {
    /// `[picture][copy]`, the first one unchanged.
    maps: Vec<Vec<Vec<f32>>>,
    /// Channels, height and width of each.
    shape: [usize; 3],
}

impl CachedMaps {
    /// Computes the maps of every picture and of `copies` changed copies of it.
    fn new(squares: &Squares, copies: usize, start: &Start, stage: &str, seed: u64, device: &Device) -> Result<Self> {
        let network = start.network(device)?;
        let mut random = StdRng::seed_from_u64(seed);
        let bar = progress::bar(&format!("up to {stage}"), squares.large.len())?;
        let mut shape = [0; 3];
        let mut maps = Vec::new();
        for picture in 0..squares.large.len() {
            let values = squares.with_copies(picture, copies, &mut random);
            let output = network.forward_to(stage, tensor(values, squares.spec, device))?;
            let [_, channels, height, width] = output.dims();
            shape = [channels, height, width];
            let output = output.try_into_vec_as::<f32>().context("reading the maps")?;
            maps.push(output.chunks_exact(channels * height * width).map(<[f32]>::to_vec).collect());
            bar.inc(1);
        }
        bar.finish();
        Ok(Self { maps, shape })
    }

    fn batch(&self, pictures: &[usize], mut copy: impl FnMut(usize) -> usize, device: &Device) -> Tensor<4> {
        let of = |picture: &usize| self.maps[*picture][copy(self.maps[*picture].len())].iter().copied();
        let values: Vec<f32> = pictures.iter().flat_map(of).collect();
        let [channels, height, width] = self.shape;
        Tensor::from_data(TensorData::new(values, [pictures.len(), channels, height, width]), device)
    }
}

impl Batches for CachedMaps {
    fn plain(&self, pictures: &[usize], device: &Device) -> Tensor<4> {
        self.batch(pictures, |_| 0, device)
    }

    fn varied(&self, pictures: &[usize], random: &mut StdRng, device: &Device) -> Tensor<4> {
        self.batch(pictures, |copies| random.random_range(0..copies), device)
    }
}
