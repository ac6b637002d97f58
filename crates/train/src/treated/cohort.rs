//! The people of `knees_oai`: both knees, and whether they were ever treated for osteoporosis.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use image::{GrayImage, imageops};
use rayon::prelude::*;
use serde::Deserialize;

use super::features::{self, Describer, Ready};
use crate::prepare::decode;
use crate::{progress, tables};

/// Whose row of the clinical table is less certain than this is left out: the tables were joined by their order.
const LEAST_CERTAINTY: f64 = 0.95;
/// The same for a join that has seen no picture.
const LEAST_CERTAINTY_WITHOUT_PICTURES: f64 = 0.7;

#[derive(Deserialize)]
struct KneeRow {
    knee: String,
    group: String,
    side: String,
    kl_grade: u8,
    age_years: f64,
    sex: String,
    bmi: f64,
    bisphosphonate_ever: Option<String>,
    join_certainty: f64,
    join_certainty_without_pictures: f64,
}

/// A person, both knees described.
pub struct Person {
    pub group: String,
    pub is_female: bool,
    pub age_years: f64,
    pub bmi: f64,
    /// Of the worse knee.
    pub grade: u8,
    pub is_treated: bool,
    pub is_settled: bool,
    /// By each network, the mean of both knees.
    pub features: Vec<Vec<f64>>,
}

impl Person {
    /// What is known of them without a picture.
    pub fn clinical(&self) -> Vec<f64> {
        vec![self.age_years, self.bmi]
    }

    /// 1 for those who were treated.
    pub fn target(&self) -> f64 {
        f64::from(u8::from(self.is_treated))
    }
}

/// Everybody with an answer and a row that is certain, in the order of their names.
pub fn read(data: &Path, describers: &[Describer]) -> Result<Vec<Person>> {
    let table = data.join("knees_oai.csv");
    ensure!(table.is_file(), "{} is missing: give the folder of the training data with --data", table.display());
    let rows: Vec<KneeRow> = tables::read(&table)?;
    let mut knees_of = BTreeMap::<&str, Vec<&KneeRow>>::new();
    for row in rows.iter().filter(|row| row.join_certainty > LEAST_CERTAINTY && row.bisphosphonate_ever.is_some()) {
        knees_of.entry(&row.group).or_default().push(row);
    }
    let groups: Vec<Vec<&KneeRow>> = knees_of.into_values().collect();
    let bar = progress::bar("both knees", groups.len())?;
    let people = groups
        .par_iter()
        .map_init(
            || features::ready(describers),
            |ready, knees| {
                bar.inc(1);
                person(data, ready.as_ref().map_err(|error| anyhow::anyhow!("{error:#}"))?, knees)
            },
        )
        .collect();
    bar.finish();
    people
}

fn person(data: &Path, ready: &[Ready], knees: &[&KneeRow]) -> Result<Person> {
    let first = knees.first().context("a person has a knee")?;
    let square = |row: &&KneeRow| {
        let picture = decode(data, &row.knee)?;
        // A left knee is mirrored, so that all of them are right ones.
        let is_left = row.side == "L";
        Ok(if is_left { imageops::flip_horizontal(picture.pixels()) } else { picture.pixels().clone() })
    };
    let squares: Vec<GrayImage> = knees.iter().map(square).collect::<Result<_>>()?;
    Ok(Person {
        group: first.group.clone(),
        is_female: first.sex == "female",
        age_years: first.age_years,
        bmi: first.bmi,
        grade: knees.iter().map(|row| row.kl_grade).max().unwrap_or(0),
        is_treated: first.bisphosphonate_ever.as_deref() == Some("yes"),
        is_settled: first.join_certainty_without_pictures > LEAST_CERTAINTY_WITHOUT_PICTURES,
        features: ready.iter().map(|ready| ready.mean_of(&squares)).collect::<Result<_>>()?,
    })
}
