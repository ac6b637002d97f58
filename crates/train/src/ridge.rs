//! Regression with a ridge penalty on standardised features: logistic by Newton's method (iteratively reweighted least
//! squares; Hastie, Tibshirani and Friedman, "The Elements of Statistical Learning", 2009, section 4.4.1), or linear, for
//! which its first step is the solution. `statistics::logistic` is for three classes and takes hundreds of passes where there
//! are as many features as here.

use anyhow::{Context, Result, ensure};
use nalgebra::{DMatrix, DVector};

/// Newton's method has converged when no coefficient moves by more.
const STILL: f64 = 1e-6;
/// It needs fewer than ten on these data.
const MAX_STEPS: usize = 50;

/// What a sum of features is turned into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// Nothing: the target is a number.
    Linear,
    /// A probability: the target is 0 or 1.
    Logistic,
}

impl Curve {
    /// The loss of a value: half its squared error, or minus the log likelihood of its odds.
    pub fn loss(self, value: f64, target: f64) -> f64 {
        match self {
            Self::Linear => (value - target).powi(2) / 2.0,
            // ln(1 + e^x) without overflow.
            Self::Logistic => value.max(0.0) + (-value.abs()).exp().ln_1p() - target * value,
        }
    }
}

/// Coefficients of features as they come, and an offset.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    weights: Vec<f64>,
    offset: f64,
}

impl Fitted {
    /// The coefficients of least loss, plus `penalty / 2` times the squared coefficients of standardised features for
    /// each row. The offset is not penalised.
    ///
    /// # Shapes
    /// - rows: `[rows][features]`, at least one row
    /// - targets: `[rows]`
    ///
    /// # Errors
    /// When the penalty is too small for the rows to settle the coefficients, or the steps do not end.
    pub fn fit(rows: &[&[f64]], targets: &[f64], penalty: f64, curve: Curve) -> Result<Self> {
        Self::fit_weighted(rows, targets, &vec![1.0; rows.len()], penalty, curve)
    }

    /// The same where rows do not count alike.
    ///
    /// # Shapes
    /// - shares: `[rows]`, above 0; only their proportion matters
    ///
    /// # Errors
    /// As [`Self::fit`].
    pub fn fit_weighted(rows: &[&[f64]], targets: &[f64], shares: &[f64], penalty: f64, curve: Curve) -> Result<Self> {
        let (count, features) = (rows.len(), rows.first().map_or(0, |row| row.len()));
        let moment = |at: usize| {
            let mean = rows.iter().map(|row| row[at]).sum::<f64>() / count as f64;
            let variance = rows.iter().map(|row| (row[at] - mean).powi(2)).sum::<f64>() / count as f64;
            // A feature that never changes says nothing; any divisor keeps it at 0.
            (mean, variance.sqrt().max(1e-9))
        };
        let moments: Vec<(f64, f64)> = (0..features).map(moment).collect();
        // One more column of ones, for the offset.
        let standard = DMatrix::from_fn(count, features + 1, |row, at| {
            moments.get(at).map_or(1.0, |(mean, deviation)| (rows[row][at] - mean) / deviation)
        });
        let targets = DVector::from_column_slice(targets);
        let mut coefficients = DVector::zeros(features + 1);
        let shares = DVector::from_column_slice(shares) * (count as f64 / shares.iter().sum::<f64>());
        let penalty = penalty * count as f64;
        let mut is_still = false;
        for _ in 0..MAX_STEPS {
            let values = &standard * &coefficients;
            let (said, bends) = match curve {
                Curve::Linear => (values, DVector::from_element(count, 1.0)),
                Curve::Logistic => {
                    let said = values.map(|value| 1.0 / (1.0 + (-value).exp()));
                    let bends = said.map(|said| (said * (1.0 - said)).max(1e-9));
                    (said, bends)
                }
            };
            let bends = bends.component_mul(&shares);
            let mut slope = standard.tr_mul(&(&targets - said).component_mul(&shares));
            let mut bent = standard.clone();
            bent.row_iter_mut().zip(bends.iter()).for_each(|(mut row, bend)| row *= *bend);
            // nalgebra has a blocked kernel for a product, and none for `tr_mul`.
            let mut curvature = bent.transpose() * &standard;
            for at in 0..features {
                slope[at] -= penalty * coefficients[at];
                curvature[(at, at)] += penalty;
            }
            let step = curvature.cholesky().context("the penalty is too small for these rows")?.solve(&slope);
            coefficients += &step;
            is_still = curve == Curve::Linear || step.amax() < STILL;
            if is_still {
                break;
            }
        }
        ensure!(is_still, "the regression has not converged in {MAX_STEPS} steps");
        let weights: Vec<f64> =
            moments.iter().zip(coefficients.iter()).map(|((_, deviation), weight)| weight / deviation).collect();
        let at_means: f64 = moments.iter().zip(&weights).map(|((mean, _), weight)| mean * weight).sum();
        Ok(Self { offset: coefficients[features] - at_means, weights })
    }

