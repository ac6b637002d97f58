//! `ResNet18`'s weights → whole numbers of a step, which take half the room, if that changes no answer on any picture.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use burn::module::{Param, RunningState};
use burn::nn::BatchNorm;
use burn::nn::conv::Conv2d;
use burn::tensor::{Device, Tensor, TensorData};
use osteolens::analyzer::{Analyzer, Study};
use osteolens::gate::Refusal;
use osteolens::network::{Network, Processor, ResNet18};
use osteolens::prediction::Probabilities;
use osteolens::protocol::{Edit, KneeResult};
use osteolens::weights::{Manifest, ModelEntry};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{ModelId, export, predictions};

/// Steps of the layers that are rounded, in root mean squares of an output's weights. The first layers are a hundredth
/// of all weights and what errs there errs in all that follow: they stay. `layer4.1` hardly adds to what goes around it.
const STEPS: [(&str, f32); 4] =
    [("layer2.", 1.0 / 192.0), ("layer3.", 1.0 / 64.0), ("layer4.0.", 1.0 / 90.0), ("layer4.1.", 1.0 / 2.0)];
/// Folders of pictures below the data: labelled films, knees cut from them, and what is no knee.
const FOLDERS: [&str; 3] = ["films", "crops", "not_knees"];
/// How far a logit may move, of the largest on any picture.
const LOGITS_WITHIN: f32 = 0.02;

/// `rounding.json`: what rounding has changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rounding {
    /// SHA-256 of the weights before.
    pub from: String,
    /// And after.
    pub into: String,
    /// Pictures that were answered with both; every answer is the same.
    pub pictures: usize,
    /// Knees on them that were judged.
    pub knees: usize,
    /// The largest logit, less the mean of its knee's three.
    pub largest_logit: f32,
    /// How far any of them moved.
    pub moved: f32,
}

/// What is said of a picture.
#[derive(PartialEq)]
enum Answer {
    Unreadable,
    Refused(Vec<Refusal>),
    Judged(Vec<KneeResult>),
}

/// Rewrites `ResNet18`'s file and its entry in the manifest.
pub fn run(data: &Path, weights: &Path, out: &Path) -> Result<()> {
    let pictures = pictures(data)?;
    let manifest = Manifest::parse(&fs::read(weights.join("manifest.json"))?)?;
    let id = ModelId::ResNet18.id();
    let at = manifest.models.iter().position(|entry| entry.id == id).context("the manifest has no ResNet18")?;
    let entry = &manifest.models[at];
    let device = Device::flex();
    let mut model = entry.model(entry.verified(&fs::read(weights.join(&entry.file))?)?, &device)?;
    let Network::ResNet18(network) = &mut model.network else { anyhow::bail!("{id} is no ResNet18") };
    round(network)?;

    let beside = std::env::temp_dir().join(format!("osteolens-round-{}", std::process::id()));
    fs::create_dir_all(&beside)?;
    for other in &manifest.models {
        fs::copy(weights.join(&other.file), beside.join(&other.file))?;
    }
    let mut rounded = manifest.clone();
    export::write(&model, &mut rounded.models[at], &beside)?;

    let before = answers(&pictures, &manifest, weights)?;
    let after = answers(&pictures, &rounded, &beside)?;
    let mut record = Rounding {
        from: entry.sha256.clone(),
        into: rounded.models[at].sha256.clone(),
        pictures: pictures.len(),
        knees: 0,
        largest_logit: 0.0,
        moved: 0.0,
    };
    let mut changed = 0;
    for ((picture, before), after) in pictures.iter().zip(&before).zip(&after) {
        if !record.compare(before, after, entry)? {
            changed += 1;
            println!("{} is answered otherwise", picture.display());
        }
    }
    println!("{changed} of {} pictures answered otherwise: {record:?}", pictures.len());
    ensure!(changed == 0, "nothing is written");
    ensure!(record.moved <= LOGITS_WITHIN * record.largest_logit, "logits moved too far: nothing is written");
    fs::copy(beside.join(&entry.file), weights.join(&entry.file))?;
    fs::write(weights.join("manifest.json"), serde_json::to_string_pretty(&rounded)? + "\n")?;
    predictions::write(out, "rounding", &record)?;
    fs::remove_dir_all(&beside)?;
    println!("{}: {:.2} MB, now run `evaluate`", entry.file, rounded.models[at].bytes as f64 / 1e6);
    Ok(())
}

fn round(network: &mut ResNet18) -> Result<()> {
    for (name, conv, norm) in network.convolutions_mut() {
        if let Some((_, share)) = STEPS.iter().find(|(layer, _)| name.starts_with(layer)) {
            in_steps(conv, norm, *share).with_context(|| name.clone())?;
        }
    }
    Ok(())
}

