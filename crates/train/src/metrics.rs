//! Scores of predictions and their intervals.

use std::collections::BTreeMap;

use osteolens::prediction::{self, Class, OperatingPoint, Probabilities, Verdict};
use osteolens::record::{Estimate, Scores};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Resamplings behind each interval.
const RESAMPLINGS: usize = 1000;

/// One knee: what is true, and what each model says.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The film.
    pub group: String,
    /// By ultrasound T-score.
    pub class: Class,
    /// Calibrated, one per model.
    pub models: Vec<Probabilities>,
}

impl Judgement {
    fn combined(&self) -> Probabilities {
        prediction::combined(&self.models)
    }
}

/// Every score of a set of judgements; coverage only with an operating point.
pub fn scores(protocol: &str, judgements: &[Judgement], rule: Option<&OperatingPoint>) -> Scores {
    let mut confusion = [[0; 3]; 3];
    for judgement in judgements {
        confusion[judgement.class as usize][prediction::leading(&judgement.combined()) as usize] += 1;
    }
    Scores {
        protocol: protocol.to_owned(),
        knees: judgements.len(),
        groups: by_group(judgements).len(),
        accuracy: estimate(judgements, accuracy),
        balanced_accuracy: estimate(judgements, balanced_accuracy),
        macro_auc: estimate(judgements, macro_auc),
        bone_loss_auc: estimate(judgements, bone_loss_auc),
        confusion,
        coverage: rule.map(|rule| estimate(judgements, |some| coverage(some, rule))),
        // Of no verdicts at all there is no share that is right.
        accuracy_when_sure: rule
            .filter(|rule| coverage(judgements, rule) > 0.0)
            .map(|rule| estimate(judgements, |some| accuracy_when_sure(some, rule))),
    }
}

/// A figure with its interval: whole groups are drawn with replacement, since knees of one film
/// are alike. Draws on which the figure has no value (a class is missing) are left out.
pub fn estimate(judgements: &[Judgement], figure: impl Fn(&[Judgement]) -> f64) -> Estimate {
    let groups: Vec<Vec<Judgement>> = by_group(judgements).into_values().collect();
    let mut random = StdRng::seed_from_u64(1);
    let mut drawn: Vec<f64> = (0..RESAMPLINGS)
        .map(|_| {
            let sample: Vec<Judgement> =
                (0..groups.len()).flat_map(|_| groups[random.random_range(0..groups.len())].clone()).collect();
            figure(&sample)
        })
        .filter(|value| value.is_finite())
        .collect();
    drawn.sort_by(f64::total_cmp);
    let percentile = |share: f64| drawn.get((share * (drawn.len().saturating_sub(1)) as f64).round() as usize);
    let value = figure(judgements);
    Estimate {
        value: rounded(value),
        low: rounded(percentile(0.025).copied().unwrap_or(value)),
        high: rounded(percentile(0.975).copied().unwrap_or(value)),
    }
}

/// Four digits: more than the interval deserves, and the same on every machine.
fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

fn by_group(judgements: &[Judgement]) -> BTreeMap<String, Vec<Judgement>> {
    let mut groups = BTreeMap::<String, Vec<Judgement>>::new();
    for judgement in judgements {
        groups.entry(judgement.group.clone()).or_default().push(judgement.clone());
    }
    groups
}

/// Share of knees whose leading class is right.
pub fn accuracy(judgements: &[Judgement]) -> f64 {
    let right = judgements.iter().filter(|one| prediction::leading(&one.combined()) == one.class).count();
    right as f64 / judgements.len() as f64
}

/// Share of knees of the most frequent class.
pub fn majority(judgements: &[Judgement]) -> f64 {
    let count = |class| judgements.iter().filter(|one| one.class == class).count();
    Class::ALL.map(count).into_iter().max().unwrap_or(0) as f64 / judgements.len() as f64
}

