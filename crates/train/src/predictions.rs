//! Out-of-fold predictions: the one source of every score.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use osteolens::prediction::Class;
use serde::{Deserialize, Serialize};

use crate::ModelId;
use crate::dataset::Source;
use crate::fit::Settings;

/// What a model that has not seen a knee's group says of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// Name of the knee.
    pub knee: String,
    /// Its film.
    pub group: String,
    /// The truth, by ultrasound T-score.
    pub class: Class,
    /// Where it was cut from.
    pub source: Source,
    /// Age at the film, if known.
    pub age_years: Option<f32>,
    /// The fold in which its group was held out.
    pub fold: usize,
    /// In the order of [`Class::ALL`].
    pub logits: [f32; 3],
}

/// The predictions of one model over all folds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Predictions {
    /// `grouped 5-fold`.
    pub protocol: String,
    /// How each fold's model was trained.
    pub settings: Settings,
    /// Knees that the exported weights are trained on.
    pub trained_knees: usize,
    /// Films they come from.
    pub trained_groups: usize,
    /// One per knee.
    pub knees: Vec<Prediction>,
}

impl Predictions {
    /// Reads the predictions of a model.
    pub fn read(folder: &Path, model: ModelId) -> Result<Self> {
        let path = path(folder, model);
        let json = fs::read(&path)
            .with_context(|| format!("{} is missing: `cargo run -p train -- train` writes it", path.display()))?;
        serde_json::from_slice(&json).with_context(|| format!("reading {}", path.display()))
    }

    /// Writes them.
    pub fn write(&self, folder: &Path, model: ModelId) -> Result<()> {
        fs::create_dir_all(folder)?;
        fs::write(path(folder, model), serde_json::to_string_pretty(self)? + "\n")?;
        Ok(())
    }

    /// The knees that are scored: those cut from films by the code that the page runs.
    pub fn scored(&self) -> Vec<&Prediction> {
        self.knees.iter().filter(|knee| knee.source == Source::Film).collect()
    }
}

fn path(folder: &Path, model: ModelId) -> PathBuf {
    folder.join(format!("{}.json", model.id()))
}
