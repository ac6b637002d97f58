//! What can be done to a whole picture.

use image::imageops;
use serde::{Deserialize, Serialize};

use crate::picture::Radiograph;

/// What can be done to a picture to make it a knee as the models know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Adjustment {
    /// Swap black and white: bone becomes bright.
    Invert,
    /// A quarter turn anticlockwise.
    TurnLeft,
    /// A quarter turn clockwise.
    TurnRight,
    /// Half a turn.
    TurnOver,
}

impl Adjustment {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Invert, Self::TurnLeft, Self::TurnRight, Self::TurnOver];

    /// As in `data-adjustment`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Invert => "invert",
            Self::TurnLeft => "turn-left",
            Self::TurnRight => "turn-right",
            Self::TurnOver => "turn-over",
        }
    }
}

impl Radiograph {
    /// The same picture, inverted or turned.
    #[must_use]
    pub fn adjusted(&self, adjustment: Adjustment) -> Self {
        self.with_pixels(match adjustment {
            Adjustment::Invert => {
                let mut inverted = self.pixels().clone();
                imageops::invert(&mut inverted);
                inverted
            }
            Adjustment::TurnLeft => imageops::rotate270(self.pixels()),
            Adjustment::TurnRight => imageops::rotate90(self.pixels()),
            Adjustment::TurnOver => imageops::rotate180(self.pixels()),
        })
    }
}
