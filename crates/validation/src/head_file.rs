//! `NAME.osteolens-head.json`: a head, how it was fitted and what it is worth, so that whoever is given it can judge it.

use analysis::own_head::{HeadFault, OwnHead};
use serde::{Deserialize, Serialize};

use crate::concerns::{Kind, Reply};
use crate::refit_record::RefitRecord;
use crate::sheet::{Answered, Reference, Site};

/// Its name ends so.
pub const ENDING: &str = ".osteolens-head.json";
/// Stands in every file.
pub const WARNING: &str = "Research and education. Not a medical device, not a diagnosis. This head was fitted to the films of one \
                           place; what it is worth elsewhere is not known.";

/// The file: the fields of [`OwnHead`], and these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeadFile {
    /// [`WARNING`].
    pub warning: String,
    /// Version of OsteoLens.
    pub app_version: String,
    /// What is used of it.
    #[serde(flatten)]
    pub head: OwnHead,
    /// How the truth was found.
    pub reference: Reference,
    /// Where it was measured.
    pub site: Site,
    /// Whether the table says of every film whose it is; else films of one person may have been on both sides of a split, and
    /// the figures are too good.
    pub people_known: bool,
    /// What was found between films, and what was done about it: copies that were kept make the figures too good.
    pub checks: Vec<Answered>,
    /// How it was fitted, and its figures.
    pub record: RefitRecord,
    /// The files that it was fitted to, where somebody asked for their names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<Vec<String>>,
}

impl HeadFile {
    /// Reads a file.
    ///
    /// # Errors
    /// [`HeadFault`] when it is none.
    pub fn parse(json: &[u8]) -> Result<Self, HeadFault> {
        // Says of which form it is, if it is one.
        OwnHead::parse(json)?;
        serde_json::from_slice(json)
            .map_err(|error| HeadFault::NoHead(format!("it does not say what it is worth: {error}")))
    }

    /// Why its figures may be too good, in words.
    pub fn doubts(&self) -> Vec<String> {
        let are_kept = |one: &&Answered| {
            matches!(one.kind, Kind::SameFile | Kind::NearCopy | Kind::TwoClasses) && one.reply == Reply::Keep
        };
        let copies = self.checks.iter().filter(are_kept).map(|one| one.times).sum::<usize>();
        let mut doubts = Vec::new();
        if !self.people_known {
            doubts.push(
                "The table does not say of every film whose it is: films of one person may be on both sides of a split, and \
                 then the figures are too good."
                    .to_owned(),
            );
        }
        if copies > 0 {
            doubts.push(format!(
                "Copies, or people with two classes, were kept {copies} times: the figures may be too good."
            ));
        }
        doubts
    }

    /// As it is saved.
    pub fn json(&self) -> String {
        // Plain data can always be written.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}
