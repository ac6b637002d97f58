//! Scores of predictions and their intervals.

use std::collections::BTreeMap;

use osteolens::prediction::{self, Class, OperatingPoint, Probabilities, Verdict};
use osteolens::record::{ClassScores, Estimate, ReliabilityBin, Scores};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rayon::prelude::*;

/// Resamplings behind each interval.
const RESAMPLINGS: u64 = 1000;
/// Bins of the calibration error.
const BINS: usize = 10;

/// One picture: what is true, and what each model says.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The film.
    pub group: String,
    /// The truth.
    pub class: Class,
    /// Which repeat of the cross-validation.
    pub repeat: usize,
    /// Calibrated, one per model.
    pub models: Vec<Probabilities>,
    /// Their mean.
    pub combined: Probabilities,
}

impl Judgement {
    /// From what each model says.
    pub fn new(group: &str, class: Class, repeat: usize, models: Vec<Probabilities>) -> Self {
        Self { group: group.to_owned(), class, repeat, combined: prediction::combined(&models), models }
    }

    fn leading(&self) -> Class {
        prediction::leading(&self.combined)
    }
}

/// Every score of a set of judgements.
pub fn scores(name: &str, judgements: &[Judgement]) -> Scores {
    let all: Vec<&Judgement> = judgements.iter().collect();
    let repeats = repeats(judgements);
    let [accuracy, balanced_accuracy, macro_f1, macro_auc, bone_loss_auc, calibration_error, brier] =
        estimates(judgements, |some| {
            let classes = Class::ALL.map(|class| class_figures(some, class));
            let mean = |figure: usize| classes.iter().map(|of| of[figure]).sum::<f64>() / 3.0;
            [accuracy(some), mean(1), mean(2), mean(3), bone_loss_auc(some), calibration_error(some), brier(some)]
        });
    let per_class = Class::ALL.map(|class| {
        let [precision, recall, f1, auc] = estimates(judgements, |some| class_figures(some, class));
        ClassScores { precision, recall, f1, auc }
    });
    let mut confusion = [[0.0; 3]; 3];
    for one in &all {
        confusion[one.class as usize][one.leading() as usize] += 1.0 / repeats as f64;
    }
    Scores {
        name: name.to_owned(),
        pictures: judgements.len() / repeats,
        films: by_group(judgements).len(),
        repeats,
        accuracy,
        balanced_accuracy,
        macro_f1,
        macro_auc,
        bone_loss_auc,
        calibration_error,
        brier,
        per_class,
        confusion: confusion.map(|row| row.map(rounded)),
        reliability: reliability(&all)
            .into_iter()
            .map(|bin| ReliabilityBin { pictures: rounded(bin.pictures / repeats as f64), ..bin })
            .collect(),
    }
}

/// Figures with their intervals: whole films are drawn with replacement, since knees of one film
/// are alike, and with a film all its repeats; a figure is the mean over the repeats. Draws on
/// which a figure has no value (a class is missing) are left out.
pub fn estimates<const N: usize>(
    judgements: &[Judgement],
    figures: impl Fn(&[&Judgement]) -> [f64; N] + Sync,
) -> [Estimate; N] {
    let groups: Vec<Vec<&Judgement>> = by_group(judgements).into_values().collect();
    let repeats = repeats(judgements);
    let over_repeats = |sample: &[&Vec<&Judgement>]| -> [f64; N] {
        let mut mean = [0.0; N];
        for repeat in 0..repeats {
            let some: Vec<&Judgement> =
                sample.iter().flat_map(|group| group.iter().filter(|one| one.repeat == repeat).copied()).collect();
            for (sum, figure) in mean.iter_mut().zip(figures(&some)) {
                *sum += figure / repeats as f64;
            }
        }
        mean
    };
    let drawn: Vec<[f64; N]> = (0..RESAMPLINGS)
        .into_par_iter()
        .map(|seed| {
            let mut random = StdRng::seed_from_u64(seed);
            let sample: Vec<&Vec<&Judgement>> =
                (0..groups.len()).map(|_| &groups[random.random_range(0..groups.len())]).collect();
            over_repeats(&sample)
        })
        .collect();
    let values = over_repeats(&groups.iter().collect::<Vec<_>>());
    std::array::from_fn(|at| {
        let mut drawn: Vec<f64> = drawn.iter().map(|figures| figures[at]).filter(|value| value.is_finite()).collect();
        drawn.sort_by(f64::total_cmp);
        let percentile = |share: f64| drawn.get((share * (drawn.len().saturating_sub(1)) as f64).round() as usize);
        // Of nothing there is no figure: nought, with the widest interval.
        let value = if values[at].is_finite() { values[at] } else { 0.0 };
        Estimate {
            value: rounded(value),
            low: rounded(percentile(0.025).copied().unwrap_or(0.0)),
            high: rounded(percentile(0.975).copied().unwrap_or(1.0)),
        }
    })
}

/// Four digits: more than the interval deserves, and the same on every machine.
fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

fn repeats(judgements: &[Judgement]) -> usize {
    judgements.iter().map(|one| one.repeat + 1).max().unwrap_or(1)
}

fn by_group(judgements: &[Judgement]) -> BTreeMap<&str, Vec<&Judgement>> {
    let mut groups = BTreeMap::<&str, Vec<&Judgement>>::new();
    for judgement in judgements {
        groups.entry(&judgement.group).or_default().push(judgement);
    }
    groups
}

/// Share of pictures that pass.
pub fn share(some: &[&Judgement], passes: impl Fn(&Judgement) -> bool) -> f64 {
    some.iter().filter(|one| passes(one)).count() as f64 / some.len() as f64
}

