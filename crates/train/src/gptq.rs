//! Weights → whole numbers of a step, each rounded so that it makes good what those before it lost: GPTQ (Frantar et al.,
//! "GPTQ: Accurate Post-Training Quantization for Generative Pre-trained Transformers", 2023).
//!
//! An output of a layer reads inputs x with weights w. If H is the mean of x·xᵀ, errors e of its weights move it by e·H·eᵀ
//! in the mean of squares. With H = L·Lᵀ, L being lower triangular, this is the squared length of e·L, whose last number
//! depends on the last weight alone, whose last but one on the last two, and so on: from the last to the first each
//! weight is rounded so that its number is as small as can be. That GPTQ can be said in this way is due to Chee et al.,
//! "`QuIP`: 2-Bit Quantization of Large Language Models With Guarantees" (2023).

use nalgebra::{DMatrix, DVector};

/// Columns that are worked on at a time; between blocks work is done by matrix products.
const BLOCK: usize = 128;

/// The lower triangular L with L·Lᵀ = `matrix`; none when the matrix is not positive definite.
///
/// nalgebra's own goes column by column, which takes minutes with as many columns as here.
pub fn cholesky(mut matrix: DMatrix<f64>) -> Option<DMatrix<f64>> {
    let side = matrix.nrows();
    for start in (0..side).step_by(BLOCK) {
        let end = (start + BLOCK).min(side);
        let (columns, rest) = (end - start, side - end);
        let corner = matrix.view((start, start), (columns, columns)).into_owned().cholesky()?.unpack();
        let below = corner.solve_lower_triangular(&matrix.view((end, start), (rest, columns)).transpose())?;
        let below = below.transpose();
        matrix.view_mut((end, end), (rest, rest)).gemm(-1.0, &below, &below.transpose(), 1.0);
        matrix.view_mut((start, start), (columns, columns)).copy_from(&corner);
        matrix.view_mut((end, start), (rest, columns)).copy_from(&below);
    }
    Some(matrix.lower_triangle())
}

/// Whole numbers of each output's step.
///
/// # Shapes
/// - weights, output: `[outputs, inputs]`
/// - factor: `[inputs, inputs]`, as [`cholesky`] gives it of the inputs' mean products
/// - steps: `[outputs]`
pub fn rounded(weights: &DMatrix<f64>, factor: &DMatrix<f64>, steps: &DVector<f64>) -> DMatrix<f64> {
    let (outputs, inputs) = weights.shape();
    let (mut whole, mut errors) = (DMatrix::zeros(outputs, inputs), DMatrix::zeros(outputs, inputs));
    let mut end = inputs;
    while end > 0 {
        let start = end.saturating_sub(BLOCK);
        // What the errors so far add to each number of this block.
        let mut lost = errors.columns(end, inputs - end) * factor.view((end, start), (inputs - end, end - start));
        for at in (start..end).rev() {
            for output in 0..outputs {
                let (weight, step) = (weights[(output, at)], steps[output]);
                let exact = weight + lost[(output, at - start)] / factor[(at, at)];
                whole[(output, at)] = (exact / step).round();
                errors[(output, at)] = weight - step * whole[(output, at)];
            }
            for earlier in start..at {
                lost.column_mut(earlier - start).axpy(factor[(at, earlier)], &errors.column(at), 1.0);
            }
        }
        end = start;
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    /// More than two blocks, and no whole number of them.
    const INPUTS: usize = 2 * BLOCK + 31;

    fn random(rows: usize, columns: usize, seed: u64) -> DMatrix<f64> {
        let mut random = StdRng::seed_from_u64(seed);
        DMatrix::from_fn(rows, columns, |_, _| random.random_range(-1.0..1.0))
    }

    /// The mean products of inputs that go with their neighbours.
    fn correlated() -> DMatrix<f64> {
        let noise = random(INPUTS, 3 * INPUTS, 1);
        let seen = DMatrix::from_fn(INPUTS, 3 * INPUTS, |row, column| {
            noise[(row, column)] + 0.9 * noise[((row + 1) % INPUTS, column)] + 0.2
        });
        &seen * seen.transpose() / seen.ncols() as f64
    }

    #[test]
    fn the_factor_times_itself_is_the_matrix() {
        let matrix = correlated();
        let factor = cholesky(matrix.clone()).expect("it is positive definite");
        assert_eq!(factor, factor.lower_triangle());
        assert!((&factor * factor.transpose() - matrix).amax() < 1e-10);
        assert!(cholesky(-correlated()).is_none());
    }

    #[test]
    fn inputs_that_have_nothing_in_common_are_rounded_to_the_nearest() {
        let (weights, steps) = (random(7, INPUTS, 2), DVector::from_fn(7, |at, _| 0.05 * (at + 1) as f64));
        let whole = rounded(&weights, &DMatrix::identity(INPUTS, INPUTS), &steps);
        let nearest = DMatrix::from_fn(7, INPUTS, |row, column| (weights[(row, column)] / steps[row]).round());
        assert_eq!(whole, nearest);
    }

    #[test]
    fn of_inputs_that_go_together_less_is_lost_than_by_rounding_to_the_nearest() {
        let (matrix, weights, steps) = (correlated(), random(7, INPUTS, 2), DVector::from_element(7, 0.3));
        let lost = |whole: &DMatrix<f64>| {
            let errors = &weights - whole * 0.3;
            (&errors * &matrix).component_mul(&errors).sum()
        };
        let nearest = (&weights / 0.3).map(f64::round);
        let whole = rounded(&weights, &cholesky(matrix.clone()).expect("it is positive definite"), &steps);
        assert!(lost(&whole) < 0.7 * lost(&nearest), "{} of {}", lost(&whole), lost(&nearest));
    }
}
