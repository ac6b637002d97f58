//! `rounding.json`: what rounding the weights has changed.

use analysis::findings::KneeResult;
use analysis::manifest::ModelEntry;
use analysis::prediction::{self, Probabilities};
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::answers::Answer;

/// What rounding has changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rounding {
    /// SHA-256 of the weights before.
    pub from: String,
    /// And after.
    pub into: String,
    /// Pictures that were answered with both; every answer is the same.
    pub pictures: usize,
    /// Knees on them that were judged.
    pub knees: usize,
    /// The largest logit, less the mean of its knee's three.
    pub largest_logit: f32,
    /// How far any of them moved.
    pub moved: f32,
    /// Knees of which ResNet18 still finds the same class the most probable.
    pub same_leading: usize,
}

impl Rounding {
    /// Takes the logits of a picture in; whether both answers are the same.
    pub fn compare(&mut self, before: &Answer, after: &Answer, entry: &ModelEntry) -> Result<bool> {
        if let (Answer::Judged(before), Answer::Judged(after)) = (before, after) {
            self.knees += before.len();
            for (before, after) in before.iter().zip(after) {
                let (before, after) = (logits(before, entry)?, logits(after, entry)?);
                self.same_leading += usize::from(prediction::leading(&before) == prediction::leading(&after));
                for (before, after) in before.iter().zip(after) {
                    ensure!(before.is_finite() && after.is_finite(), "a probability is nought");
                    self.largest_logit = self.largest_logit.max(before.abs());
                    self.moved = self.moved.max((before - after).abs());
                }
            }
        }
        Ok(before.agrees_with(after))
    }
}

/// Less their mean, from calibrated probabilities.
fn logits(knee: &KneeResult, entry: &ModelEntry) -> Result<Probabilities> {
    let (_, probabilities) = knee.models.iter().find(|(id, _)| *id == entry.id).context("every model judges")?;
    let logs = probabilities.map(|probability| entry.temperature * probability.ln());
    let mean = logs.iter().sum::<f32>() / logs.len() as f32;
    Ok(logs.map(|log| log - mean))
}
