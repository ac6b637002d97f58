//! What the models are worth on own films: the figures that a reviewer asks for, by the code that scores the project's own.

use std::collections::{BTreeMap, BTreeSet};

use analysis::manifest::Manifest;
use analysis::prediction::{Class, Probabilities, Verdict};
use serde::{Deserialize, Serialize};
use statistics::bootstrap::{Estimate, estimates, over};
use statistics::folds::{FOLDS, fold_of_group};
use statistics::judgement::Judgement;
use statistics::kept::{self, Called};
use statistics::metrics;
use statistics::record::{PromisesRecord, Scores};
use statistics::weighting::class_weights;

use crate::entry::Sex;
use crate::own_film::{Answer, OwnFilm};
use crate::power::films_to_tell;

/// A part of the films is scored if each class has at least this many people in it.
const FEWEST_PEOPLE_OF_A_CLASS: usize = 4;

/// All figures; aggregates only: no file, no person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// What there was.
    pub counts: Counts,
    /// The share of knees of the most frequent class: what always naming it scores.
    pub majority: Estimate,
    /// Each network, then all together, by knee.
    pub networks: Vec<Scores>,
    /// By film, of those whose age is known: age alone, picture alone, both.
    pub with_age: Vec<Scores>,
    /// By film, of those whose sex is known: sex alone, each fifth of the people by what the others are.
    pub sex_alone: Option<Scores>,
    /// What the page's verdicts from the picture alone are worth here.
    pub verdicts_by_picture: PromisesRecord,
    /// What its verdicts with the age are worth here.
    pub verdicts_with_age: Option<PromisesRecord>,
    /// The same as tests for a condition.
    pub tests: Vec<Test>,
    /// All networks together on parts of the films.
    pub subgroups: Vec<Scores>,
    /// Parts in which a class has too few people: how many, not which.
    pub too_small: usize,
    /// The areas under the ROC curve of all networks together, and how many films tell them from others.
    pub areas: Vec<Area>,
}

/// How many films, and what became of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Films of the table that were used.
    pub films: usize,
    /// People they are of.
    pub people: usize,
    /// Knees that were judged.
    pub knees: usize,
    /// Per class, in the order normal, osteopenia, osteoporosis.
    pub classes: [ClassCount; 3],
}

/// Films of a class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassCount {
    /// All of them.
    pub films: usize,
    /// Of these, not taken for a picture of a knee.
    pub refused: usize,
    /// Of these, not read.
    pub failed: usize,
}

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// Osteoporosis, found by red.
    Osteoporosis,
    /// Osteopenia or osteoporosis, found by yellow or red.
    BoneLoss,
}

/// On what a verdict rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// The picture alone.
    Picture,
    /// Age and picture.
    PictureAndAge,
}

/// A verdict as a test for a condition; "uncertain" counts as not found. Shares of films, 0..=1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Test {
    /// On what the verdict rests.
    pub basis: Basis,
    /// What is looked for.
    pub condition: Condition,
    /// Judged films of those who have it, and of others.
    pub films: [usize; 2],
    /// Of those who have it, found; none where nobody has it.
    pub sensitivity: Option<Estimate>,
    /// Of the others, not found; none where there are none.
    pub specificity: Option<Estimate>,
    /// The share (0..=1) that has it where the next two hold.
    pub prevalence: f64,
    /// Of those found, the share that has it; none where nobody is found.
    pub positive_predictive_value: Option<Estimate>,
    /// Of those not found, the share that does not have it; none where everybody is.
    pub negative_predictive_value: Option<Estimate>,
}

/// An area under the ROC curve, and how many independent films it takes to tell it from others, with the classes as frequent
/// as here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Area {
    /// Of what.
    pub condition: Condition,
    /// Its value here, all networks together; none where nobody or everybody has the condition.
    pub auc: Option<Estimate>,
    /// Judged people who have it, and others.
    pub people: [usize; 2],
    /// To tell it from 0.5; none where it is too near.
    pub films_to_tell_from_chance: Option<usize>,
    /// To tell it from 0.7.
    pub films_to_tell_from_seven_tenths: Option<usize>,
}

