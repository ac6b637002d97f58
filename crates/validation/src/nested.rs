//! Layers and rules by cross-validations within cross-validations: what is said of a person comes from none of its films.

use std::collections::BTreeMap;

use analysis::prediction::{self, CLASSES, Class, OperatingPoint, Probabilities, Verdict};
use analysis::promises::Conformal;
use statistics::calibration;
use statistics::folds::{FOLDS, fold_of_group};
use statistics::judgement::Judgement;
use statistics::kept::Called;
use statistics::logistic::{Logistic, softmax};
use statistics::with_answers::{self, FilmEvidence};

use crate::own_film::{Answer, OwnFilm};

/// Weight penalty of the last layer, as the trainer's.
pub const PENALTY: f32 = 1.0;
/// The same of the age by itself.
const AGE_PENALTY: f32 = 0.02;
/// Of the folds.
pub const SEED: u64 = 1;

/// A knee that teaches.
pub struct Knee<'a> {
    /// Its film.
    pub film: &'a OwnFilm,
    /// Place of its film.
    pub film_at: usize,
    /// What the last layer of each network sees, in the order of the manifest.
    pub means: Vec<&'a [f32]>,
    /// What the shipped networks say, in the same order.
    pub shipped: Vec<Probabilities>,
}

/// What is fitted to some knees.
pub struct Layers {
    /// One for each network.
    pub of_model: Vec<Logistic>,
    /// Of the age alone; none where too few ages are known.
    pub age: Option<Logistic>,
}

/// What is said of a knee by layers that have not seen its person.
pub struct OutOfFold {
    knee: usize,
    fold: usize,
    logits: Vec<[f32; CLASSES]>,
    by_age: Option<Probabilities>,
}

/// What is fitted to such answers.
pub struct Rules {
    /// One for each network.
    pub temperatures: Vec<f32>,
    /// By the picture alone.
    pub operating_point: OperatingPoint,
    /// Beside the age.
    pub picture_weight: f32,
    /// By age and picture.
    pub sets: Conformal,
    /// Least probability of osteoporosis of a film that the test finds: by these layers, by the shipped ones.
    pub thresholds: [f32; 2],
}

/// What is said of a film by what has not seen its person.
pub struct SaidOfFilm<'a> {
    /// Which.
    pub film: &'a OwnFilm,
    /// By the picture alone.
    pub called: Called,
    /// By age and picture, where the age is known.
    pub with_age: Option<(FilmEvidence, Probabilities, Called)>,
    /// Whether the test finds it: by these layers, by the shipped ones.
    pub is_found: [bool; 2],
}

/// What is said of a knee by what has not seen its person.
pub struct SaidOfKnee {
    /// The fold in which its person was held out.
    pub fold: usize,
    /// By these layers, by the shipped ones.
    pub by: [Judgement; 2],
}

/// All that is said.
#[derive(Default)]
pub struct CrossFitted<'a> {
    /// Of each knee.
    pub knees: Vec<SaidOfKnee>,
    /// Of each film.
    pub films: Vec<SaidOfFilm<'a>>,
}

/// The people of some knees and their classes.
pub fn people(knees: &[Knee], some: &[usize]) -> BTreeMap<String, Class> {
    some.iter().map(|at| (knees[*at].film.entry.person.clone(), knees[*at].film.entry.class)).collect()
}

/// Those of each fold, and the others.
pub fn folds(knees: &[Knee], some: &[usize]) -> Vec<(Vec<usize>, Vec<usize>)> {
    let fold_of = fold_of_group(&people(knees, some), SEED);
    (0..FOLDS).map(|fold| some.iter().partition(|at| fold_of[&knees[**at].film.entry.person] == fold)).collect()
}

