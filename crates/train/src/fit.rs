//! Training: five folds for the scores, then all groups for the weights.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use burn::module::Module;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::optim::{AdamWConfig, GradientsParams};
use burn::store::{BurnpackStore, ModuleSnapshot};
use burn::tensor::{Device, Int, Tensor, TensorData};
use indicatif::{ProgressBar, ProgressStyle};
use osteolens::input::{self, InputSpec};
use osteolens::network::{CustomCnn, ResNet18};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use crate::ModelId;
use crate::augment::augmented;
use crate::dataset::Dataset;
use crate::folds::{FOLDS, fold_of_group};
use crate::predictions::{Prediction, Predictions};
use crate::start;

/// Everything that decides what a training gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Passes over the training knees.
    pub epochs: usize,
    /// Knees per step.
    pub batch: usize,
    /// Highest learning rate; it falls along half a cosine.
    pub learning_rate: f64,
    /// Of AdamW.
    pub weight_decay: f32,
    /// Share of the truth given to all classes alike.
    pub label_smoothing: f32,
    /// Seed of folds, order, augmentation and initial weights.
    pub seed: u64,
    /// How a knee becomes an input.
    pub input: InputSpec,
}

impl Settings {
    /// The settings of each network, chosen by whether the training loss falls. Held-out scores
    /// of trial runs had been seen by then; no setting was picked for one.
    pub fn of(model: ModelId, epochs: Option<usize>, seed: u64) -> Self {
        let contrast_percentiles = [1.0, 99.5];
        match model {
            ModelId::CustomCnn => Self {
                epochs: epochs.unwrap_or(30),
                batch: 32,
                learning_rate: 5e-4,
                weight_decay: 1e-2,
                label_smoothing: 0.05,
                seed,
                input: InputSpec { side_px: 224, contrast_percentiles, mean: vec![0.45], std: vec![0.25] },
            },
            ModelId::ResNet18 => Self {
                epochs: epochs.unwrap_or(12),
                batch: 16,
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
trait Learner: Module + Clone {
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
        self.forward_layer4(batch).logits
    }
}

/// Where batches come from.
trait Samples {
    /// The knees as they are, for judging.
    fn plain(&self, knees: &[usize], device: &Device) -> Tensor<4>;
    /// The knees with small random changes, for learning.
    fn varied(&self, knees: &[usize], random: &mut StdRng, device: &Device) -> Tensor<4>;
}

/// Trains a network as `settings` say and writes predictions and weights below `out`.
pub fn run(
    model: ModelId,
    settings: &Settings,
    prepared: &Path,
    start: Option<&Path>,
    out: &Path,
    device: &Device,
) -> Result<()> {
    let data = Dataset::read(prepared)?;
    let out = out.join(model.id());
    fs::create_dir_all(&out)?;
    fs::write(out.join("settings.json"), serde_json::to_string_pretty(settings)? + "\n")?;
    match model {
        ModelId::CustomCnn => {
            let samples = Squares { data: &data, spec: &settings.input };
            cross_validate(model, settings, &data, &samples, &|device| Ok(CustomCnn::new(device)), &out, device)
        }
        ModelId::ResNet18 => {
            let samples = CachedMaps::new(&data, &start::resnet18(start, device)?, settings, device)?;
            let fresh = |device: &Device| Ok(start::resnet18(start, device)?.with_fixed_batch_norms());
            cross_validate(model, settings, &data, &samples, &fresh, &out, device)
        }
    }
}

fn cross_validate<L: Learner>(
    model: ModelId,
    settings: &Settings,
    data: &Dataset,
    samples: &impl Samples,
    fresh: &dyn Fn(&Device) -> Result<L>,
    out: &Path,
    device: &Device,
) -> Result<()> {
    let folds = fold_of_group(&data.groups(), settings.seed);
    let mut knees = Vec::new();
    for fold in 0..FOLDS {
        let saved = out.join(format!("fold{fold}.json"));
        let predictions: Vec<Prediction> = if saved.is_file() {
            serde_json::from_slice(&fs::read(&saved)?).with_context(|| format!("reading {}", saved.display()))?
        } else {
            let learned_from = data.knees_where(|knee| folds[&knee.group] != fold);
            let held_out = data.knees_where(|knee| folds[&knee.group] == fold);
            let learner = learn(
                &format!("{} fold {}", model.id(), fold + 1),
                settings,
                data,
                samples,
                &learned_from,
                fresh,
                device,
            )?;
            let judged = judge(&learner, data, samples, &held_out, fold, device)?;
            fs::write(&saved, serde_json::to_string(&judged)?)?;
            judged
        };
        knees.extend(predictions);
    }
    Predictions {
        protocol: format!("grouped {FOLDS}-fold"),
        settings: settings.clone(),
        trained_knees: data.knees.len(),
        trained_groups: data.groups().len(),
        knees,
    }
    .write(out.parent().unwrap_or(out), model)?;

    let all = data.knees_where(|_| true);
    let learner = learn(&format!("{} on all", model.id()), settings, data, samples, &all, fresh, device)?;
    let mut store = BurnpackStore::from_file(out.join("weights")).overwrite(true);
    learner.save_into(&mut store).context("saving the weights")?;
    Ok(())
}

fn learn<L: Learner>(
    title: &str,
    settings: &Settings,
    data: &Dataset,
    samples: &impl Samples,
    knees: &[usize],
    fresh: &dyn Fn(&Device) -> Result<L>,
    device: &Device,
) -> Result<L> {
    let device = device.clone().autodiff();
    device.seed(settings.seed);
    let mut random = StdRng::seed_from_u64(settings.seed);
    let mut learner = fresh(&device)?;
    let mut optimizer = AdamWConfig::new().with_weight_decay(settings.weight_decay).init();
    let loss = CrossEntropyLossConfig::new()
        .with_weights(Some(class_weights(data, knees)))
        .with_smoothing(Some(settings.label_smoothing))
        .init(&device);

    let steps = settings.epochs * knees.len().div_ceil(settings.batch);
    let bar = ProgressBar::new(steps as u64).with_message(title.to_owned());
    bar.set_style(ProgressStyle::with_template("{msg:20} {bar:40} {pos}/{len} {elapsed_precise} < {eta_precise}")?);
    let mut step = 0;
    for epoch in 0..settings.epochs {
        let mut order = knees.to_vec();
        order.shuffle(&mut random);
        let mut total = 0.0;
        for batch in order.chunks(settings.batch) {
            let logits = learner.logits(samples.varied(batch, &mut random, &device));
            let truth: Vec<i64> = batch.iter().map(|knee| data.knees[*knee].class as i64).collect();
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
        bar.suspend(|| println!("{title}: epoch {} loss {:.4}", epoch + 1, total / knees.len() as f32));
    }
    bar.finish();
    Ok(learner.valid())
}

/// Inverse frequency, so that each class counts alike; mean 1 over the knees.
fn class_weights(data: &Dataset, knees: &[usize]) -> Vec<f32> {
    let count = |class: usize| knees.iter().filter(|knee| data.knees[**knee].class as usize == class).count();
    (0..3).map(|class| knees.len() as f32 / (3 * count(class).max(1)) as f32).collect()
}

fn judge<L: Learner>(
    learner: &L,
    data: &Dataset,
    samples: &impl Samples,
    knees: &[usize],
    fold: usize,
    device: &Device,
) -> Result<Vec<Prediction>> {
    let mut predictions = Vec::new();
    for batch in knees.chunks(16) {
        let logits = learner.logits(samples.plain(batch, device)).try_into_vec_as::<f32>().context("reading logits")?;
        for (index, logits) in batch.iter().zip(logits.chunks_exact(3)) {
            let knee = &data.knees[*index];
            predictions.push(Prediction {
                knee: knee.file.trim_start_matches("knees/").trim_end_matches(".png").to_owned(),
                group: knee.group.clone(),
                class: knee.class,
                source: knee.source,
                age_years: knee.age_years,
                fold,
                logits: [logits[0], logits[1], logits[2]],
            });
        }
    }
    Ok(predictions)
}

/// Pictures, changed anew at each step.
struct Squares<'a> {
    data: &'a Dataset,
    spec: &'a InputSpec,
}

impl Squares<'_> {
    fn plain_values(&self, knee: usize) -> Vec<f32> {
        let square = &self.data.squares[knee];
        let side = self.spec.side_px;
        let reduced = image::imageops::resize(square, side, side, image::imageops::FilterType::Triangle);
        input::normalised(&reduced, self.spec)
    }

    fn varied_values(&self, knee: usize, random: &mut StdRng) -> Vec<f32> {
        input::normalised(&augmented(&self.data.squares[knee], self.spec.side_px, random), self.spec)
    }
}

impl Samples for Squares<'_> {
    fn plain(&self, knees: &[usize], device: &Device) -> Tensor<4> {
        let values = knees.iter().flat_map(|knee| self.plain_values(*knee)).collect();
        input::tensor_from_values(values, self.spec, device)
    }

    fn varied(&self, knees: &[usize], random: &mut StdRng, device: &Device) -> Tensor<4> {
        let values = knees.iter().flat_map(|knee| self.varied_values(*knee, random)).collect();
        input::tensor_from_values(values, self.spec, device)
    }
}

/// What the part of ResNet18 that stays as it is makes of each knee, computed once.
struct CachedMaps {
    /// `[knee][variant]`, the first variant unchanged.
    maps: Vec<Vec<Vec<f32>>>,
    shape: [usize; 3],
}

impl CachedMaps {
    /// Changed copies per knee beside the unchanged one.
    const VARIANTS: usize = 5;

