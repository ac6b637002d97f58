//! Weights under which classes of different sizes count alike.

/// The weight of each of the three classes: its inverse frequency, so that the mean over all pictures is 1 (King and
/// Zeng, "Logistic Regression in Rare Events Data", 2001). A class without a picture is weighted as one with a single
/// picture.
pub fn class_weights(classes: impl IntoIterator<Item = usize>) -> [f64; 3] {
    let mut counts = [0usize; 3];
    classes.into_iter().for_each(|class| counts[class] += 1);
    let all: usize = counts.iter().sum();
    counts.map(|count| all as f64 / (3 * count.max(1)) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_has_the_same_weight_in_all() {
        let weights = class_weights([0, 1, 1, 1, 1, 2]);
        for (weight, count) in weights.into_iter().zip([1.0, 4.0, 1.0]) {
            assert!((weight * count - 2.0).abs() < 1e-12);
        }
    }
}
