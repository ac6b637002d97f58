//! The prepared knees: their table, their pictures.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use image::GrayImage;
use osteolens::geometry::Region;
use osteolens::input;
use osteolens::prediction::Class;
use serde::{Deserialize, Serialize};

/// Name of the table in the prepared folder.
pub const TABLE: &str = "knees.csv";
/// Side of the squares that augmentation draws from.
pub const SQUARE_PX: u32 = 256;

/// Where a knee was cut from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A whole film, as a user drops it.
    Film,
    /// A square crop of the same film by someone else, squashed.
    Crop,
}

/// One row of the table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Knee {
    /// Path below the prepared folder.
    pub file: String,
    /// Film and all its crops: never on both sides of a split.
    pub group: String,
    /// Class of the film's ultrasound T-score.
    pub class: Class,
    /// Where it was cut from.
    pub source: Source,
    /// Age at the film, if known.
    pub age_years: Option<f32>,
}

/// The knees and their pictures.
pub struct Dataset {
    /// The table.
    pub knees: Vec<Knee>,
    /// Letterboxed squares of [`SQUARE_PX`].
    pub squares: Vec<GrayImage>,
}

impl Dataset {
    /// Reads what `prepare` wrote.
    pub fn read(folder: &Path) -> Result<Self> {
        let table = folder.join(TABLE);
        ensure!(
            table.is_file(),
            "{} is missing: run `cargo run -p train -- prepare --data FOLDER` first",
            table.display()
        );
        let mut reader = csv::Reader::from_path(&table)?;
        let knees: Vec<Knee> = reader.deserialize().collect::<Result<_, _>>()?;
        let square = |knee: &Knee| -> Result<GrayImage> {
            let path = folder.join(&knee.file);
            let picture = image::open(&path).with_context(|| format!("reading {}", path.display()))?.into_luma8();
            let whole = Region::whole(picture.width(), picture.height());
            Ok(input::letterbox(&picture, whole, SQUARE_PX).0)
        };
        let squares = knees.iter().map(square).collect::<Result<_>>()?;
        Ok(Self { knees, squares })
    }

    /// Each group's class, in the order of the groups' names.
    pub fn groups(&self) -> BTreeMap<String, Class> {
        self.knees.iter().map(|knee| (knee.group.clone(), knee.class)).collect()
    }

    /// Indices of the knees whose group passes.
    pub fn knees_where(&self, passes: impl Fn(&Knee) -> bool) -> Vec<usize> {
        (0..self.knees.len()).filter(|index| passes(&self.knees[*index])).collect()
    }
}
