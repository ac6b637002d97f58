//! What a knee tells of osteoporosis, learned from people who were treated for it.
//!
//! The label is "ever took bisphosphonates", drugs against osteoporosis: a proxy of a doctor's diagnosis. The networks stay
//! as they are shipped. A logistic regression with a ridge penalty reads what some of their stages make of both knees of a
//! person, a ridge regression reads the person's age from the same. Choices, means and penalties are made inside the
//! training fold. No label of the films with ultrasound classes has a part in it: for them the scores are an external
//! validation.

mod cohort;
mod contrast;
mod features;
mod films;
mod regressions;
mod saved;
mod strata;
mod summary;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use rayon::prelude::*;
use statistics::folds::{FOLDS, fold_of_group};

use crate::model_id::ModelId;
use crate::ridge::{Curve, Fitted};
use crate::{predictions, shipped};
use cohort::Person;
use features::Describer;
use regressions::{CLINICAL_PENALTY, Example, Reading, Said, side_by_side};
pub use saved::Treated;
use saved::{JudgedFilm, JudgedPatient, ReadNetwork, ReadingRecord, rounded};
pub use summary::summary;

/// Describes everybody's knees and every film, fits in folds, and writes `treated.json`.
pub fn run(data: &Path, weights: &Path, out: &Path, seed: u64) -> Result<()> {
    let manifest = shipped::manifest(weights)?;
    let describers: Vec<Describer> =
        ModelId::ALL.iter().map(|model| Describer::of(*model, &manifest, weights)).collect::<Result<_>>()?;
    let people = cohort::read(data, &describers)?;
    let (films, matchings) = films::read(data, &describers, &people)?;
    let groups: BTreeMap<String, (bool, bool)> =
        people.iter().map(|one| (one.group.clone(), (one.is_female, one.is_treated))).collect();
    let folds = fold_of_group(&groups, seed);
    let fold_of = |one: &Person| folds[&one.group];

    let clinical = (0..FOLDS)
        .map(|fold| clinical(people.iter().filter(|one| one.is_female && fold_of(one) != fold)))
        .collect::<Result<Vec<Fitted>>>()?;
    let mut judged: Vec<JudgedPatient> =
        people.iter().map(|one| unjudged(one, clinical[fold_of(one)].value(&one.clinical()))).collect();
    let mut judged_films: Vec<JudgedFilm> = films.iter().map(films::Film::unjudged).collect();
    let mut readings = Vec::new();
    for (name, networks) in ways() {
        let examples: Vec<Example> = people.iter().map(|one| Example::of(one, &networks)).collect();
        let (said, penalties) = out_of_fold(&examples, &folds, seed)?;
        for ((judged, said), person) in judged.iter_mut().zip(said).zip(&people) {
            judged.picture.push(rounded(said.picture));
            judged.all.push(rounded(said.all));
            judged.image_age_error.push((10.0 * (said.image_age - person.age_years)).round() / 10.0);
        }
        let of_everybody = Reading::fit(&examples.iter().collect::<Vec<_>>(), seed)?;
        for (judged, film) in judged_films.iter_mut().zip(&films) {
            judged.said.push(of_everybody.says_of_film(&side_by_side(&film.features, &networks)));
        }
        readings.push(ReadingRecord { name, penalties });
    }
    let of_table = strata::of_table(&people, &judged);
    judged.sort_by(|a, b| a.picture[0].total_cmp(&b.picture[0]));
    let networks =
        describers.iter().zip(ModelId::ALL).zip(matchings).map(|((describer, model), matching)| ReadNetwork {
            model: model.id().to_owned(),
            sha256: describer.sha256.clone(),
            stages: describer.stages.iter().map(|stage| (*stage).to_owned()).collect(),
            matching,
        });
    let record =
        Treated { seed, networks: networks.collect(), readings, people: judged, of_table, films: judged_films };
    print!("{}", summary(&record));
    predictions::write(out, "treated", &record)
}

/// Each network by itself, then all of them side by side.
fn ways() -> Vec<(String, Vec<usize>)> {
    let alone = ModelId::ALL.iter().enumerate().map(|(at, model)| (model.id().to_owned(), vec![at]));
    alone.chain([("both networks".to_owned(), (0..ModelId::ALL.len()).collect())]).collect()
}

/// What is said of each person by a reading that has not seen them, and each fold's penalties.
fn out_of_fold(examples: &[Example], folds: &BTreeMap<String, usize>, seed: u64) -> Result<(Vec<Said>, Vec<[f64; 2]>)> {
    let fold_of = |one: &Example| folds[&one.person.group];
    let fitted: Vec<Reading> = (0..FOLDS)
        .into_par_iter()
        .map(|fold| Reading::fit(&examples.iter().filter(|one| fold_of(one) != fold).collect::<Vec<_>>(), seed))
        .collect::<Result<_>>()?;
    let said = examples.iter().map(|one| fitted[fold_of(one)].says(one)).collect();
    Ok((said, fitted.iter().map(|reading| reading.penalties).collect()))
}

/// Treatment by age and body-mass index.
fn clinical<'a>(women: impl Iterator<Item = &'a Person>) -> Result<Fitted> {
    let (rows, treated): (Vec<Vec<f64>>, Vec<f64>) = women.map(|one| (one.clinical(), one.target())).unzip();
    let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
    Fitted::fit(&rows, &treated, CLINICAL_PENALTY, Curve::Logistic)
}

fn unjudged(one: &Person, clinical: f64) -> JudgedPatient {
    JudgedPatient {
        is_treated: one.is_treated,
        is_female: one.is_female,
        age_from: match one.age_years {
            ..60.0 => 45,
            60.0..70.0 => 60,
            _ => 70,
        },
        grade_from: if one.grade < 2 { 0 } else { 2 },
        is_settled: one.is_settled,
        clinical: rounded(clinical),
        picture: Vec::new(),
        all: Vec::new(),
        image_age_error: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};
    use statistics::metrics::auc;

    /// 400 women with 30 features of noise, and one more that tells the treated ones as strongly as it is asked to.
    fn area(strength: f64) -> f64 {
        let mut random = StdRng::seed_from_u64(1);
        let person = |at: usize| {
            let is_treated = at.is_multiple_of(4);
            let mut features: Vec<f64> = (0..30).map(|_| random.random_range(-1.0..1.0)).collect();
            features.push(strength * f64::from(u8::from(is_treated)) + random.random_range(-1.0..1.0));
            Person {
                group: format!("P{at:04}"),
                is_female: true,
                age_years: 45.0 + (at % 35) as f64,
                bmi: 20.0 + (at % 13) as f64,
                grade: 0,
                is_treated,
                is_settled: true,
                features: vec![features],
            }
        };
        let people: Vec<Person> = (0..400).map(person).collect();
        let groups = people.iter().map(|one| (one.group.clone(), one.is_treated)).collect();
        let examples: Vec<Example> = people.iter().map(|one| Example::of(one, &[0])).collect();
        let (said, _) = out_of_fold(&examples, &fold_of_group(&groups, 1), 1).expect("the rows settle it");
        auc(&said.iter().zip(&people).map(|(said, one)| (said.picture, one.is_treated)).collect::<Vec<_>>())
    }

    #[test]
    fn noise_tells_nothing_of_people_not_seen_and_a_sign_is_found() {
        /// Three standard errors of an area of chance with 100 treated of 400.
        const CHANCE: f64 = 0.1;
        assert!((area(0.0) - 0.5).abs() < CHANCE, "{}", area(0.0));
        assert!(area(2.0) > 0.85, "{}", area(2.0));
    }
}
