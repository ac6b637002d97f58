//! The figures of treated people and of the films, in words and tables.

use std::fmt::Write as _;

use analysis::prediction::Class;
use statistics::bootstrap::{Estimate, over};

use super::saved::{JudgedFilm, JudgedPatient, Treated};
use super::strata::{PARTS, Part, area, of_part};
use crate::cell::figure;

/// Groups of equal size, by what is said of them.
const FIFTHS: usize = 5;

/// The part of the model card on what the pictures tell of treatment.
pub fn summary(record: &Treated) -> String {
    let mut text = String::new();
    for network in &record.networks {
        let stages = network.stages.join(" and ");
        let _ = writeln!(text, "- {}: mean and deviation of each map of {stages}.", network.model);
    }
    text += &without_pictures(record);
    for (at, reading) in record.readings.iter().enumerate() {
        let _ = write!(text, "\n### {}\n\n", reading.name);
        text += &with_pictures(record, at);
        text += &calibration(record, at);
        text += &image_age(record, at);
    }
    text + &films(record)
}

fn parts(record: &Treated) -> impl Iterator<Item = (&'static str, Vec<&JudgedPatient>)> {
    PARTS.into_iter().filter_map(|(name, belongs)| Some((name, of_part(&record.people, belongs)?)))
}

fn without_pictures(record: &Treated) -> String {
    let mut text = "\nAUC of treated against untreated people, without a picture:\n\n\
                    | people | of them treated | age alone | low index alone | age and index |\n|---|---|---|---|---|\n"
        .to_owned();
    for ((name, people), of_table) in parts(record).zip(&record.of_table) {
        let treated = people.iter().filter(|one| one.is_treated).count();
        let [clinical] = over(&people, |some| [area(some, |one| one.clinical, |one| one.is_treated)]);
        let cells = [of_table.age_alone, of_table.low_index_alone, clinical].map(figure).join(" | ");
        let _ = writeln!(text, "| {name} ({}) | {treated} | {cells} |", people.len());
    }
    text
}

fn with_pictures(record: &Treated, reading: usize) -> String {
    let mut text =
        "| people | picture alone | age, index and picture | what the picture adds |\n|---|---|---|---|\n".to_owned();
    for (name, people) in parts(record) {
        let [picture, all, added] = over(&people, |some| {
            let all = area(some, |one| one.all[reading], |one| one.is_treated);
            let clinical = area(some, |one| one.clinical, |one| one.is_treated);
            [area(some, |one| one.picture[reading], |one| one.is_treated), all, all - clinical]
        });
        let (picture, all) = (figure(picture), figure(all));
        let _ = writeln!(text, "| {name} ({}) | {picture} | {all} | {} |", people.len(), difference(added));
    }
    text
}

/// Three decimals and a sign.
fn difference(one: Estimate) -> String {
    format!("{:+.3} ({:+.3} to {:+.3})", one.value, one.low, one.high)
}

fn calibration(record: &Treated, reading: usize) -> String {
    let score = |one: &JudgedPatient| one.all[reading];
    let mut women: Vec<&JudgedPatient> = record.people.iter().filter(|one| one.is_female).collect();
    women.sort_by(|a, b| score(a).total_cmp(&score(b)));
    let mut text = "\nWomen in five groups of one size, by age, index and picture:\n\n\
                    | share said to be treated | share treated |\n|---|---|\n"
        .to_owned();
    for fifth in women.chunks(women.len().div_ceil(FIFTHS).max(1)) {
        let [said, were] = over(fifth, |some| {
            let mean =
                |of: &dyn Fn(&JudgedPatient) -> f64| some.iter().map(|one| of(one)).sum::<f64>() / some.len() as f64;
            [mean(&|one| 1.0 / (1.0 + (-score(one)).exp())), mean(&|one| f64::from(u8::from(one.is_treated)))]
        });
        let _ = writeln!(text, "| {:.3} | {:.3} ({:.3}–{:.3}) |", said.value, were.value, were.low, were.high);
    }
    text
}

fn image_age(record: &Treated, reading: usize) -> String {
    let mut text = "\n| people | image age and age: r | mean error in years | of always the mean age | two of three within, years |\n\
                    |---|---|---|---|---|\n"
        .to_owned();
    for ((name, people), of_table) in parts(record).zip(&record.of_table) {
        let [error, two_of_three] = over(&people, |some| {
            let errors: Vec<f64> = some.iter().map(|one| one.image_age_error[reading].abs()).collect();
            [errors.iter().sum::<f64>() / errors.len() as f64, two_thirds(errors)]
        });
        let years = |one: Estimate| format!("{:.1} ({:.1}–{:.1})", one.value, one.low, one.high);
        let r = figure(of_table.image_age_correlation[reading]);
        let cells = [r, years(error), years(of_table.error_of_mean_age), years(two_of_three)].join(" | ");
        let _ = writeln!(text, "| {name} ({}) | {cells} |", people.len());
    }
    text
}

/// The error that two of three do not exceed.
fn two_thirds(mut errors: Vec<f64>) -> f64 {
    errors.sort_by(f64::total_cmp);
    errors.get(errors.len() * 2 / 3).copied().unwrap_or(f64::NAN)
}

fn films(record: &Treated) -> String {
    let mut text = "\n### The films with ultrasound classes: external validation\n\nNone of their labels was learned from. \
                    Features are standardised within each scanner, for which the other films of it are needed; that recipe was \
                    found earlier on these films. AUC per film, 95 % bootstrap intervals over films.\n\n"
        .to_owned();
    for network in &record.networks {
        let of = network.matching;
        let _ = writeln!(
            text,
            "- {}: cut at {} of the page's box{}, which brings their features nearest to those of the people learned from \
             ({:.2} deviations away).",
            network.model,
            of.share,
            if of.is_equalised { ", local contrast equalised" } else { "" },
            of.distance
        );
    }
    text += "\n| films | score | osteoporosis against the rest | bone loss against normal |\n|---|---|---|---|\n";
    let parts: [Part<JudgedFilm>; 3] = [
        ("all", |_| true),
        ("of women", |one| one.is_female == Some(true)),
        ("of men", |one| one.is_female == Some(false)),
    ];
    for (name, belongs) in parts {
        let films: Vec<&JudgedFilm> =
            record.films.iter().filter(|one| belongs(one) && one.age_years.is_some()).collect();
        let mut row = |score: &str, value: &(dyn Fn(&JudgedFilm) -> f64 + Sync)| {
            let areas = over(&films, |some| {
                [
                    area(some, |one| value(one), |one| one.class == Class::Osteoporosis),
                    area(some, |one| value(one), |one| one.class != Class::Normal),
                ]
            });
            let _ = writeln!(text, "| {name} ({}) | {score} | {} |", films.len(), areas.map(figure).join(" | "));
        };
        row("age alone", &|one| one.age_years.unwrap_or(f64::NAN));
        if name == "all" {
            row("sex alone (men)", &|one| f64::from(u8::from(one.is_female == Some(false))));
        }
        for (at, reading) in record.readings.iter().enumerate() {
            row(&format!("{}, treatment", reading.name), &|one| one.said[at].picture);
            row(&format!("{}, image age", reading.name), &|one| one.said[at].image_age);
        }
    }
    text
}
