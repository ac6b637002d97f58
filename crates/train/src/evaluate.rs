//! Every score, from the saved out-of-fold predictions alone.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use osteolens::prediction::{self, Class, OperatingPoint};
use osteolens::record::{Baselines, Estimate, Scores};
use serde::{Deserialize, Serialize};

use crate::metrics::{self, Judgement};
use crate::predictions::{Prediction, Predictions};
use crate::{ModelId, baselines, calibrate};

/// What `evaluate` writes and `export` puts into the manifest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Without the picture.
    pub baselines: Baselines,
    /// When an answer is given.
    pub operating_point: OperatingPoint,
    /// Per model.
    pub models: Vec<ModelEvaluation>,
    /// The models' mean, and its verdicts.
    pub combined: Scores,
}

/// One model's calibration and scores.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelEvaluation {
    /// As in the manifest.
    pub id: String,
    /// Divides the logits.
    pub temperature: f32,
    /// Out of fold.
    pub scores: Scores,
}

/// Prints the table and writes it as JSON.
pub fn run(predictions: &Path, out: &Path) -> Result<()> {
    let evaluation = evaluate(predictions)?;
    fs::write(out, serde_json::to_string_pretty(&evaluation)? + "\n")
        .with_context(|| format!("writing {}", out.display()))?;
    print!("{}", table(&evaluation));
    Ok(())
}

/// Reads the predictions of all models and scores them.
pub fn evaluate(folder: &Path) -> Result<Evaluation> {
    let all: Vec<(ModelId, Predictions)> =
        ModelId::ALL.into_iter().map(|model| Ok((model, Predictions::read(folder, model)?))).collect::<Result<_>>()?;
    let (_, first) = &all[0];
    for (model, predictions) in &all {
        let same = predictions.scored().iter().map(|one| &one.knee).eq(first.scored().iter().map(|one| &one.knee));
        ensure!(same, "{} was evaluated on other knees or in another order than {}", model.id(), all[0].0.id());
    }
    let protocol = &first.protocol;
    let calibrated: Vec<(ModelId, f32, Vec<Judgement>)> = all
        .iter()
        .map(|(model, predictions)| {
            let scored = predictions.scored();
            let temperature = calibrate::temperature(&scored);
            let judgements = scored.iter().map(|one| judgement(one, temperature)).collect();
            (*model, temperature, judgements)
        })
        .collect();
    let together: Vec<Judgement> = (0..first.scored().len())
        .map(|knee| Judgement {
            models: calibrated.iter().flat_map(|(_, _, judgements)| judgements[knee].models.clone()).collect(),
            ..calibrated[0].2[knee].clone()
        })
        .collect();
    let operating_point = calibrate::operating_point(&together);
    Ok(Evaluation {
        baselines: baselines::baselines(&first.scored()),
        operating_point,
        models: calibrated
            .iter()
            .map(|(model, temperature, judgements)| ModelEvaluation {
                id: model.id().to_owned(),
                temperature: *temperature,
                scores: metrics::scores(protocol, judgements, None),
            })
            .collect(),
        combined: metrics::scores(protocol, &together, Some(&operating_point)),
    })
}

fn judgement(of: &Prediction, temperature: f32) -> Judgement {
    Judgement {
        group: of.group.clone(),
        class: of.class,
        models: vec![prediction::probabilities(&of.logits, &Class::ALL, temperature)],
    }
}

/// The table of the README.
pub fn table(evaluation: &Evaluation) -> String {
    let figure = |one: Estimate| format!("{:.2} ({:.2}–{:.2})", one.value, one.low, one.high);
    let row = |name: &str, scores: &Scores| {
        format!(
            "| {name} | {} | {} | {} | {} |",
            figure(scores.accuracy),
            figure(scores.balanced_accuracy),
            figure(scores.macro_auc),
            figure(scores.bone_loss_auc)
        )
    };
    let baselines = &evaluation.baselines;
    let mut lines = vec![
        "| | accuracy | balanced accuracy | macro AUC | AUC normal against bone loss |".to_owned(),
        "|---|---|---|---|---|".to_owned(),
        format!("| always “osteopenia” | {} | 0.33 | 0.50 | 0.50 |", figure(baselines.majority_accuracy)),
        format!(
            "| age alone, no picture | | | {} | {} |",
            figure(baselines.age_only_macro_auc),
            figure(baselines.age_only_bone_loss_auc)
        ),
    ];
    lines.extend(evaluation.models.iter().map(|model| row(&model.id, &model.scores)));
    let combined = &evaluation.combined;
    lines.push(row("both together", combined));
    if let (Some(coverage), Some(right)) = (combined.coverage, combined.accuracy_when_sure) {
        lines.push(format!(
            "\n{}, {} knees of {} films. A verdict other than “uncertain” is given for a share of {} of the knees; of these a share of {} is right.",
            combined.protocol,
            combined.knees,
            combined.groups,
            figure(coverage),
            figure(right)
        ));
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The figures in README and manifest are those of the committed predictions.
    #[test]
    fn the_published_scores_come_from_the_saved_predictions() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let evaluation = evaluate(&root.join("crates/train/predictions")).expect("the predictions are committed");
        let readme = fs::read_to_string(root.join("README.md")).expect("there is a README");
        assert!(
            readme.contains(&table(&evaluation)),
            "run `cargo run -p train -- evaluate` and put its table in README.md"
        );
        let manifest = fs::read(root.join("weights/manifest.json")).expect("there is a manifest");
        let manifest = osteolens::weights::Manifest::parse(&manifest).expect("the manifest is sound");
        assert_eq!(manifest.combined_scores, evaluation.combined);
        assert_eq!(manifest.baselines, evaluation.baselines);
        for (entry, model) in manifest.models.iter().zip(&evaluation.models) {
            assert_eq!((&entry.id, &entry.scores), (&model.id, &model.scores));
        }
    }
}
