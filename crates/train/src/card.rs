//! The model card in words and tables: `MODEL_CARD.md` and the README's part of it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use analysis::prediction::Class;
use anyhow::{Context, Result, ensure};
use statistics::record::{ModelCard, Scores, WeightFile};

use crate::cell::figure;
use crate::page_card::document;
use crate::promised;
use crate::recognition::GATEKEEPER;
use crate::recognition::recognised::{counted, told};
use crate::recognition::{Recognition, said};
use crate::rounding::Rounding;
use crate::treated::{self, Treated};

const BEGIN: &str = "<!-- scores: written by `cargo run -p train -- evaluate` -->";
const END: &str = "<!-- end of scores -->";

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

fn named<'a>(all: &'a [Scores], name: &str) -> Option<&'a Scores> {
    all.iter().find(|scores| scores.name == name)
}

/// The README's table of honest figures, with what they stand beside.
pub fn grouped_table(card: &ModelCard) -> String {
    let row = |name: &str, scores: &Scores| {
        format!(
            "| {name} | {} | {} | {} | {} |\n",
            figure(scores.accuracy),
            figure(scores.balanced_accuracy),
            figure(scores.macro_auc),
            figure(scores.bone_loss_auc)
        )
    };
    let mut text =
        "| | accuracy | balanced accuracy | macro AUC | AUC normal against bone loss |\n|---|---|---|---|---|\n"
            .to_owned();
    let _ = writeln!(text, "| always “osteopenia” | {} | 0.33 | 0.50 | 0.50 |", figure(card.grouped.majority_accuracy));
    if let Some(age) = named(&card.clinical.models, "age alone") {
        text += &row("age alone, no picture (per film)", age);
    }
    for scores in &card.grouped.models {
        text += &row(if scores.name == "combined" { "**both networks together**" } else { &scores.name }, scores);
    }
    text
}

/// The grouped figures, the decision and the file-level figures beside them.
pub fn summary(card: &ModelCard) -> String {
    let (decision, combined) = (&card.grouped.decision, named(&card.grouped.models, "combined"));
    let (knees, films) = combined.map_or((0, 0), |scores| (scores.pictures, scores.films));
    let mut text = grouped_table(card);
    let _ = write!(
        text,
        "\n{}, {knees} knees of {films} films; means over the repeats, 95 % bootstrap intervals over films. \
         Temperature and operating point are fitted on the other folds each time; networks, pre-training and penalty \
         were chosen on these same films, so these figures are somewhat too optimistic.\n\nA colour is shown only where, among people \
         not seen who got it, its class was clearly more frequent than among all people. By the picture alone that holds for {}: \
         {}. Once the age is known {}; always saying “osteopenia” is right for {}. Beside the age the picture has the weight \
         {}, chosen inside the folds.\n",
        card.grouped.protocol,
        promised::kept(&decision.by_picture),
        promised::coverage(&decision.by_picture),
        promised::coverage(&decision.by_age),
        figure(decision.majority),
        card.clinical.picture_weight
    );
    text
}

/// The paragraph on the numbers that others report.
fn file_level(card: &ModelCard) -> String {
    let record = &card.file_level;
    let mut text = "| | accuracy, file-level | reported by earlier projects |\n|---|---|---|\n".to_owned();
    for scores in &record.models {
        let reported: Vec<String> = record
            .reported
            .iter()
            .filter(|one| {
                let ensemble = one.name == "ensemble";
                match scores.name.as_str() {
                    "custom-cnn" => one.name.starts_with("custom"),
                    "resnet18" => one.name == "ResNet18",
                    _ => ensemble,
                }
            })
            .map(|one| percent(one.accuracy))
            .collect();
        let _ = writeln!(text, "| {} | {} | {} |", scores.name, figure(scores.accuracy), reported.join(", "));
    }
    let _ = write!(
        text,
        "\n{}. **Do not believe this number.** Of the test files {} have their very copy among the training files: the \
         network has seen the picture with its label and need only recognise it. The labels of the copies are \
         moreover those of the folders in which the crops were published, which contradict the T-scores of their own \
         films. The same networks on people they have not seen score what the table above says.\n",
        record.protocol,
        percent(record.copies_in_training)
    );
    text
}

