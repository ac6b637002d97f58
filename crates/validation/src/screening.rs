//! A test for osteoporosis at a sensitivity of one's choice.

use std::collections::BTreeMap;

use analysis::prediction::Class;
use serde::{Deserialize, Serialize};
use statistics::bootstrap::{Estimate, over};

use crate::nested::SaidOfFilm;

/// A film is found when the probability of osteoporosis of one of its knees reaches a threshold. The threshold is chosen on
/// other people, so that it finds the share asked for there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Screening {
    /// The share (0..1) of the films with osteoporosis that it is to find.
    pub asked: f64,
    /// The threshold (0..=1) that finds so many of all films.
    pub threshold: f32,
    /// Of the films with osteoporosis, the share that was found.
    pub sensitivity: Estimate,
    /// Of the others, the share that was not.
    pub specificity: Estimate,
}

/// What it finds among people not seen; `by` is 0 for the fitted layers and 1 for the shipped ones.
pub(crate) fn of(films: &[SaidOfFilm], by: usize, threshold: f32, asked: f64) -> Screening {
    let mut people = BTreeMap::<&str, Vec<&SaidOfFilm>>::new();
    for film in films {
        people.entry(&film.film.entry.person).or_default().push(film);
    }
    let people: Vec<Vec<(bool, bool)>> = people
        .into_values()
        .map(|films| {
            let is_ill = |film: &SaidOfFilm| film.film.entry.class == Class::Osteoporosis;
            films.into_iter().map(|film| (is_ill(film), film.is_found[by])).collect()
        })
        .collect();
    let [sensitivity, specificity] = over(&people, |some| {
        let share = |ill: bool, found: bool| {
            let of = || some.iter().flat_map(|films| films.iter()).filter(|(is_ill, _)| *is_ill == ill);
            of().filter(|(_, is_found)| *is_found == found).count() as f64 / of().count() as f64
        };
        [share(true, true), share(false, false)]
    });
    Screening { asked, threshold, sensitivity, specificity }
}
