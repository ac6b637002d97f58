//! Which verdicts keep their promise on people not seen.

use std::collections::BTreeMap;

use analysis::prediction::{self, Class, OperatingPoint, Verdict};
use analysis::promises::{Promise, Promises, Share};

use crate::bootstrap::{Estimate, over};
use crate::calibration::FEWEST_FILMS;
use crate::judgement::Judgement;
use crate::record::{PromiseRecord, PromisesRecord, WorthRecord};

/// A film in one repeat of a cross-validation, and what is said of it.
#[derive(Clone)]
pub struct Called {
    /// The film, or the person.
    pub group: String,
    /// The truth.
    pub class: Class,
    /// From 0.
    pub repeat: usize,
    /// What is said.
    pub verdict: Verdict,
    /// Whether its class stays possible at 80 and at 90 %, where that is told.
    pub possible: [bool; 2],
}

/// What is said of whole films, from each knee's verdict: that on the worse one.
pub fn films<'a>(knees: impl IntoIterator<Item = (&'a Judgement, Verdict)>) -> Vec<Called> {
    let mut films = BTreeMap::<(&str, usize), (Class, Vec<Verdict>)>::new();
    for (one, verdict) in knees {
        films.entry((&one.group, one.repeat)).or_insert((one.class, Vec::new())).1.push(verdict);
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

/// The same rule without the classes that keep no promise.
pub fn shown(rule: OperatingPoint, promises: &Promises) -> OperatingPoint {
    let least = |class: usize| rule.least[class].filter(|_| promises.of[class].is_some());
    OperatingPoint { least: std::array::from_fn(least) }
}

/// The figures of each verdict; `is_kept` says whether it may be shown.
pub fn of(films: &[Called], tells_possible: bool) -> PromisesRecord {
    let mut groups = BTreeMap::<&str, Vec<&Called>>::new();
    for film in films {
        groups.entry(&film.group).or_default().push(film);
    }
    let groups: Vec<Vec<&Called>> = groups.into_values().collect();
    let verdicts: Vec<PromiseRecord> = Class::ALL.into_iter().map(|class| of_class(&groups, class)).collect();
    let is_shown = |one: &Called| verdicts.iter().any(|of| of.is_kept && one.verdict == of.class.into());
    let [coverage, right, in_80, in_90] = over(&groups, |some| {
        [
            share(some, |_| true, is_shown),
            share(some, is_shown, |one| one.verdict == one.class.into()),
            share(some, |_| true, |one| one.possible[0]),
            share(some, |_| true, |one| one.possible[1]),
        ]
    });
    PromisesRecord {
        right: verdicts.iter().any(|of| of.is_kept).then_some(right),
        verdicts,
        coverage,
        possible: tells_possible.then_some([in_80, in_90]),
    }
}

/// Of the films, each in all its repeats, that satisfy `of`, the share that satisfies `passes`.
fn share(groups: &[&Vec<&Called>], of: impl Fn(&Called) -> bool, passes: impl Fn(&Called) -> bool) -> f64 {
    let all = || groups.iter().flat_map(|group| group.iter()).filter(|one| of(one));
    all().filter(|one| passes(one)).count() as f64 / all().count() as f64
}

fn of_class(groups: &[Vec<&Called>], class: Class) -> PromiseRecord {
    let called = |one: &Called| one.verdict == class.into();
    let ill = |one: &Called| one.class == Class::Osteoporosis;
    let [said, found, right, osteoporosis, ratio, frequency] = over(groups, |some| {
        let found = share(some, ill, called);
        [
            share(some, |_| true, called),
            found,
            share(some, called, |one| one.class == class),
            share(some, called, ill),
            found / share(some, |one| !ill(one), called),
            share(some, |_| true, |one| one.class == class),
        ]
    });
    let is_enough = said.value * groups.len() as f64 >= FEWEST_FILMS;
    PromiseRecord {
        class,
        said,
        said_of_osteoporosis: found,
        worth: is_enough.then_some(WorthRecord { right, osteoporosis, osteoporosis_ratio: ratio }),
        frequency: frequency.value,
        is_kept: is_enough && right.low > frequency.value,
    }
}

/// As the manifest holds them: none for verdicts that are not shown.
pub fn promises(record: &PromisesRecord) -> Promises {
    let share = |of: Estimate| Share { value: of.value as f32, low: of.low as f32, high: of.high as f32 };
    let promise = |of: &PromiseRecord| {
        let WorthRecord { right, osteoporosis, osteoporosis_ratio } = of.worth.filter(|_| of.is_kept)?;
        Some(Promise {
            right: share(right),
            osteoporosis: share(osteoporosis),
            osteoporosis_ratio: share(osteoporosis_ratio),
        })
    };
    Promises {
        of: std::array::from_fn(|class| record.verdicts.get(class).and_then(promise)),
        coverage: record.coverage.value as f32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of 100 films one of five has osteoporosis; red is said of `right` of these and of `alarms` of the others.
    fn films(right: usize, alarms: usize) -> Vec<Called> {
        let film = |at: usize| {
            let (class, is_red) =
                if at < 20 { (Class::Osteoporosis, at < right) } else { (Class::Osteopenia, at - 20 < alarms) };
            let verdict = if is_red { Verdict::Osteoporosis } else { Verdict::Uncertain };
            (0..2).map(move |repeat| Called { group: format!("G{at}"), class, repeat, verdict, possible: [true; 2] })
        };
        (0..100).flat_map(film).collect()
    }

    #[test]
    fn a_promise_is_the_share_that_was_right_and_its_ratio_that_of_bayes() {
        let record = of(&films(15, 5), false);
        let red = &record.verdicts[2];
        let worth = red.worth.expect("20 films are enough");
        assert!(red.is_kept && (worth.right.value - 0.75).abs() < 1e-9);
        assert!((red.said_of_osteoporosis.value - 0.75).abs() < 1e-9);
        // 15 of 20 against 5 of 80.
        assert!((worth.osteoporosis_ratio.value - 12.0).abs() < 1e-3, "{worth:?}");
        let promise = promises(&record).of[2].expect("it is kept");
        let as_measured = promise.osteoporosis_where(0.2).value;
        assert!((as_measured - 0.75).abs() < 1e-3, "at the prevalence of the data it is the share of the data");
        assert!((record.coverage.value - 0.2).abs() < 1e-9);
    }

    #[test]
    fn what_is_said_by_chance_or_of_too_few_is_not_shown() {
        for record in [of(&films(4, 16), false), of(&films(6, 0), false)] {
            assert!(record.verdicts.iter().all(|of| !of.is_kept), "{record:?}");
            assert_eq!((record.right, promises(&record).of), (None, [None; 3]));
        }
        assert_eq!(of(&films(6, 0), false).verdicts[2].worth, None, "six films");
    }
}