/// Makes each output's weights whole numbers of a step; the batch norm behind takes the step.
///
/// What is lost in rounding a weight is added to the next one (error diffusion, Floyd and Steinberg 1976): neighbours
/// in the window see nearly the same, so that their errors cancel.
fn in_steps(conv: &mut Conv2d, norm: &mut BatchNorm, share: f32) -> Result<()> {
    let device = Device::flex();
    let shape = conv.weight.val().dims();
    let mut weights = conv.weight.val().try_into_vec_as::<f32>().context("reading the weights")?;
    ensure!(weights.iter().any(|weight| weight.fract() != 0.0), "these weights are rounded already");
    let of_one = weights.len() / shape[0];
    let mut steps = Vec::with_capacity(shape[0]);
    for output in weights.chunks_exact_mut(of_one) {
        let mean_square = output.iter().map(|weight| weight * weight).sum::<f32>() / of_one as f32;
        let step = if mean_square > 0.0 { mean_square.sqrt() * share } else { 1.0 };
        let mut lost = 0.0;
        for weight in output {
            let exact = *weight / step + lost;
            *weight = exact.round();
            lost = exact - *weight;
        }
        steps.push(step);
    }
    conv.weight = Param::from_tensor(Tensor::from_data(TensorData::new(weights, shape), &device));
    let step: Tensor<1> = Tensor::from_data(TensorData::new(steps, [shape[0]]), &device);
    let variance = norm.running_var.value();
    let narrowed = variance.clone() / step.clone().powf_scalar(2.0);
    // gamma · (step · z − mean) / √(variance + ε), said of z.
    let gamma =
        norm.gamma.val() * step.clone() * (narrowed.clone() + norm.epsilon).sqrt() / (variance + norm.epsilon).sqrt();
    norm.gamma = Param::from_tensor(gamma);
    norm.running_mean = RunningState::new(norm.running_mean.value() / step);
    norm.running_var = RunningState::new(narrowed);
    Ok(())
}

impl Rounding {
    /// Takes the logits of a picture in; whether both answers are the same.
    fn compare(&mut self, before: &Answer, after: &Answer, entry: &ModelEntry) -> Result<bool> {
        let (Answer::Judged(before), Answer::Judged(after)) = (before, after) else { return Ok(before == after) };
        self.knees += before.len();
        for (before, after) in before.iter().zip(after) {
            for (before, after) in logits(before, entry)?.iter().zip(logits(after, entry)?) {
                ensure!(before.is_finite() && after.is_finite(), "a probability is nought");
                self.largest_logit = self.largest_logit.max(before.abs());
                self.moved = self.moved.max((before - after).abs());
            }
        }
        let said = |knees: &[KneeResult]| -> Vec<_> {
            knees.iter().map(|knee| (knee.position, knee.is_known, knee.verdict)).collect()
        };
        Ok(said(before) == said(after))
    }
}

/// Less their mean, from calibrated probabilities.
fn logits(knee: &KneeResult, entry: &ModelEntry) -> Result<Probabilities> {
    let (_, probabilities) = knee.models.iter().find(|(id, _)| *id == entry.id).context("every model judges")?;
    let logs = probabilities.map(|probability| entry.temperature * probability.ln());
    let mean = logs.iter().sum::<f32>() / logs.len() as f32;
    Ok(logs.map(|log| log - mean))
}

fn pictures(data: &Path) -> Result<Vec<PathBuf>> {
    let mut folders: Vec<PathBuf> = FOLDERS.map(|folder| data.join(folder)).into();
    let mut all = Vec::new();
    while let Some(folder) = folders.pop() {
        let listed = fs::read_dir(&folder).with_context(|| format!("reading the pictures in {}", folder.display()))?;
        for file in listed {
            let path = file?.path();
            if path.is_dir() { folders.push(path) } else { all.push(path) }
        }
    }
    all.sort();
    Ok(all)
}

fn answers(pictures: &[PathBuf], manifest: &Manifest, weights: &Path) -> Result<Vec<Answer>> {
    let loaded = || -> Result<Analyzer> {
        let mut analyzer = Analyzer::new(manifest.clone(), Processor::Cpu, || 0.0);
        for entry in &manifest.models {
            let bytes = entry.verified(&fs::read(weights.join(&entry.file))?)?;
            pollster::block_on(analyzer.load(entry.clone(), bytes))?;
        }
        Ok(analyzer)
    };
    let judged = |analyzer: &mut Result<Analyzer>, picture: &PathBuf| {
        let analyzer = analyzer.as_ref().map_err(|error| anyhow::anyhow!("{error:#}"))?;
        pollster::block_on(answer(analyzer, &fs::read(picture)?))
    };
    pictures.par_iter().map_init(loaded, judged).collect()
}

/// As the engine goes about it.
async fn answer(analyzer: &Analyzer, bytes: &[u8]) -> Result<Answer> {
    let Ok(mut study) = Study::open(bytes, Edit::default()) else { return Ok(Answer::Unreadable) };
    study.find_knees(|| 0.0);
    let mut reasons = analyzer.refusals(&study).await?;
    if reasons.is_empty() {
        for id in analyzer.models().map(|entry| entry.id.clone()).collect::<Vec<_>>() {
            analyzer.judge(&mut study, &id).await?;
        }
        reasons = analyzer.refusals(&study).await?;
    }
    Ok(if reasons.is_empty() { Answer::Judged(analyzer.results(&study)) } else { Answer::Refused(reasons) })
}
