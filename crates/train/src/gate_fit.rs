//! What a knee looks like to each network's earlier layers, and how well that tells knees from
//! other pictures.

mod gated;
mod judge;
mod made;
mod trial;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Result, ensure};
use burn::tensor::Device;
use indicatif::ProgressIterator;
use networks::BurnNetwork;
use statistics::folds::{FOLDS, fold_of_group};

pub use gated::{GateRecord, Gated, Origin};
use judge::{Judge, Statistics, features};
use trial::Trial;

use crate::batches::Squares;
use crate::dataset::{CutFrom, Dataset, GRADED, GradedKnee};
use crate::model_id::ModelId;
use crate::runs::{self, Part};
use crate::{predictions, pretrain};

/// Share of the knees of the least usual source that each model accepts: what either refuses is
/// refused, so that no more than 4 % are.
const ACCEPTED: f32 = 0.98;

/// Fits the gate of both networks, tries it on every picture and writes `gate.json`.
pub fn run(data: &Path, prepared: &Path, out: &Path, seed: u64, device: &Device) -> Result<()> {
    ensure!(data.join("not_knees").is_dir(), "{} has no folder not_knees", data.display());
    let labelled = Dataset::knees(prepared)?;
    let graded = Dataset::<GradedKnee>::read(prepared, GRADED, |knee| &knee.file)?;
    let groups: BTreeMap<String, u8> = labelled
        .rows
        .iter()
        .map(|knee| (knee.group.clone(), 0))
        .chain(graded.rows.iter().map(|knee| (knee.group.clone(), 1)))
        .collect();
    let folds = fold_of_group(&groups, seed);
    let mut record = GateRecord {
        limits: [0.0; 2],
        limits_by_fold: vec![[0.0; 2]; FOLDS],
        networks: Vec::new(),
        pictures: Vec::new(),
    };
    let mut judges = Vec::new();
    let sources = labelled.rows.iter().map(|knee| match knee.source {
        CutFrom::Film => Origin::Film,
        CutFrom::Crop => Origin::Crop,
    });
    let known: Vec<(Origin, &String)> = sources
        .zip(labelled.rows.iter().map(|knee| &knee.group))
        .chain(graded.rows.iter().map(|knee| (Origin::Graded, &knee.group)))
        .collect();
    for (at, model) in ModelId::ALL.into_iter().enumerate() {
        let (network, pretraining) = pretrain::read(model, out, device)?;
        let spec = pretraining.settings.input.clone();
        record.networks.push(pretraining);
        let mut described = describe(&network, &Squares::of(&labelled, &spec), device)?;
        described.extend(describe(&network, &Squares::of(&graded, &spec), device)?);
        let fold_of = |knee: usize| folds[known[knee].1];
        let of = |passes: &dyn Fn(usize) -> bool| {
            let chosen: Vec<&Vec<f32>> =
                (0..described.len()).filter(|knee| passes(*knee)).map(|knee| &described[knee]).collect();
            Statistics::of(&chosen)
        };
        let by_fold = (0..FOLDS).map(|fold| of(&|knee| fold_of(knee) != fold)).collect::<Result<Vec<Statistics>>>()?;
        let distances: Vec<(Origin, usize, f32)> = described
            .iter()
            .enumerate()
            .map(|(knee, features)| (known[knee].0, fold_of(knee), by_fold[fold_of(knee)].distance(features)))
            .collect();
        record.limits[at] = limit(&distances, |_| true);
        for (fold, limits) in record.limits_by_fold.iter_mut().enumerate() {
            limits[at] = limit(&distances, |of| of != fold);
        }
        let all = of(&|_| true)?;
        runs::write(out, model, Part::Gate, &all.arrays())?;
        judges.push(Judge { network, spec, by_fold, all, device: device.clone() });
    }
    let trial = Trial { judges, record };
    let mut pictures = trial.knees(data, &folds)?;
    pictures.extend(trial.others(data)?);
    pictures.extend(trial.adjusted(data, &folds)?);
    let record = GateRecord { pictures, ..trial.record };
    for origin in record.pictures.iter().map(|picture| picture.origin).collect::<BTreeSet<_>>() {
        let of: Vec<&Gated> = record.pictures.iter().filter(|picture| picture.origin == origin).collect();
        let refused = of.iter().filter(|picture| record.refuses(picture)).count();
        println!("{origin:?}: {refused} of {} refused", of.len());
    }
    predictions::write(out, "gate", &record)
}

/// What the gate looks at on each picture of a dataset: `[pictures][features]`.
fn describe(network: &BurnNetwork, squares: &Squares, device: &Device) -> Result<Vec<Vec<f32>>> {
    (0..squares.large.len())
        .progress()
        .map(|picture| features(network, squares.plain_values(picture), squares.spec, device))
        .collect()
}

/// The distance within which [`ACCEPTED`] of the knees of these folds lie, in the source where that
/// is farthest.
fn limit(distances: &[(Origin, usize, f32)], passes: impl Fn(usize) -> bool) -> f32 {
    let farthest = |origin: Origin| {
        let of = distances.iter().filter(|(source, fold, _)| *source == origin && passes(*fold));
        let mut of: Vec<f32> = of.map(|(.., distance)| *distance).collect();
        of.sort_by(f32::total_cmp);
        of.get((of.len() as f32 * ACCEPTED) as usize).copied().unwrap_or(f32::MAX)
    };
    [Origin::Film, Origin::Crop, Origin::Graded].map(farthest).into_iter().fold(0.0, f32::max)
}
