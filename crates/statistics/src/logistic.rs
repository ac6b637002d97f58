//! Multinomial logistic regression (Cox, 1966): the last layer of both networks, the clinical model, and the baseline of
//! age alone.

use crate::weighting::class_weights;

/// Weights on features as they come, not standardised, and an offset, for each of three classes.
#[derive(Clone, Debug, PartialEq)]
pub struct Logistic {
    /// Change of a class's score per unit of a feature: `[class][feature]`.
    pub weights: [Vec<f32>; 3],
    /// Score of each class where all features are 0.
    pub offsets: [f32; 3],
}

/// Passes at which the search for the best weights ends at the latest.
const MAX_STEPS: usize = 600;
/// The search ends when no weight's slope is larger; far below what changes a third digit.
const FLAT: f32 = 1e-5;

impl Logistic {
    /// The weights that make the classes (0..3) of `rows` likeliest, each class counting alike, less
    /// `penalty / 2` times the squared weights of standardised features.
    ///
    /// They are found by accelerated gradient descent (Nesterov, 1983) with the step that the curvature allows: no
    /// chance is involved, so the same rows give the same weights.
    ///
    /// # Shapes
    /// - rows: `[rows][features]`, at least one row
    pub fn fit(rows: &[(&[f32], usize)], penalty: f32) -> Self {
        let features = rows.first().map_or(0, |(row, _)| row.len());
        let (means, deviations) = moments(rows, features);
        let standard: Vec<f32> = rows
            .iter()
            .flat_map(|(row, _)| row.iter().zip(&means).zip(&deviations).map(|((x, mean), sd)| (x - mean) / sd))
            .collect();
        let shares = class_weights(rows.iter().map(|(_, class)| *class)).map(|weight| weight as f32);
        let weight_of: Vec<f32> = rows.iter().map(|(_, class)| shares[*class] / rows.len() as f32).collect();
        // Softmax bends at most by 1/2 (Böhning, 1992); the offset adds one more column of ones.
        let step = 1.0 / (0.5 * (largest_eigenvalue(&standard, &weight_of, features) + 1.0) + penalty);

        let width = features + 1;
        let mut current = vec![0.0f32; 3 * width];
        let mut ahead = current.clone();
        let mut momentum = 1.0f32;
        for _ in 0..MAX_STEPS {
            let mut slope = vec![0.0f32; 3 * width];
            for ((row, (_, class)), weight) in standard.chunks_exact(features.max(1)).zip(rows).zip(&weight_of) {
                let scores: [f32; 3] =
                    std::array::from_fn(|c| dot(&ahead[c * width..][..features], row) + ahead[c * width + features]);
                let probabilities = softmax(scores);
                for (c, probability) in probabilities.into_iter().enumerate() {
                    let error = weight * (probability - f32::from(u8::from(c == *class)));
                    let of_class = &mut slope[c * width..][..width];
                    of_class[..features].iter_mut().zip(row).for_each(|(sum, x)| *sum += error * x);
                    of_class[features] += error;
                }
            }
            for c in 0..3 {
                (0..features).for_each(|at| slope[c * width + at] += penalty * ahead[c * width + at]);
            }
            if slope.iter().all(|one| one.abs() < FLAT) {
                break;
            }
            let next: Vec<f32> = ahead.iter().zip(&slope).map(|(at, slope)| at - step * slope).collect();
            let faster = f32::midpoint(1.0, (1.0 + 4.0 * momentum * momentum).sqrt());
            let push = (momentum - 1.0) / faster;
            ahead = next.iter().zip(&current).map(|(next, before)| next + push * (next - before)).collect();
            (current, momentum) = (next, faster);
        }

        let of_class = |c: usize| &current[c * width..][..width];
        let weights: [Vec<f32>; 3] = std::array::from_fn(|c| {
            of_class(c)[..features].iter().zip(&deviations).map(|(weight, sd)| weight / sd).collect()
        });
        let offsets = std::array::from_fn(|c| of_class(c)[features] - dot(&weights[c], &means));
        Self { weights, offsets }
    }

