//! The statistics do not lie: a signal that was planted is found, and one that is not there is not.

use std::collections::BTreeMap;
use std::path::Path;

use analysis::manifest::Manifest;
use analysis::prediction::{Class, Probabilities, Verdict};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use validation::entry::{Entry, Sex};
use validation::figures::{Condition, figures};
use validation::own_film::{Answer, KneeAnswer, OwnFilm};

fn manifest() -> Manifest {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../weights/manifest.json");
    Manifest::parse(&std::fs::read(path).expect("committed")).expect("sound")
}

/// People with two films each; what is said leans towards the truth by `signal` (0: not at all).
fn films(people: usize, signal: f32, seed: u64) -> Vec<OwnFilm> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut films = Vec::new();
    for person in 0..people {
        let class = Class::ALL[random.random_range(0..3)];
        let age_years = Some(random.random_range(20.0..78.0f32).round());
        let sex = Some(if random.random() { Sex::Woman } else { Sex::Man });
        for film in 0..2 {
            let entry = Entry {
                line: films.len() as u64 + 2,
                file: format!("{person}-{film}.png"),
                class,
                person: format!("P{person}"),
                age_years,
                sex,
                subgroups: BTreeMap::new(),
            };
            let mut said: Probabilities = std::array::from_fn(|_| random.random_range(0.1..1.0));
            said[class as usize] += signal;
            let sum: f32 = said.iter().sum();
            let said = said.map(|one| one / sum);
            let models = vec![("custom-cnn".to_owned(), said), ("resnet18".to_owned(), said)];
            let knees = vec![KneeAnswer { is_known: true, models, descriptors: Vec::new() }];
            films.push(OwnFilm { entry, answer: Answer::Judged { verdict: Verdict::Uncertain, knees } });
        }
    }
    films
}

#[test]
fn a_planted_signal_is_found() {
    let figures = figures(&films(90, 0.3, 2), &manifest(), None);
    for condition in Condition::ALL {
        let auc = condition.auc(figures.networks.last().expect("all together"));
        assert!(auc.low > 0.55 && auc.value > 0.65, "{condition:?}: {auc:?}");
    }
    assert_eq!((figures.counts.films, figures.counts.people), (180, 90));
    let age = &figures.with_age[0];
    assert!(
        age.bone_loss_auc.low < 0.5 && age.bone_loss_auc.high > 0.5,
        "ages were drawn at random: {:?}",
        age.bone_loss_auc
    );
}

#[test]
fn where_there_is_no_signal_the_interval_holds_chance() {
    const RUNS: u64 = 100;
    /// Of 100 draws of 95 %, in 99.9 of 100 cases.
    const FEWEST: usize = 88;
    let manifest = manifest();
    let mut counts = Condition::ALL.map(|condition| (condition, 0));
    for seed in 0..RUNS {
        let figures = figures(&films(40, 0.0, seed), &manifest, None);
        for (condition, count) in &mut counts {
            let auc = condition.auc(figures.networks.last().expect("all together"));
            *count += usize::from((auc.low..=auc.high).contains(&0.5));
        }
    }
    for (condition, count) in counts {
        println!("{condition:?}: the interval holds 0.5 in {count} of {RUNS} runs");
        assert!(count >= FEWEST, "{condition:?}: in {count} of {RUNS}");
    }
}

/// One of four people has osteoporosis; red is said of three of four of these and of one of six others.
#[test]
fn predictive_values_are_those_of_bayes() {
    let film = |at: usize| {
        let is_ill = at.is_multiple_of(4);
        let is_red = if is_ill { !at.is_multiple_of(16) } else { at % 12 == 1 || at % 12 == 7 };
        let class = if is_ill { Class::Osteoporosis } else { Class::Normal };
        let verdict = if is_red { Verdict::Osteoporosis } else { Verdict::Uncertain };
        let entry = Entry {
            line: at as u64,
            file: format!("{at}"),
            class,
            person: format!("P{at}"),
            age_years: None,
            sex: None,
            subgroups: BTreeMap::new(),
        };
        let models = vec![("custom-cnn".to_owned(), [0.4, 0.3, 0.3]), ("resnet18".to_owned(), [0.4, 0.3, 0.3])];
        OwnFilm {
            entry,
            answer: Answer::Judged {
                verdict,
                knees: vec![KneeAnswer { is_known: true, models, descriptors: Vec::new() }],
            },
        }
    };
    let films: Vec<OwnFilm> = (0..96).map(film).collect();
    let red = films
        .iter()
        .filter(|film| film.entry.class == Class::Normal)
        .filter(|film| matches!(film.answer, Answer::Judged { verdict: Verdict::Osteoporosis, .. }));
    let alarms = red.count() as f64 / 72.0;
    let here = &figures(&films, &manifest(), None).tests[0];
    let near = |got: Option<statistics::bootstrap::Estimate>, expected: f64| {
        let got = got.expect("told").value;
        assert!((got - expected).abs() < 1e-3, "{got} against {expected}");
    };
    near(here.sensitivity, 0.75);
    near(here.specificity, 1.0 - alarms);
    near(here.positive_predictive_value, 18.0 / (18.0 + 72.0 * alarms));
    let rarer = &figures(&films, &manifest(), Some(0.1)).tests[0];
    near(rarer.positive_predictive_value, 0.075 / (0.075 + 0.9 * alarms));
    near(rarer.negative_predictive_value, 0.9 * (1.0 - alarms) / (0.9 * (1.0 - alarms) + 0.025));
}

/// Where nobody has a condition there is no figure of it, and none that is taken for one.
#[test]
fn what_nobody_has_gets_no_figure() {
    let films: Vec<OwnFilm> =
        films(30, 0.2, 5).into_iter().filter(|film| film.entry.class != Class::Osteoporosis).collect();
    let figures = figures(&films, &manifest(), None);
    let area = &figures.areas[0];
    assert_eq!((area.condition, area.auc, area.people[0]), (Condition::Osteoporosis, None, 0));
    assert_eq!((area.films_to_tell_from_chance, figures.tests[0].sensitivity), (None, None));
    assert!(figures.areas[1].auc.is_some());
}
