//! What the verdicts are worth.

use std::collections::BTreeMap;

use analysis::prediction::{self, Class, OperatingPoint, Verdict};
use statistics::bootstrap::over;
use statistics::judgement::Judgement;
use statistics::kept::{self, Called};
use statistics::record::{Decision, PromisesRecord};

/// What is said of whole films, from each knee's verdict: that on the worse one.
pub fn films(fitted: &[(usize, Judgement, Verdict)]) -> Vec<Called> {
    let mut films = BTreeMap::<(&str, usize), (Class, Vec<Verdict>)>::new();
    for (_, one, verdict) in fitted {
        films.entry((&one.group, one.repeat)).or_insert((one.class, Vec::new())).1.push(*verdict);
    }
    let called = |((group, repeat), (class, knees)): ((&str, usize), (Class, Vec<Verdict>))| Called {
        group: group.to_owned(),
        class,
        repeat,
        verdict: prediction::worst(knees),
        possible: [true; 2],
    };
    films.into_iter().map(called).collect()
}

/// What the page's verdicts are worth.
pub fn of(films: &[Called], operating_point: OperatingPoint, by_age: PromisesRecord) -> Decision {
    // In every repeat the films are the same.
    let once: Vec<Class> = films.iter().filter(|film| film.repeat == 0).map(|film| film.class).collect();
    let [majority] = over(&once, |some| {
        let most = Class::ALL.map(|class| some.iter().filter(|of| ***of == class).count()).into_iter().max();
        [most.unwrap_or(0) as f64 / some.len() as f64]
    });
    Decision { operating_point, majority, by_picture: kept::of(films, false), by_age }
}
