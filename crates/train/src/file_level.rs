//! The protocol of earlier projects, only to reproduce their numbers: the multi-class set with
//! its copies, split at random by file. Copies of one picture are then on both sides.

use std::path::Path;

use anyhow::Result;
use burn::tensor::Device;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use crate::batches::{self, Squares, Variety};
use crate::dataset::{Dataset, FILES, FiledPicture};
use crate::learn;
use crate::model_id::{ModelId, TrainingSettings};
use crate::predictions::{self, FileLevel, JudgedFile};
use crate::start::Start;

/// Of all files: learned from, and kept for choosing settings; the rest is the test.
const TRAINING_PERCENT: usize = 70;
const VALIDATION_PERCENT: usize = 15;

/// Trains on a random part of the files and judges another.
pub fn run(
    model: ModelId,
    settings: &TrainingSettings,
    prepared: &Path,
    start: Option<&Path>,
    out: &Path,
    device: &Device,
) -> Result<()> {
    let data = Dataset::<FiledPicture>::read(prepared, FILES, |file| &file.file)?;
    let mut files: Vec<usize> =
        (0..data.rows.len()).flat_map(|row| std::iter::repeat_n(row, data.rows[row].copies)).collect();
    let start = Start::of(model, settings, start)?;
    let batches = batches::of(Squares::of(&data, &settings.input), Variety::Unchanged, &start, settings, device)?;
    // The split is the same for both networks.
    files.shuffle(&mut StdRng::seed_from_u64(settings.seed));
    let (training, rest) = files.split_at(files.len() * TRAINING_PERCENT / 100);
    let (validation, test) = rest.split_at(files.len() * VALIDATION_PERCENT / 100);
    let classes: Vec<usize> = data.rows.iter().map(|row| row.class as usize).collect();
    let title = format!("{} by file", model.id());
    let learner = learn::learn(&title, settings, &start, &*batches, training, &classes, device)?;
    let logits = learn::judge(&learner, &*batches, test, device)?;
    let picture = |file: &usize| data.rows[*file].picture;
    let judged = test.iter().zip(logits).map(|(file, logits)| JudgedFile {
        group: data.rows[*file].group.clone(),
        class: data.rows[*file].class,
        copy_in_training: training.iter().any(|other| picture(other) == picture(file)),
        logits,
    });
    let record = FileLevel {
        settings: settings.clone(),
        training_files: training.len(),
        validation_files: validation.len(),
        files: judged.collect(),
    };
    let right = record.files.iter().filter(|file| crate::pretrain::leading(&file.logits) == file.class as usize);
    println!("{}: {} of {} test files right", model.id(), right.count(), record.files.len());
    predictions::write(out, &format!("file-level-{}", model.id()), &record)
}
