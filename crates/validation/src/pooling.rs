//! Figures of several places, joined: fixed and random effects of the logit of an area under the ROC curve.

use serde::{Deserialize, Serialize};
use statistics::bootstrap::Estimate;

use crate::figures::Condition;
use crate::sheet::Sheet;

/// 97.5 % of the normal distribution lie below.
const DEVIATIONS: f64 = 1.959_964;
/// An area of 0 or 1 has no logit: it is taken for this far from it.
const FARTHEST: f64 = 1e-3;

/// One study: an effect and its variance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// On the logit scale.
    pub value: f64,
    /// Square of its standard error.
    pub variance: f64,
}

/// What several studies say together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pooled {
    /// As if all measured the same effect.
    pub fixed: Effect,
    /// As if each measured one of its own, drawn around a common one (Der Simonian and Laird, "Meta-analysis in Clinical Trials",
    /// 1986).
    pub random: Effect,
    /// Variance between the places' true effects.
    pub tau_squared: f64,
    /// Share (0..=1) of the spread that is not chance (Higgins and Thompson, "Quantifying Heterogeneity in a Meta-analysis",
    /// 2002).
    pub i_squared: f64,
}

/// A place's area under the curve, and all together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Area {
    /// Of what.
    pub condition: Condition,
    /// Name, people and area of each place.
    pub places: Vec<(String, usize, Estimate)>,
    /// All together, as if each measured the same.
    pub fixed: Estimate,
    /// All together, as if each had an area of its own.
    pub random: Estimate,
    /// As in [`Pooled`].
    pub i_squared: f64,
    /// As in [`Pooled`].
    pub tau_squared: f64,
}

/// Joins effects.
///
/// # Panics
/// Never: of no effects the variance is infinite.
pub fn pooled(effects: &[Effect]) -> Pooled {
    let weighted = |weights: &[f64]| {
        let sum: f64 = weights.iter().sum();
        let value = effects.iter().zip(weights).map(|(one, weight)| one.value * weight).sum::<f64>() / sum;
        Effect { value, variance: 1.0 / sum }
    };
    let weights: Vec<f64> = effects.iter().map(|one| 1.0 / one.variance).collect();
    let fixed = weighted(&weights);
    let q: f64 = effects.iter().zip(&weights).map(|(one, weight)| weight * (one.value - fixed.value).powi(2)).sum();
    let (sum, squares) = (weights.iter().sum::<f64>(), weights.iter().map(|weight| weight * weight).sum::<f64>());
    let freedom = effects.len().saturating_sub(1) as f64;
    let scale = sum - squares / sum;
    let tau_squared = if scale > 0.0 { ((q - freedom) / scale).max(0.0) } else { 0.0 };
    let wider: Vec<f64> = effects.iter().map(|one| 1.0 / (one.variance + tau_squared)).collect();
    Pooled {
        fixed,
        random: weighted(&wider),
        tau_squared,
        i_squared: if q > 0.0 { ((q - freedom) / q).max(0.0) } else { 0.0 },
    }
}

/// The area under the curve of all networks together, of every sheet and of all.
///
/// # Errors
/// When sheets cannot be joined: fewer than two, other networks, another head or another reference.
pub fn areas(sheets: &[(String, Sheet)]) -> Result<Vec<Area>, String> {
    let [(first_name, first), rest @ ..] = sheets else { return Err("there is no sheet to join".to_owned()) };
    if rest.is_empty() {
        return Err("one sheet is joined with nothing: name two or more".to_owned());
    }
    for (name, sheet) in rest {
        let differ = [
            (sheet.models == first.models, "networks"),
            (sheet.protocol == first.protocol, "head (shipped or refitted)"),
            (sheet.reference == first.reference, "reference (DXA, ultrasound, unknown)"),
        ];
        if let Some((_, what)) = differ.iter().find(|(is_same, _)| !is_same) {
            return Err(format!("{name} is of another {what} than {first_name}: they cannot be joined"));
        }
    }
    let area = |condition: Condition| {
        let of = |(name, sheet): &(String, Sheet)| {
            let scores = sheet.figures.networks.last().ok_or_else(|| format!("{name} scores no network"))?;
            Ok((name.clone(), scores.films, condition.auc(scores)))
        };
        let places: Vec<(String, usize, Estimate)> = sheets.iter().map(of).collect::<Result<_, String>>()?;
        let effects: Vec<Effect> = places.iter().map(|(.., area)| effect(area)).collect();
        let Pooled { fixed, random, tau_squared, i_squared } = pooled(&effects);
        Ok(Area { condition, places, fixed: estimate(fixed), random: estimate(random), i_squared, tau_squared })
    };
    Condition::ALL.into_iter().map(area).collect()
}

