//! The training loop of the networks: on any pictures, for any three classes.

use anyhow::{Context, Result};
use burn::module::Module;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::optim::{AdamWConfig, GradientsParams};
use burn::tensor::{Device, Int, Tensor, TensorData};
use image::GrayImage;
use indicatif::{ProgressBar, ProgressStyle};
use osteolens::input::{self, InputSpec};
use osteolens::network::{CustomCnn, ResNet18};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};

use crate::ModelId;
use crate::augment::augmented;
use crate::dataset::Dataset;

/// Pictures per pass where nothing is learned.
const JUDGED_AT_ONCE: usize = 16;

/// Everything that decides what a training gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Passes over the training pictures.
    pub epochs: usize,
    /// Pictures per step.
    pub batch: usize,
    /// Highest learning rate; it falls along half a cosine.
    pub learning_rate: f64,
    /// Of AdamW.
    pub weight_decay: f32,
    /// Share of the truth given to all classes alike.
    pub label_smoothing: f32,
    /// Seed of order, augmentation and initial weights.
    pub seed: u64,
    /// How a picture becomes an input.
    pub input: InputSpec,
}

impl Settings {
    /// The settings of each network, chosen by whether the training loss falls.
    pub fn of(model: ModelId, epochs: usize, seed: u64) -> Self {
        let contrast_percentiles = [1.0, 99.5];
        match model {
            ModelId::CustomCnn => Self {
                epochs,
                batch: 32,
                learning_rate: 2e-3,
                weight_decay: 1e-2,
                label_smoothing: 0.05,
                seed,
                input: InputSpec { side_px: 224, contrast_percentiles, mean: vec![0.45], std: vec![0.25] },
            },
            ModelId::ResNet18 => Self {
                epochs,
                batch: 32,
                learning_rate: 3e-4,
                weight_decay: 5e-2,
                label_smoothing: 0.1,
                seed,
                input: InputSpec {
                    side_px: 224,
                    contrast_percentiles,
                    mean: vec![0.485, 0.456, 0.406],
                    std: vec![0.229, 0.224, 0.225],
                },
            },
        }
    }
}

/// A network as training sees it.
pub trait Learner: Module + Clone {
    /// # Shapes
    /// - output: `[batch, 3]`
    fn logits(&self, batch: Tensor<4>) -> Tensor<2>;
}

impl Learner for CustomCnn {
    fn logits(&self, batch: Tensor<4>) -> Tensor<2> {
        self.forward(batch).logits
    }
}

/// Learns from the cached output of `layer3`.
impl Learner for ResNet18 {
    fn logits(&self, batch: Tensor<4>) -> Tensor<2> {
        self.forward_layer4(batch)
    }
}

/// Where batches come from.
pub trait Samples {
    /// The pictures as they are, for judging.
    fn plain(&self, pictures: &[usize], device: &Device) -> Tensor<4>;
    /// The pictures with small random changes, for learning.
    fn varied(&self, pictures: &[usize], random: &mut StdRng, device: &Device) -> Tensor<4>;
}

/// Trains on `pictures`, of which `classes` tells the class of each.
pub fn learn<L: Learner>(
    title: &str,
    settings: &Settings,
    samples: &impl Samples,
    pictures: &[usize],
    classes: &[usize],
    fresh: &dyn Fn(&Device) -> Result<L>,
    device: &Device,
) -> Result<L> {
    let device = device.clone().autodiff();
    device.seed(settings.seed);
    let mut random = StdRng::seed_from_u64(settings.seed);
    let mut learner = fresh(&device)?;
    let mut optimizer = AdamWConfig::new().with_weight_decay(settings.weight_decay).init();
    let loss = CrossEntropyLossConfig::new()
        .with_weights(Some(class_weights(pictures.iter().map(|picture| classes[*picture]))))
        .with_smoothing(Some(settings.label_smoothing))
        .init(&device);

    let steps = settings.epochs * pictures.len().div_ceil(settings.batch);
    let bar = progress(title, steps)?;
    let mut step = 0;
    for epoch in 0..settings.epochs {
        let mut order = pictures.to_vec();
        order.shuffle(&mut random);
        let mut total = 0.0;
        for batch in order.chunks(settings.batch) {
            let logits = learner.logits(samples.varied(batch, &mut random, &device));
            let truth: Vec<i64> = batch.iter().map(|picture| classes[*picture] as i64).collect();
            let truth = Tensor::<1, Int>::from_data(TensorData::new(truth, [batch.len()]), &device);
            let batch_loss = loss.forward(logits, truth);
            total += batch_loss.clone().try_into_scalar::<f32>().context("reading the loss")? * batch.len() as f32;
            let gradients = GradientsParams::from_grads(batch_loss.backward(), &learner);
            let progress = f64::from(step) / steps as f64;
            let rate = settings.learning_rate * (1.0 + (std::f64::consts::PI * progress).cos()) / 2.0;
            learner = optimizer.step(rate, learner, gradients);
            step += 1;
            bar.inc(1);
        }
        bar.suspend(|| println!("{title}: epoch {} loss {:.4}", epoch + 1, total / pictures.len() as f32));
    }
    bar.finish();
    Ok(learner.valid())
}