impl Condition {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Osteoporosis, Self::BoneLoss];

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Osteoporosis => "osteoporosis",
            Self::BoneLoss => "bone loss",
        }
    }

    /// Whether a film has it.
    pub fn is_of(self, class: Class) -> bool {
        match self {
            Self::Osteoporosis => class == Class::Osteoporosis,
            Self::BoneLoss => class != Class::Normal,
        }
    }

    fn is_found_by(self, verdict: Verdict) -> bool {
        match self {
            Self::Osteoporosis => verdict == Verdict::Osteoporosis,
            Self::BoneLoss => matches!(verdict, Verdict::Osteopenia | Verdict::Osteoporosis),
        }
    }

    /// The area under its ROC curve.
    pub fn auc(self, scores: &Scores) -> Estimate {
        match self {
            Self::Osteoporosis => scores.per_class[Class::Osteoporosis as usize].auc,
            Self::BoneLoss => scores.bone_loss_auc,
        }
    }
}

/// All figures of these films; predictive values where `prevalence` (0..1) of the people have osteoporosis, or where as many have it as
/// here.
pub fn figures(films: &[OwnFilm], manifest: &Manifest, prevalence: Option<f64>) -> Figures {
    let ids: Vec<&str> = manifest.models.iter().map(|entry| entry.id.as_str()).collect();
    let knees = |films: &[&OwnFilm], models: &[&str]| -> Vec<Judgement> {
        films.iter().flat_map(|film| film.judgements(models)).collect()
    };
    let all: Vec<&OwnFilm> = films.iter().collect();
    let together = knees(&all, &ids);
    let mut networks: Vec<Scores> = ids.iter().map(|id| metrics::scores(id, &knees(&all, &[id]))).collect();
    let combined = metrics::scores("combined", &together);
    networks.push(combined.clone());
    let [majority] = estimates(&together, |some| [metrics::majority(some)]);
    let by_picture: Vec<Called> = films.iter().filter_map(OwnFilm::called).collect();
    let by_age: Vec<Called> = films.iter().filter_map(|film| film.called_with_age(&manifest.clinical)).collect();
    let mut tests = Vec::new();
    for (basis, called) in [(Basis::Picture, &by_picture), (Basis::PictureAndAge, &by_age)] {
        if !called.is_empty() {
            // Of osteoporosis; as many with bone loss as here: the one holds the other.
            tests.push(test(basis, Condition::Osteoporosis, called, prevalence));
            tests.push(test(basis, Condition::BoneLoss, called, None));
        }
    }
    let (mut subgroups, mut too_small) = (Vec::new(), 0);
    for (name, films) in parts(films) {
        if has_enough(&films) {
            subgroups.push(metrics::scores(&name, &knees(&films, &ids)));
        } else {
            too_small += 1;
        }
    }
    let area = |condition: Condition| {
        let of = |has_it: bool| {
            let judged = films.iter().filter(|film| film.known_knees().next().is_some());
            let some = judged.filter(|film| condition.is_of(film.entry.class) == has_it);
            some.map(|film| &film.entry.person).collect::<BTreeSet<_>>().len()
        };
        let people = [of(true), of(false)];
        let auc = (people[0] > 0 && people[1] > 0).then(|| condition.auc(&combined));
        let share = people[0] as f64 / (people[0] + people[1]).max(1) as f64;
        let films_to_tell = |other: f64| films_to_tell(auc?.value, other, share);
        Area {
            condition,
            auc,
            people,
            films_to_tell_from_chance: films_to_tell(0.5),
            films_to_tell_from_seven_tenths: films_to_tell(0.7),
        }
    };
    Figures {
        counts: counts(films),
        majority,
        with_age: with_age(films, manifest),
        sex_alone: sex_alone(films),
        verdicts_by_picture: kept::of(&by_picture, false),
        verdicts_with_age: (!by_age.is_empty()).then(|| kept::of(&by_age, true)),
        tests,
        subgroups,
        too_small,
        areas: Condition::ALL.map(area).into(),
        networks,
    }
}

