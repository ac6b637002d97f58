//! Trained weights → the files and the manifest that the page reads.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use burn::store::{BurnpackStore, ModuleSnapshot};
use burn::tensor::Device;
use osteolens::network::Model;
use osteolens::prediction::Class;
use osteolens::record::TrainingRecord;
use osteolens::weights::{FORMAT, Manifest, ModelEntry, sha256_hex, stored};

use crate::evaluate::{Calibration, Saved};
use crate::predictions::Grouped;
use crate::{ModelId, gate, pretrain};

/// Reads what the other commands wrote below `runs`; writes `MODEL.weights` and `manifest.json`.
pub fn run(runs: &Path, predictions: &Path, out: &Path) -> Result<()> {
    let saved = Saved::read(predictions)?;
    let calibration = saved.calibration();
    fs::create_dir_all(out)?;
    let models = ModelId::ALL
        .into_iter()
        .map(|model| export(model, saved.grouped(model), &calibration, runs, out))
        .collect::<Result<_>>()?;
    let manifest = Manifest {
        format: FORMAT,
        classes: Class::ALL.to_vec(),
        operating_point: calibration.operating_point,
        clinical: calibration.clinical,
        models,
    };
    fs::write(out.join("manifest.json"), serde_json::to_string_pretty(&manifest)? + "\n")?;
    Ok(())
}

/// The hash of each weight file that the manifest in `folder` names.
pub fn hashes(folder: &Path) -> Result<BTreeMap<String, String>> {
    let manifest = Manifest::parse(&fs::read(folder.join("manifest.json")).context("reading the manifest")?)?;
    Ok(manifest.models.into_iter().map(|entry| (entry.id, entry.sha256)).collect())
}

fn export(model: ModelId, grouped: &Grouped, calibration: &Calibration, runs: &Path, out: &Path) -> Result<ModelEntry> {
    let device = Device::flex();
    let trained = runs.join(model.id()).join("weights.bpk");
    ensure!(trained.is_file(), "{} is missing: `cargo run -p train -- train` writes it", trained.display());
    let (_, pretraining) = pretrain::read(model, runs, &device)?;
    ensure!(
        pretraining == grouped.pretraining,
        "{} was pre-trained anew since its predictions were saved: run `train --protocol grouped` again",
        model.id()
    );
    let Model { mut network, gate } = Model::new(model.architecture(), &device);
    network.load_from(&mut BurnpackStore::from_file(&trained)).context("loading the trained weights")?;
    let whole = Model { network, gate: gate::read(model, runs, gate)? };
    let (name, start) = match model {
        ModelId::CustomCnn => ("Custom CNN", "random weights (He et al., 2015)"),
        ModelId::ResNet18 => (
            "ResNet18",
            "ImageNet weights of torchvision (BSD-3-Clause) in conv1 and layer1 to layer3, which stay; approximate \
             ones in layer4.0 and none in layer4.1",
        ),
    };
    let settings = &grouped.pretraining.settings;
    let mut entry = ModelEntry {
        id: model.id().to_owned(),
        name: name.to_owned(),
        architecture: model.architecture(),
        file: format!("{}.weights", model.id()),
        bytes: 0,
        sha256: String::new(),
        input: settings.input.clone(),
        temperature: calibration.temperatures[model as usize],
        gate_limit: calibration.gate_limits[model as usize],
        golden_logits: [0.0; 3],
        training: TrainingRecord {
            start: start.to_owned(),
            graded_knees: grouped.pretraining.knees,
            knees: grouped.trained_knees,
            films: grouped.trained_groups,
            epochs: settings.epochs,
            seed: settings.seed,
            labels: "quantitative ultrasound T-score of the film's patient, not DXA".to_owned(),
        },
    };
    write(&whole, &mut entry, out)?;
    println!("{}: {:.2} MB, {}", entry.file, entry.bytes as f64 / 1e6, entry.sha256);
    Ok(entry)
}

/// Writes a model as the page fetches it, and what the manifest says of the file.
pub fn write(model: &Model, entry: &mut ModelEntry, folder: &Path) -> Result<()> {
    let path = folder.join(&entry.file);
    let burnpack = path.with_extension("bpk");
    let mut store = BurnpackStore::from_file(&burnpack).overwrite(true).with_to_adapter(stored::when_written());
    model.save_into(&mut store).with_context(|| format!("writing {}", burnpack.display()))?;
    let bytes = packing::packed(&fs::read(&burnpack)?);
    fs::remove_file(&burnpack)?;
    fs::write(&path, &bytes).with_context(|| format!("writing {}", path.display()))?;
    (entry.bytes, entry.sha256) = (bytes.len() as u64, sha256_hex(&bytes));
    // From the file as it is shipped, so that the page's self-test compares like with like.
    let device = Device::flex();
    let shipped = entry.model(entry.verified(&bytes)?, &device)?;
    let logits = shipped.network.forward(entry.golden_input(&device)).logits;
    let logits = logits.try_into_vec_as::<f32>().context("reading the golden logits")?;
    entry.golden_logits = [logits[0], logits[1], logits[2]];
    Ok(())
}