    /// The coefficients and the offset.
    pub fn into_parts(self) -> (Vec<f64>, f64) {
        (self.weights, self.offset)
    }

    /// The number, or the log odds.
    pub fn value(&self, row: &[f64]) -> f64 {
        self.weights.iter().zip(row).map(|(weight, x)| weight * x).sum::<f64>() + self.offset
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rows of the test, as scikit-learn had them.
    fn rows() -> Vec<Vec<f64>> {
        (0..40).map(f64::from).map(|x| vec![(x * 0.7).sin() + x / 10.0, (x * 1.3).cos() * 2.0]).collect()
    }

    fn fitted(targets: &[f64], curve: Curve) -> Vec<f64> {
        let rows = rows();
        let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
        let fitted = Fitted::fit(&rows, targets, 0.1, curve).expect("the rows settle it");
        [fitted.weights, vec![fitted.offset]].concat()
    }

    fn assert_near(got: &[f64], expected: &[f64]) {
        /// scikit-learn's values are rounded to seven digits.
        const TOLERANCE: f64 = 1e-5;
        for (got, expected) in got.iter().zip(expected) {
            assert!((got - expected).abs() < TOLERANCE, "{got} against {expected}");
        }
    }

    /// scikit-learn 1.9, `LogisticRegression(C=1/(0.1*40), tol=1e-10)` and `Ridge(alpha=0.1*40)` on the same standardised rows,
    /// coefficients brought back to the rows as they come.
    #[test]
    fn the_coefficients_are_those_of_scikit_learn() {
        let classes: Vec<f64> = (0..40).map(|at| f64::from(u8::from(at % 3 == 0 || at > 30))).collect();
        assert_near(&fitted(&classes, Curve::Logistic), &LOGISTIC);
        let numbers: Vec<f64> = (0..40).map(|at| f64::from(at * at % 17)).collect();
        assert_near(&fitted(&numbers, Curve::Linear), &RIDGE);
    }

    #[test]
    fn a_row_that_counts_twice_is_as_two_rows() {
        let (rows, targets): (Vec<Vec<f64>>, Vec<f64>) =
            rows().into_iter().zip((0..40).map(|at| f64::from(u8::from(at % 3 == 0)))).unzip();
        let of = |repeated: usize, shares: &dyn Fn(usize) -> f64| {
            let all: Vec<usize> = (0..40).chain(0..repeated).collect();
            let some: Vec<&[f64]> = all.iter().map(|at| rows[*at].as_slice()).collect();
            let some_targets: Vec<f64> = all.iter().map(|at| targets[*at]).collect();
            let shares: Vec<f64> = all.iter().map(|at| shares(*at)).collect();
            // Without a penalty the standard deviations, which are not weighted, do not matter.
            let fitted = Fitted::fit_weighted(&some, &some_targets, &shares, 1e-9, Curve::Logistic).expect("settled");
            [fitted.weights, vec![fitted.offset]].concat()
        };
        assert_near(&of(0, &|at| if at < 20 { 2.0 } else { 1.0 }), &of(20, &|_| 1.0));
    }

    const LOGISTIC: [f64; 3] = [0.346_676_3, -0.014_620_6, -0.695_606_3];
    const RIDGE: [f64; 3] = [0.408_147_9, -0.106_074_7, 6.934_589_1];
}