/// Fits to some knees; to their ages only where `with_age` says that enough of these are known.
pub fn layers(knees: &[Knee], some: &[usize], with_age: bool) -> Layers {
    let class = |at: &usize| knees[*at].film.entry.class as usize;
    let of_model = |model: usize| {
        let rows: Vec<(&[f32], usize)> = some.iter().map(|at| (knees[*at].means[model], class(at))).collect();
        Logistic::fit(&rows, PENALTY)
    };
    // A film counts once, however many knees it shows.
    let films: BTreeMap<usize, &OwnFilm> = some.iter().map(|at| (knees[*at].film_at, knees[*at].film)).collect();
    let ages: Vec<([f32; 1], usize)> =
        films.values().filter_map(|film| Some(([film.entry.age_years?], film.entry.class as usize))).collect();
    let rows: Vec<(&[f32], usize)> = ages.iter().map(|(age, class)| (age.as_slice(), *class)).collect();
    let has_all = with_age && (0..CLASSES).all(|class| rows.iter().any(|(_, of)| *of == class));
    let models = some.first().map_or(0, |at| knees[*at].means.len());
    Layers { of_model: (0..models).map(of_model).collect(), age: has_all.then(|| Logistic::fit(&rows, AGE_PENALTY)) }
}

/// What layers say of knees that they have not seen; by the age between these two.
pub fn said(knees: &[Knee], held_out: &[usize], fold: usize, layers: &Layers, ages: (f32, f32)) -> Vec<OutOfFold> {
    let of = |at: &usize| {
        let knee = &knees[*at];
        let logits = layers.of_model.iter().zip(&knee.means).map(|(layer, means)| layer.logits(means));
        let age = knee.film.entry.age_years.filter(|age| (ages.0..=ages.1).contains(age));
        let by_age = layers.age.as_ref().zip(age);
        let by_age = by_age.map(|(layer, age)| softmax(layer.logits(&[age])));
        OutOfFold { knee: *at, fold, logits: logits.collect(), by_age }
    };
    held_out.iter().map(of).collect()
}

/// What is said of some knees by layers fitted to the others of them.
pub fn cross_validated(
    knees: &[Knee],
    some: &[usize],
    fit: &dyn Fn(&[usize]) -> Layers,
    ages: (f32, f32),
) -> Vec<OutOfFold> {
    let folds = folds(knees, some).into_iter().enumerate();
    folds.flat_map(|(fold, (held_out, others))| said(knees, &held_out, fold, &fit(&others), ages)).collect()
}

/// Fits the rules; a test is to find the share `sensitivity` (0..1) of the films with osteoporosis.
pub fn rules(knees: &[Knee], said: &[OutOfFold], sensitivity: f64) -> Rules {
    let of_film = |(one, judgement): (&OutOfFold, &Judgement)| {
        // A film gets a verdict, and not a person.
        let film = knees[one.knee].film_at.to_string();
        Judgement::new(&film, judgement.class, 0, judgement.models.clone())
    };
    let models = said.first().map_or(0, |one| one.logits.len());
    let temperature = |model: usize| {
        let predictions = said.iter().map(|one| (one.logits[model], knees[one.knee].film.entry.class));
        calibration::temperature(&predictions.collect::<Vec<_>>())
    };
    let temperatures: Vec<f32> = (0..models).map(temperature).collect();
    let judgements: Vec<Judgement> = said.iter().map(|one| judged(knees, one, &temperatures)).collect();
    let by_film_judged: Vec<Judgement> = said.iter().zip(&judgements).map(of_film).collect();
    let films = by_film(knees, said, &judgements);
    let with_age: Vec<&FilmEvidence> = films.values().filter_map(|film| film.evidence.as_ref()).collect();
    let picture_weight = with_answers::picture_weight(&with_age);
    let ill = |by: usize| -> Vec<f32> {
        let ill = films.values().filter(|film| film.film.entry.class == Class::Osteoporosis);
        ill.map(|film| film.osteoporosis[by]).collect()
    };
    Rules {
        operating_point: calibration::operating_point(&by_film_judged.iter().collect::<Vec<_>>()),
        picture_weight,
        sets: with_answers::sets(&with_age, picture_weight),
        thresholds: [0, 1].map(|by| threshold(ill(by), sensitivity)),
        temperatures,
    }
}

