//! Windows: which grey values of a DICOM picture are told apart on a screen.

use serde::{Deserialize, Serialize};

/// Which grey values of a DICOM picture are spread from black to white.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Window {
    /// As the file asks: its table or first window, else the range of its values. What the models see.
    #[default]
    Own,
    /// Another window that the file proposes, by its number from 0.
    Proposed(u32),
    /// From the least to the greatest value.
    Whole,
    /// Without the darkest and the brightest hundredth of the pixels.
    Middle,
}

/// A window that a DICOM file proposes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProposedWindow {
    /// What it is for, if the file says so in a few plain words.
    pub name: Option<String>,
    /// In the file's values after the modality table.
    pub centre: f64,
    /// In the same values.
    pub width: f64,
}
