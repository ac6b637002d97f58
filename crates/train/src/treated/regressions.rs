//! The regressions on what some networks make of a knee.

use anyhow::Result;
use statistics::folds::{FOLDS, fold_of_group};

use super::cohort::Person;
use super::saved::{SaidOfFilm, rounded};
use crate::ridge::{Curve, Fitted};

/// Weight penalties for standardised features, for each person learned from; each training fold chooses.
const PENALTIES: [f64; 7] = [0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0];

/// For age and index, of which there are few.
pub const CLINICAL_PENALTY: f64 = 1e-4;

/// What a reading says of a person who was not learned from.
#[derive(Clone, Copy, Debug)]
pub struct Said {
    /// Log odds of treatment, by the picture.
    pub picture: f64,
    /// The same by age, body-mass index and picture.
    pub all: f64,
    /// By the picture, in years.
    pub image_age: f64,
}

/// A person, and the features that are read.
pub struct Example<'a> {
    pub person: &'a Person,
    features: Vec<f64>,
}

impl<'a> Example<'a> {
    /// Read by these networks.
    pub fn of(person: &'a Person, networks: &[usize]) -> Self {
        Self { person, features: side_by_side(&person.features, networks) }
    }
}

/// What is fitted to the people of a training fold.
pub struct Reading {
    /// Of the treatment score and of the image age.
    pub penalties: [f64; 2],
    /// Of women alone: nearly all who were treated are.
    picture: Fitted,
    all: Fitted,
    image_age: Fitted,
}

impl Reading {
    /// Fits to some people. The picture's score joins age and index as models say it that have not seen the person.
    pub fn fit(people: &[&Example], seed: u64) -> Result<Self> {
        let women: Vec<&Example> = people.iter().filter(|one| one.person.is_female).copied().collect();
        let treated: Vec<f64> = women.iter().map(|one| one.person.target()).collect();
        let (penalty, unseen) = chosen(&women, &treated, seed, Curve::Logistic)?;
        let joined: Vec<Vec<f64>> = women.iter().zip(&unseen).map(|(one, score)| joined(one.person, *score)).collect();
        let joined: Vec<&[f64]> = joined.iter().map(Vec::as_slice).collect();

        let ages: Vec<f64> = people.iter().map(|one| one.person.age_years).collect();
        let (age_penalty, _) = chosen(people, &ages, seed, Curve::Linear)?;
        Ok(Self {
            penalties: [penalty, age_penalty],
            picture: Fitted::fit(&features(&women), &treated, penalty, Curve::Logistic)?,
            all: Fitted::fit(&joined, &treated, CLINICAL_PENALTY, Curve::Logistic)?,
            image_age: Fitted::fit(&features(people), &ages, age_penalty, Curve::Linear)?,
        })
    }

    /// Of a person who was not learned from.
    pub fn says(&self, one: &Example) -> Said {
        let picture = self.picture.value(&one.features);
        Said {
            picture,
            all: self.all.value(&joined(one.person, picture)),
            image_age: self.image_age.value(&one.features),
        }
    }

    /// Of a film with these features.
    pub fn says_of_film(&self, features: &[f64]) -> SaidOfFilm {
        SaidOfFilm {
            picture: rounded(self.picture.value(features)),
            image_age: rounded(self.image_age.value(features)),
        }
    }
}

/// The features of some networks, one after the other.
pub fn side_by_side(features: &[Vec<f64>], networks: &[usize]) -> Vec<f64> {
    networks.iter().flat_map(|network| &features[*network]).copied().collect()
}

fn joined(person: &Person, score: f64) -> Vec<f64> {
    [person.clinical(), vec![score]].concat()
}

fn features<'a>(people: &[&'a Example]) -> Vec<&'a [f64]> {
    people.iter().map(|one| one.features.as_slice()).collect()
}

/// The penalty with the least loss on inner folds, and what it says of each person by a model that has not seen them.
fn chosen(people: &[&Example], targets: &[f64], seed: u64, curve: Curve) -> Result<(f64, Vec<f64>)> {
    let groups = people.iter().map(|one| (one.person.group.clone(), one.person.is_treated)).collect();
    let folds = fold_of_group(&groups, seed);
    let fold_of = |at: usize| folds[&people[at].person.group];
    let rows = features(people);
    let mut best: Option<(f64, f64, Vec<f64>)> = None;
    for penalty in PENALTIES {
        let mut unseen = vec![0.0; rows.len()];
        for fold in 0..FOLDS {
            let (held_out, seen): (Vec<usize>, Vec<usize>) = (0..rows.len()).partition(|at| fold_of(*at) == fold);
            let seen_rows: Vec<&[f64]> = seen.iter().map(|at| rows[*at]).collect();
            let seen_targets: Vec<f64> = seen.iter().map(|at| targets[*at]).collect();
            let fitted = Fitted::fit(&seen_rows, &seen_targets, penalty, curve)?;
            for at in held_out {
                unseen[at] = fitted.value(rows[at]);
            }
        }
        let loss: f64 = unseen.iter().zip(targets).map(|(value, target)| curve.loss(*value, *target)).sum();
        if best.as_ref().is_none_or(|(least, ..)| loss < *least) {
            best = Some((loss, penalty, unseen));
        }
    }
    let (_, penalty, unseen) = best.expect("there are penalties to choose from");
    Ok((penalty, unseen))
}