/// Of the pictures that are `of`, the share that passes.
pub fn share_of(some: &[&Judgement], of: impl Fn(&Judgement) -> bool, passes: impl Fn(&Judgement) -> bool) -> f64 {
    share(&some.iter().filter(|one| of(one)).copied().collect::<Vec<_>>(), passes)
}

/// Share of pictures whose leading class is right.
fn accuracy(some: &[&Judgement]) -> f64 {
    share(some, |one| one.leading() == one.class)
}

/// Share of pictures of the most frequent class.
pub fn majority(some: &[&Judgement]) -> f64 {
    Class::ALL.map(|class| share(some, |one| one.class == class)).into_iter().fold(0.0, f64::max)
}

/// Precision, recall, F1 and area under the ROC curve. A class that is never called has precision
/// and F1 of nought.
fn class_figures(some: &[&Judgement], class: Class) -> [f64; 4] {
    let called = some.iter().filter(|one| one.leading() == class).count();
    let precision =
        if called == 0 { 0.0 } else { share_of(some, |one| one.leading() == class, |one| one.class == class) };
    let recall = share_of(some, |one| one.class == class, |one| one.leading() == class);
    let f1 = if precision + recall == 0.0 { 0.0 } else { 2.0 * precision * recall / (precision + recall) };
    let pairs: Vec<(f64, bool)> =
        some.iter().map(|one| (f64::from(one.combined[class as usize]), one.class == class)).collect();
    [precision, recall, f1, auc(&pairs)]
}

fn bone_loss_auc(some: &[&Judgement]) -> f64 {
    let pair = |one: &&Judgement| (f64::from(-one.combined[0]), one.class != Class::Normal);
    auc(&some.iter().map(pair).collect::<Vec<_>>())
}

/// Weights under which each class counts alike, mean 1.
fn class_weights(some: &[&Judgement]) -> [f64; 3] {
    Class::ALL.map(|class| {
        let count = some.iter().filter(|one| one.class == class).count();
        some.len() as f64 / (3 * count.max(1)) as f64
    })
}

fn brier(some: &[&Judgement]) -> f64 {
    let weights = class_weights(some);
    let of = |one: &&Judgement| {
        let misses = Class::ALL.map(|class| {
            let truth = f64::from(u8::from(class == one.class));
            (f64::from(one.combined[class as usize]) - truth).powi(2)
        });
        weights[one.class as usize] * misses.iter().sum::<f64>()
    };
    some.iter().map(of).sum::<f64>() / some.len() as f64
}

fn reliability(some: &[&Judgement]) -> Vec<ReliabilityBin> {
    let weights = class_weights(some);
    let mut bins = [(0.0, 0.0, 0.0, 0.0); BINS];
    for one in some {
        let said = f64::from(one.combined[one.leading() as usize]);
        let weight = weights[one.class as usize];
        let bin = &mut bins[((said * BINS as f64) as usize).min(BINS - 1)];
        bin.0 += weight * said;
        bin.1 += weight * f64::from(u8::from(one.leading() == one.class));
        bin.2 += weight;
        bin.3 += 1.0;
    }
    bins.into_iter()
        .filter(|bin| bin.3 > 0.0)
        .map(|(said, right, weight, pictures)| ReliabilityBin {
            said: rounded(said / weight),
            right: rounded(right / weight),
            pictures,
        })
        .collect()
}

fn calibration_error(some: &[&Judgement]) -> f64 {
    let bins = reliability(some);
    let of = |bin: &ReliabilityBin| (bin.said - bin.right).abs() * bin.pictures;
    bins.iter().map(of).sum::<f64>() / some.len() as f64
}

/// The verdict under an operating point.
pub fn verdict(judgement: &Judgement, rule: &OperatingPoint) -> Verdict {
    prediction::verdict(&judgement.models, rule)
}

/// Share of pictures with a verdict other than "uncertain".
pub fn coverage(some: &[&Judgement], rule: &OperatingPoint) -> f64 {
    share(some, |one| verdict(one, rule) != Verdict::Uncertain)
}

/// Share of these whose verdict is right.
pub fn accuracy_when_sure(some: &[&Judgement], rule: &OperatingPoint) -> f64 {
    share_of(some, |one| verdict(one, rule) != Verdict::Uncertain, |one| verdict(one, rule) == one.class.into())
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
                Judgement::new(&format!("G{at}"), class, 0, vec![probabilities])
            })
            .collect();
        let scores = scores("test", &judgements);
        for estimate in
            [scores.accuracy, scores.balanced_accuracy, scores.macro_f1, scores.macro_auc, scores.bone_loss_auc]
        {
            assert!((estimate.value - 1.0).abs() < 1e-9 && (estimate.low - 1.0).abs() < 1e-9);
        }
        assert_eq!(scores.confusion, [[20.0, 0.0, 0.0], [0.0, 20.0, 0.0], [0.0, 0.0, 20.0]]);
        // Said 0.8, right always: off by 0.2. Brier: 0.2² + 2·0.1².
        assert!((scores.calibration_error.value - 0.2).abs() < 1e-6, "{:?}", scores.calibration_error);
        assert!((scores.brier.value - 0.06).abs() < 1e-6, "{:?}", scores.brier);
    }

    #[test]
    fn a_figure_is_the_mean_of_its_repeats() {
        let said = |right: bool| if right { [0.8, 0.1, 0.1] } else { [0.1, 0.1, 0.8] };
        let judgements: Vec<Judgement> = (0..20)
            .map(|at| Judgement::new(&format!("G{}", at / 2), Class::Normal, at % 2, vec![said(at % 2 == 0)]))
            .collect();
        let [accuracy] = estimates(&judgements, |some| [accuracy(some)]);
        assert!((accuracy.value - 0.5).abs() < 1e-9);
    }
}
