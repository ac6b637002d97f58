//! How the pixels lie in the file (PS3.3 C.7.6.3), checked before any of them is unpacked.

use dicom_core::Tag;
use dicom_dictionary_std::tags;

use super::attributes::Attributes;
use super::damage::damaged;
use crate::fault::{Fault, Result};
use crate::limits::{MAX_PIXELS, require_few_pixels};
use crate::note::Note;

/// A name of the standard has no more.
const MOST_LETTERS: usize = 16;

/// Size, depth and colours of the stored pixels.
pub(super) struct Layout {
    /// At least 1.
    pub(super) width: u32,
    /// At least 1.
    pub(super) height: u32,
    /// Samples of a pixel once it is unpacked: 1 or 3.
    pub(super) samples: usize,
    /// Bits that a sample takes: 8 or 16.
    pub(super) bits_allocated: u32,
    /// Bits that a sample has, at least 1.
    pub(super) bits_stored: u32,
    /// The number of a sample's highest bit, from 0.
    pub(super) high_bit: u32,
    /// Whether a sample has a sign.
    pub(super) is_signed: bool,
    /// Whether all samples of one colour come before those of the next.
    pub(super) is_planar: bool,
    /// What the samples mean.
    pub(super) photometric: Photometric,
}

/// What the samples of a pixel mean, as the file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Photometric {
    /// The least value is white.
    Monochrome1,
    /// The least value is black.
    Monochrome2,
    /// A value is a number in a table of colours.
    Palette,
    /// Three samples a pixel.
    Colours {
        /// What they are once they are unpacked, where the packing does not convert them.
        space: Space,
        /// Whether two pixels share their chrominances, where the pixels are not packed.
        is_halved: bool,
    },
}

/// What three samples of a pixel mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    /// Red, green and blue.
    Rgb,
    /// Luminance and two chrominances, over the whole range.
    YbrFull,
    /// The same, luminance from 16 to 235 and chrominances from 16 to 240.
    YbrPartial,
}

impl Layout {
    /// Reads the layout of a data set's pictures.
    ///
    /// # Errors
    /// [`Fault::NoPicture`], [`Fault::TooManyPixels`], [`Fault::OtherDepth`], [`Fault::OtherPacking`] for colours that
    /// are not read here, or [`Fault::Damaged`] where the attributes contradict each other.
    pub(super) fn of(attributes: &Attributes, notes: &mut Vec<Note>) -> Result<Self> {
        let required = |tag: Tag, name: &str| {
            attributes.integer(tag).ok_or_else(|| damaged(&format!("it does not say its {name}")))
        };
        if attributes.get(tags::ROWS).is_none() {
            return Err(Fault::NoPicture);
        }
        let (width, height) = (required(tags::COLUMNS, "width")?, required(tags::ROWS, "height")?);
        let bits_allocated = required(tags::BITS_ALLOCATED, "depth")?;
        let bits_stored = attributes.integer(tags::BITS_STORED).unwrap_or(bits_allocated);
        let (samples, photometric) = colours(attributes, notes)?;
        let layout = Self {
            width: u32::try_from(width).unwrap_or(0),
            height: u32::try_from(height).unwrap_or(0),
            samples,
            bits_allocated: u32::try_from(bits_allocated).unwrap_or(0),
            bits_stored: u32::try_from(bits_stored).unwrap_or(0),
            high_bit: u32::try_from(attributes.integer(tags::HIGH_BIT).unwrap_or(bits_stored.saturating_sub(1)))
                .unwrap_or(0),
            // A colour has no sign.
            is_signed: samples == 1 && attributes.integer(tags::PIXEL_REPRESENTATION) == Some(1),
            is_planar: attributes.integer(tags::PLANAR_CONFIGURATION) == Some(1),
            photometric,
        };
        let Self { bits_allocated, bits_stored, high_bit, .. } = layout;
        // A colour takes as much memory as a pixel.
        require_few_pixels(layout.width, layout.height, MAX_PIXELS / samples as u64)?;
        if layout.width == 0 || layout.height == 0 {
            return Err(damaged("its size makes no sense"));
        }
        if bits_allocated == 12 {
            // Two samples in three bytes, which the standard gave up in 1998.
            return Err(Fault::OtherPacking("12 bits allocated".into()));
        }
        if !matches!(bits_allocated, 8 | 16) {
            return Err(Fault::OtherDepth { bits: bits_allocated });
        }
        if !(1..=bits_allocated).contains(&bits_stored) || high_bit >= bits_allocated || high_bit + 1 < bits_stored {
            return Err(damaged("its depth makes no sense"));
        }
        Ok(layout)
    }

