//! What is true of a picture, and what models say of it.

use std::collections::BTreeMap;

use analysis::prediction::{self, Class, OperatingPoint, Probabilities, Verdict};

/// One picture: what is true, and what each model says.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The film.
    pub group: String,
    /// The truth.
    pub class: Class,
    /// Which repeat of the cross-validation, from 0.
    pub repeat: usize,
    /// Calibrated, one per model.
    pub models: Vec<Probabilities>,
    /// Their mean.
    pub combined: Probabilities,
}

impl Judgement {
    /// A judgement from what each model says.
    pub fn new(group: &str, class: Class, repeat: usize, models: Vec<Probabilities>) -> Self {
        Self { group: group.to_owned(), class, repeat, combined: prediction::combined(&models), models }
    }

    /// The class that the models together find the likeliest.
    pub fn leading(&self) -> Class {
        prediction::leading(&self.combined)
    }

    /// The verdict under an operating point.
    pub fn verdict(&self, rule: &OperatingPoint) -> Verdict {
        prediction::verdict(&self.models, rule)
    }
}

/// How many repeats there are; at least 1.
pub(crate) fn repeats(judgements: &[Judgement]) -> usize {
    judgements.iter().map(|one| one.repeat + 1).max().unwrap_or(1)
}

/// The judgements of each film.
pub(crate) fn by_group(judgements: &[Judgement]) -> BTreeMap<&str, Vec<&Judgement>> {
    let mut groups = BTreeMap::<&str, Vec<&Judgement>>::new();
    for judgement in judgements {
        groups.entry(&judgement.group).or_default().push(judgement);
    }
    groups
}
