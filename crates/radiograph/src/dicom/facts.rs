//! What leaves a DICOM file beside its pixels.

use serde::{Deserialize, Serialize};

/// What a DICOM file says of its picture; nothing of the person.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DicomFacts {
    /// `CR`, `DX`, …
    pub modality: Option<String>,
    /// `AP`, `PA`, `LL`, …
    pub view_position: Option<String>,
    /// `L` or `R`: the patient's side.
    pub laterality: Option<String>,
    /// `KNEE`, …
    pub body_part: Option<String>,
    /// How the pixels are encoded, by name.
    pub transfer_syntax: String,
    /// How many pictures the file holds.
    pub frames: u32,
    /// Whether it is a colour picture, such as a screenshot.
    pub is_colour: bool,
}