/// On the logit scale, where an interval is even.
fn effect(area: &Estimate) -> Effect {
    let logit = |share: f64| {
        let share = share.clamp(FARTHEST, 1.0 - FARTHEST);
        (share / (1.0 - share)).ln()
    };
    let error = (logit(area.high) - logit(area.low)) / (2.0 * DEVIATIONS);
    Effect { value: logit(area.value), variance: error.max(1e-3).powi(2) }
}

fn estimate(effect: Effect) -> Estimate {
    let share = |logit: f64| 1.0 / (1.0 + (-logit).exp());
    let error = effect.variance.sqrt();
    let [low, high] = [-1.0, 1.0].map(|sign| share(effect.value + sign * DEVIATIONS * error));
    Estimate { value: share(effect.value), low, high }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The thirteen trials of a vaccine against tuberculosis (Colditz et al., 1994) and what `rma(yi, vi, method = "DL")` and
    /// `method = "FE"` of R's metafor say of them.
    #[test]
    fn joined_effects_are_those_of_metafor() {
        const TRIALS: [(f64, f64); 13] = [
            (-0.8893, 0.3256),
            (-1.5854, 0.1946),
            (-1.3481, 0.4154),
            (-1.4416, 0.0200),
            (-0.2175, 0.0512),
            (-0.7861, 0.0069),
            (-1.6209, 0.2230),
            (0.0120, 0.0040),
            (-0.4694, 0.0564),
            (-1.3713, 0.0730),
            (-0.3394, 0.0124),
            (0.4459, 0.5325),
            (-0.0173, 0.0714),
        ];
        let effects = TRIALS.map(|(value, variance)| Effect { value, variance });
        let Pooled { fixed, random, tau_squared, i_squared } = pooled(&effects);
        // The trials are rounded to four digits, their variances to two.
        let near = |got: f64, expected: f64| assert!((got - expected).abs() < 3e-3, "{got} against {expected}");
        near(fixed.value, -0.4303);
        near(fixed.variance.sqrt(), 0.0405);
        near(random.value, -0.7141);
        near(random.variance.sqrt(), 0.1787);
        near(tau_squared, 0.3088);
        near(i_squared, 0.9212);
    }

    #[test]
    fn places_that_agree_are_one_larger_place() {
        let effects = [Effect { value: 0.8, variance: 0.04 }; 4];
        let Pooled { fixed, random, i_squared, .. } = pooled(&effects);
        assert!((fixed.variance - 0.01).abs() < 1e-12 && fixed == random && i_squared.abs() < 1e-9);
    }

    #[test]
    fn an_area_comes_back_from_its_logit() {
        let area = Estimate { value: 0.7, low: 0.62, high: 0.77 };
        let back = estimate(effect(&area));
        assert!((back.value - 0.7).abs() < 1e-9);
        assert!((back.low - 0.62).abs() < 0.01 && (back.high - 0.77).abs() < 0.01, "{back:?}");
        let perfect = effect(&Estimate { value: 1.0, low: 0.98, high: 1.0 });
        assert!(perfect.value.is_finite() && perfect.variance.is_finite());
    }
}