/// What the shipped weights lost.
fn rounded(rounding: &Rounding) -> String {
    let Rounding { pictures, knees, largest_logit, moved, same_leading, .. } = rounding;
    format!(
        "\nThe figures are of the networks before ResNet18's weights were rounded for the page. Rounding changed the \
         answer on none of {pictures} pictures (films, crops, and what is no knee); on their {knees} knees no logit \
         moved by more than {:.3}, about {:.1} % of the largest, {largest_logit:.2}, and on {same_leading} the same class is still its most \
         probable one. How coarsely it is rounded was chosen on these same pictures; some of them are among those on which it \
         was seen what its layers read.\n",
        (moved * 1000.0).ceil() / 1000.0,
        100.0 * moved / largest_logit
    )
}

/// What stands before the figures of treated people.
const TREATED: &str = "\n## Treated for osteoporosis: people not seen\n\nNot yet part of a verdict. The label is \u{201c}ever took \
    bisphosphonates\u{201d}, drugs against osteoporosis: a proxy of a doctor's diagnosis, which depends on access to care, of \
    people from 45 to 79 with or at risk of arthritis of the knee in one country (Osteoarthritis Initiative); no bone \
    density was measured here. Five folds of people, both knees of a person together, everything fitted and chosen inside \
    the training fold; 95 % bootstrap intervals over people. The networks are those of the page.\n\nPictures and table \
    were published apart and joined by their order. A person is counted whose row is certain by more than 0.95, for which \
    age, sex and body-mass index were also read from the pictures (not the drugs); where it says \u{201c}settled without \
    pictures\u{201d}, the arthritis grades alone settle the row.\n\n";

/// The whole card.
pub fn model_card(card: &ModelCard, rounding: &Rounding, treated: &Treated, recognition: &Recognition) -> String {
    let decision = &card.grouped.decision;
    let mut text = "# Model card\n\nWritten by `cargo run -p train -- evaluate` from the predictions in \
                    `crates/train/predictions`; do not edit. The page shows the most important of them.\n\n"
        .to_owned();
    text += "## Weights\n\n| model | SHA-256 |\n|---|---|\n";
    for WeightFile { model, sha256 } in &card.weights {
        let _ = writeln!(text, "| {model} | `{sha256}` |");
    }
    text += &rounded(rounding);
    text += "\n## Use\n\nResearch and education. Not a medical device, no diagnosis, no T-score. The labels are classes \
             of an ultrasound T-score, not of DXA, of 170 people at one place; they apply to women after menopause and \
             men from 50. Not for children, not for knees with metal, not for views other than from the front. \
             Probabilities assume that each class is equally frequent.\n\n## On films not seen: grouped\n\n";
    text += &summary(card);
    text += "\n### Per class\n\n| model | class | precision | recall | F1 | AUC |\n|---|---|---|---|---|---|\n";
    for scores in card.grouped.models.iter().filter(|scores| !scores.name.contains("scanner")) {
        for (class, of) in Class::ALL.iter().zip(&scores.per_class) {
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} | {} |",
                scores.name,
                class.id(),
                figure(of.precision),
                figure(of.recall),
                figure(of.f1),
                figure(of.auc)
            );
        }
    }
    text += &promised::tables(decision, card.clinical.picture_weight);
    text += "\n### Calibration and errors\n\nSaying a third each, always, has a Brier score of 0.67.\n\n| model | macro F1 | calibration error | Brier | confusion, rows are the truth |\n|---|---|---|---|---|\n";
    for scores in &card.grouped.models {
        let rows: Vec<String> =
            scores.confusion.iter().map(|row| row.map(|count| format!("{count:.0}")).join(" ")).collect();
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            scores.name,
            figure(scores.macro_f1),
            figure(scores.calibration_error),
            figure(scores.brier),
            rows.join(" / ")
        );
    }
    text += "\n### Parts of the people, both networks together\n\n| | knees | films | balanced accuracy | macro AUC | AUC normal against bone loss |\n|---|---|---|---|---|---|\n";
    for part in &card.grouped.subgroups {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} |",
            part.name,
            part.pictures,
            part.films,
            figure(part.balanced_accuracy),
            figure(part.macro_auc),
            figure(part.bone_loss_auc)
        );
    }
    text += "\nA part in which a class has fewer than four films is left out.\n\n## The protocol of earlier projects: file-level\n\n";
    text += &file_level(card);
    let _ = write!(
        text,
        "\n## Without a picture\n\n{}. T-score and Z-score are never inputs. Exported: {}.\n\n| | balanced accuracy | macro AUC | AUC normal against bone loss |\n|---|---|---|---|\n",
        card.clinical.protocol, card.clinical.exported
    );
    for scores in &card.clinical.models {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} |",
            scores.name,
            figure(scores.balanced_accuracy),
            figure(scores.macro_auc),
            figure(scores.bone_loss_auc)
        );
    }
    text += TREATED;
    text += &treated::summary(treated);
    text += REFUSED;
    for of in &card.gate {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} |",
            of.kind.as_ref().map_or_else(|| of.origin.clone(), |kind| format!("– {kind}")),
            of.pictures,
            told(of.refused, of.pictures),
            told(of.refused_never_seen, of.never_seen),
            counted(of.remedied),
            counted(of.misled)
        );
    }
    text += REFUSED_NOTE;
    text += &said::tables(recognition);
    text += "\n## Heat maps\n\n| model | knees | rank correlation with a map of random last layers | loss of the class while blotting out a quarter: by heat | at random |\n|---|---|---|---|---|\n";
    for of in &card.saliency {
        let _ = writeln!(
            text,
            "| {} | {} | {:.2} | {:.3} | {:.3} |",
            of.model, of.knees, of.rank_correlation_when_random, of.lost_by_heat, of.lost_at_random
        );
    }
    text
}

