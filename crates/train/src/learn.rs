//! The training loop of the networks: on any pictures, for any three classes.

use anyhow::{Context, Result};
use burn::module::Module;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::optim::{AdamWConfig, GradientsParams};
use burn::tensor::{Device, Int, Tensor, TensorData};
use networks::BurnNetwork;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use statistics::weighting::class_weights;

use crate::batches::Batches;
use crate::model_id::TrainingSettings;
use crate::progress;
use crate::start::Start;

/// Pictures per pass where nothing is learned.
const JUDGED_AT_ONCE: usize = 16;

/// A network of which the part after the frozen stage learns.
pub struct Learner {
    /// All of it.
    pub network: BurnNetwork,
    frozen: Option<&'static str>,
}

impl Learner {
    /// The score of each class, from pictures, or from what the frozen part has made of them.
    ///
    /// # Shapes
    /// - batch: `[batch, channels, height, width]`
    /// - output: `[batch, 3]`
    fn scores(&self, batch: Tensor<4>) -> Result<Tensor<2>> {
        Ok(match self.frozen {
            None => self.network.forward(batch).scores,
            Some(stage) => self.network.forward_from(stage, batch)?,
        })
    }
}

/// Trains on `pictures`, of which `classes` tells the class of each.
pub fn learn(
    title: &str,
    settings: &TrainingSettings,
    start: &Start,
    batches: &dyn Batches,
    pictures: &[usize],
    classes: &[usize],
    device: &Device,
) -> Result<Learner> {
    let device = device.clone().autodiff();
    device.seed(settings.seed);
    let mut random = StdRng::seed_from_u64(settings.seed);
    let mut learner = Learner { network: start.network(&device)?, frozen: start.frozen };
    let mut optimizer = AdamWConfig::new().with_weight_decay(settings.weight_decay).init();
    let weights = class_weights(pictures.iter().map(|picture| classes[*picture])).map(|weight| weight as f32);
    let loss = CrossEntropyLossConfig::new()
        .with_weights(Some(weights.to_vec()))
        .with_smoothing(Some(settings.label_smoothing))
        .init(&device);

    let steps = settings.epochs * pictures.len().div_ceil(settings.batch);
    let bar = progress::bar(title, steps)?;
    let mut step = 0;
    for epoch in 0..settings.epochs {
        let mut order = pictures.to_vec();
        order.shuffle(&mut random);
        let mut total = 0.0;
        for batch in order.chunks(settings.batch) {
            let scores = learner.scores(batches.varied(batch, &mut random, &device))?;
            let truth: Vec<i64> = batch.iter().map(|picture| classes[*picture] as i64).collect();
            let truth = Tensor::<1, Int>::from_data(TensorData::new(truth, [batch.len()]), &device);
            let batch_loss = loss.forward(scores, truth);
            total += batch_loss.clone().try_into_scalar::<f32>().context("reading the loss")? * batch.len() as f32;
            let gradients = GradientsParams::from_grads(batch_loss.backward(), &learner.network);
            let progress = f64::from(step) / steps as f64;
            let rate = settings.learning_rate * (1.0 + (std::f64::consts::PI * progress).cos()) / 2.0;
            learner.network = optimizer.step(rate, learner.network, gradients);
            step += 1;
            bar.inc(1);
        }
        bar.suspend(|| println!("{title}: epoch {} loss {:.4}", epoch + 1, total / pictures.len() as f32));
    }
    bar.finish();
    Ok(Learner { network: learner.network.valid(), ..learner })
}

/// The scores of each picture.
pub fn judge(learner: &Learner, batches: &dyn Batches, pictures: &[usize], device: &Device) -> Result<Vec<[f32; 3]>> {
    let mut all = Vec::new();
    for batch in pictures.chunks(JUDGED_AT_ONCE) {
        let scores =
            learner.scores(batches.plain(batch, device))?.try_into_vec_as::<f32>().context("reading scores")?;
        all.extend(scores.chunks_exact(3).map(|one| [one[0], one[1], one[2]]));
    }
    Ok(all)
}
