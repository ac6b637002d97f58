//! Saved predictions on pictures that a model has not seen: the one source of every score.

use std::fs;
use std::path::Path;

use analysis::prediction::Class;
use anyhow::{Context, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::model_id::TrainingSettings;
use crate::pretrain::Pretraining;

/// `PROTOCOL-MODEL.json` and the like, below a folder.
pub fn read<T: DeserializeOwned>(folder: &Path, name: &str) -> Result<T> {
    let path = folder.join(format!("{name}.json"));
    let json = fs::read(&path).with_context(|| {
        format!("{} is missing: `cargo run -p train -- --help` tells which command writes it", path.display())
    })?;
    serde_json::from_slice(&json).with_context(|| format!("reading {}", path.display()))
}

/// One line a record, so that a change of one is a change of one line.
pub fn write<T: Serialize>(folder: &Path, name: &str, value: &T) -> Result<()> {
    fs::create_dir_all(folder)?;
    let json = serde_json::to_string(value)?.replace("},{", "},\n{");
    fs::write(folder.join(format!("{name}.json")), json + "\n")?;
    Ok(())
}

/// What a model says of a knee whose film it has not seen, in one repeat of the cross-validation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutOfFold {
    /// The fold in which the knee's film was held out.
    pub fold: usize,
    /// In the order of [`Class::ALL`].
    pub logits: [f32; 3],
}

/// A knee cut from a film by the code that the page runs, and every repeat's answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JudgedKnee {
    /// Name of the knee.
    pub knee: String,
    /// Its film.
    pub group: String,
    /// The truth, by ultrasound T-score.
    pub class: Class,
    /// Age at the film, if known.
    pub age_years: Option<f32>,
    /// `female` or `male`, if known.
    pub sex: Option<String>,
    /// Width of the film's scan.
    pub film_width_px: Option<u32>,
    /// One per repeat.
    pub repeats: Vec<OutOfFold>,
}

/// `grouped-MODEL.json`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grouped {
    /// How the layers below the last were trained.
    pub pretraining: Pretraining,
    /// Weight penalty of the last layer.
    pub penalty: f32,
    /// Seed of the first repeat's folds; each further one adds 1.
    pub seed: u64,
    /// Knees that the exported weights are trained on.
    pub trained_knees: usize,
    /// Films they come from.
    pub trained_groups: usize,
    /// The knees that are scored: those cut from films by the code that the page runs.
    pub knees: Vec<JudgedKnee>,
}

/// A file of a random split of files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JudgedFile {
    /// The film it comes from.
    pub group: String,
    /// The folder it was filed under.
    pub class: Class,
    /// Whether the very same picture is among the training files.
    pub copy_in_training: bool,
    /// In the order of [`Class::ALL`].
    pub logits: [f32; 3],
}

/// `file-level-MODEL.json`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileLevel {
    /// How it was trained.
    pub settings: TrainingSettings,
    /// Files learned from.
    pub training_files: usize,
    /// Files kept for choosing settings, which nothing was chosen on.
    pub validation_files: usize,
    /// The test files.
    pub files: Vec<JudgedFile>,
}
