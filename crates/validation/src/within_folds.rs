//! Areas under the ROC curve from pairs of the same fold alone.
//!
//! Of answers by the models of several folds, pooled, the area is too small: who is held out is missing on its own side of
//! the training data, and models of two folds answer on two scales (Parker, Günter and Bedo, "Stratification bias in low
//! signal microarray studies", 2007; Airola et al., "An experimental comparison of cross-validation techniques for estimating
//! the area under the ROC curve", 2011). Of 60 people without any signal the mean was 0.46 pooled.

use analysis::prediction::Class;
use statistics::judgement::Judgement;
use statistics::metrics::auc;

/// The mean over the classes, each against the other two; normal against both others; osteoporosis against both others.
/// 0..=1, 0.5 is chance; no number where there is no pair.
///
/// # Shapes
/// - folds: `[fold][knee]`
pub fn areas(folds: &[Vec<&Judgement>]) -> [f64; 3] {
    let of_class = |class: Class| area(folds, &|one| (f64::from(one.combined[class as usize]), one.class == class));
    let of_classes = Class::ALL.map(of_class);
    let bone_loss = area(folds, &|one| (f64::from(-one.combined[0]), one.class != Class::Normal));
    [of_classes.iter().sum::<f64>() / 3.0, bone_loss, of_classes[Class::Osteoporosis as usize]]
}

fn area(folds: &[Vec<&Judgement>], scored: &dyn Fn(&Judgement) -> (f64, bool)) -> f64 {
    let (mut sum, mut pairs) = (0.0, 0.0);
    for fold in folds {
        let scored: Vec<(f64, bool)> = fold.iter().map(|one| scored(one)).collect();
        let positive = scored.iter().filter(|(_, is_positive)| *is_positive).count();
        let of_fold = (positive * (scored.len() - positive)) as f64;
        if of_fold > 0.0 {
            sum += of_fold * auc(&scored);
            pairs += of_fold;
        }
    }
    sum / pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judgement(class: Class, osteoporosis: f32) -> Judgement {
        Judgement::new("P", class, 0, vec![[1.0 - osteoporosis, 0.0, osteoporosis]])
    }

    #[test]
    fn only_pairs_of_one_fold_count() {
        // Each fold ranks its own right; the second answers on a higher scale.
        let low = [judgement(Class::Normal, 0.1), judgement(Class::Osteoporosis, 0.2)];
        let high = [judgement(Class::Normal, 0.7), judgement(Class::Osteoporosis, 0.9)];
        let folds = [low.iter().collect(), high.iter().collect::<Vec<_>>()];
        assert!((areas(&folds)[2] - 1.0).abs() < 1e-9);
        let pooled = [folds.concat()];
        assert!((areas(&pooled)[2] - 0.75).abs() < 1e-9);
    }
}