/// What is said of knees by rules that have not seen their people.
pub fn judge<'a>(all: &mut CrossFitted<'a>, knees: &[Knee<'a>], said: &[OutOfFold], rules: &Rules) {
    let judgements: Vec<Judgement> = said.iter().map(|one| judged(knees, one, &rules.temperatures)).collect();
    for film in by_film(knees, said, &judgements).into_values() {
        let entry = &film.film.entry;
        let verdicts = film.knees.iter().map(|at| judgements[*at].verdict(&rules.operating_point));
        // Of a knee that is not known nothing is said, as on the page.
        let unknown = (!is_whole(film.film)).then_some(Verdict::Uncertain);
        let called = Called {
            group: entry.person.clone(),
            class: entry.class,
            repeat: 0,
            verdict: prediction::worst(verdicts.chain(unknown)),
            possible: [true; 2],
        };
        let with_age = film.evidence.map(|evidence| {
            let answered = with_answers::answered(&evidence, rules.picture_weight, &rules.sets);
            let (joined, called) = (answered.joined, answered.called());
            (evidence, joined, called)
        });
        let is_found = [0, 1].map(|by: usize| film.osteoporosis[by] >= rules.thresholds[by]);
        all.films.push(SaidOfFilm { film: film.film, called, with_age, is_found });
    }
    for (one, own) in said.iter().zip(judgements) {
        let shipped = Judgement::new(&own.group, own.class, 0, knees[one.knee].shipped.clone());
        all.knees.push(SaidOfKnee { fold: one.fold, by: [own, shipped] });
    }
}

/// Whether every knee of a film is known.
fn is_whole(film: &OwnFilm) -> bool {
    matches!(&film.answer, Answer::Judged { knees, .. } if knees.iter().all(|knee| knee.is_known))
}

fn judged(knees: &[Knee], one: &OutOfFold, temperatures: &[f32]) -> Judgement {
    let entry = &knees[one.knee].film.entry;
    let models = one.logits.iter().zip(temperatures);
    let models = models.map(|(logits, temperature)| prediction::probabilities(logits, &Class::ALL, *temperature));
    Judgement::new(&entry.person, entry.class, 0, models.collect())
}

/// A film's knees together.
struct Joined<'a> {
    film: &'a OwnFilm,
    /// Places among what is said.
    knees: Vec<usize>,
    /// Of its knees the highest probability of osteoporosis: by these layers, by the shipped ones.
    osteoporosis: [f32; 2],
    /// Where the age is known.
    evidence: Option<FilmEvidence>,
}

fn by_film<'a>(knees: &[Knee<'a>], said: &[OutOfFold], judgements: &[Judgement]) -> BTreeMap<usize, Joined<'a>> {
    let mut of_film = BTreeMap::<usize, Vec<usize>>::new();
    for (at, one) in said.iter().enumerate() {
        of_film.entry(knees[one.knee].film_at).or_default().push(at);
    }
    let joined = |(film_at, some): (usize, Vec<usize>)| {
        let first = &said[some[0]];
        let film = knees[first.knee].film;
        let pictures: Vec<Probabilities> = some.iter().map(|at| judgements[*at].combined).collect();
        let shipped = some.iter().map(|at| prediction::combined(&knees[said[*at].knee].shipped));
        let highest = |of: &mut dyn Iterator<Item = Probabilities>| {
            of.map(|said| said[Class::Osteoporosis as usize]).fold(0.0, f32::max)
        };
        let evidence = |clinical| FilmEvidence {
            group: film.entry.person.clone(),
            class: film.entry.class,
            repeat: 0,
            fold: first.fold,
            clinical,
            picture: prediction::combined(&pictures),
        };
        let osteoporosis = [highest(&mut pictures.iter().copied()), highest(&mut shipped.into_iter())];
        // As the page: no verdict by age and picture where a knee is not known.
        let by_age = first.by_age.filter(|_| is_whole(film));
        (film_at, Joined { film, osteoporosis, evidence: by_age.map(evidence), knees: some })
    };
    of_film.into_iter().map(joined).collect()
}

/// The highest threshold that finds at least the share `asked` (0..1) of films with these probabilities.
fn threshold(mut of_ill: Vec<f32>, asked: f64) -> f32 {
    of_ill.sort_by(|a, b| b.total_cmp(a));
    let found = (asked * of_ill.len() as f64).ceil().max(1.0) as usize;
    of_ill.get(found - 1).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_finds_as_many_as_asked() {
        let ill = || (1..=10).map(|at| at as f32 / 10.0).collect::<Vec<f32>>();
        for (asked, expected) in [(0.9, 0.2), (0.95, 0.1), (0.5, 0.6), (0.01, 1.0)] {
            assert!((threshold(ill(), asked) - expected).abs() < 1e-6, "{asked}");
        }
        assert!(threshold(Vec::new(), 0.9).abs() < 1e-6, "without anybody to find all are found");
    }
}
