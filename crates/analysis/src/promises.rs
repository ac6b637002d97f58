//! What a verdict is worth: of people with the same verdict, whom the models had not seen, how many had what.

use serde::{Deserialize, Serialize};

use crate::prediction::{Class, Probabilities, Verdict};

/// A figure with its 95 % interval: a share (0..=1), or a likelihood ratio ([`Promise::osteoporosis_ratio`]).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// The figure.
    pub value: f32,
    /// Lower end.
    pub low: f32,
    /// Upper end.
    pub high: f32,
}

/// What a verdict promises: how often it was right on held-out people, and how many of those had osteoporosis.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Promise {
    /// Of those with the verdict, the share that is of its class.
    pub right: Share,
    /// Of those with the verdict, the share with osteoporosis.
    pub osteoporosis: Share,
    /// How many times as often the verdict is given to people with osteoporosis as to others: the likelihood ratio, at
    /// least 0.
    pub osteoporosis_ratio: Share,
}

impl Promise {
    /// Of those with the verdict, the share with osteoporosis where `prevalence` (0..=1) of those who come have it: Bayes' rule,
    /// as long as the verdict finds as many of those who have it there, and of those who have not.
    pub fn osteoporosis_where(&self, prevalence: f32) -> Share {
        let of = |ratio: f32| {
            let odds = ratio * prevalence / (1.0 - prevalence).max(f32::EPSILON);
            odds / (1.0 + odds)
        };
        let Share { value, low, high } = self.osteoporosis_ratio;
        Share { value: of(value), low: of(low), high: of(high) }
    }
}

/// The verdicts that come from one kind of evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Promises {
    /// In the order of [`Class::ALL`]; none if the class is no more frequent with this verdict than
    /// overall.
    pub of: [Option<Promise>; 3],
    /// Share (0..=1) of people who get a colour.
    pub coverage: f32,
}

impl Promises {
    /// The verdict that names a class, if it keeps its promise.
    pub fn verdict(&self, class: Option<Class>) -> Verdict {
        class.filter(|class| self.of[*class as usize].is_some()).map_or(Verdict::Uncertain, Verdict::from)
    }

    /// Of a verdict; none of "uncertain".
    pub fn of_verdict(&self, verdict: Verdict) -> Option<Promise> {
        Class::ALL.into_iter().find(|class| Verdict::from(*class) == verdict).and_then(|class| self.of[class as usize])
    }
}

/// Which classes stay possible: class-conditional conformal prediction (Vovk, Gammerman and Shafer, "Algorithmic Learning in
/// a Random World", 2005, section 4.5). For 80 % or 90 % of the people of each class the true one is possible.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conformal {
    /// Least probability at which a class stays possible, in the order of [`Class::ALL`].
    pub least_80: Probabilities,
    /// The same.
    pub least_90: Probabilities,
}

impl Conformal {
    /// The classes that stay possible.
    pub fn possible(least: &Probabilities, probabilities: &Probabilities) -> Vec<Class> {
        Class::ALL.into_iter().filter(|class| probabilities[*class as usize] >= least[*class as usize]).collect()
    }

    /// The class that alone stays possible at 80 %.
    pub fn only(&self, probabilities: &Probabilities) -> Option<Class> {
        match Self::possible(&self.least_80, probabilities)[..] {
            [class] => Some(class),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF: Share = Share { value: 0.5, low: 0.4, high: 0.6 };

    #[test]
    fn a_verdict_is_worth_less_where_osteoporosis_is_rarer() {
        let ratio = Share { value: 4.0, low: 2.0, high: 8.0 };
        let promise = Promise { right: HALF, osteoporosis: HALF, osteoporosis_ratio: ratio };
        // Odds of 1/4 become 1; odds of 1/9 become 4/9, that is 4 of 13.
        assert!((promise.osteoporosis_where(0.2).value - 0.5).abs() < 1e-6);
        let rarer = promise.osteoporosis_where(0.1);
        assert!((rarer.value - 4.0 / 13.0).abs() < 1e-5, "{rarer:?}");
        assert!(rarer.low < rarer.value && rarer.value < rarer.high);
        let never = Promise { osteoporosis_ratio: Share { value: 0.0, low: 0.0, high: 0.5 }, ..promise };
        assert!(never.osteoporosis_where(0.4).value.abs() < 1e-9);
    }

    #[test]
    fn a_colour_needs_one_class_that_stays_possible_and_a_promise() {
        let promise = Promise { right: HALF, osteoporosis: HALF, osteoporosis_ratio: HALF };
        let promises = Promises { of: [None, Some(promise), Some(promise)], coverage: 0.5 };
        let sets = Conformal { least_80: [0.4, 0.4, 0.4], least_90: [0.2, 0.2, 0.2] };
        let verdict = |probabilities| promises.verdict(sets.only(&probabilities));
        assert_eq!(verdict([0.1, 0.2, 0.7]), Verdict::Osteoporosis);
        assert_eq!(verdict([0.0, 0.5, 0.5]), Verdict::Uncertain, "two stay possible");
        assert_eq!(verdict([0.3, 0.35, 0.35]), Verdict::Uncertain, "none does");
        assert_eq!(verdict([0.8, 0.1, 0.1]), Verdict::Uncertain, "green promises nothing");
        assert_eq!(Conformal::possible(&sets.least_90, &[0.1, 0.2, 0.7]), [Class::Osteopenia, Class::Osteoporosis]);
        assert_eq!(promises.of_verdict(Verdict::Uncertain), None);
    }
}
