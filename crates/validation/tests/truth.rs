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
            let knees = vec![KneeAnswer { is_known: true, models }];
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
