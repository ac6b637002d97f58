//! What `treated.json` holds.

use analysis::prediction::Class;
use serde::{Deserialize, Serialize};
use statistics::bootstrap::Estimate;

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
    pub of_table: Vec<OfTable>,
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
    pub matching: Matching,
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
    /// Whether they were matched to a row of the table with enough certainty without looking at a picture.
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

/// How films are brought to resemble the pictures that were learned from: by the features alone, without a label.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Matching {
    /// Share of the page's box that is cut out.
    pub share: f32,
    /// Whether the local contrast is equalised.
    pub is_equalised: bool,
    /// Mean distance of the features' means, in deviations of the people learned from.
    pub distance: f64,
}

/// Figures of a part of the people that the committed rows are too coarse for; computed when the table is read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OfTable {
    /// As in `strata::PARTS`.
    pub part: String,
    /// AUC of treatment by age.
    pub age_alone: Estimate,
    /// AUC of treatment by low body-mass index.
    pub low_index_alone: Estimate,
    /// Mean distance of their ages from their mean, in years.
    pub error_of_mean_age: Estimate,
    /// Pearson's correlation of image age and age, by each reading.
    pub image_age_correlation: Vec<Estimate>,
}

/// Two digits: an area moves by less than a thousandth.
pub fn rounded(value: f64) -> f64 {
    (value * 1e2).round() / 1e2
}