const REFUSED: &str = "\n## What is refused\n\n| pictures | tried | refused | refused by a gate that never saw that part of the body | right turn or inversion offered | a wrong one |\n|---|---|---|---|---|---|\n";

const REFUSED_NOTE: &str = "\nResNet18 decides what is a knee, by a head that reads its maps; what lies very far from the knees that it knows is none. \
    Each picture is judged by a head in which its own film, person or near copies had no part; of the cohort three quarters of \
    the people had no part in any. What has seen more than that: the last layers of ResNet18 were trained on most of the graded \
    knees, the distance from known knees was fitted to films, crops and graded knees, the limit of a fold to scores of heads that \
    had seen it; penalty and limit were chosen by looking at these figures, and the greatest distance because a made picture had \
    passed. Of other films the person is not known. In brackets: 95 % Wilson intervals, as if every picture were another person's. The \
    fourth column is by heads that learned from no film of that part of the body, turned or not; hand, arm and shoulder were left out \
    together. Knees changed and turned are those of every third film and of some graded and cohort knees. Files of the cohort for \
    which an inversion is offered count as wrong; those that were looked at are inverted indeed, as they were published. Three of \
    seven DXA printouts, of one bit a pixel, cannot be read and are not counted. Not tried, because no such films were at hand: knees \
    from the side, casts, children's knees, real photographs of films; knees with metal are too few to tell.\n";

/// What stands between the README's marks.
pub fn readme_part(card: &ModelCard) -> String {
    format!("{BEGIN}\n{}\n{}{END}", summary(card), file_level(card))
}

/// Whether the card names this file of weights.
fn is_of_these(card: &ModelCard, model: &str, sha256: &str) -> bool {
    card.weights.iter().any(|file| file.model == model && file.sha256 == sha256)
}

