//! What the verdicts are worth.

use std::collections::BTreeMap;

use analysis::prediction::{self, Class, OperatingPoint, Verdict};
use statistics::bootstrap::estimates;
use statistics::judgement::Judgement;
use statistics::metrics;
use statistics::record::{Decision, RedVerdict};

/// Shares of osteoporosis among those who come, for which the worth of a red verdict is told.
const PREVALENCES: [f64; 4] = [0.05, 0.1, 0.2, 0.4];

/// What the page says of whole films: the worse of their knees.
pub fn of(fitted: &[(usize, Judgement, Verdict)], operating_point: OperatingPoint) -> Decision {
    let mut films = BTreeMap::<(&str, usize), (Class, Vec<Verdict>)>::new();
    for (_, one, verdict) in fitted {
        films.entry((&one.group, one.repeat)).or_insert((one.class, Vec::new())).1.push(*verdict);
    }
    // A verdict is carried as the certainty of a class; "uncertain" as none.
    let judgements: Vec<Judgement> = films
        .into_iter()
        .map(|((group, repeat), (class, knees))| {
            let verdict = prediction::worst(knees);
            let said = Class::ALL.map(|class| f32::from(u8::from(Verdict::from(class) == verdict)));
            Judgement { models: vec![said], ..Judgement::new(group, class, repeat, Vec::new()) }
        })
        .collect();
    let said = |one: &Judgement, class: Class| one.models[0][class as usize] > 0.5;
    let sure = |one: &Judgement| one.models[0].iter().any(|value| *value > 0.5);
    let ill = |one: &Judgement| one.class == Class::Osteoporosis;
    let red = |one: &Judgement| said(one, Class::Osteoporosis);
    let [majority, sensitivity, called_normal, specificity, coverage, right] = estimates(&judgements, |some| {
        [
            metrics::majority(some),
            metrics::share_of(some, ill, red),
            metrics::share_of(some, ill, |one| said(one, Class::Normal)),
            metrics::share_of(some, |one| !ill(one), |one| !red(one)),
            metrics::share(some, sure),
            metrics::share_of(some, sure, |one| said(one, one.class)),
        ]
    });
    let worth = estimates(&judgements, |some| {
        let (found, alarms) = (metrics::share_of(some, ill, red), metrics::share_of(some, |one| !ill(one), red));
        PREVALENCES.map(|share| found * share / (found * share + alarms * (1.0 - share)))
    });
    Decision {
        operating_point,
        majority,
        osteoporosis_sensitivity: sensitivity,
        osteoporosis_called_normal: called_normal,
        osteoporosis_specificity: specificity,
        coverage,
        accuracy_when_sure: right,
        red_verdicts: PREVALENCES
            .into_iter()
            .zip(worth)
            .map(|(prevalence, right)| RedVerdict { prevalence, right })
            .collect(),
    }
}
