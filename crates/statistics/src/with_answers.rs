//! Answers and picture of a film together, and which classes stay possible by both.

use std::collections::{BTreeMap, BTreeSet};

use crate::calibration::conformal;
use crate::kept::Called;
use crate::weighting::class_weights;
use analysis::clinical;
use analysis::prediction::{Class, Probabilities, Verdict};
use analysis::promises::Conformal;

/// The picture's weight beside the questionnaire is one of these.
const PICTURE_WEIGHTS: [f32; 6] = [0.0, 0.25, 0.5, 0.75, 1.0, 1.5];

/// What is said of a film in one repeat by models that have not seen it.
#[derive(Clone, Debug, PartialEq)]
pub struct FilmEvidence {
    /// The film, or the person.
    pub group: String,
    /// The truth.
    pub class: Class,
    /// Which repeat of the cross-validation, from 0.
    pub repeat: usize,
    /// The fold in which it was held out.
    pub fold: usize,
    /// By the answers.
    pub clinical: Probabilities,
    /// By the picture.
    pub picture: Probabilities,
}

/// The same, joined and judged by what was fitted to what is said of the films of the other folds.
pub struct Answered<'a> {
    /// Whose.
    pub film: &'a FilmEvidence,
    /// By answers and picture.
    pub joined: Probabilities,
    /// The class that alone stays possible at 80 %.
    pub only: Option<Class>,
    /// The classes that stay possible at 80 and at 90 %.
    pub possible: [Vec<Class>; 2],
}

impl Answered<'_> {
    /// What is said by answers and picture.
    pub fn called(&self) -> Called {
        let film = self.film;
        Called {
            group: film.group.clone(),
            class: film.class,
            repeat: film.repeat,
            verdict: self.only.map_or(Verdict::Uncertain, Verdict::from),
            possible: [0, 1].map(|level: usize| self.possible[level].contains(&film.class)),
        }
    }
}

/// The weight of the picture under which the truth is likeliest, each class counting alike.
pub fn picture_weight(films: &[&FilmEvidence]) -> f32 {
    let weights = class_weights(films.iter().map(|film| film.class as usize)).map(|weight| weight as f32);
    let loss = |weight: f32| -> f32 {
        let of = |film: &&FilmEvidence| {
            let class = film.class as usize;
            -weights[class] * joined(film, weight)[class].max(1e-9).ln()
        };
        films.iter().map(of).sum()
    };
    PICTURE_WEIGHTS.into_iter().min_by(|a, b| loss(*a).total_cmp(&loss(*b))).unwrap_or(0.0)
}

/// Which classes stay possible, fitted to these films.
pub fn sets(films: &[&FilmEvidence], weight: f32) -> Conformal {
    let said: Vec<(Probabilities, Class)> = films.iter().map(|film| (joined(film, weight), film.class)).collect();
    let repeats = films.iter().map(|film| film.repeat).collect::<BTreeSet<_>>().len();
    Conformal { least_80: conformal(&said, repeats, 0.8), least_90: conformal(&said, repeats, 0.9) }
}

/// Every film by what was fitted on the other folds.
pub fn cross_fitted(films: &[FilmEvidence]) -> Vec<Answered<'_>> {
    let mut fitted = BTreeMap::<(usize, usize), (f32, Conformal)>::new();
    let mut all = Vec::with_capacity(films.len());
    for film in films {
        let FilmEvidence { repeat, fold, .. } = *film;
        let (weight, sets) = *fitted.entry((repeat, fold)).or_insert_with(|| {
            let others: Vec<&FilmEvidence> =
                films.iter().filter(|one| one.repeat == repeat && one.fold != fold).collect();
            let weight = picture_weight(&others);
            (weight, sets(&others, weight))
        });
        all.push(answered(film, weight, &sets));
    }
    all
}

/// A film by what was fitted to others.
pub fn answered<'a>(film: &'a FilmEvidence, weight: f32, sets: &Conformal) -> Answered<'a> {
    let joined = joined(film, weight);
    let possible = [sets.least_80, sets.least_90].map(|least| Conformal::possible(&least, &joined));
    Answered { film, joined, only: sets.only(&joined), possible }
}

/// Between the lowest and the highest whole value with enough people near it: farther out a regression only goes on as it was.
pub fn known_range(values: &[f32]) -> (f32, f32) {
    /// Years, kilograms, centimetres.
    const NEAR: f32 = 5.0;
    const ENOUGH: usize = 5;
    let is_known = |at: &f32| values.iter().filter(|value| (**value - at).abs() <= NEAR).count() >= ENOUGH;
    let (least, most) =
        (values.iter().copied().fold(f32::MAX, f32::min), values.iter().copied().fold(f32::MIN, f32::max));
    let whole = || (least.floor() as i32..=most.ceil() as i32).map(|at| at as f32).filter(is_known);
    (whole().next().unwrap_or(least), whole().next_back().unwrap_or(most))
}

fn joined(film: &FilmEvidence, weight: f32) -> Probabilities {
    clinical::joined(&film.clinical, &film.picture, weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_film_has_no_part_in_what_it_is_judged_by() {
        let film = |at: usize, class: Class| FilmEvidence {
            group: format!("G{at}"),
            class,
            repeat: 0,
            fold: at % 5,
            clinical: [0.2 + at as f32 / 200.0, 0.5 - at as f32 / 200.0, 0.3],
            picture: [1.0 / 3.0; 3],
        };
        let films: Vec<FilmEvidence> = (0..60).map(|at| film(at, Class::ALL[at / 5 % 3])).collect();
        let mut altered: Vec<FilmEvidence> = (0..60).map(|at| film(at, Class::ALL[at / 5 % 3])).collect();
        // Another truth of the first fold changes nothing of what is said of it.
        altered.iter_mut().filter(|one| one.fold == 0).for_each(|one| one.class = Class::Osteoporosis);
        for (before, after) in
            cross_fitted(&films).iter().zip(&cross_fitted(&altered)).filter(|(one, _)| one.film.fold == 0)
        {
            assert_eq!((before.only, &before.possible), (after.only, &after.possible), "{}", before.film.group);
        }
    }
}
