//! Before the few labelled films: many knees graded for osteoarthritis teach a network to look
//! at knees.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use burn::store::{BurnpackStore, ModuleSnapshot};
use burn::tensor::Device;
use osteolens::network::{Architecture, CustomCnn, Network};
use serde::{Deserialize, Serialize};

use crate::ModelId;
use crate::dataset::{Dataset, GRADED, GradedKnee};
use crate::folds;
use crate::learn::{self, CachedMaps, Learner, Samples, Settings, Squares};
use crate::start;

/// Grades 1 and 2 are doubtful and mild, 3 and 4 moderate and severe.
const CLASS_OF_GRADE: [usize; 5] = [0, 1, 1, 2, 2];
/// Changed copies of each knee for the part of ResNet18 that learns.
const VARIANTS: usize = 1;

/// How a pre-training went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pretraining {
    /// How it was trained.
    pub settings: Settings,
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
    settings: &Settings,
    prepared: &Path,
    start: Option<&Path>,
    out: &Path,
    device: &Device,
) -> Result<()> {
    let data = Dataset::<GradedKnee>::read(prepared, GRADED, |knee| &knee.file)?;
    let out = out.join(model.id());
    fs::create_dir_all(&out)?;
    let squares = Squares::of(&data, &settings.input);
    match model {
        ModelId::CustomCnn => {
            grade(model, settings, &data, &squares, &|device| Ok(CustomCnn::new(device)), &out, device)
        }
        ModelId::ResNet18 => {
            let maps = CachedMaps::new(&squares, VARIANTS, &start::resnet18(start, device)?, settings, device)?;
            let fresh = |device: &Device| Ok(start::resnet18(start, device)?.with_fixed_batch_norms());
            grade(model, settings, &data, &maps, &fresh, &out, device)
        }
    }
}

fn grade<L: Learner>(
    model: ModelId,
    settings: &Settings,
    data: &Dataset<GradedKnee>,
    samples: &impl Samples,
    fresh: &dyn Fn(&Device) -> Result<L>,
    out: &Path,
    device: &Device,
) -> Result<()> {
    let classes: Vec<usize> = data.rows.iter().map(|knee| CLASS_OF_GRADE[knee.kl_grade]).collect();
    let groups = data.rows.iter().zip(&classes).map(|(knee, class)| (knee.group.clone(), *class)).collect();
    let folds = folds::fold_of_group(&groups, settings.seed);
    let (held_out, learned_from): (Vec<usize>, Vec<usize>) =
        (0..data.rows.len()).partition(|knee| folds[&data.rows[*knee].group] == 0);
    let title = format!("{} on grades", model.id());
    let learner = learn::learn(&title, settings, samples, &learned_from, &classes, fresh, device)?;
    let judged = learn::judge(&learner, samples, &held_out, device)?;
    let right = judged.iter().zip(&held_out).filter(|(logits, knee)| leading(logits) == classes[**knee]).count();
    let record = Pretraining {
        settings: settings.clone(),
        knees: learned_from.len(),
        held_out: held_out.len(),
        accuracy: right as f64 / held_out.len() as f64,
    };
    println!("{}: {right} of {} held-out knees graded right", model.id(), held_out.len());
    fs::write(out.join("pretraining.json"), serde_json::to_string_pretty(&record)? + "\n")?;
    let mut store = BurnpackStore::from_file(weights(out)).overwrite(true);
    learner.save_into(&mut store).context("saving the weights")?;
    Ok(())
}

/// The class with the highest score.
pub fn leading(logits: &[f32; 3]) -> usize {
    (0..3).max_by(|a, b| logits[*a].total_cmp(&logits[*b])).unwrap_or(0)
}

fn weights(folder: &Path) -> PathBuf {
    folder.join("pretrained.bpk")
}

/// What `pretrain` made of a network.
pub fn read(model: ModelId, runs: &Path, device: &Device) -> Result<(Network, Pretraining)> {
    let folder = runs.join(model.id());
    let path = weights(&folder);
    ensure!(path.is_file(), "{} is missing: `cargo run -p train -- pretrain` writes it", path.display());
    let record = serde_json::from_slice(&fs::read(folder.join("pretraining.json"))?)?;
    let mut store = BurnpackStore::from_file(&path);
    let network = match Network::new(model.architecture(), device) {
        Network::CustomCnn(mut network) => {
            network.load_from(&mut store).context("loading the pre-trained weights")?;
            Network::CustomCnn(network)
        }
        Network::ResNet18(mut network) => {
            network.load_from(&mut store).context("loading the pre-trained weights")?;
            Network::ResNet18(network)
        }
    };
    Ok((network, record))
}

impl ModelId {
    /// As the library calls it.
    pub fn architecture(self) -> Architecture {
        match self {
            Self::CustomCnn => Architecture::CustomCnn,
            Self::ResNet18 => Architecture::ResNet18,
        }
    }
}
