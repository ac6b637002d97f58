//! Trained weights → f16 burnpacks and the manifest that the page reads.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use burn::store::{BurnpackStore, HalfPrecisionAdapter, ModuleSnapshot};
use burn::tensor::Device;
use osteolens::network::{Architecture, CustomCnn, Network, ResNet18};
use osteolens::prediction::Class;
use osteolens::record::TrainingRecord;
use osteolens::weights::{FORMAT, Manifest, ModelEntry, sha256_hex};

use crate::ModelId;
use crate::evaluate::{self, ModelEvaluation};
use crate::predictions::Predictions;

/// Reads `runs/MODEL/weights.bpk` of every model; writes `MODEL.bpk` and `manifest.json`.
pub fn run(runs: &Path, predictions: &Path, out: &Path) -> Result<()> {
    let evaluation = evaluate::evaluate(predictions)?;
    fs::create_dir_all(out)?;
    let models = ModelId::ALL
        .into_iter()
        .zip(&evaluation.models)
        .map(|(model, scored)| export(model, scored, runs, predictions, out))
        .collect::<Result<_>>()?;
    let manifest = Manifest {
        format: FORMAT,
        classes: Class::ALL.to_vec(),
        operating_point: evaluation.operating_point,
        baselines: evaluation.baselines,
        combined_scores: evaluation.combined,
        models,
    };
    fs::write(out.join("manifest.json"), serde_json::to_string_pretty(&manifest)? + "\n")?;
    Ok(())
}

fn export(model: ModelId, scored: &ModelEvaluation, runs: &Path, predictions: &Path, out: &Path) -> Result<ModelEntry> {
    let device = Device::flex();
    let trained = runs.join(model.id()).join("weights.bpk");
    ensure!(trained.is_file(), "{} is missing: `cargo run -p train -- train` writes it", trained.display());
    let mut store = BurnpackStore::from_file(&trained);
    let (architecture, network, name, start) = match model {
        ModelId::CustomCnn => {
            let mut network = CustomCnn::new(&device);
            network.load_from(&mut store).context("loading the trained weights")?;
            (Architecture::CustomCnn, Network::CustomCnn(network), "Custom CNN", "random weights (He et al., 2015)")
        }
        ModelId::ResNet18 => {
            let mut network = ResNet18::new(&device);
            network.load_from(&mut store).context("loading the trained weights")?;
            let start = "ImageNet weights of torchvision (BSD-3-Clause) in conv1 and layer1 to layer3, approximate in \
                         layer4.0, none in layer4.1 and fc; layer4 and fc trained here";
            (Architecture::ResNet18, Network::ResNet18(network), "ResNet18", start)
        }
    };
    let file = format!("{}.bpk", model.id());
    let path = out.join(&file);
    let mut store = BurnpackStore::from_file(&path).overwrite(true).with_to_adapter(HalfPrecisionAdapter::new());
    network.save_into(&mut store).with_context(|| format!("writing {}", path.display()))?;

    let bytes = fs::read(&path)?;
    let predictions = Predictions::read(predictions, model)?;
    let settings = &predictions.settings;
    let mut entry = ModelEntry {
        id: model.id().to_owned(),
        name: name.to_owned(),
        architecture,
        file,
        bytes: bytes.len() as u64,
        sha256: sha256_hex(&bytes),
        input: settings.input.clone(),
        temperature: scored.temperature,
        golden_logits: [0.0; 3],
        training: TrainingRecord {
            start: start.to_owned(),
            knees: predictions.trained_knees,
            groups: predictions.trained_groups,
            epochs: settings.epochs,
            seed: settings.seed,
            labels: "quantitative ultrasound T-score of the film's patient, not DXA".to_owned(),
        },
        scores: scored.scores.clone(),
    };
    // From the file as it is shipped, so that the page's self-test compares like with like.
    let shipped = entry.network(bytes, &device)?;
    let logits = shipped.forward(entry.golden_input(&device)).logits;
    let logits = logits.try_into_vec_as::<f32>().context("reading the golden logits")?;
    entry.golden_logits = [logits[0], logits[1], logits[2]];
    println!("{}: {:.2} MB, {}", path.display(), entry.bytes as f64 / 1e6, entry.sha256);
    Ok(entry)
}