    /// Pixels of one picture.
    pub(super) fn pixels(&self) -> usize {
        self.width as usize * self.height as usize
    }

    /// Samples of one picture.
    pub(super) fn count(&self) -> usize {
        self.pixels() * self.samples
    }

    /// Samples of one picture as they lie in the file where they are not packed.
    pub(super) fn native_count(&self) -> usize {
        // Two luminances, then the two chrominances that they share (PS3.3 C.7.6.3.1.2).
        if self.is_halved() { self.pixels().div_ceil(2) * 4 } else { self.count() }
    }

    /// Whether two pixels that are not packed share their chrominances.
    pub(super) fn is_halved(&self) -> bool {
        matches!(self.photometric, Photometric::Colours { is_halved: true, .. })
    }

    /// This layout, for pixels that share no chrominances.
    pub(super) fn whole(&self) -> Self {
        let photometric = match self.photometric {
            Photometric::Colours { space, .. } => Photometric::Colours { space, is_halved: false },
            other => other,
        };
        Self { photometric, ..*self }
    }

    /// Refuses a packed picture of another size than the data set says.
    ///
    /// # Errors
    /// [`Fault::Damaged`].
    pub(super) fn require_size(&self, width: u32, height: u32) -> Result<()> {
        if (width, height) == (self.width, self.height) {
            Ok(())
        } else {
            Err(damaged(&format!("it says {} × {} pixels and holds {width} × {height}", self.width, self.height)))
        }
    }
}

/// Samples of a pixel, and what they mean.
fn colours(attributes: &Attributes, notes: &mut Vec<Note>) -> Result<(usize, Photometric)> {
    // Without blanks and what follows a backslash, which some writers leave there.
    let name = attributes.texts(tags::PHOTOMETRIC_INTERPRETATION).into_iter().next().unwrap_or_default();
    let mut name: String = name.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '_').collect();
    name.make_ascii_uppercase();
    name.truncate(MOST_LETTERS);
    let is_colour = ["RGB", "YBR"].iter().any(|start| name.starts_with(start));
    let samples = attributes.integer(tags::SAMPLES_PER_PIXEL).unwrap_or(if is_colour { 3 } else { 1 });
    let colours = |space, is_halved| Photometric::Colours { space, is_halved };
    let photometric = match (samples, name.as_str()) {
        (1, "MONOCHROME1") => Photometric::Monochrome1,
        (1, "PALETTECOLOR") => Photometric::Palette,
        (1, name) => {
            if name != "MONOCHROME2" {
                notes.push(Note::PolarityUnknown);
            }
            Photometric::Monochrome2
        }
        (3, "YBR_FULL") => colours(Space::YbrFull, false),
        (3, "YBR_FULL_422") => colours(Space::YbrFull, true),
        (3, "YBR_PARTIAL_422") => colours(Space::YbrPartial, true),
        // What a codec converts is red, green and blue by then.
        (3, "RGB" | "YBR_RCT" | "YBR_ICT" | "YBR_PARTIAL_420" | "" | "MONOCHROME1" | "MONOCHROME2") => {
            colours(Space::Rgb, false)
        }
        (2..=4, name) => return Err(Fault::OtherPacking(format!("{name}, {samples} samples a pixel"))),
        _ => return Err(damaged("its colours make no sense")),
    };
    Ok((samples as usize, photometric))
}
