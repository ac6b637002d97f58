//! Before the few labelled films: many knees graded for osteoarthritis teach a network to look
//! at knees.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use burn::tensor::Device;
use networks::BurnNetwork;
use serde::{Deserialize, Serialize};
use statistics::folds;

use crate::batches::{self, Squares, Variety};
use crate::dataset::{Dataset, GRADED, GradedKnee};
use crate::learn;
use crate::model_id::{ModelId, TrainingSettings};
use crate::runs::{self, Part};
use crate::start::Start;

/// Grades 1 and 2 are doubtful and mild, 3 and 4 moderate and severe.
const CLASS_OF_GRADE: [usize; 5] = [0, 1, 1, 2, 2];
/// Where a part of the network is frozen, there is one changed copy of each knee.
const VARIETY: Variety = Variety::Changed { copies: 1 };

/// How a pre-training went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pretraining {
    /// How it was trained.
    pub settings: TrainingSettings,
    /// Knees learned from.
    pub knees: usize,
    /// Knees kept back, with their copies and mirrored pairs.
    pub held_out: usize,
    /// Share of these whose grade group (0, 1–2, 3–4) is found.
    pub accuracy: f64,
}

/// Trains on four fifths of the graded knees and tells how well the rest is graded.
pub fn run(
    model: ModelId,
    settings: &TrainingSettings,
    prepared: &Path,
    start: Option<&Path>,
    runs: &Path,
    device: &Device,
) -> Result<()> {
    let data = Dataset::<GradedKnee>::read(prepared, GRADED, |knee| &knee.file)?;
    let start = Start::of(model, settings, start)?;
    let batches = batches::of(Squares::of(&data, &settings.input), VARIETY, &start, settings, device)?;

    let classes: Vec<usize> = data.rows.iter().map(|knee| CLASS_OF_GRADE[knee.kl_grade]).collect();
    let groups = data.rows.iter().zip(&classes).map(|(knee, class)| (knee.group.clone(), *class)).collect();
    let folds = folds::fold_of_group(&groups, settings.seed);
    let (held_out, learned_from): (Vec<usize>, Vec<usize>) =
        (0..data.rows.len()).partition(|knee| folds[&data.rows[*knee].group] == 0);
    let title = format!("{} on grades", model.id());
    let learner = learn::learn(&title, settings, &start, &*batches, &learned_from, &classes, device)?;
    let judged = learn::judge(&learner, &*batches, &held_out, device)?;
    let right = judged.iter().zip(&held_out).filter(|(scores, knee)| leading(scores) == classes[**knee]).count();
    let record = Pretraining {
        settings: settings.clone(),
        knees: learned_from.len(),
        held_out: held_out.len(),
        accuracy: right as f64 / held_out.len() as f64,
    };
    println!("{}: {right} of {} held-out knees graded right", model.id(), held_out.len());
    runs::write(runs, model, Part::Pretrained, &learner.network.arrays()?)?;
    fs::write(record_path(runs, model), serde_json::to_string_pretty(&record)? + "\n")?;
    Ok(())
}

/// The class with the highest score.
pub fn leading(scores: &[f32; 3]) -> usize {
    (0..3).max_by(|a, b| scores[*a].total_cmp(&scores[*b])).unwrap_or(0)
}

fn record_path(runs: &Path, model: ModelId) -> PathBuf {
    runs.join(model.id()).join("pretraining.json")
}

/// What `pretrain` made of a network.
pub fn read(model: ModelId, runs: &Path, device: &Device) -> Result<(BurnNetwork, Pretraining)> {
    let parameters = runs::read(runs, model, Part::Pretrained)?;
    let path = record_path(runs, model);
    let record: Pretraining =
        serde_json::from_slice(&fs::read(&path)?).with_context(|| format!("reading {}", path.display()))?;
    let plan = model.plan(&record.settings.input)?;
    let network = BurnNetwork::new(&plan, device).with_arrays(&parameters.of_plan(&plan)?, device)?;
    Ok((network, record))
}
