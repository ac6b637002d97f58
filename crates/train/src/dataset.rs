//! The prepared pictures and their tables.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use analysis::input;
use analysis::prediction::Class;
use anyhow::{Context, Result, ensure};
use image::GrayImage;
use radiograph::Region;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::tables;

/// Table of the labelled knees in the prepared folder.
pub const KNEES: &str = "knees.csv";
/// Table of the knees graded for osteoarthritis.
pub const GRADED: &str = "graded.csv";
/// Table of the files as earlier projects use them.
pub const FILES: &str = "files.csv";
/// Side of the squares that augmentation draws from.
pub const SQUARE_PX: u32 = 256;
/// Side of what the networks look at.
pub const SEEN_PX: u32 = 224;
/// Folder of the knees exactly as the page shows them to the networks.
pub const SEEN: &str = "seen";

/// Where a knee was cut from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CutFrom {
    /// A whole film, as a user drops it.
    Film,
    /// A square crop of the same film by someone else, squashed.
    Crop,
}

/// One labelled knee.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LabelledKnee {
    /// Path below the prepared folder.
    pub file: String,
    /// Film and all its crops: never on both sides of a split.
    pub group: String,
    /// Class of the film's ultrasound T-score.
    pub class: Class,
    /// Where it was cut from.
    pub source: CutFrom,
    /// Age at the film, if known.
    pub age_years: Option<f32>,
    /// `female` or `male`, if known.
    pub sex: Option<String>,
    /// Width of the film's scan, which tells the machine it comes from.
    pub film_width_px: Option<u32>,
}

/// A knee graded after Kellgren and Lawrence, "Radiological Assessment of Osteo-Arthrosis" (1957).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GradedKnee {
    /// Path below the prepared folder.
    pub file: String,
    /// Copies and mirrored pairs.
    pub group: String,
    /// 0 (none) to 4 (severe).
    pub kl_grade: usize,
}

/// A file as earlier projects use it: not cut, and filed under the label it was published with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FiledPicture {
    /// Path below the prepared folder.
    pub file: String,
    /// The film it comes from.
    pub group: String,
    /// The folder it was filed under.
    pub class: Class,
    /// How often the published set holds it.
    pub copies: usize,
    /// What is the same picture under two names has the same number.
    pub picture: usize,
}

/// A table and the pictures it names.
pub struct Dataset<Row> {
    /// The table.
    pub rows: Vec<Row>,
    /// Letterboxed squares of [`SQUARE_PX`].
    pub squares: Vec<GrayImage>,
    /// What a network looks at, of [`SEEN_PX`]: for a knee what the page would make of its file,
    /// for a whole file its square reduced.
    pub seen: Vec<GrayImage>,
}

impl<Row: DeserializeOwned> Dataset<Row> {
    /// Reads what `prepare` wrote.
    pub fn read(folder: &Path, table: &str, file: impl Fn(&Row) -> &str) -> Result<Self> {
        let is_cut = table != FILES;
        let table = folder.join(table);
        ensure!(
            table.is_file(),
            "{} is missing: run `cargo run -p train -- prepare --data FOLDER` first",
            table.display()
        );
        let rows: Vec<Row> = tables::read(&table)?;
        let open = |path: PathBuf| -> Result<GrayImage> {
            Ok(image::open(&path).with_context(|| format!("reading {}", path.display()))?.into_luma8())
        };
        let square = |row: &Row| -> Result<GrayImage> {
            let picture = open(folder.join(file(row)))?;
            let whole = Region::whole(picture.width(), picture.height());
            Ok(input::letterbox(&picture, whole, SQUARE_PX).0)
        };
        let squares: Vec<GrayImage> = rows.iter().map(square).collect::<Result<_>>()?;
        let seen = if is_cut {
            rows.iter().map(|row| open(folder.join(SEEN).join(file(row)))).collect::<Result<_>>()?
        } else {
            squares.iter().map(|square| pixels::resized(square, SEEN_PX, SEEN_PX)).collect()
        };
        Ok(Self { rows, squares, seen })
    }
}

impl Dataset<LabelledKnee> {
    /// The labelled knees.
    pub fn knees(folder: &Path) -> Result<Self> {
        Self::read(folder, KNEES, |knee| &knee.file)
    }

    /// The knees of one source alone.
    #[must_use]
    pub fn only(self, source: CutFrom) -> Self {
        let all = self.rows.into_iter().zip(self.squares).zip(self.seen);
        let (pairs, seen): (Vec<_>, _) = all.filter(|((knee, _), _)| knee.source == source).unzip();
        let (rows, squares) = pairs.into_iter().unzip();
        Self { rows, squares, seen }
    }

    /// Each group's class, in the order of the groups' names.
    pub fn groups(&self) -> BTreeMap<String, Class> {
        self.rows.iter().map(|knee| (knee.group.clone(), knee.class)).collect()
    }

    /// Indices of the knees that pass.
    pub fn knees_where(&self, passes: impl Fn(&LabelledKnee) -> bool) -> Vec<usize> {
        (0..self.rows.len()).filter(|index| passes(&self.rows[*index])).collect()
    }
}
