//! What was fitted → the head that others can use, with what its verdicts are worth.

use std::collections::BTreeMap;

use analysis::clinical::{ClinicalInput, ClinicalModel};
use analysis::manifest::{Manifest, ModelEntry};
use analysis::own_head::{self, LastLayer, OwnHead, OwnLayer};
use analysis::prediction::Class;
use analysis::promises::{Conformal, Promises, Share};
use statistics::kept::{self, Called};
use statistics::logistic::Logistic;
use statistics::metrics;

use crate::nested::{CrossFitted, Layers, Rules};

/// What a reader chooses.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// What the head is to be called.
    pub name: String,
    /// When it is fitted (ISO 8601, UTC).
    pub date: String,
    /// The share (0..1) of the films with osteoporosis that a test is to find.
    pub sensitivity: f64,
}

/// The head of layers fitted to all films; its promises are those that `said` has kept on people not seen. By age it answers
/// between these two `ages` in years.
pub(crate) fn head(
    manifest: &Manifest,
    asked: &Asked,
    layers: &Layers,
    rules: &Rules,
    said: &CrossFitted,
    ages: (f32, f32),
) -> OwnHead {
    let called: Vec<Called> = said.films.iter().map(|film| film.called.clone()).collect();
    let mut promises = promises(&called, false);
    for (promise, least) in promises.of.iter_mut().zip(rules.operating_point.least) {
        *promise = promise.filter(|_| least.is_some());
    }
    let layer = |(at, entry): (usize, &ModelEntry)| OwnLayer {
        model: entry.id.clone(),
        backbone_sha256: entry.sha256.clone(),
        layer: LastLayer { weights: layers.of_model[at].weights.concat(), offsets: layers.of_model[at].offsets },
        temperature: rules.temperatures[at],
    };
    let people: BTreeMap<&str, Class> =
        said.films.iter().map(|film| (film.film.entry.person.as_str(), film.film.entry.class)).collect();
    let frequency = |class: Class| people.values().filter(|of| **of == class).count() as f32 / people.len() as f32;
    OwnHead {
        version: own_head::VERSION,
        name: asked.name.clone(),
        date: asked.date.clone(),
        layers: manifest.models.iter().enumerate().map(layer).collect(),
        operating_point: kept::shown(rules.operating_point, &promises),
        promises,
        frequencies: Class::ALL.map(frequency),
        clinical: match &layers.age {
            Some(age) => clinical(age, rules, said, ages),
            None => without_age(&manifest.clinical),
        },
    }
}

/// What the age says, as the page asks for it.
fn clinical(age: &Logistic, rules: &Rules, said: &CrossFitted, (low, high): (f32, f32)) -> ClinicalModel {
    let called: Vec<Called> =
        said.films.iter().filter_map(|film| film.with_age.as_ref().map(|(_, _, called)| called.clone())).collect();
    ClinicalModel {
        inputs: vec![ClinicalInput {
            id: "age_years".to_owned(),
            low,
            high,
            coefficients: std::array::from_fn(|class| age.weights[class][0]),
        }],
        offsets: age.offsets,
        picture_weight: rules.picture_weight,
        sets: rules.sets,
        promises: promises(&called, true),
    }
}

/// With an age no class is named: nobody has measured what that would be worth with these layers.
fn without_age(of: &ClinicalModel) -> ClinicalModel {
    ClinicalModel {
        sets: Conformal { least_80: [0.0; 3], least_90: [0.0; 3] },
        promises: Promises { of: [None; 3], coverage: 0.0 },
        ..of.clone()
    }
}

/// As [`kept::promises`]. The likelihood ratio of a verdict that nobody without osteoporosis got is infinite: it is put down as
/// if half of such a film had got it.
fn promises(called: &[Called], tells_possible: bool) -> Promises {
    let record = kept::of(called, tells_possible);
    let mut promises = kept::promises(&record);
    let healthy = called.iter().filter(|film| film.class != Class::Osteoporosis).count() as f64;
    for (class, promise) in Class::ALL.into_iter().zip(&mut promises.of) {
        let is_alarm = |film: &Called| film.class != Class::Osteoporosis && film.verdict == class.into();
        if let Some(promise) = promise
            && !called.iter().any(is_alarm)
        {
            let found = record.verdicts[class as usize].said_of_osteoporosis;
            let (half, most) = (0.5 / healthy.max(1.0), 1.0 - metrics::least_share(healthy, healthy));
            let ratio = |found: f64, alarms: f64| (found / alarms.max(half)) as f32;
            promise.osteoporosis_ratio =
                Share { value: ratio(found.value, half), low: ratio(found.low, most), high: ratio(found.high, half) };
        }
    }
    promises
}

#[cfg(test)]
mod tests {
    use super::*;
    use analysis::prediction::Verdict;

    #[test]
    fn a_verdict_that_is_always_right_promises_much_and_not_nothing() {
        let film = |at: usize| {
            let (class, verdict) = match at % 3 {
                0 => (Class::Osteoporosis, Verdict::Osteoporosis),
                _ => (Class::Normal, Verdict::Uncertain),
            };
            Called { group: at.to_string(), class, repeat: 0, verdict, possible: [true; 2] }
        };
        let called: Vec<Called> = (0..60).map(film).collect();
        let promise = promises(&called, false).of[2].expect("20 films, all right");
        let share = promise.osteoporosis_where(0.1);
        assert!(share.low > 0.5 && share.low <= share.value && share.value <= share.high, "{share:?}");
    }
}
