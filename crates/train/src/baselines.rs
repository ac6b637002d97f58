//! What is reached without looking at the picture.

use osteolens::prediction::Class;
use osteolens::record::Baselines;

use crate::folds::FOLDS;
use crate::metrics::{self, Judgement};
use crate::predictions::Prediction;

/// Majority and age, on the same knees and folds as the models.
pub fn baselines(predictions: &[&Prediction]) -> Baselines {
    let plain: Vec<Judgement> = predictions.iter().map(|one| judgement(one, [1.0 / 3.0; 3])).collect();
    let by_age: Vec<Judgement> = (0..FOLDS).flat_map(|fold| age_fold(predictions, fold)).collect();
    Baselines {
        majority_accuracy: metrics::estimate(&plain, metrics::majority),
        age_only_bone_loss_auc: metrics::scores("", &by_age, None).bone_loss_auc,
        age_only_macro_auc: metrics::estimate(&by_age, metrics::macro_auc),
    }
}

fn judgement(of: &Prediction, probabilities: [f32; 3]) -> Judgement {
    Judgement { group: of.group.clone(), class: of.class, models: vec![probabilities] }
}

/// Multinomial logistic regression on age alone, fitted on the other folds, each class counting
/// alike. Knees of unknown age are left out.
fn age_fold(predictions: &[&Prediction], fold: usize) -> Vec<Judgement> {
    const STEPS: usize = 2000;
    const RATE: f64 = 0.5;
    let known: Vec<(&&Prediction, f64)> =
        predictions.iter().filter_map(|one| Some((one, (f64::from(one.age_years?) - 50.0) / 15.0))).collect();
    let learned_from: Vec<&(&&Prediction, f64)> = known.iter().filter(|(one, _)| one.fold != fold).collect();
    let count = |class: Class| learned_from.iter().filter(|(one, _)| one.class == class).count().max(1) as f64;
    let counts = Class::ALL.map(count);

    let mut weights = [[0.0; 2]; 3];
    for _ in 0..STEPS {
        let mut gradient = [[0.0; 2]; 3];
        for (one, age) in &learned_from {
            let probabilities = softmax(&weights, *age);
            for class in 0..3 {
                let truth = f64::from(u8::from(one.class as usize == class));
                let error = (probabilities[class] - truth) / (3.0 * counts[one.class as usize]);
                gradient[class][0] += error;
                gradient[class][1] += error * age;
            }
        }
        for (weights, gradient) in weights.iter_mut().flatten().zip(gradient.iter().flatten()) {
            *weights -= RATE * gradient;
        }
    }
    let held_out = known.iter().filter(|(one, _)| one.fold == fold);
    held_out.map(|(one, age)| judgement(one, softmax(&weights, *age).map(|value| value as f32))).collect()
}

fn softmax(weights: &[[f64; 2]; 3], age: f64) -> [f64; 3] {
    let powers = weights.map(|[offset, slope]| (offset + slope * age).exp());
    let sum: f64 = powers.iter().sum();
    powers.map(|power| power / sum)
}