/// With its interval, to two digits; a figure of nothing at all is kept as nought with the widest one.
pub fn written(of: &Estimate) -> String {
    if of.value <= 0.0 && of.low <= 0.0 && of.high >= 1.0 {
        return "–".to_owned();
    }
    format!("{:.2} ({:.2}–{:.2})", of.value, of.low, of.high)
}

fn counts(films: &[OwnFilm]) -> Counts {
    let mut classes = [ClassCount::default(); 3];
    for film in films {
        let count = &mut classes[film.entry.class as usize];
        count.films += 1;
        count.refused += usize::from(film.answer == Answer::Refused);
        count.failed += usize::from(film.answer == Answer::Failed);
    }
    Counts {
        films: films.len(),
        people: films.iter().map(|film| &film.entry.person).collect::<BTreeSet<_>>().len(),
        knees: films.iter().map(|film| film.known_knees().count()).sum(),
        classes,
    }
}

/// Age, picture and both on the same films.
fn with_age(films: &[OwnFilm], manifest: &Manifest) -> Vec<Scores> {
    let model = &manifest.clinical;
    let known: Vec<(&OwnFilm, Probabilities, Probabilities)> =
        films.iter().filter_map(|film| Some((film, film.by_age(model)?, film.picture()?))).collect();
    if known.is_empty() {
        return Vec::new();
    }
    let scores = |name: &str, said: &dyn Fn(&Probabilities, &Probabilities) -> Probabilities| {
        let judged: Vec<Judgement> =
            known.iter().map(|(film, age, picture)| film.judgement(said(age, picture))).collect();
        metrics::scores(name, &judged)
    };
    vec![
        scores("age alone", &|age, _| *age),
        scores("picture alone, mean of the knees", &|_, picture| *picture),
        scores("age and picture", &|age, picture| model.with_picture(age, picture)),
    ]
}

/// The class shares of the other folds' people of the same sex.
fn sex_alone(films: &[OwnFilm]) -> Option<Scores> {
    let known: Vec<(&OwnFilm, Sex)> = films.iter().filter_map(|film| Some((film, film.entry.sex?))).collect();
    if known.iter().map(|(_, sex)| *sex).collect::<BTreeSet<_>>().len() < 2 {
        return None;
    }
    let groups: BTreeMap<String, Class> =
        known.iter().map(|(film, _)| (film.entry.person.clone(), film.entry.class)).collect();
    let folds = fold_of_group(&groups, 1);
    let shares = |fold: usize, of: Sex| -> Probabilities {
        let others: Vec<&(&OwnFilm, Sex)> =
            known.iter().filter(|(film, _)| folds[&film.entry.person] != fold).collect();
        let weights =
            class_weights(others.iter().map(|(film, _)| film.entry.class as usize)).map(|weight| weight as f32);
        // One of each class beforehand, so that few people say little.
        let mut counts = [1.0; 3];
        for (film, _) in others.iter().filter(|(_, sex)| *sex == of) {
            counts[film.entry.class as usize] += weights[film.entry.class as usize];
        }
        let sum: f32 = counts.iter().sum();
        counts.map(|count| count / sum)
    };
    let said: BTreeMap<(usize, Sex), Probabilities> =
        (0..FOLDS).flat_map(|fold| [Sex::Woman, Sex::Man].map(|sex| ((fold, sex), shares(fold, sex)))).collect();
    let judged: Vec<Judgement> =
        known.iter().map(|(film, sex)| film.judgement(said[&(folds[&film.entry.person], *sex)])).collect();
    Some(metrics::scores("sex alone", &judged))
}