/// Writes `MODEL_CARD.md`, the same as JSON and as the page reads it, and the README's part.
pub fn write(
    card: &ModelCard,
    rounding: &Rounding,
    treated: &Treated,
    recognition: &Recognition,
    root: &Path,
) -> Result<()> {
    ensure!(
        card.weights.iter().any(|file| file.sha256 == rounding.into),
        "the weights were exported anew since they were rounded: `cargo run -p train -- round` rounds them"
    );
    for of in &treated.networks {
        ensure!(
            is_of_these(card, &of.model, &of.sha256),
            "treated.json is of another {}: run `cargo run -p train -- treated --data FOLDER` again",
            of.model
        );
    }
    ensure!(
        is_of_these(card, GATEKEEPER.id(), &recognition.sha256),
        "recognition.json is of other weights: run `cargo run -p train -- recognition --data FOLDER` again"
    );
    fs::write(root.join("MODEL_CARD.md"), model_card(card, rounding, treated, recognition))?;
    fs::write(root.join("weights/model_card.json"), serde_json::to_string_pretty(card)? + "\n")?;
    fs::write(root.join("weights/model_card.bin"), postcard::to_allocvec(&document(card))?)?;
    let path = root.join("README.md");
    let readme = fs::read_to_string(&path)?;
    let (before, rest) = readme.split_once(BEGIN).context("README.md has no mark where the scores begin")?;
    let (_, after) = rest.split_once(END).context("README.md has no mark where the scores end")?;
    fs::write(path, format!("{before}{}{after}", readme_part(card)))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model_id::ModelId;
    use crate::recognition::recognised::Origin;
    use crate::{evaluate, shipped};
    use analysis::manifest::{Manifest, sha256_hex};
    use statistics::document::Block;
    use statistics::record::Refused;

    /// README, model card, its JSON and the manifest say what the committed predictions give, and
    /// the card belongs to the committed weights.
    #[test]
    fn every_published_figure_comes_from_the_saved_predictions() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let saved = evaluate::Saved::read(&root.join("crates/train/predictions")).expect("committed");
        let hashes = shipped::hashes(&root.join("weights")).expect("the manifest is sound");
        for WeightFile { model: id, sha256 } in &hashes {
            let bytes = fs::read(root.join("weights").join(format!("{id}.weights"))).expect("committed");
            assert_eq!(sha256, &sha256_hex(&bytes), "the manifest is of another {id}");
        }
        let card = saved.card(hashes);
        let again = "run `cargo run -p train -- evaluate`";
        let text = |file: &str| fs::read_to_string(root.join(file)).expect("committed");
        assert!(text("README.md").contains(&readme_part(&card)), "README.md: {again}");
        let written = model_card(&card, &saved.rounding, &saved.treated, &saved.recognition);
        assert_eq!(text("MODEL_CARD.md"), written, "MODEL_CARD.md: {again}");
        for of in &saved.treated.networks {
            assert!(is_of_these(&card, &of.model, &of.sha256), "what is said of treated people is of other weights");
        }
        assert!(is_of_these(&card, "resnet18", &saved.rounding.into), "the record of rounding is of other weights");
        let gatekeeper = &saved.recognition.sha256;
        assert!(is_of_these(&card, GATEKEEPER.id(), gatekeeper), "the record of recognition is of other weights");
        let json: ModelCard = serde_json::from_str(&text("weights/model_card.json")).expect("sound");
        assert_eq!(json, card, "weights/model_card.json: {again}");
        let bytes = fs::read(root.join("weights/model_card.bin")).expect("committed");
        let of_page: Vec<Block> = postcard::from_bytes(&bytes).expect("sound");
        assert_eq!(of_page, document(&card), "weights/model_card.bin: {again}");

        let manifest = Manifest::parse(text("weights/manifest.json").as_bytes()).expect("sound");
        let calibration = saved.calibration();
        assert_eq!(manifest.operating_point, calibration.operating_point, "weights/manifest.json: {again}");
        assert_eq!(manifest.promises, calibration.promises, "weights/manifest.json: {again}");
        for (written, found) in manifest.frequencies.iter().zip(calibration.frequencies) {
            assert!((written - found).abs() < 1e-6, "weights/manifest.json: {again}");
        }
        assert_eq!(manifest.clinical, calibration.clinical, "weights/manifest.json: {again}");
        for (entry, model) in manifest.models.iter().zip(ModelId::ALL) {
            assert_eq!(entry.id, model.id());
            assert!((entry.temperature - calibration.temperatures[model as usize]).abs() < 1e-6);
            assert!((entry.gate_limit - calibration.gate_limits[model as usize]).abs() < 1e-6);
            let head = (model == GATEKEEPER).then_some(&calibration.knee_head);
            assert_eq!(entry.knee_head.as_ref(), head, "weights/manifest.json: {again}");
            let sides = (model == GATEKEEPER).then_some(&calibration.side_head);
            assert_eq!(entry.side_head.as_ref(), sides, "weights/manifest.json: {again}");
            let parts = if model == GATEKEEPER { &calibration.body_parts[..] } else { &[] };
            assert!(entry.body_parts == parts, "weights/manifest.json: {again}");
        }
    }

    /// What the gate is for, on the pictures it was tried on.
    #[test]
    fn the_gate_refuses_what_is_no_knee_and_lets_knees_through() {
        const MOST_KNEES_REFUSED: f64 = 0.03;
        const FEWEST_OTHERS_REFUSED: f64 = 0.97;
        const FEWEST_NEVER_SEEN_REFUSED: f64 = 0.9;
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let json = fs::read(root.join("weights/model_card.json")).expect("committed");
        let card: ModelCard = serde_json::from_slice(&json).expect("sound");
        // Single kinds are too few, changed knees are reported as they are.
        let rows: Vec<&Refused> =
            card.gate.iter().filter(|of| of.kind.is_none() && of.origin != Origin::Changed.name()).collect();
        assert!(rows.len() > 8);
        for of in rows {
            let share = of.refused as f64 / of.pictures as f64;
            let held = if of.is_knee { share <= MOST_KNEES_REFUSED } else { share >= FEWEST_OTHERS_REFUSED };
            assert!(held, "{}: {share:.3} refused", of.origin);
            let never_seen = of.refused_never_seen as f64 / of.never_seen.max(1) as f64;
            assert!(of.is_knee || of.never_seen == 0 || never_seen >= FEWEST_NEVER_SEEN_REFUSED, "{}", of.origin);
        }
    }
}