    fn new(data: &Dataset, network: &ResNet18, settings: &Settings, device: &Device) -> Result<Self> {
        let squares = Squares { data, spec: &settings.input };
        let mut random = StdRng::seed_from_u64(settings.seed);
        let bar = ProgressBar::new(data.knees.len() as u64).with_message("layers 1 to 3");
        bar.set_style(ProgressStyle::with_template("{msg:20} {bar:40} {pos}/{len} {elapsed_precise} < {eta_precise}")?);
        let mut shape = [0; 3];
        let mut maps = Vec::new();
        for knee in 0..data.knees.len() {
            let mut values = squares.plain_values(knee);
            for _ in 0..Self::VARIANTS {
                values.extend(squares.varied_values(knee, &mut random));
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

    fn batch(&self, knees: &[usize], mut variant: impl FnMut() -> usize, device: &Device) -> Tensor<4> {
        let values: Vec<f32> = knees.iter().flat_map(|knee| self.maps[*knee][variant()].iter().copied()).collect();
        let [channels, height, width] = self.shape;
        Tensor::from_data(TensorData::new(values, [knees.len(), channels, height, width]), device)
    }
}

impl Samples for CachedMaps {
    fn plain(&self, knees: &[usize], device: &Device) -> Tensor<4> {
        self.batch(knees, || 0, device)
    }

    fn varied(&self, knees: &[usize], random: &mut StdRng, device: &Device) -> Tensor<4> {
        use rand::RngExt;
        self.batch(knees, || random.random_range(0..=Self::VARIANTS), device)
    }
}
