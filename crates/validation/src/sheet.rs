//! The result sheet: figures of one place, without pictures, files or people, to be shown, printed and pooled.

use std::collections::BTreeMap;

use analysis::manifest::{Manifest, ModelEntry};
use serde::{Deserialize, Serialize};

use crate::concerns::{Kind, Reply};
use crate::figures::Figures;

/// Raised when a reader of older sheets would misread a new one.
pub const VERSION: u32 = 1;
/// Stands on every sheet.
pub const WARNING: &str = "Research and education. Not a medical device, not a diagnosis. The figures hold for the people and \
                           machines of one place, for films of people who had a reason to be X-rayed, and for the reference \
                           that is named here.";

/// Where a T-score was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Site {
    /// Hip.
    Hip,
    /// Spine.
    Spine,
    /// Heel.
    Heel,
    /// Not told.
    Unknown,
}

/// How the truth was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reference {
    /// Dual-energy X-ray absorptiometry.
    Dxa,
    /// Quantitative ultrasound.
    Ultrasound,
    /// Not told.
    Unknown,
}

impl Site {
    /// After the words of a reference.
    pub fn words(self) -> &'static str {
        match self {
            Self::Hip => " of the hip",
            Self::Spine => " of the spine",
            Self::Heel => " of the heel",
            Self::Unknown => "",
        }
    }
}

impl Reference {
    /// After "truth by".
    pub fn words(self) -> &'static str {
        match self {
            Self::Dxa => "DXA",
            Self::Ultrasound => "ultrasound, which is not DXA",
            Self::Unknown => "a reference that was not told",
        }
    }
}

/// Which head was judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// The models as they are shipped: they have seen none of these films, unless the films are those of the project.
    Shipped,
    /// A last layer that was fitted to these films, each judged by one that has not seen its person.
    Refitted,
}

/// Why rows of the table were not used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Why.
    pub reason: String,
    /// How many.
    pub rows: usize,
}

/// An answer to a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// What was found.
    pub kind: Kind,
    /// How often.
    pub times: usize,
    /// What was done.
    pub reply: Reply,
}

/// A network that was judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetModel {
    /// Its id.
    pub id: String,
    /// Its name, which also names a head of own films.
    pub name: String,
    /// SHA-256 of its file.
    pub sha256: String,
}

/// Everything that leaves a place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sheet {
    /// [`VERSION`].
    pub version: u32,
    /// [`WARNING`].
    pub warning: String,
    /// When it was written (ISO 8601, UTC).
    pub date: String,
    /// Version of OsteoLens.
    pub app_version: String,
    /// What the place calls itself, if it wants to be named.
    pub place: Option<String>,
    /// Which networks.
    pub models: Vec<SheetModel>,
    /// Which head.
    pub protocol: Protocol,
    /// How the truth was found.
    pub reference: Reference,
    /// Where it was measured.
    pub site: Site,
    /// Whether the table says of every film whose it is; else films of one person may count as those of several.
    pub people_known: bool,
    /// Rows of the table.
    pub rows: usize,
    /// Of these, not used.
    pub left_out: Vec<LeftOut>,
    /// What was found between films, and what was done about it.
    pub checks: Vec<Answered>,
    /// Whether near-copies were looked for: that takes the pictures.
    pub copies_looked_for: bool,
    /// The figures.
    pub figures: Figures,
}

/// What a reader tells of the films, and what became of the rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// What the place calls itself, if it wants to be named.
    pub place: Option<String>,
    /// How the truth was found.
    pub reference: Reference,
    /// Where it was measured.
    pub site: Site,
    /// Whether the table says of every film whose it is.
    pub people_known: bool,
    /// Rows of the table.
    pub rows: usize,
    /// Why some were not used; one reason a row.
    pub left_out: Vec<String>,
    /// What is done about what the checks find.
    pub replies: BTreeMap<Kind, Reply>,
    /// Whether near-copies were looked for.
    pub copies_looked_for: bool,
}

impl Told {
    /// What was found so many times, with the replies.
    pub fn answered(&self, times: &BTreeMap<Kind, usize>) -> Vec<Answered> {
        let answered = |(kind, times): (&Kind, &usize)| {
            Some(Answered { kind: *kind, times: *times, reply: *self.replies.get(kind)? })
        };
        times.iter().filter_map(answered).collect()
    }
}

impl Sheet {
    /// A sheet of figures by the models of a manifest as they are, of this moment (`date`, ISO 8601) and this version of the program.
    pub fn new(
        date: String,
        app_version: &str,
        told: Told,
        times: &BTreeMap<Kind, usize>,
        manifest: &Manifest,
        figures: Figures,
    ) -> Self {
        let model = |entry: &ModelEntry| SheetModel {
            id: entry.id.clone(),
            name: entry.name.clone(),
            sha256: entry.sha256.clone(),
        };
        Self {
            version: VERSION,
            warning: WARNING.to_owned(),
            date,
            app_version: app_version.to_owned(),
            models: manifest.models.iter().map(model).collect(),
            protocol: Protocol::Shipped,
            checks: told.answered(times),
            left_out: counted(&told.left_out),
            place: told.place,
            reference: told.reference,
            site: told.site,
            people_known: told.people_known,
            rows: told.rows,
            copies_looked_for: told.copies_looked_for,
            figures,
        }
    }

    /// Reads a sheet.
    ///
    /// # Errors
    /// Why it is none.
    pub fn read(json: &[u8]) -> Result<Self, String> {
        let sheet: Self = serde_json::from_slice(json).map_err(|error| format!("it is no result sheet ({error})"))?;
        if sheet.version != VERSION {
            return Err(format!("the sheet has version {}, this program reads version {VERSION}", sheet.version));
        }
        let areas = sheet.figures.areas.iter().filter_map(|area| area.auc);
        for area in areas {
            let is_share = [area.value, area.low, area.high].iter().all(|share| (0.0..=1.0).contains(share));
            if !is_share || area.low > area.high {
                return Err("an area under the curve is no share with an interval".to_owned());
            }
        }
        Ok(sheet)
    }
}

fn counted(reasons: &[String]) -> Vec<LeftOut> {
    let mut rows = BTreeMap::<&str, usize>::new();
    for reason in reasons {
        *rows.entry(reason).or_default() += 1;
    }
    rows.into_iter().map(|(reason, rows)| LeftOut { reason: reason.to_owned(), rows }).collect()
}
