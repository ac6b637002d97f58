//! What the models score: the trainer writes it, the page shows it.

use analysis::prediction::{Class, OperatingPoint};
use serde::{Deserialize, Serialize};

use crate::bootstrap::Estimate;

/// How one class is told from the other two.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassScores {
    /// Of those predicted to be of this class, the share that is.
    pub precision: Estimate,
    /// Of this class, the share predicted so: its sensitivity.
    pub recall: Estimate,
    /// Harmonic mean of the two.
    pub f1: Estimate,
    /// Area under the ROC curve against the other two; 0.5 is chance.
    pub auc: Estimate,
}

/// What a set of predictions on unseen pictures scores.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Whose: a model's id, `combined`, a baseline.
    pub name: String,
    /// Pictures judged in each repeat.
    pub pictures: usize,
    /// Films they come from.
    pub films: usize,
    /// Repeats of the cross-validation; figures are means over them.
    pub repeats: usize,
    /// Share of pictures whose leading class is right.
    pub accuracy: Estimate,
    /// Mean of the three classes' recalls; 1/3 is chance.
    pub balanced_accuracy: Estimate,
    /// Mean of the three classes' F1.
    pub macro_f1: Estimate,
    /// Mean of the three one-against-rest areas under the ROC curve; 0.5 is chance.
    pub macro_auc: Estimate,
    /// Area under the ROC curve of normal against the other two.
    pub bone_loss_auc: Estimate,
    /// Expected calibration error (Naeini et al., 2015), ten bins, each class counting alike.
    pub calibration_error: Estimate,
    /// Brier score over three classes, 0 best and 2 worst, each class counting alike.
    pub brier: Estimate,
    /// In the order of the classes.
    pub per_class: [ClassScores; 3],
    /// `confusion[truth][leading]`, pictures per repeat.
    pub confusion: [[f64; 3]; 3],
    /// How often the leading class is right, by its predicted probability.
    pub reliability: Vec<ReliabilityBin>,
}

/// Pictures whose leading class has about the same predicted probability.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    /// Mean probability of the leading class.
    pub said: f64,
    /// Share in which it is right; each class counting alike.
    pub right: f64,
    /// Pictures per repeat.
    pub pictures: f64,
}

/// What a verdict has kept on people not seen, and whether it is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PromiseRecord {
    /// The verdict.
    pub class: Class,
    /// Share of people who get it.
    pub said: Estimate,
    /// Of people with osteoporosis, the share who get it.
    pub said_of_osteoporosis: Estimate,
    /// What it is worth; none where too few people get it to tell.
    pub worth: Option<WorthRecord>,
    /// Share of all people that is of the class.
    pub frequency: f64,
    /// Whether it is shown: the interval of the share that is right lies above the frequency.
    pub is_kept: bool,
}

/// Of people who get a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorthRecord {
    /// The share that is of the class.
    pub right: Estimate,
    /// The share with osteoporosis.
    pub osteoporosis: Estimate,
    /// How many times as often it is said of people with osteoporosis as of others.
    pub osteoporosis_ratio: Estimate,
}

/// The verdicts that come from one kind of evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PromisesRecord {
    /// Each class's, as if all were shown.
    pub verdicts: Vec<PromiseRecord>,
    /// Share of people who get a colour that is shown.
    pub coverage: Estimate,
    /// Of these, the share whose colour is right; none where no colour is shown.
    pub right: Option<Estimate>,
    /// Share of people whose class stays possible at 80 and at 90 %; of the picture alone none is told.
    pub possible: Option<[Estimate; 2]>,
}

/// What the verdicts are worth. Of whole films: the page's verdict is that on the worse knee.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// When a class is named from the picture alone.
    pub operating_point: OperatingPoint,
    /// Share of films of the most frequent class.
    pub majority: Estimate,
    /// Colours from the picture alone.
    pub by_picture: PromisesRecord,
    /// Colours once the age is known.
    pub by_age: PromisesRecord,
}

/// The numbers to believe: no film on both sides of a split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupedRecord {
    /// `grouped 5-fold, 5 repeats`
    pub protocol: String,
    /// Accuracy of always saying the most frequent class.
    pub majority_accuracy: Estimate,
    /// Each network, then both together.
    pub models: Vec<Scores>,
    /// Of both together.
    pub decision: Decision,
    /// Both together, on subgroups of the knees: by sex, age, X-ray scanner.
    pub subgroups: Vec<Scores>,
}

/// A number that an earlier project reports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reported {
    /// What.
    pub name: String,
    /// Share of test files that it says are right.
    pub accuracy: f64,
}

/// The protocol of earlier projects: files at random, copies and all. Not to be believed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileLevelRecord {
    /// `file-level`, with what it consists of.
    pub protocol: String,
    /// Share of the test files whose very copy is among the training files.
    pub copies_in_training: f64,
    /// Each network, then both together.
    pub models: Vec<Scores>,
    /// What others report under such a split.
    pub reported: Vec<Reported>,
}

/// What is told from a questionnaire, without a picture; and with one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClinicalRecord {
    /// As for [`GroupedRecord`].
    pub protocol: String,
    /// Every model tried, and the baselines; per film.
    pub models: Vec<Scores>,
    /// Which of them is exported.
    pub exported: String,
    /// How much the picture counts beside it.
    pub picture_weight: f64,
}

/// A weight file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeightFile {
    /// The model's id.
    pub model: String,
    /// SHA-256 of the file, in hexadecimal digits.
    pub sha256: String,
}

/// How many pictures of a kind are refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Refused {
    /// Where they come from.
    pub origin: String,
    /// A part of these; none for all of them.
    pub kind: Option<String>,
    /// Whether it should be judged.
    pub is_knee: bool,
    /// Pictures tried.
    pub pictures: usize,
    /// Of these, refused.
    pub refused: usize,
    /// Pictures tried with a gate that had seen nothing of their kind or source.
    pub never_seen: usize,
    /// Of these, refused.
    pub refused_never_seen: usize,
    /// Of the refused, those for which the right turn or inversion is offered; none where there is no right one.
    pub remedied: Option<usize>,
    /// Of the refused, those for which a wrong one is; none where that was not tried.
    pub misled: Option<usize>,
}

/// Whether the heat maps depend on what the network learned and point at what it uses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SaliencyRecord {
    /// A network's id.
    pub model: String,
    /// Knees looked at.
    pub knees: usize,
    /// Mean rank correlation of a map with that of a network whose last block is random
    /// (Adebayo et al., 2018).
    pub rank_correlation_when_random: f64,
    /// Mean loss of the class's score while a quarter of the knee is blotted out, hottest cells first.
    pub lost_by_heat: f64,
    /// The same in random order.
    pub lost_at_random: f64,
}

/// Everything that `evaluate` finds out; the page's model card and `MODEL_CARD.md`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelCard {
    /// Model and SHA-256 of each weight file that the figures belong to.
    pub weights: Vec<WeightFile>,
    /// The numbers to believe.
    pub grouped: GroupedRecord,
    /// The numbers others report, reproduced.
    pub file_level: FileLevelRecord,
    /// Without the picture.
    pub clinical: ClinicalRecord,
    /// The gate.
    pub gate: Vec<Refused>,
    /// The heat maps.
    pub saliency: Vec<SaliencyRecord>,
}
