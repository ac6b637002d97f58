//! What a knee looks like to each network's earlier layers.

mod judge;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use burn::tensor::Device;
use indicatif::ProgressIterator;
use networks::BurnNetwork;
use statistics::folds::{FOLDS, fold_of_group};

use judge::{Statistics, features};
use serde::{Deserialize, Serialize};

use crate::batches::Squares;
use crate::dataset::{CutFrom, Dataset, GRADED, GradedKnee};
use crate::model_id::ModelId;
use crate::predictions;
use crate::pretrain::{self, Pretraining};
use crate::runs::{self, Part};

/// Share of the knees of the least usual source that each model accepts where it decides by itself.
const ACCEPTED: f32 = 0.98;

/// `gate.json`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateRecord {
    /// Longest distance accepted, per model: what is exported.
    pub limits: [f32; 2],
    /// The networks whose features these are.
    pub networks: Vec<Pretraining>,
}

/// Where a knee comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Film,
    Crop,
    Graded,
}

/// Fits the distance from the known knees of both networks and writes `gate.json`.
pub fn run(prepared: &Path, out: &Path, seed: u64, device: &Device) -> Result<()> {
    let labelled = Dataset::knees(prepared)?;
    let graded = Dataset::<GradedKnee>::read(prepared, GRADED, |knee| &knee.file)?;
    let groups: BTreeMap<String, u8> = labelled
        .rows
        .iter()
        .map(|knee| (knee.group.clone(), 0))
        .chain(graded.rows.iter().map(|knee| (knee.group.clone(), 1)))
        .collect();
    let folds = fold_of_group(&groups, seed);
    let mut record = GateRecord { limits: [0.0; 2], networks: Vec::new() };
    let sources = labelled.rows.iter().map(|knee| match knee.source {
        CutFrom::Film => Source::Film,
        CutFrom::Crop => Source::Crop,
    });
    let known: Vec<(Source, &String)> = sources
        .zip(labelled.rows.iter().map(|knee| &knee.group))
        .chain(graded.rows.iter().map(|knee| (Source::Graded, &knee.group)))
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
        let distances: Vec<(Source, f32)> = described
            .iter()
            .enumerate()
            .map(|(knee, features)| (known[knee].0, by_fold[fold_of(knee)].distance(features)))
            .collect();
        record.limits[at] = limit(&distances);
        runs::write(out, model, Part::Gate, &of(&|_| true)?.arrays())?;
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

/// The distance within which [`ACCEPTED`] of the knees lie, in the source where that is farthest.
fn limit(distances: &[(Source, f32)]) -> f32 {
    let farthest = |origin: Source| {
        let of = distances.iter().filter(|(source, _)| *source == origin);
        let mut of: Vec<f32> = of.map(|(_, distance)| *distance).collect();
        of.sort_by(f32::total_cmp);
        of.get((of.len() as f32 * ACCEPTED) as usize).copied().unwrap_or(f32::MAX)
    };
    [Source::Film, Source::Crop, Source::Graded].map(farthest).into_iter().fold(0.0, f32::max)
}
