//! How many films it takes to tell one area under the ROC curve from another.

/// By Hanley and `McNeil`, "The Meaning and Use of the Area under a Receiver Operating Characteristic (ROC) Curve"
/// (1982): the variance of an area `auc` (0..=1) measured on so many films of each kind.
pub fn variance(auc: f64, positives: f64, negatives: f64) -> f64 {
    let (q1, q2) = (auc / (2.0 - auc), 2.0 * auc * auc / (1.0 + auc));
    let square = auc * auc;
    (auc * (1.0 - auc) + (positives - 1.0) * (q1 - square) + (negatives - 1.0) * (q2 - square))
        / (positives * negatives)
}

/// The fewest independent films on which an area `auc` is told from `other` in four of five studies (power 0.8, two-sided
/// level 0.05), where `share` (0..1) of the films are positive. None where the two are the same to a hundredth, or more than
/// a million films are needed.
pub fn films_to_tell(auc: f64, other: f64, share: f64) -> Option<usize> {
    /// Of the normal distribution: 97.5 % and 80 % lie below.
    const QUANTILES: [f64; 2] = [1.959_964, 0.841_621];
    const MOST: usize = 1_000_000;
    let difference = (auc - other).abs();
    if difference < 0.01 || share <= 0.0 || share >= 1.0 {
        return None;
    }
    let is_enough = |films: usize| {
        let (positives, negatives) = (films as f64 * share, films as f64 * (1.0 - share));
        let error = |auc: f64| variance(auc, positives, negatives).max(0.0).sqrt();
        positives >= 1.0 && negatives >= 1.0 && QUANTILES[0] * error(other) + QUANTILES[1] * error(auc) <= difference
    };
    let (mut low, mut high) = (1, MOST);
    if !is_enough(high) {
        return None;
    }
    while low < high {
        let middle = usize::midpoint(low, high);
        if is_enough(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Some(high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};
    use statistics::metrics::auc;

    #[test]
    fn the_error_is_that_of_the_paper() {
        // Hanley and McNeil (1982), figure 3 and page 32: an area of 0.893 of 51 abnormal and 58 normal has an error of 0.032.
        assert!((variance(0.893, 51.0, 58.0).sqrt() - 0.032).abs() < 0.001);
    }

    #[test]
    fn so_many_films_find_the_difference_four_times_of_five() {
        const STUDIES: usize = 400;
        let films = films_to_tell(0.7, 0.5, 0.5).expect("a difference");
        let mut random = StdRng::seed_from_u64(1);
        let mut normal = || -> f64 { (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0 };
        // Two normal distributions that are 0.7416 apart have an area of 0.7 between them.
        let mut found = 0;
        for _ in 0..STUDIES {
            let pairs: Vec<(f64, bool)> =
                (0..films).map(|at| (normal() + 0.7416 * f64::from(u8::from(at % 2 == 0)), at % 2 == 0)).collect();
            let half = films as f64 / 2.0;
            found += usize::from((auc(&pairs) - 0.5) / variance(0.5, half, half).sqrt() > 1.96);
        }
        let power = found as f64 / STUDIES as f64;
        // Three standard errors of a share of 0.8 in 400 studies.
        assert!((power - 0.8).abs() < 0.06, "{films} films: {power}");
    }

    #[test]
    fn a_smaller_difference_takes_more_films_and_none_takes_no_number() {
        let far = films_to_tell(0.8, 0.5, 0.2).expect("a difference");
        let near = films_to_tell(0.6, 0.5, 0.2).expect("a difference");
        assert!(far < near && far > 20, "{far} {near}");
        assert_eq!(films_to_tell(0.5, 0.5, 0.2), None);
        assert_eq!(films_to_tell(0.9, 0.5, 0.0), None);
    }
}
