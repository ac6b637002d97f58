//! Logits → calibrated probabilities → [`Verdict`].

use serde::{Deserialize, Serialize};

/// The classes, in order of bone loss. Thresholds after the WHO (1994): T-score −1 and −2.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// T-score −1 or above.
    Normal,
    /// T-score between −2.5 and −1.
    Osteopenia,
    /// T-score −2.5 or below.
    Osteoporosis,
}

impl Class {
    /// All classes, in order.
    pub const ALL: [Self; 3] = [Self::Normal, Self::Osteopenia, Self::Osteoporosis];

    /// The name used in manifests, on the page and in files.
    pub fn id(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Osteopenia => "osteopenia",
            Self::Osteoporosis => "osteoporosis",
        }
    }
}

/// How many classes there are.
pub const CLASSES: usize = Class::ALL.len();

/// Probability of each class, in the order of [`Class::ALL`]; they sum to 1.
pub type Probabilities = [f32; 3];

/// When an answer is given instead of "uncertain"; chosen on out-of-fold predictions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OperatingPoint {
    /// The combined probability of the leading class must reach this (0..=1).
    pub min_probability: f32,
    /// It must lead the second by this (0..=1).
    pub min_gap: f32,
    /// Whether every model must have the same leading class.
    pub models_must_agree: bool,
}

/// What the page says of a knee or a film. The order is from the least to the most serious.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Looks normal.
    Normal,
    /// The models do not know, or not together.
    Uncertain,
    /// Looks like osteopenia.
    Osteopenia,
    /// Looks like osteoporosis.
    Osteoporosis,
}

impl From<Class> for Verdict {
    fn from(class: Class) -> Self {
        match class {
            Class::Normal => Self::Normal,
            Class::Osteopenia => Self::Osteopenia,
            Class::Osteoporosis => Self::Osteoporosis,
        }
    }
}

/// Softmax of `logits / temperature` (Guo et al., "On Calibration of Modern Neural Networks",
/// 2017), put in the order of [`Class::ALL`].
///
/// `classes[i]` is the class of `logits[i]`; a temperature above 1 makes the answer less sure.
pub fn probabilities(logits: &[f32], classes: &[Class], temperature: f32) -> Probabilities {
    let highest = logits.iter().copied().fold(f32::MIN, f32::max);
    let mut ordered = [0.0; 3];
    for (logit, class) in logits.iter().zip(classes) {
        ordered[*class as usize] = ((logit - highest) / temperature).exp();
    }
    let sum: f32 = ordered.iter().sum();
    ordered.map(|weight| weight / sum)
}

/// The mean of the models' probabilities.
pub fn combined(models: &[Probabilities]) -> Probabilities {
    let mut mean = [0.0; 3];
    for model in models {
        for (sum, probability) in mean.iter_mut().zip(model) {
            *sum += probability / models.len() as f32;
        }
    }
    mean
}

/// The class with the highest probability; of equals the more serious.
pub fn leading(probabilities: &Probabilities) -> Class {
    let [normal, osteopenia, osteoporosis] = *probabilities;
    if osteoporosis >= osteopenia && osteoporosis >= normal {
        Class::Osteoporosis
    } else if osteopenia >= normal {
        Class::Osteopenia
    } else {
        Class::Normal
    }
}

/// The verdict on one knee from every model's probabilities. Never forced: no model, or models
/// that are not sure enough or not of one mind, give [`Verdict::Uncertain`].
pub fn verdict(models: &[Probabilities], rule: &OperatingPoint) -> Verdict {
    let mean = combined(models);
    let class = leading(&mean);
    let agree = models.iter().all(|model| leading(model) == class);
    let sure = mean[class as usize] >= rule.least_to_lead(&mean);
    if models.is_empty() || !sure || (rule.models_must_agree && !agree) { Verdict::Uncertain } else { class.into() }
}

impl OperatingPoint {
    /// What the leading class must reach at least to be named, given the others.
    pub fn least_to_lead(&self, probabilities: &Probabilities) -> f32 {
        let first = leading(probabilities) as usize;
        let second = (0..3).filter(|other| *other != first).map(|other| probabilities[other]).fold(0.0, f32::max);
        self.min_probability.max(second + self.min_gap)
    }
}

/// The verdict on a film: the worse of its knees.
pub fn worst(knees: impl IntoIterator<Item = Verdict>) -> Verdict {
    knees.into_iter().max().unwrap_or(Verdict::Uncertain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RULE: OperatingPoint = OperatingPoint { min_probability: 0.5, min_gap: 0.1, models_must_agree: true };

    #[test]
    fn probabilities_follow_the_manifests_order_of_classes() {
        let reversed = [Class::Osteoporosis, Class::Osteopenia, Class::Normal];
        let ordered = probabilities(&[3.0, 1.0, 0.0], &reversed, 1.0);
        assert_eq!(leading(&ordered), Class::Osteoporosis);
        assert_eq!(leading(&probabilities(&[3.0, 1.0, 0.0], &Class::ALL, 1.0)), Class::Normal);
    }

    #[test]
    fn models_that_disagree_are_uncertain() {
        assert_eq!(verdict(&[[0.9, 0.05, 0.05], [0.1, 0.1, 0.8]], &RULE), Verdict::Uncertain);
    }

    #[test]
    fn a_small_gap_is_uncertain_and_a_clear_lead_is_not() {
        assert_eq!(verdict(&[[0.48, 0.47, 0.05]], &RULE), Verdict::Uncertain);
        assert_eq!(verdict(&[[0.1, 0.7, 0.2], [0.2, 0.6, 0.2]], &RULE), Verdict::Osteopenia);
    }

    #[test]
    fn the_least_to_lead_is_the_probability_or_the_lead_whichever_is_more() {
        assert!((RULE.least_to_lead(&[0.2, 0.6, 0.2]) - 0.5).abs() < 1e-6);
        assert!((RULE.least_to_lead(&[0.48, 0.47, 0.05]) - 0.57).abs() < 1e-6);
    }

    #[test]
    fn no_model_is_uncertain() {
        assert_eq!(verdict(&[], &RULE), Verdict::Uncertain);
    }

    #[test]
    fn a_film_is_as_bad_as_its_worse_knee_and_never_coerced_to_green() {
        assert_eq!(worst([Verdict::Normal, Verdict::Osteoporosis]), Verdict::Osteoporosis);
        assert_eq!(worst([Verdict::Normal, Verdict::Uncertain]), Verdict::Uncertain);
        assert_eq!(worst([Verdict::Uncertain, Verdict::Osteopenia]), Verdict::Osteopenia);
    }

    proptest! {
        #[test]
        fn probabilities_are_a_distribution(
            a in -50.0f32..50.0, b in -50.0f32..50.0, c in -50.0f32..50.0, temperature in 0.2f32..5.0,
        ) {
            let all = probabilities(&[a, b, c], &Class::ALL, temperature);
            prop_assert!(all.iter().all(|value| (0.0..=1.0).contains(value)));
            prop_assert!((all.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        }
    }
}
