//! `NAME.osteolens-head.json`: a head, how it was fitted and what it is worth, so that whoever is given it can judge it.

use analysis::error::{Error, Result};
use analysis::own_head::OwnHead;
use serde::{Deserialize, Serialize};

use crate::refit_record::RefitRecord;
use crate::sheet::{Reference, Site};

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
    /// [`Error::Weights`] when it is none.
    pub fn parse(json: &[u8]) -> Result<Self> {
        // Says of which form it is, if it is one.
        OwnHead::parse(json)?;
        serde_json::from_slice(json)
            .map_err(|error| Error::Weights(format!("the head says not what it is worth ({error})")))
    }

    /// As it is saved.
    pub fn json(&self) -> String {
        // Plain data can always be written.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}
