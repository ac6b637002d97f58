//! A last layer for each network, fitted to own films, and what it is worth on people whom it has not seen.
//!
//! Nested grouped cross-validation (Varma and Simon, "Bias in error estimation when using cross-validation for model
//! selection", 2006): of five folds of people each is held out once; layers, temperature, operating point, the weight of
//! the picture beside the age and the threshold of a test are fitted to the other four, by a cross-validation within these.
//! The layer and its penalty are those of the trainer.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use analysis::manifest::Manifest;
use analysis::own_head::{self, OwnHead};
use analysis::prediction::Class;
use rayon::prelude::*;
use statistics::folds::FOLDS;
use statistics::with_answers::known_range;

use crate::fitted_head::{self, Asked};
use crate::nested::{self, CrossFitted, Knee, OutOfFold, Rules};
use crate::own_film::OwnFilm;
use crate::refit_record::{self, RefitRecord};

/// A class of fewer people teaches nothing that holds.
pub const FEWEST_PEOPLE: usize = 10;

/// Why nothing was fitted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRefitted {
    /// A class has too few people.
    #[error("{people} people of the class {} have a judged knee: a last layer takes at least {FEWEST_PEOPLE} of each class", .class.id())]
    FewPeople {
        /// Which class.
        class: Class,
        /// How many there are.
        people: usize,
    },
    /// A network does not end with the means of its last maps and a linear layer.
    #[error("the last layer of {network} does not see the means of its last maps: it cannot be fitted so")]
    OtherHead {
        /// Its name.
        network: String,
    },
    /// The films come from results that were saved: these do not hold what a last layer sees.
    #[error("what the last layer sees of the films is not there: judge them anew")]
    NoDescriptors,
}

/// A head and what it is worth.
#[derive(Clone, Debug, PartialEq)]
pub struct Refit {
    /// Fitted to all films.
    pub head: OwnHead,
    /// By heads that have not seen the person.
    pub record: RefitRecord,
}

/// Fits and scores. `done` hears how many of how many layers are fitted.
///
/// # Errors
/// [`NotRefitted`].
pub fn refit(
    films: &[OwnFilm],
    manifest: &Manifest,
    asked: &Asked,
    done: &(dyn Fn(usize, usize) + Sync),
) -> Result<Refit, NotRefitted> {
    let knees = knees(films, manifest)?;
    let ages = known_ages(&knees);
    let range = ages.unwrap_or_default();
    let fitted = AtomicUsize::new(0);
    // Each fold's inner folds, each fold, and all together.
    let in_all = FOLDS * FOLDS + FOLDS + 1;
    let fit = |some: &[usize]| {
        let layers = nested::layers(&knees, some, ages.is_some());
        done(fitted.fetch_add(1, Ordering::Relaxed) + 1, in_all);
        layers
    };
    let whole: Vec<usize> = (0..knees.len()).collect();
    let folds = nested::folds(&knees, &whole);
    let parts: Vec<(Vec<OutOfFold>, Rules)> = folds
        .into_par_iter()
        .enumerate()
        .map(|(fold, (held_out, others))| {
            let inner = nested::cross_validated(&knees, &others, &fit, range);
            let rules = nested::rules(&knees, &inner, asked.sensitivity);
            (nested::said(&knees, &held_out, fold, &fit(&others), range), rules)
        })
        .collect();
    let mut said = CrossFitted::default();
    for (held_out, rules) in &parts {
        nested::judge(&mut said, &knees, held_out, rules);
    }
    let together: Vec<OutOfFold> = parts.into_iter().flat_map(|(held_out, _)| held_out).collect();
    let rules = nested::rules(&knees, &together, asked.sensitivity);
    let record = refit_record::of(&said, manifest, &rules, asked.sensitivity);
    let head = fitted_head::head(manifest, asked, &fit(&whole), &rules, &said, range);
    Ok(Refit { head, record })
}

fn knees<'a>(films: &'a [OwnFilm], manifest: &Manifest) -> Result<Vec<Knee<'a>>, NotRefitted> {
    let mut knees = Vec::new();
    for (film_at, film) in films.iter().enumerate() {
        for knee in film.known_knees() {
            let of = |id: &str| {
                let (_, means) = knee.descriptors.iter().find(|(model, _)| model == id)?;
                let (_, shipped) = knee.models.iter().find(|(model, _)| model == id)?;
                Some((means.as_slice(), *shipped))
            };
            let of_models: Option<Vec<_>> = manifest.models.iter().map(|entry| of(&entry.id)).collect();
            let (means, shipped) = of_models.ok_or(NotRefitted::NoDescriptors)?.into_iter().unzip();
            knees.push(Knee { film, film_at, means, shipped });
        }
    }
    if let Some(entry) = manifest.models.iter().find(|entry| !own_head::can_follow(entry)) {
        return Err(NotRefitted::OtherHead { network: entry.name.clone() });
    }
    let people = nested::people(&knees, &(0..knees.len()).collect::<Vec<_>>());
    for class in Class::ALL {
        let people = people.values().filter(|of| **of == class).count();
        if people < FEWEST_PEOPLE {
            return Err(NotRefitted::FewPeople { class, people });
        }
    }
    Ok(knees)
}

/// The youngest and the oldest age of which enough people are known; none where a class has too few people with an age.
fn known_ages(knees: &[Knee]) -> Option<(f32, f32)> {
    let people: BTreeMap<&str, (Class, f32)> = knees
        .iter()
        .filter_map(|knee| {
            let entry = &knee.film.entry;
            Some((entry.person.as_str(), (entry.class, entry.age_years?)))
        })
        .collect();
    let has_enough = |class: Class| people.values().filter(|(of, _)| *of == class).count() >= FEWEST_PEOPLE;
    let ages: Vec<f32> = people.values().map(|(_, age)| *age).collect();
    Class::ALL.into_iter().all(has_enough).then(|| known_range(&ages))
}