    /// The score of each class, before softmax.
    ///
    /// # Shapes
    /// - row: `[features]`
    pub fn logits(&self, row: &[f32]) -> [f32; 3] {
        std::array::from_fn(|class| dot(&self.weights[class], row) + self.offsets[class])
    }
}

/// The softmax of three scores: probabilities that sum to 1.
pub fn softmax(scores: [f32; 3]) -> [f32; 3] {
    let highest = scores.into_iter().fold(f32::MIN, f32::max);
    let powers = scores.map(|score| (score - highest).exp());
    let sum: f32 = powers.iter().sum();
    powers.map(|power| power / sum)
}

fn moments(rows: &[(&[f32], usize)], features: usize) -> (Vec<f32>, Vec<f32>) {
    let mean_of = |of: &dyn Fn(usize, f32) -> f32| -> Vec<f32> {
        let sum = |at: usize| rows.iter().map(|(row, _)| of(at, row[at])).sum::<f32>();
        (0..features).map(|at| sum(at) / rows.len().max(1) as f32).collect()
    };
    let means = mean_of(&|_, x| x);
    let variances = mean_of(&|at, x| (x - means[at]).powi(2));
    // A feature that never changes says nothing; any divisor keeps it at 0.
    let deviations = variances.iter().map(|variance| variance.sqrt().max(1e-6)).collect();
    (means, deviations)
}

/// The largest eigenvalue of the matrix of weighted second moments, by power iteration. It is raised by a tenth, because
/// the iteration may leave it a few per cent too small.
fn largest_eigenvalue(standard: &[f32], weight_of: &[f32], features: usize) -> f32 {
    const ROUNDS: usize = 30;
    const MARGIN: f32 = 1.1;
    let mut direction = vec![1.0 / (features.max(1) as f32).sqrt(); features];
    let mut largest = 0.0;
    for _ in 0..ROUNDS {
        let mut image = vec![0.0f32; features];
        for (row, weight) in standard.chunks_exact(features.max(1)).zip(weight_of) {
            let along = weight * dot(row, &direction);
            image.iter_mut().zip(row).for_each(|(sum, x)| *sum += along * x);
        }
        largest = dot(&image, &image).sqrt();
        if largest <= f32::EPSILON {
            return 1.0;
        }
        direction = image.iter().map(|x| x / largest).collect();
    }
    largest * MARGIN
}

/// In eight sums side by side, which a compiler can hold in one register.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; 8];
    for (a, b) in a.chunks_exact(8).zip(b.chunks_exact(8)) {
        for lane in 0..8 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest = a.chunks_exact(8).remainder().iter().zip(b.chunks_exact(8).remainder());
    sums.iter().sum::<f32>() + rest.map(|(a, b)| a * b).sum::<f32>()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scikit-learn 1.9, `LogisticRegression(C=1/(penalty * n), class_weight="balanced")` on the
    /// same standardised rows, `lbfgs`, tolerance 1e-8.
    #[test]
    fn the_weights_are_those_of_scikit_learn() {
        const TOLERANCE: f32 = 2e-3;
        let rows: Vec<([f32; 2], usize)> = (0..30)
            .map(|at| {
                let x = at as f32;
                ([(x * 0.7).sin() + x / 10.0, (x * 1.3).cos() * 2.0], [0, 1, 1, 2, 1][at % 5].min(at / 8))
            })
            .collect();
        let rows: Vec<(&[f32], usize)> = rows.iter().map(|(row, class)| (row.as_slice(), *class)).collect();
        let fitted = Logistic::fit(&rows, 0.1);
        let expected = EXPECTED;
        for (class, expected) in expected.iter().enumerate() {
            let got = [fitted.weights[class][0], fitted.weights[class][1], fitted.offsets[class]];
            for (got, expected) in got.iter().zip(expected) {
                assert!((got - expected).abs() < TOLERANCE, "{class}: {got} against {expected}");
            }
        }
    }

    const EXPECTED: [[f32; 3]; 3] = [[-0.642, 0.1993, 0.9789], [0.1251, -0.1784, -0.0969], [0.517, -0.0208, -0.8819]];
}
