//! Trained weights → the files and the manifest that the page reads.

use std::fs;
use std::path::Path;

use analysis::known_knees::KnownKnees;
use analysis::manifest::{FORMAT, Manifest, ModelEntry, TrainingRecord, sha256_hex};
use analysis::prediction::Class;
use analysis::{Backend, Processor};
use anyhow::{Context, Result, ensure};
use burn::tensor::Device;
use networks::{Arrays, Network, safetensors};

use crate::evaluate::{Calibration, Saved};
use crate::model_id::ModelId;
use crate::predictions::Grouped;
use crate::recognition::GATEKEEPER;
use crate::runs::{self, Part};
use crate::{pretrain, shipped};

/// Reads what the other commands wrote below `runs`; writes `MODEL.weights` and `manifest.json`.
pub fn run(runs: &Path, predictions: &Path, out: &Path) -> Result<()> {
    let saved = Saved::read(predictions)?;
    let calibration = saved.calibration();
    fs::create_dir_all(out)?;
    let models = ModelId::ALL
        .into_iter()
        .map(|model| ship(model, saved.grouped(model), &calibration, runs, out))
        .collect::<Result<_>>()?;
    let manifest = Manifest {
        format: FORMAT,
        classes: Class::ALL.to_vec(),
        operating_point: calibration.operating_point,
        promises: calibration.promises,
        frequencies: calibration.frequencies,
        clinical: calibration.clinical,
        models,
    };
    shipped::write_manifest(&manifest, out)
}

/// Writes into the manifest of a folder what was fitted to the saved predictions.
pub fn recalibrate(saved: &Saved, weights: &Path) -> Result<()> {
    let mut manifest = shipped::manifest(weights)?;
    let calibration = saved.calibration();
    for (entry, model) in manifest.models.iter_mut().zip(ModelId::ALL) {
        entry.temperature = calibration.temperatures[model as usize];
        entry.gate_limit = calibration.gate_limits[model as usize];
        let decides = model == GATEKEEPER;
        entry.knee_head = decides.then(|| calibration.knee_head.clone());
        entry.body_parts = if decides { calibration.body_parts.clone() } else { Vec::new() };
        entry.side_head = decides.then(|| calibration.side_head.clone());
    }
    let Calibration { operating_point, promises, frequencies, clinical, .. } = calibration;
    manifest = Manifest { operating_point, promises, frequencies, clinical, ..manifest };
    shipped::write_manifest(&manifest, weights)
}

fn ship(model: ModelId, grouped: &Grouped, calibration: &Calibration, runs: &Path, out: &Path) -> Result<ModelEntry> {
    let settings = &grouped.pretraining.settings;
    let plan = model.plan(&settings.input)?;
    let mut arrays = runs::read(runs, model, Part::Trained)?.of_plan(&plan)?;
    let gate = runs::read(runs, model, Part::Gate)?;
    for name in KnownKnees::NAMES {
        arrays.insert(name.to_owned(), gate.array(name)?);
    }
    let (_, pretraining) = pretrain::read(model, runs, &Device::flex())?;
    ensure!(
        pretraining == grouped.pretraining,
        "{} was pre-trained anew since its predictions were saved: run `train --protocol grouped` again",
        model.id()
    );
    let (name, start) = match model {
        ModelId::CustomCnn => ("Custom CNN", "random weights (He et al., 2015)"),
        ModelId::ResNet18 => (
            "ResNet18",
            "ImageNet weights of torchvision (BSD-3-Clause) in conv1 and layer1 to layer3, which stay; approximate \
             ones in layer4.0 and none in layer4.1",
        ),
    };
    let mut entry = ModelEntry {
        id: model.id().to_owned(),
        name: name.to_owned(),
        architecture: model.architecture()?,
        file: format!("{}.weights", model.id()),
        bytes: 0,
        sha256: String::new(),
        input: settings.input.clone(),
        temperature: calibration.temperatures[model as usize],
        gate_limit: calibration.gate_limits[model as usize],
        // It reads the weights as they are shipped: `recognition` and `evaluate` come after.
        knee_head: None,
        body_parts: Vec::new(),
        side_head: None,
        golden_logits: [0.0; 3],
        last_layer: None,
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
    write(&arrays, &mut entry, out)?;
    println!("{}: {:.2} MB, {}", entry.file, entry.bytes as f64 / 1e6, entry.sha256);
    Ok(entry)
}

/// Writes the numbers of a model as the page fetches them, and what the manifest says of the file.
pub fn write(arrays: &Arrays, entry: &mut ModelEntry, folder: &Path) -> Result<()> {
    let path = folder.join(&entry.file);
    // What a model knows of knees is not rounded: its limit was fitted to these very numbers.
    let bytes = packing::packed(&safetensors(arrays, |name| KnownKnees::NAMES.contains(&name))?);
    fs::write(&path, &bytes).with_context(|| format!("writing {}", path.display()))?;
    (entry.bytes, entry.sha256) = (bytes.len() as u64, sha256_hex(&bytes));
    // From the file as it is shipped, so that the page's self-test compares like with like; by burn, so that it compares
    // the kernels with another implementation.
    let burn = Processor::Burn(Device::flex(), Backend::Cpu);
    let network = Network::new(&entry.plan()?, &entry.verified(&bytes)?, &entry.input.channels(), &burn)?;
    let scores = pollster::block_on(network.forward(entry.golden_input()))?.scores;
    entry.golden_logits = scores.try_into().ok().context("a network gives three scores")?;
    Ok(())
}
