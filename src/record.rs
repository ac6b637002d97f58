//! How a model was trained and what it scores: written by the trainer, shown by the page.

use serde::{Deserialize, Serialize};

/// A figure with its 95 % bootstrap interval over groups.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The figure on all groups.
    pub value: f64,
    /// 2.5th percentile of the resampled figures.
    pub low: f64,
    /// 97.5th percentile.
    pub high: f64,
}

/// What a set of out-of-fold predictions scores.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// How the data were split: `grouped 5-fold` and the like.
    pub protocol: String,
    /// Knees judged.
    pub knees: usize,
    /// Films they come from; no film is on both sides of a split.
    pub groups: usize,
    /// Share of knees whose leading class is right.
    pub accuracy: Estimate,
    /// Mean of the three classes' recalls; 1/3 is chance.
    pub balanced_accuracy: Estimate,
    /// Mean of the three one-against-rest areas under the ROC curve; 0.5 is chance.
    pub macro_auc: Estimate,
    /// Area under the ROC curve of normal against the other two.
    pub bone_loss_auc: Estimate,
    /// `confusion[truth][leading]`, counts of knees.
    pub confusion: [[usize; 3]; 3],
    /// Share of films for which a verdict other than "uncertain" is given; only for the models
    /// together, at the operating point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage: Option<Estimate>,
    /// Share of those films whose verdict is right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy_when_sure: Option<Estimate>,
}

/// What is reached without the picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Baselines {
    /// Accuracy of always saying the most frequent class.
    pub majority_accuracy: Estimate,
    /// Area under the ROC curve of age alone, normal against the other two.
    pub age_only_bone_loss_auc: Estimate,
    /// Mean one-against-rest area of age alone (logistic regression, grouped 5-fold).
    pub age_only_macro_auc: Estimate,
}

/// How a weight file came about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingRecord {
    /// What the weights were before training.
    pub start: String,
    /// Knee pictures trained on.
    pub knees: usize,
    /// Films they come from.
    pub groups: usize,
    /// Passes over them.
    pub epochs: usize,
    /// Seed of everything random.
    pub seed: u64,
    /// Where the labels come from.
    pub labels: String,
}
