//! What is kept of a film: nothing of its size, so that thousands take little room.

use std::collections::HashMap;

use analysis::film::Film;
use serde::{Deserialize, Serialize};

use crate::concerns::Checked;
use crate::copies::{Fingerprint, Thumbnail};
use crate::entry::{Entry, Sex};
use crate::own_film::{Answer, OwnFilm};
use crate::settling::Settled;

/// What came of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// SHA-256 of the file; none where it could not be read.
    pub sha256: Option<String>,
    /// Width and height of its picture.
    pub picture_px: Option<[u32; 2]>,
    /// What the models say.
    pub answer: Answer,
    /// Its knees.
    pub knees: Vec<Thumbnail>,
    /// Of a DICOM file.
    pub age_years: Option<f32>,
    /// Of a DICOM file.
    pub sex: Option<Sex>,
}

impl Seen {
    /// A file without a picture.
    pub fn nothing(sha256: Option<String>) -> Self {
        Self { sha256, picture_px: None, answer: Answer::Failed, knees: Vec::new(), age_years: None, sex: None }
    }

    /// What a film shows and tells, before anything is said of it. `side_px` and `clock_ms` as in [`Film::seen`].
    pub fn of(film: &mut Film, sha256: Option<String>, side_px: u32, clock_ms: fn() -> f64) -> Self {
        let person = film.person();
        Self {
            picture_px: Some(film.source_size().into()),
            knees: film.seen(side_px, clock_ms).iter().map(|(_, square)| Thumbnail::of(square)).collect(),
            age_years: person.age_years.map(f32::from),
            sex: person.is_female.map(|is_female| if is_female { Sex::Woman } else { Sex::Man }),
            ..Self::nothing(sha256)
        }
    }

    /// What the table says of the film, and what it lacks by the file where `from_dicom` says so.
    pub fn entry(&self, entry: &Entry, from_dicom: bool) -> Entry {
        let mut entry = entry.clone();
        if from_dicom {
            (entry.age_years, entry.sex) = (entry.age_years.or(self.age_years), entry.sex.or(self.sex));
        }
        entry
    }

    /// What the checks look at. `entry` as of [`Self::entry`].
    pub fn checked(&self, entry: Entry) -> Checked {
        Checked {
            entry,
            sha256: self.sha256.clone(),
            fingerprints: self.knees.iter().map(Fingerprint::of).collect(),
            is_judged: matches!(self.answer, Answer::Judged { .. }),
            machine: self.picture_px.map(|[width, height]| format!("{} × {}", width.max(height), width.min(height))),
        }
    }
}

/// The films that stay, with what the models say of them.
pub fn own_films(settled: &Settled, seen: &[(Entry, Seen)]) -> Vec<OwnFilm> {
    let answers: HashMap<u64, &Answer> = seen.iter().map(|(entry, seen)| (entry.line, &seen.answer)).collect();
    let films = settled.films.iter().map(|film| &film.entry);
    films
        .filter_map(|entry| Some(OwnFilm { entry: entry.clone(), answer: (*answers.get(&entry.line)?).clone() }))
        .collect()
}
