//! Which people the figures are of, and those figures that need the ages and indices of the table.

use statistics::bootstrap::over;
use statistics::metrics::auc;

use super::cohort::Person;
use super::saved::{JudgedPatient, OfTable};

/// A part of the people has figures if at least this many in it were treated, and as many were not.
const FEWEST: usize = 20;

/// A part of something, by its name.
pub type Part<T> = (&'static str, fn(&T) -> bool);

/// The parts of the people.
pub const PARTS: [Part<JudgedPatient>; 9] = [
    ("**women**", |one| one.is_female),
    ("women whose row is settled without pictures", |one| one.is_female && one.is_settled),
    ("women from 45 to 59", |one| one.is_female && one.age_from == 45),
    ("women from 60 to 69", |one| one.is_female && one.age_from == 60),
    ("women from 70 to 79", |one| one.is_female && one.age_from == 70),
    ("women, both knees of grade 0 or 1", |one| one.is_female && one.grade_from == 0),
    ("women, a knee of grade 2 to 4", |one| one.is_female && one.grade_from == 2),
    ("men (the scores of treatment are learned from women)", |one| !one.is_female),
    ("men whose row is settled without pictures", |one| !one.is_female && one.is_settled),
];

/// The people of a part, if it is large enough.
pub fn of_part(people: &[JudgedPatient], belongs: fn(&JudgedPatient) -> bool) -> Option<Vec<&JudgedPatient>> {
    let people: Vec<&JudgedPatient> = people.iter().filter(|one| belongs(one)).collect();
    let treated = people.iter().filter(|one| one.is_treated).count();
    (treated >= FEWEST && people.len() - treated >= FEWEST).then_some(people)
}

/// The area under the ROC curve of a score.
pub fn area<T>(some: &[&T], score: impl Fn(&T) -> f64, is: impl Fn(&T) -> bool) -> f64 {
    auc(&some.iter().map(|one| (score(one), is(one))).collect::<Vec<_>>())
}

/// The figures of each part that is large enough.
pub fn of_table(people: &[Person], judged: &[JudgedPatient]) -> Vec<OfTable> {
    let readings = judged.first().map_or(0, |one| one.picture.len());
    let of = |(name, belongs): Part<JudgedPatient>| {
        of_part(judged, belongs)?;
        let some: Vec<(&Person, &JudgedPatient)> = people.iter().zip(judged).filter(|(_, one)| belongs(one)).collect();
        let [age_alone, low_index_alone, error_of_mean_age] = over(&some, |some| {
            let mean = some.iter().map(|(one, _)| one.age_years).sum::<f64>() / some.len() as f64;
            let error = some.iter().map(|(one, _)| (one.age_years - mean).abs()).sum::<f64>() / some.len() as f64;
            let treated = |(one, _): &(&Person, &JudgedPatient)| one.is_treated;
            [area(some, |(one, _)| one.age_years, treated), area(some, |(one, _)| -one.bmi, treated), error]
        });
        let correlated = |reading: usize| {
            let [r] = over(&some, |some| {
                let pair = |(one, judged): &&(&Person, &JudgedPatient)| {
                    (one.age_years + judged.image_age_error[reading], one.age_years)
                };
                [correlation(&some.iter().map(pair).collect::<Vec<_>>())]
            });
            r
        };
        let image_age_correlation = (0..readings).map(correlated).collect();
        Some(OfTable { part: name.to_owned(), age_alone, low_index_alone, error_of_mean_age, image_age_correlation })
    };
    PARTS.into_iter().filter_map(of).collect()
}

/// Pearson's.
fn correlation(pairs: &[(f64, f64)]) -> f64 {
    let count = pairs.len() as f64;
    let (x, y) = pairs.iter().fold((0.0, 0.0), |(x, y), pair| (x + pair.0 / count, y + pair.1 / count));
    let sum = |of: &dyn Fn(f64, f64) -> f64| pairs.iter().map(|pair| of(pair.0 - x, pair.1 - y)).sum::<f64>();
    sum(&|a, b| a * b) / (sum(&|a, _| a * a) * sum(&|_, b| b * b)).sqrt()
}
