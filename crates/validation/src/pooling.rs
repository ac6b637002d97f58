//! Figures of several places, joined: fixed and random effects of the logit of an area under the ROC curve.

use serde::{Deserialize, Serialize};
use statistics::bootstrap::Estimate;

use crate::figures::{Area, Condition};
use crate::power;
use crate::sheet::Sheet;

/// 97.5 % of the normal distribution lie below.
const DEVIATIONS: f64 = 1.959_964;

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
pub struct PooledArea {
    /// Of what.
    pub condition: Condition,
    /// Name, people and area of each place.
    pub places: Vec<(String, usize, Estimate)>,
    /// Places that are left out: nobody there, or everybody, has the condition.
    pub left_out: Vec<String>,
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
/// When sheets cannot be joined: fewer than two, one twice, other networks, another head, reference or site.
pub fn areas(sheets: &[(String, Sheet)]) -> Result<Vec<PooledArea>, String> {
    let [(first_name, first), rest @ ..] = sheets else { return Err("there is no sheet to join".to_owned()) };
    if rest.is_empty() {
        return Err("one sheet is joined with nothing: name two or more".to_owned());
    }
    for (at, (name, sheet)) in sheets.iter().enumerate() {
        if let Some((double, _)) = sheets[..at].iter().find(|(_, before)| before.figures == sheet.figures) {
            return Err(format!("{name} has the very figures of {double}: the same films would count twice"));
        }
    }
    for (name, sheet) in rest {
        let differ = [
            (sheet.models == first.models, "networks"),
            (sheet.protocol == first.protocol, "head (shipped or refitted)"),
            (sheet.reference == first.reference, "reference (DXA, ultrasound, unknown)"),
            (sheet.site == first.site, "site (hip, spine, heel, unknown)"),
        ];
        if let Some((_, what)) = differ.iter().find(|(is_same, _)| !is_same) {
            return Err(format!("{name} is of another {what} than {first_name}: they cannot be joined"));
        }
    }
    Condition::ALL.into_iter().map(|condition| joined(condition, sheets)).collect()
}

fn joined(condition: Condition, sheets: &[(String, Sheet)]) -> Result<PooledArea, String> {
    let (mut places, mut effects, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
    for (name, sheet) in sheets {
        let area = sheet.figures.areas.iter().find(|area| area.condition == condition);
        match area.and_then(|area| Some((area, area.auc?))) {
            Some((area, auc)) => {
                effects.push(effect(area, &auc));
                places.push((name.clone(), area.people[0] + area.people[1], auc));
            }
            None => left_out.push(name.clone()),
        }
    }
    if places.len() < 2 {
        return Err("fewer than two places have people with and without the condition".to_owned());
    }
    let Pooled { fixed, random, tau_squared, i_squared } = pooled(&effects);
    Ok(PooledArea {
        condition,
        places,
        left_out,
        fixed: estimate(fixed),
        random: estimate(random),
        i_squared,
        tau_squared,
    })
}

/// On the logit scale, where an interval is even. Its variance is that of the bootstrap, or that of Hanley and `McNeil` where it
/// is larger: of few people that are told apart without a fault the bootstrap knows no doubt.
fn effect(area: &Area, auc: &Estimate) -> Effect {
    let [with, without] = area.people.map(|people| people.max(1) as f64);
    // An area of 0 or 1 has no logit: it is taken for half a pair of people away from it.
    let farthest = 0.5 / (with * without).max(1.0);
    let within = |share: f64| share.clamp(farthest.min(0.5), 1.0 - farthest.min(0.5));
    let logit = |share: f64| (within(share) / (1.0 - within(share))).ln();
    let value = within(auc.value);
    let by_bootstrap = ((logit(auc.high) - logit(auc.low)) / (2.0 * DEVIATIONS)).powi(2);
    let slope = value * (1.0 - value);
    let by_people = power::variance(value, with, without) / (slope * slope);
    Effect { value: logit(auc.value), variance: by_bootstrap.max(by_people) }
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

    fn area(value: f64, low: f64, high: f64, people: [usize; 2]) -> (Area, Estimate) {
        let auc = Estimate { value, low, high };
        let area = Area {
            condition: Condition::Osteoporosis,
            auc: Some(auc),
            people,
            films_to_tell_from_chance: None,
            films_to_tell_from_seven_tenths: None,
        };
        (area, auc)
    }

    #[test]
    fn an_area_comes_back_from_its_logit() {
        let (of, auc) = area(0.7, 0.62, 0.77, [80, 120]);
        let back = estimate(effect(&of, &auc));
        assert!((back.value - 0.7).abs() < 1e-9);
        assert!((back.low - 0.62).abs() < 0.01 && (back.high - 0.77).abs() < 0.01, "{back:?}");
    }

    #[test]
    fn a_small_place_without_a_fault_does_not_outweigh_a_large_one() {
        let (small, perfect) = area(1.0, 1.0, 1.0, [6, 24]);
        let (large, usual) = area(0.9, 0.85, 0.95, [35, 135]);
        let [a, b] = [effect(&small, &perfect), effect(&large, &usual)];
        assert!(a.variance > 4.0 * b.variance, "{a:?} {b:?}");
        let joined = estimate(pooled(&[a, b]).fixed);
        assert!((0.89..0.96).contains(&joined.value), "{joined:?}");
    }
}
