//! The protocol of earlier projects, only to reproduce their numbers: the multi-class set with
//! its copies, split at random by file. Copies of one picture are then on both sides.

use std::path::Path;

use anyhow::Result;
use burn::tensor::{Device, Tensor};
use osteolens::network::CustomCnn;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use crate::ModelId;
use crate::dataset::{Dataset, FILES, FiledPicture};
use crate::learn::{self, CachedMaps, Learner, Samples, Settings, Squares};
use crate::predictions::{self, FileLevel, JudgedFile};
use crate::start;

/// Of all files: learned from, and kept for choosing settings; the rest is the test.
const TRAINING_PERCENT: usize = 70;
const VALIDATION_PERCENT: usize = 15;

/// Pictures as they are, also while learning: nothing keeps a network from learning them by heart.
struct Unchanged<'a>(Squares<'a>);

impl Samples for Unchanged<'_> {
    fn plain(&self, pictures: &[usize], device: &Device) -> Tensor<4> {
        self.0.plain(pictures, device)
    }

    fn varied(&self, pictures: &[usize], _: &mut StdRng, device: &Device) -> Tensor<4> {
        self.0.plain(pictures, device)
    }
}

/// Trains on a random part of the files and judges another.
pub fn run(
    model: ModelId,
    settings: &Settings,
    prepared: &Path,
    start: Option<&Path>,
    out: &Path,
    device: &Device,
) -> Result<()> {
    let data = Dataset::<FiledPicture>::read(prepared, FILES, |file| &file.file)?;
    let files: Vec<usize> =
        (0..data.rows.len()).flat_map(|row| std::iter::repeat_n(row, data.rows[row].copies)).collect();
    let squares = Squares::of(&data, &settings.input);
    match model {
        ModelId::CustomCnn => {
            let fresh = |device: &Device| Ok(CustomCnn::new(device));
            split_and_judge(model, settings, &data, files, &Unchanged(squares), &fresh, out, device)
        }
        ModelId::ResNet18 => {
            let maps = CachedMaps::new(&squares, 0, &start::resnet18(start, device)?, settings, device)?;
            let fresh = |device: &Device| Ok(start::resnet18(start, device)?.with_fixed_batch_norms());
            split_and_judge(model, settings, &data, files, &maps, &fresh, out, device)
        }
    }
}

#[allow(clippy::too_many_arguments, reason = "what a protocol consists of")]
fn split_and_judge<L: Learner>(
    model: ModelId,
    settings: &Settings,
    data: &Dataset<FiledPicture>,
    mut files: Vec<usize>,
    samples: &impl Samples,
    fresh: &dyn Fn(&Device) -> Result<L>,
    out: &Path,
    device: &Device,
) -> Result<()> {
    // The split is the same for both networks.
    files.shuffle(&mut StdRng::seed_from_u64(settings.seed));
    let (training, rest) = files.split_at(files.len() * TRAINING_PERCENT / 100);
    let (validation, test) = rest.split_at(files.len() * VALIDATION_PERCENT / 100);
    let classes: Vec<usize> = data.rows.iter().map(|row| row.class as usize).collect();
    let title = format!("{} by file", model.id());
    let learner = learn::learn(&title, settings, samples, training, &classes, fresh, device)?;
    let logits = learn::judge(&learner, samples, test, device)?;
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