fn balanced_accuracy(judgements: &[Judgement]) -> f64 {
    let recall = |class| {
        let of_class: Vec<Judgement> = judgements.iter().filter(|one| one.class == class).cloned().collect();
        accuracy(&of_class)
    };
    Class::ALL.map(recall).iter().sum::<f64>() / 3.0
}

/// Mean of the three one-against-rest areas.
pub fn macro_auc(judgements: &[Judgement]) -> f64 {
    let one_against_rest = |class: Class| {
        let pairs: Vec<(f64, bool)> =
            judgements.iter().map(|one| (f64::from(one.combined()[class as usize]), one.class == class)).collect();
        auc(&pairs)
    };
    Class::ALL.map(one_against_rest).iter().sum::<f64>() / 3.0
}

fn bone_loss_auc(judgements: &[Judgement]) -> f64 {
    let pair = |one: &Judgement| (f64::from(-one.combined()[0]), one.class != Class::Normal);
    auc(&judgements.iter().map(pair).collect::<Vec<_>>())
}

fn verdict_of(judgement: &Judgement, rule: &OperatingPoint) -> Verdict {
    prediction::verdict(&judgement.models, rule)
}

/// Share of knees for which a verdict other than "uncertain" is given.
pub fn coverage(judgements: &[Judgement], rule: &OperatingPoint) -> f64 {
    let sure = judgements.iter().filter(|one| verdict_of(one, rule) != Verdict::Uncertain).count();
    sure as f64 / judgements.len() as f64
}

/// Share of these whose verdict is right.
pub fn accuracy_when_sure(judgements: &[Judgement], rule: &OperatingPoint) -> f64 {
    let sure: Vec<&Judgement> = judgements.iter().filter(|one| verdict_of(one, rule) != Verdict::Uncertain).collect();
    let right = sure.iter().filter(|one| verdict_of(one, rule) == one.class.into()).count();
    right as f64 / sure.len() as f64
}

/// Area under the ROC curve by ranks (Mann and Whitney, 1947); equal scores count half. Not a
/// number when one side is empty.
pub fn auc(pairs: &[(f64, bool)]) -> f64 {
    let mut sorted = pairs.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut rank_sum = 0.0;
    let mut at = 0;
    while at < sorted.len() {
        let end = at + sorted[at..].iter().take_while(|pair| pair.0 <= sorted[at].0).count();
        let rank = (at + 1 + end) as f64 / 2.0;
        rank_sum += rank * sorted[at..end].iter().filter(|pair| pair.1).count() as f64;
        at = end;
    }
    let positives = pairs.iter().filter(|pair| pair.1).count() as f64;
    let negatives = pairs.len() as f64 - positives;
    (rank_sum - positives * (positives + 1.0) / 2.0) / (positives * negatives)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auc_counts_pairs_in_order_and_half_of_ties() {
        // Of the 2 × 3 pairs: 0.8 beats all three, 0.4 beats one, ties one, loses one.
        let pairs = [(0.8, true), (0.4, true), (0.1, false), (0.4, false), (0.5, false)];
        assert!((auc(&pairs) - 4.5 / 6.0).abs() < 1e-12);
    }

    #[test]
    fn a_perfect_judge_scores_one_with_a_tight_interval() {
        let judgements: Vec<Judgement> = (0..60)
            .map(|at| {
                let class = Class::ALL[at % 3];
                let mut probabilities = [0.1; 3];
                probabilities[class as usize] = 0.8;
                Judgement { group: format!("G{at}"), class, models: vec![probabilities] }
            })
            .collect();
        let scores = scores("test", &judgements, None);
        for estimate in [scores.accuracy, scores.balanced_accuracy, scores.macro_auc, scores.bone_loss_auc] {
            assert!((estimate.value - 1.0).abs() < 1e-9 && (estimate.low - 1.0).abs() < 1e-9);
        }
        assert_eq!(scores.confusion, [[20, 0, 0], [0, 20, 0], [0, 0, 20]]);
    }
}