fn test(basis: Basis, condition: Condition, called: &[Called], prevalence: Option<f64>) -> Test {
    let mut people = BTreeMap::<&str, Vec<&Called>>::new();
    for one in called {
        people.entry(&one.group).or_default().push(one);
    }
    let people: Vec<Vec<&Called>> = people.into_values().collect();
    let with = called.iter().filter(|one| condition.is_of(one.class)).count();
    let films = [with, called.len() - with];
    let here = with as f64 / called.len() as f64;
    let [sensitivity, specificity, positive, negative] = over(&people, |some| {
        let of = |has_it: bool| {
            some.iter().flat_map(|films| films.iter()).filter(move |one| condition.is_of(one.class) == has_it)
        };
        let share = |has_it: bool| {
            of(has_it).filter(|one| condition.is_found_by(one.verdict)).count() as f64 / of(has_it).count() as f64
        };
        let (sensitivity, alarms) = (share(true), share(false));
        // That of the table is drawn with its people.
        let drawn = of(true).count() as f64 / (of(true).count() + of(false).count()) as f64;
        let prevalence = prevalence.unwrap_or(drawn);
        let found = [sensitivity * prevalence, alarms * (1.0 - prevalence)];
        let left = [(1.0 - sensitivity) * prevalence, (1.0 - alarms) * (1.0 - prevalence)];
        [sensitivity, 1.0 - alarms, found[0] / (found[0] + found[1]), left[1] / (left[0] + left[1])]
    });
    let found = called.iter().filter(|one| condition.is_found_by(one.verdict)).count();
    let has_both = films[0] > 0 && films[1] > 0;
    let told = |share: Estimate, of: usize, is_told: bool| is_told.then(|| never_sure(share, of));
    Test {
        basis,
        condition,
        films,
        sensitivity: told(sensitivity, films[0], films[0] > 0),
        specificity: told(specificity, films[1], films[1] > 0),
        prevalence: prevalence.unwrap_or(here),
        positive_predictive_value: told(positive, found, has_both && found > 0),
        negative_predictive_value: told(negative, called.len() - found, has_both && found < called.len()),
    }
}

/// Of draws from films that all answer alike the bootstrap knows no doubt: there the end of Wilson's interval stands.
fn never_sure(share: Estimate, films: usize) -> Estimate {
    let least = metrics::least_share(films as f64, films as f64);
    if share.value >= 1.0 {
        Estimate { low: share.low.min(least), ..share }
    } else if share.value <= 0.0 {
        Estimate { high: share.high.max(1.0 - least), ..share }
    } else {
        share
    }
}

/// The films by sex, by age and by each column that was asked for.
fn parts(films: &[OwnFilm]) -> Vec<(String, Vec<&OwnFilm>)> {
    const AGES: [(&str, f32, f32); 3] =
        [("under 45 years", 0.0, 45.0), ("45 to 64 years", 45.0, 65.0), ("65 years and over", 65.0, f32::INFINITY)];
    let mut parts = BTreeMap::<(usize, String), Vec<&OwnFilm>>::new();
    for film in films {
        let entry = &film.entry;
        let sex = entry.sex.map(|sex| if sex == Sex::Woman { "women" } else { "men" });
        let age = entry.age_years.and_then(|age| AGES.iter().find(|(_, low, high)| (*low..*high).contains(&age)));
        let names =
            sex.map(|name| (0, name.to_owned())).into_iter().chain(age.map(|(name, ..)| (1, (*name).to_owned())));
        let columns = entry.subgroups.iter().map(|(head, value)| (2, format!("{head}: {value}")));
        for name in names.chain(columns) {
            parts.entry(name).or_default().push(film);
        }
    }
    parts.into_iter().map(|((_, name), films)| (name, films)).collect()
}

fn has_enough(films: &[&OwnFilm]) -> bool {
    Class::ALL.into_iter().all(|class| {
        let judged = films.iter().filter(|film| film.entry.class == class && film.known_knees().next().is_some());
        judged.map(|film| &film.entry.person).collect::<BTreeSet<_>>().len() >= FEWEST_PEOPLE_OF_A_CLASS
    })
}
