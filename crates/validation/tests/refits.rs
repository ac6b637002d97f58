//! A refit finds a signal that was planted, none where there is none, and says of nobody what it has learned from him.

use std::collections::BTreeMap;
use std::path::Path;

use analysis::manifest::Manifest;
use analysis::own_head::LastLayer;
use analysis::prediction::{Class, Verdict};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use statistics::logistic::Logistic;
use validation::entry::Entry;
use validation::fitted_head::Asked;
use validation::own_film::{Answer, KneeAnswer, OwnFilm};
use validation::refit::{NotRefitted, Refit, refit};

/// Maps of a network in these tests.
const MAPS: usize = 6;

fn manifest() -> Manifest {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../weights/manifest.json");
    Manifest::parse(&std::fs::read(path).expect("committed")).expect("sound")
}

/// People with two films each. What the last layers see of a person's films is nearly the same, and leans towards the class by
/// `signal` (0: not at all); so do the ages, by `age_signal` years a class.
fn films(people: usize, signal: f32, age_signal: f32, seed: u64) -> Vec<OwnFilm> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut films = Vec::new();
    for person in 0..people {
        let class = Class::ALL[person % 3];
        let means: Vec<f32> = (0..MAPS).map(|_| random.random_range(-1.0..1.0f32)).collect();
        let age_years = Some((50.0 + age_signal * class as usize as f32 + random.random_range(-9.0..9.0f32)).round());
        for film in 0..2 {
            let entry = Entry {
                line: films.len() as u64 + 2,
                file: format!("{person}-{film}.png"),
                class,
                person: format!("P{person}"),
                age_years,
                sex: None,
                subgroups: BTreeMap::new(),
            };
            let mut means: Vec<f32> = means.iter().map(|mean| mean + random.random_range(-0.01..0.01f32)).collect();
            means[class as usize] += signal;
            let said = [1.0 / 3.0; 3];
            let models = ["custom-cnn", "resnet18"].map(|id| (id.to_owned(), said));
            let descriptors = ["custom-cnn", "resnet18"].map(|id| (id.to_owned(), means.clone()));
            let knee = KneeAnswer { is_known: true, models: models.into(), descriptors: descriptors.into() };
            films.push(OwnFilm { entry, answer: Answer::Judged { verdict: Verdict::Uncertain, knees: vec![knee] } });
        }
    }
    films
}

fn refitted(films: &[OwnFilm]) -> Refit {
    let asked = Asked { name: "test".into(), date: "2026-01-01T00:00:00Z".into(), sensitivity: 0.8 };
    refit(films, &manifest(), &asked, &|_, _| ()).expect("enough people")
}

#[test]
fn a_planted_signal_is_found_and_called_better() {
    let films = films(120, 1.2, 8.0, 3);
    let Refit { head, record } = refitted(&films);
    let auc = record.areas.macro_auc;
    assert!(auc.low > 0.7, "{auc:?}");
    assert!(record.is_better && record.gain.macro_auc.low > 0.1, "{:?}", record.gain);
    assert_eq!((record.films, record.people, record.people_of_class), (240, 120, [40; 3]));
    let [own, shipped] = &record.screening;
    // The standard error of a share of 0.8 of 40 people is 0.06.
    assert!((own.sensitivity.value - 0.8).abs() < 0.13, "{own:?}");
    assert!(own.specificity.low > shipped.specificity.high, "the shipped ones say the same of everybody: {shipped:?}");
    let age = record.with_age[0].macro_auc;
    assert!(age.low > 0.55 && record.with_age[2].macro_auc.value > age.value, "both tell more than the age: {age:?}");
    assert!(record.picture_weight > 0.0 && head.clinical.inputs[0].low >= 41.0);
}

#[test]
fn the_head_is_the_trainers_regression_on_all_films() {
    let films = films(60, 0.5, 0.0, 4);
    let head = refitted(&films).head;
    let rows: Vec<(&[f32], usize)> = films
        .iter()
        .flat_map(|film| film.known_knees().map(|knee| (knee.descriptors[1].1.as_slice(), film.entry.class as usize)))
        .collect();
    // As in `train --protocol grouped`.
    let expected = Logistic::fit(&rows, 1.0);
    assert_eq!(head.layers[1].layer, LastLayer { weights: expected.weights.concat(), offsets: expected.offsets });
    let manifest = manifest();
    assert_eq!(head.layers[1].backbone_sha256, manifest.models[1].sha256);
    assert!((head.frequencies.iter().sum::<f32>() - 1.0).abs() < 1e-5);
}

/// Two films of a person are nearly the same: were they on both sides of a split, every label would be known.
#[test]
fn where_labels_are_shuffled_the_interval_holds_chance() {
    const RUNS: u64 = 100;
    /// As many as the interval promises.
    const FEWEST: usize = 95;
    let (mut holding, mut better) = (0, 0);
    for seed in 0..RUNS {
        let record = refitted(&films(60, 0.0, 0.0, 1000 + seed)).record;
        let auc = record.areas.macro_auc;
        holding += usize::from((auc.low..=auc.high).contains(&0.5));
        better += usize::from(record.is_better);
    }
    println!("the interval holds 0.5 in {holding} of {RUNS} runs; {better} were called better");
    assert!(holding >= FEWEST, "in {holding} of {RUNS}");
    assert!(better <= RUNS as usize - FEWEST, "{better} of {RUNS} were called better");
}

#[test]
fn too_few_people_and_films_without_descriptors_are_told() {
    let asked = Asked { name: "test".into(), date: String::new(), sensitivity: 0.9 };
    let few = refit(&films(27, 1.0, 0.0, 1), &manifest(), &asked, &|_, _| ());
    assert_eq!(few.expect_err("nine of a class"), NotRefitted::FewPeople { class: Class::Normal, people: 9 });
    let mut films = films(40, 1.0, 0.0, 1);
    if let Answer::Judged { knees, .. } = &mut films[7].answer {
        knees[0].descriptors.clear();
    }
    assert_eq!(refit(&films, &manifest(), &asked, &|_, _| ()).expect_err("of results"), NotRefitted::NoDescriptors);
}