/// Logits of each picture.
pub fn judge<L: Learner>(
    learner: &L,
    samples: &impl Samples,
    pictures: &[usize],
    device: &Device,
) -> Result<Vec<[f32; 3]>> {
    let mut all = Vec::new();
    for batch in pictures.chunks(JUDGED_AT_ONCE) {
        let logits = learner.logits(samples.plain(batch, device)).try_into_vec_as::<f32>().context("reading logits")?;
        all.extend(logits.chunks_exact(3).map(|one| [one[0], one[1], one[2]]));
    }
    Ok(all)
}

/// Inverse frequency, so that each class counts alike; mean 1 over the pictures.
pub fn class_weights(classes: impl Iterator<Item = usize>) -> Vec<f32> {
    let mut counts = [0usize; 3];
    classes.for_each(|class| counts[class] += 1);
    let all: usize = counts.iter().sum();
    counts.iter().map(|count| all as f32 / (3 * (*count).max(1)) as f32).collect()
}

/// A bar that tells how long it will take.
pub fn progress(title: &str, steps: usize) -> Result<ProgressBar> {
    let bar = ProgressBar::new(steps as u64).with_message(title.to_owned());
    bar.set_style(ProgressStyle::with_template("{msg:20} {bar:40} {pos}/{len} {elapsed_precise} < {eta_precise}")?);
    Ok(bar)
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

    /// Normalised values of a picture as it is.
    pub fn plain_values(&self, picture: usize) -> Vec<f32> {
        input::normalised(&self.seen[picture], self.spec)
    }

    /// The same, slightly changed.
    pub fn varied_values(&self, picture: usize, random: &mut StdRng) -> Vec<f32> {
        input::normalised(&augmented(&self.large[picture], self.spec.side_px, random), self.spec)
    }
}

impl Samples for Squares<'_> {
    fn plain(&self, pictures: &[usize], device: &Device) -> Tensor<4> {
        let values = pictures.iter().flat_map(|picture| self.plain_values(*picture)).collect();
        input::tensor_from_values(values, self.spec, device)
    }

    fn varied(&self, pictures: &[usize], random: &mut StdRng, device: &Device) -> Tensor<4> {
        let values = pictures.iter().flat_map(|picture| self.varied_values(*picture, random)).collect();
        input::tensor_from_values(values, self.spec, device)
    }
}

/// What the part of ResNet18 that stays as it is makes of each picture, computed once.
pub struct CachedMaps {
    /// `[picture][variant]`, the first variant unchanged.
    maps: Vec<Vec<Vec<f32>>>,
    shape: [usize; 3],
}

impl CachedMaps {
    /// Computes the maps of every picture and of `variants` changed copies of it.
    pub fn new(
        squares: &Squares,
        variants: usize,
        network: &ResNet18,
        settings: &Settings,
        device: &Device,
    ) -> Result<Self> {
        let mut random = StdRng::seed_from_u64(settings.seed);
        let bar = progress("layers 1 to 3", squares.large.len())?;
        let mut shape = [0; 3];
        let mut maps = Vec::new();
        for picture in 0..squares.large.len() {
            let mut values = squares.plain_values(picture);
            for _ in 0..variants {
                values.extend(squares.varied_values(picture, &mut random));
            }
            let output = network.forward_to_layer3(input::tensor_from_values(values, &settings.input, device));
            let [_, channels, height, width] = output.dims();
            shape = [channels, height, width];
            let output = output.try_into_vec_as::<f32>().context("reading the maps")?;
            maps.push(output.chunks_exact(channels * height * width).map(<[f32]>::to_vec).collect());
            bar.inc(1);
        }
        bar.finish();
        Ok(Self { maps, shape })
    }

    fn batch(&self, pictures: &[usize], mut variant: impl FnMut(usize) -> usize, device: &Device) -> Tensor<4> {
        let of = |picture: &usize| self.maps[*picture][variant(self.maps[*picture].len())].iter().copied();
        let values: Vec<f32> = pictures.iter().flat_map(of).collect();
        let [channels, height, width] = self.shape;
        Tensor::from_data(TensorData::new(values, [pictures.len(), channels, height, width]), device)
    }
}

impl Samples for CachedMaps {
    fn plain(&self, pictures: &[usize], device: &Device) -> Tensor<4> {
        self.batch(pictures, |_| 0, device)
    }

    fn varied(&self, pictures: &[usize], random: &mut StdRng, device: &Device) -> Tensor<4> {
        self.batch(pictures, |variants| random.random_range(0..variants), device)
    }
}
