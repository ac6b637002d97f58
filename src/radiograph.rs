//! Bytes → [`Radiograph`]: decoded, upright, greyscale and within limits.
//!
//! The kind is told by the content, never by the name. Limits are checked on the header, before
//! any pixel is allocated.

#[cfg(feature = "inference")]
mod decode;
#[cfg(feature = "inference")]
mod dicom;
#[cfg(feature = "inference")]
pub(crate) mod grey_pixels;
#[cfg(feature = "inference")]
mod jpeg;
#[cfg(feature = "inference")]
mod sniff;

use image::{GrayImage, imageops};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Fault, Result};
use crate::gate::Adjustment;
use crate::geometry::Region;

#[cfg(feature = "inference")]
pub use decode::{Decoded, decode, decode_frame};

/// The largest file that is read.
pub const MAX_FILE_BYTES: usize = 64 << 20;
/// The largest picture that is decoded.
pub const MAX_PIXELS: u64 = 64_000_000;
/// The smallest side on which a knee can still be judged.
pub const MIN_SIDE_PX: u32 = 128;

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
    /// How the pixels are packed, by name.
    pub transfer_syntax: String,
    /// How many pictures the file holds.
    pub frames: u32,
    /// Whether it is a colour picture, such as a screenshot.
    pub is_colour: bool,
}

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

/// A picture that is upright, 8-bit grey and within the limits above.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "inference", derive(Serialize, Deserialize))]
pub struct Radiograph {
    #[cfg_attr(feature = "inference", serde(with = "grey_pixels"))]
    pixels: GrayImage,
    colourfulness: f32,
}

impl Radiograph {
    /// The picture, bright bone on dark ground as in the file.
    pub fn pixels(&self) -> &GrayImage {
        &self.pixels
    }

    /// Mean distance between the largest and the smallest of red, green and blue, 0..=255.
    /// Zero for a grey picture.
    pub fn colourfulness(&self) -> f32 {
        self.colourfulness
    }

    /// Width in pixels.
    pub fn width_px(&self) -> u32 {
        self.pixels.width()
    }

    /// Height in pixels.
    pub fn height_px(&self) -> u32 {
        self.pixels.height()
    }

    /// The same picture, inverted or turned.
    #[must_use]
    pub fn adjusted(&self, adjustment: Adjustment) -> Self {
        let pixels = match adjustment {
            Adjustment::Invert => {
                let mut inverted = self.pixels.clone();
                imageops::invert(&mut inverted);
                inverted
            }
            Adjustment::TurnLeft => imageops::rotate270(&self.pixels),
            Adjustment::TurnRight => imageops::rotate90(&self.pixels),
            Adjustment::TurnOver => imageops::rotate180(&self.pixels),
        };
        Self { pixels, colourfulness: self.colourfulness }
    }
}

impl Radiograph {
    /// A part of the same picture.
    ///
    /// # Errors
    /// [`Fault::PartTooSmall`] for a part with a side below [`MIN_SIDE_PX`].
    pub fn cropped(&self, part: Region) -> Result<Self> {
        let part = part.within(self.width_px(), self.height_px());
        if part.width_px.min(part.height_px) < MIN_SIDE_PX {
            let (width, height) = (part.width_px, part.height_px);
            return Err(Fault::PartTooSmall { width, height, least: MIN_SIDE_PX }.into());
        }
        let pixels = imageops::crop_imm(&self.pixels, part.x_px, part.y_px, part.width_px, part.height_px).to_image();
        Ok(Self { pixels, colourfulness: self.colourfulness })
    }
}

impl From<GrayImage> for Radiograph {
    fn from(pixels: GrayImage) -> Self {
        Self { pixels, colourfulness: 0.0 }
    }
}

/// What is said of a file above [`MAX_FILE_BYTES`].
pub fn too_many_bytes(bytes: u64) -> Error {
    Fault::TooManyBytes { megabytes: bytes >> 20, most: MAX_FILE_BYTES as u64 >> 20 }.into()
}
