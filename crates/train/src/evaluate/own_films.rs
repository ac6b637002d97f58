//! The figures of own films are those of `evaluate`: one code, two ways in.

use std::collections::BTreeMap;
use std::path::Path;

use analysis::prediction::Verdict;
use statistics::bootstrap::Estimate;
use statistics::record::Scores;
use validation::entry::Entry;
use validation::figures::figures;
use validation::own_film::{Answer, KneeAnswer, OwnFilm};

use super::Saved;
use crate::model_id::ModelId;

type Figure = fn(&Scores) -> Estimate;

/// What `osteolens validate` says of the same answers to the same films, one repeat after the other.
#[test]
fn figures_of_own_films_are_those_of_evaluate() {
    /// A repeat's figures are rounded to four digits, and so is their mean.
    const TOLERANCE: f64 = 2e-4;
    let saved = Saved::read(Path::new("predictions")).expect("committed");
    let manifest = crate::shipped::manifest(Path::new("../../weights")).expect("committed");
    let expected = saved.grouped_record().models;
    let fitted = saved.cross_fitted();
    let repeats: Vec<Vec<Scores>> = (0..expected[0].repeats)
        .map(|repeat| {
            let mut films = BTreeMap::<&str, OwnFilm>::new();
            for (_, one, _) in fitted.iter().filter(|(_, one, _)| one.repeat == repeat) {
                let film = films.entry(&one.group).or_insert_with(|| OwnFilm {
                    entry: Entry {
                        line: 1,
                        file: one.group.clone(),
                        class: one.class,
                        person: one.group.clone(),
                        age_years: None,
                        sex: None,
                        subgroups: BTreeMap::new(),
                    },
                    answer: Answer::Judged { verdict: Verdict::Uncertain, knees: Vec::new() },
                });
                let models = ModelId::ALL.iter().zip(&one.models).map(|(id, said)| (id.id().to_owned(), *said));
                let knee = KneeAnswer { is_known: true, models: models.collect(), descriptors: Vec::new() };
                if let Answer::Judged { knees, .. } = &mut film.answer {
                    knees.push(knee);
                }
            }
            figures(&films.into_values().collect::<Vec<_>>(), &manifest, None).networks
        })
        .collect();
    for (at, expected) in expected.iter().take(ModelId::ALL.len() + 1).enumerate() {
        let figures: [(&str, Figure); 6] = [
            ("accuracy", |of| of.accuracy),
            ("balanced accuracy", |of| of.balanced_accuracy),
            ("AUC, bone loss", |of| of.bone_loss_auc),
            ("AUC, osteoporosis", |of| of.per_class[2].auc),
            ("calibration error", |of| of.calibration_error),
            ("Brier score", |of| of.brier),
        ];
        for (name, figure) in figures {
            let mean = repeats.iter().map(|of| figure(&of[at]).value).sum::<f64>() / repeats.len() as f64;
            let value = figure(expected).value;
            assert!((mean - value).abs() < TOLERANCE, "{}, {name}: {mean} against {value}", expected.name);
        }
        assert_eq!((repeats[0][at].pictures, repeats[0][at].films), (expected.pictures, expected.films));
    }
}
