//! How sure a figure is: the percentile bootstrap of Efron and Tibshirani, "An Introduction to the Bootstrap" (1993),
//! over films.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::judgement::{Judgement, by_group, repeats};

/// Resamplings behind each interval.
const RESAMPLINGS: u64 = 1000;
/// Ends of the interval, as shares of the resampled figures.
const INTERVAL: [f64; 2] = [0.025, 0.975];

/// A figure with its 95 % bootstrap interval over films.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The figure on all films.
    pub value: f64,
    /// 2.5th percentile of the resampled figures.
    pub low: f64,
    /// 97.5th percentile.
    pub high: f64,
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
    over(&groups, over_repeats)
}

/// Figures with their intervals: `units` that are independent of each other (films, people) are drawn with replacement.
/// Draws on which a figure has no value are left out.
pub fn over<T: Sync, const N: usize>(units: &[T], figures: impl Fn(&[&T]) -> [f64; N] + Sync) -> [Estimate; N] {
    let drawn: Vec<[f64; N]> = (0..RESAMPLINGS)
        .into_par_iter()
        .map(|seed| {
            let mut random = StdRng::seed_from_u64(seed);
            let sample: Vec<&T> = (0..units.len()).map(|_| &units[random.random_range(0..units.len())]).collect();
            figures(&sample)
        })
        .collect();
    let values = figures(&units.iter().collect::<Vec<_>>());
    std::array::from_fn(|at| {
        let mut drawn: Vec<f64> = drawn.iter().map(|figures| figures[at]).filter(|value| value.is_finite()).collect();
        drawn.sort_by(f64::total_cmp);
        let percentile = |share: f64| drawn.get((share * (drawn.len().saturating_sub(1)) as f64).round() as usize);
        let [low, high] = INTERVAL.map(percentile);
        // Of nothing there is no figure: nought, with the widest interval.
        let value = if values[at].is_finite() { values[at] } else { 0.0 };
        Estimate {
            value: rounded(value),
            low: rounded(low.copied().unwrap_or(0.0)),
            high: rounded(high.copied().unwrap_or(1.0)),
        }
    })
}

/// Four digits: more than the interval deserves, and the same on every machine.
pub(crate) fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;
    use analysis::prediction::Class;

    fn right(some: &[&Judgement]) -> [f64; 1] {
        [some.iter().filter(|one| one.leading() == one.class).count() as f64 / some.len() as f64]
    }

    fn judgement(group: usize, repeat: usize, is_right: bool) -> Judgement {
        let said = if is_right { [0.8, 0.1, 0.1] } else { [0.1, 0.1, 0.8] };
        Judgement::new(&format!("G{group}"), Class::Normal, repeat, vec![said])
    }

    #[test]
    fn a_figure_is_the_mean_of_its_repeats() {
        let judgements: Vec<Judgement> = (0..20).map(|at| judgement(at / 2, at % 2, at % 2 == 0)).collect();
        let [accuracy] = estimates(&judgements, right);
        assert!((accuracy.value - 0.5).abs() < 1e-9);
    }

    #[test]
    fn the_interval_is_that_of_the_binomial_distribution() {
        // 100 films, half of them right: the standard deviation of the share is 0.05.
        let judgements: Vec<Judgement> = (0..100).map(|at| judgement(at, 0, at < 50)).collect();
        let [Estimate { value, low, high }] = estimates(&judgements, right);
        assert!((value - 0.5).abs() < 1e-9);
        assert!((low - 0.402).abs() < 0.02 && (high - 0.598).abs() < 0.02, "{low} {high}");
    }
}
