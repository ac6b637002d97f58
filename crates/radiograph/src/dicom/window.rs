//! VOI windows: which grey values of a DICOM picture are told apart on a screen.

use dicom_dictionary_std::tags;
use serde::{Deserialize, Serialize};

use super::attributes::{Attributes, plain};

/// More windows of a file than this are not offered: nobody chooses from so many.
const MOST_WINDOWS: usize = 32;

/// A VOI window: which grey values of a DICOM picture are spread from black to white.
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

/// A VOI window that a DICOM file proposes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProposedWindow {
    /// What it is for, if the file says so in a few plain words.
    pub name: Option<String>,
    /// In the file's values after the modality table.
    pub centre: f64,
    /// In the same values, above 0.
    pub width: f64,
}

/// How a window spreads values (PS3.3 C.11.2.1.2 and C.11.2.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Function {
    Linear,
    LinearExact,
    Sigmoid,
}

/// How bright a value is within a window.
pub(super) struct Level {
    window: ProposedWindow,
    function: Function,
}

impl Level {
    /// The windows of a file that make sense, and whether its first one is among them, or there is none.
    pub(super) fn proposed(attributes: &Attributes) -> (Vec<Self>, bool) {
        let names = attributes.texts(tags::WINDOW_CENTER_WIDTH_EXPLANATION);
        let function = match attributes.text(tags::VOILUT_FUNCTION).as_deref() {
            Some("SIGMOID") => Function::Sigmoid,
            Some("LINEAR_EXACT") => Function::LinearExact,
            _ => Function::Linear,
        };
        let [centres, widths] = [tags::WINDOW_CENTER, tags::WINDOW_WIDTH].map(|tag| attributes.numbers(tag));
        let said = centres.len().max(widths.len()).min(MOST_WINDOWS);
        let at = |values: &[f64], at: usize| values.get(at).copied().filter(|value| value.is_finite());
        let level = |index: usize| {
            let (centre, width) = (at(&centres, index)?, at(&widths, index).filter(|width| *width > 0.0)?);
            let name = names.get(index).and_then(|name| plain(name, 16));
            Some(Self { window: ProposedWindow { name, centre, width }, function })
        };
        let all: Vec<Option<Self>> = (0..said).map(level).collect();
        let first_makes_sense = all.first().is_none_or(Option::is_some);
        (all.into_iter().flatten().collect(), first_makes_sense)
    }

    /// 0 is to be shown darkest and 1 brightest; beyond them it is to be clamped.
    pub(super) fn at(&self, value: f64) -> f64 {
        let ProposedWindow { centre, width, .. } = self.window;
        match self.function {
            Function::Sigmoid => 1.0 / (1.0 + (-4.0 * (value - centre) / width).exp()),
            // The standard asks LINEAR for a width of at least 1. Files whose values are fractions have less.
            Function::Linear if width > 1.0 => (value - (centre - 0.5)) / (width - 1.0) + 0.5,
            Function::Linear | Function::LinearExact => (value - centre) / width + 0.5,
        }
    }

    /// For whoever offers it.
    pub(super) fn into_window(self) -> ProposedWindow {
        self.window
    }
}
