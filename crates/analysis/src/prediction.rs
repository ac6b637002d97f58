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

/// When a class is named instead of "uncertain", from the picture alone; chosen on out-of-fold predictions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OperatingPoint {
    /// What the combined probability (0..=1) of each class must reach when it leads, in the order of [`Class::ALL`]; none
    /// for a class whose [`Promise`](crate::promises::Promise) is not kept: it is never named.
    pub least: [Option<f32>; 3],
}

/// What the page says of a knee or a film. The order is from the least to the most serious.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Looks normal.
    Normal,
    /// No class is named. By the picture: the leading class misses its threshold or has none, or the knee is not known.
    /// With the age: none or several classes stay possible, or the only one keeps no promise.
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

/// The verdict on one knee from every model's probabilities. Never forced: no model, or models that are not sure enough,
/// give [`Verdict::Uncertain`].
pub fn verdict(models: &[Probabilities], rule: &OperatingPoint) -> Verdict {
    let mean = combined(models);
    match rule.least_to_lead(&mean) {
        Some(least) if !models.is_empty() && mean[leading(&mean) as usize] >= least => leading(&mean).into(),
        _ => Verdict::Uncertain,
    }
}

impl OperatingPoint {
    /// What the leading class must reach at least to be named; none when it never is.
    pub fn least_to_lead(&self, probabilities: &Probabilities) -> Option<f32> {
        let first = leading(probabilities) as usize;
        let second = (0..3).filter(|other| *other != first).map(|other| probabilities[other]).fold(0.0, f32::max);
        self.least[first].map(|least| least.max(second))
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

    /// Green is never shown.
    const RULE: OperatingPoint = OperatingPoint { least: [None, Some(0.5), Some(0.4)] };

    #[test]
    fn probabilities_follow_the_manifests_order_of_classes() {
        let reversed = [Class::Osteoporosis, Class::Osteopenia, Class::Normal];
        let ordered = probabilities(&[3.0, 1.0, 0.0], &reversed, 1.0);
        assert_eq!(leading(&ordered), Class::Osteoporosis);
        assert_eq!(leading(&probabilities(&[3.0, 1.0, 0.0], &Class::ALL, 1.0)), Class::Normal);
    }

    #[test]
    fn a_class_is_named_when_it_leads_and_is_probable_enough() {
        assert_eq!(verdict(&[[0.1, 0.7, 0.2], [0.2, 0.6, 0.2]], &RULE), Verdict::Osteopenia);
        assert_eq!(verdict(&[[0.28, 0.47, 0.25]], &RULE), Verdict::Uncertain);
        assert_eq!(verdict(&[[0.3, 0.28, 0.42]], &RULE), Verdict::Osteoporosis);
        assert_eq!(verdict(&[[0.05, 0.5, 0.45]], &RULE), Verdict::Osteopenia, "osteoporosis does not lead");
    }

    #[test]
    fn a_class_without_a_promise_is_never_named() {
        assert_eq!(verdict(&[[0.98, 0.01, 0.01]], &RULE), Verdict::Uncertain);
        assert_eq!(RULE.least_to_lead(&[0.98, 0.01, 0.01]), None);
    }

    #[test]
    fn the_least_to_lead_is_that_of_the_class_or_the_second_whichever_is_more() {
        assert_eq!(RULE.least_to_lead(&[0.2, 0.6, 0.2]), Some(0.5));
        assert_eq!(RULE.least_to_lead(&[0.02, 0.48, 0.5]), Some(0.48));
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
