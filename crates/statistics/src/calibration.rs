//! Temperature and operating point, both chosen on predictions on unseen films.

use analysis::prediction::{self, Class, OperatingPoint};

use crate::judgement::Judgement;
use crate::metrics;

/// The temperature (0.3 to 112) that makes probabilities of logits likeliest (Guo et al., "On Calibration of Modern Neural
/// Networks", 2017), each class counting alike: the networks are trained so, and the page states it as "equal thirds".
pub fn temperature(predictions: &[([f32; 3], Class)]) -> f32 {
    /// 0.3 to 112 in steps of 2 %: there every answer is "a third each".
    const STEPS: i32 = 300;
    let count = |class: Class| predictions.iter().filter(|(_, of)| *of == class).count().max(1) as f32;
    let counts = Class::ALL.map(count);
    let loss = |temperature: f32| -> f32 {
        let of = |(logits, class): &([f32; 3], Class)| {
            let probabilities = prediction::probabilities(logits, &Class::ALL, temperature);
            -probabilities[*class as usize].max(1e-9).ln() / counts[*class as usize]
        };
        predictions.iter().map(of).sum()
    };
    let candidates = (0..STEPS).map(|step| 0.3 * 1.02_f32.powi(step));
    candidates.min_by(|a, b| loss(*a).total_cmp(&loss(*b))).unwrap_or(1.0)
}

/// The lowest demand on the leading probability, in steps of 1 %, at which verdicts are right
/// more often than always saying the most frequent class; at least a quarter of the pictures must
/// still get one. If none does, the one at which they are right most often.
pub fn operating_point(judgements: &[&Judgement]) -> OperatingPoint {
    const MIN_COVERAGE: f64 = 0.25;
    /// Less of a lead is none, whatever the rest says.
    const MIN_GAP: f32 = 0.02;
    let rule = |percent: u8| OperatingPoint {
        min_probability: f32::from(percent) / 100.0,
        min_gap: MIN_GAP,
        models_must_agree: true,
    };
    let covering: Vec<OperatingPoint> =
        (34..90).map(rule).filter(|rule| metrics::coverage(judgements, rule) >= MIN_COVERAGE).collect();
    let right = |rule: &OperatingPoint| metrics::accuracy_when_sure(judgements, rule);
    let majority = metrics::majority(judgements);
    covering
        .iter()
        .find(|rule| right(rule) > majority)
        .or_else(|| covering.iter().max_by(|a, b| right(a).total_cmp(&right(b))))
        .copied()
        .unwrap_or_else(|| rule(34))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overconfident_logits_get_a_temperature_above_one() {
        // Right two times of three, always with the confidence of a logit of 8.
        let predictions: Vec<([f32; 3], Class)> = (0..90)
            .map(|at| {
                let class = Class::ALL[at % 3];
                let said = if at % 9 < 6 { class as usize } else { (class as usize + 1) % 3 };
                let mut logits = [0.0; 3];
                logits[said] = 8.0;
                (logits, class)
            })
            .collect();
        // Two thirds right means p = 2/3, so logit/T = ln(4): T = 8 / 1.386 = 5.77.
        let fitted = temperature(&predictions);
        assert!((fitted - 5.77).abs() < 0.2, "{fitted}");
    }
}
