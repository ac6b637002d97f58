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
mod figures;
mod films;
mod newton;
mod reading;
mod summary;

use std::collections::BTreeMap;
use std::path::Path;

use analysis::prediction::Class;
use anyhow::Result;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use statistics::folds::{FOLDS, fold_of_group};

use crate::model_id::ModelId;
use crate::{predictions, shipped};
use cohort::Person;
use features::Describer;
use newton::{Curve, Fitted};
use reading::{Example, Reading, Said};
pub use summary::summary;

/// For age and index, of which there are few.
const CLINICAL_PENALTY: f64 = 1e-4;

/// What is said of people treated or not who were not learned from, and of films with ultrasound classes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Treated {
    /// Of the folds.
    pub seed: u64,
    /// The networks whose stages are read.
    pub networks: Vec<ReadNetwork>,
    /// The ways to read them: each network by itself, then both side by side.
    pub readings: Vec<ReadingRecord>,
    /// Everybody, in the order of what is said of them.
    pub people: Vec<JudgedPatient>,
    /// What needs ages and indices as they are, of each part of the people that is large enough.
    pub of_table: Vec<figures::OfTable>,
    /// Every film.
    pub films: Vec<JudgedFilm>,
}

/// A network whose early stages are read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadNetwork {
    /// As in the manifest.
    pub model: String,
    /// Of its weight file.
    pub sha256: String,
    /// The stages.
    pub stages: Vec<String>,
    /// What the films' boxes and contrast were brought to, to resemble the pictures learned from.
    pub matching: films::Matching,
}

/// A way to read the networks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadingRecord {
    /// For the tables.
    pub name: String,
    /// Of the treatment score and of the image age, in each fold.
    pub penalties: Vec<[f64; 2]>,
}

/// A person, described no closer than the tables need: ages in bands, no body-mass index, and no name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JudgedPatient {
    /// Whether they ever took bisphosphonates.
    pub is_treated: bool,
    /// The sex in the table.
    pub is_female: bool,
    /// 45, 60 or 70: the first year of the band.
    pub age_from: u8,
    /// 2 when a knee has grade 2 to 4 after Kellgren and Lawrence, else 0.
    pub grade_from: u8,
    /// Whether their row in the table is settled without looking at a picture.
    pub is_settled: bool,
    /// Log odds of treatment by age and body-mass index.
    pub clinical: f64,
    /// The same by the picture: by each reading.
    pub picture: Vec<f64>,
    /// The same by age, body-mass index and picture: by each reading.
    pub all: Vec<f64>,
    /// Image age less age, in years: by each reading.
    pub image_age_error: Vec<f64>,
}

/// What a reading says of a film.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SaidOfFilm {
    /// Log odds of treatment.
    pub picture: f64,
    /// In years.
    pub image_age: f64,
}

/// A film, judged by models of everybody; its class had no part in them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JudgedFilm {
    /// Its name.
    pub group: String,
    /// By ultrasound T-score.
    pub class: Class,
    /// Of the person, if known.
    pub age_years: Option<f64>,
    /// Of the person, if known.
    pub is_female: Option<bool>,
    /// By each reading.
    pub said: Vec<SaidOfFilm>,
}

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
    let of_table = figures::of_table(&people, &judged);
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

/// The features of some networks, one after the other.
fn side_by_side(features: &[Vec<f64>], networks: &[usize]) -> Vec<f64> {
    networks.iter().flat_map(|network| &features[*network]).copied().collect()
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

/// Two digits: an area moves by less than a thousandth.
fn rounded(value: f64) -> f64 {
    (value * 1e2).round() / 1e2
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
