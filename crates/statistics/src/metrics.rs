//! Scores of predictions.
//!
//! A figure of no picture at all is not a number; [`bootstrap`](crate::bootstrap) leaves it out.

use analysis::prediction::Class;

use crate::bootstrap::{estimates, rounded};
use crate::judgement::{Judgement, by_group, repeats};
use crate::record::{ClassScores, ReliabilityBin, Scores};
use crate::weighting::class_weights;

/// Bins of the calibration error.
const BINS: usize = 10;

/// Every score of a set of judgements, with intervals. Shares, areas and errors are 0..=1, but for the Brier score,
/// which reaches 2.
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

/// The share (0..=1) of pictures that pass.
pub fn share(some: &[&Judgement], passes: impl Fn(&Judgement) -> bool) -> f64 {
    some.iter().filter(|one| passes(one)).count() as f64 / some.len() as f64
}

/// Of the pictures that are `of`, the share (0..=1) that passes.
pub fn share_of(some: &[&Judgement], of: impl Fn(&Judgement) -> bool, passes: impl Fn(&Judgement) -> bool) -> f64 {
    share(&some.iter().filter(|one| of(one)).copied().collect::<Vec<_>>(), passes)
}

/// The share (0..=1) of pictures whose leading class is right.
fn accuracy(some: &[&Judgement]) -> f64 {
    share(some, |one| one.leading() == one.class)
}

/// The share (0..=1) of pictures of the most frequent class: what always naming it scores.
pub fn majority(some: &[&Judgement]) -> f64 {
    Class::ALL.map(|class| share(some, |one| one.class == class)).into_iter().fold(0.0, f64::max)
}

/// Precision, recall, F1 (van Rijsbergen, 1979) and area under the ROC curve, 0..=1 each. A class that is never predicted
/// has precision and F1 of nought.
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

/// The area under the ROC curve of normal against the other two.
fn bone_loss_auc(some: &[&Judgement]) -> f64 {
    let pair = |one: &&Judgement| (f64::from(-one.combined[0]), one.class != Class::Normal);
    auc(&some.iter().map(pair).collect::<Vec<_>>())
}

/// The score of Brier, "Verification of forecasts expressed in terms of probability" (1950), over three classes that
/// count alike: 0 best and 2 worst.
fn brier(some: &[&Judgement]) -> f64 {
    let weights = class_weights(some.iter().map(|one| one.class as usize));
    let of = |one: &&Judgement| {
        let misses = Class::ALL.map(|class| {
            let truth = f64::from(u8::from(class == one.class));
            (f64::from(one.combined[class as usize]) - truth).powi(2)
        });
        weights[one.class as usize] * misses.iter().sum::<f64>()
    };
    some.iter().map(of).sum::<f64>() / some.len() as f64
}

/// How often the leading class is right, by its predicted probability; each class counting alike.
fn reliability(some: &[&Judgement]) -> Vec<ReliabilityBin> {
    let weights = class_weights(some.iter().map(|one| one.class as usize));
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

/// The expected calibration error of Naeini et al., "Obtaining Well Calibrated Probabilities Using Bayesian Binning"
/// (2015).
fn calibration_error(some: &[&Judgement]) -> f64 {
    let bins = reliability(some);
    let of = |bin: &ReliabilityBin| (bin.said - bin.right).abs() * bin.pictures;
    bins.iter().map(of).sum::<f64>() / some.len() as f64
}

/// The lower end of the 95 % interval of a share, `right` of `count`: Wilson, "Probable Inference, the Law of Succession, and
/// Statistical Inference" (1927).
pub fn least_share(right: f64, count: f64) -> f64 {
    const DEVIATIONS: f64 = 1.96;
    let (share, square) = (right / count, DEVIATIONS * DEVIATIONS / count);
    let spread = (share * (1.0 - share) * square + square * square / 4.0).sqrt();
    (share + square / 2.0 - spread) / (1.0 + square)
}

/// The area under the ROC curve (0..=1, 0.5 is chance) by ranks (Mann and Whitney, 1947), of scores and whether each is
/// of the class looked for. Equal scores count half. It is not a number when one side is empty.
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
    fn the_least_share_is_that_of_wilson() {
        // statsmodels.stats.proportion.proportion_confint(8, 10, method="wilson"): 0.4902 to 0.9433.
        assert!((least_share(8.0, 10.0) - 0.4902).abs() < 1e-3);
        assert!(least_share(0.0, 10.0).abs() < 1e-9);
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
}
