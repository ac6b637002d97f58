//! How the pixels lie in the file (PS3.3 C.7.6.3), checked before any of them is unpacked.

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_object::DefaultDicomObject;

use super::attributes::{integer, text};
use super::damage::damaged;
use crate::fault::{Fault, Result};
use crate::limits::{MAX_PIXELS, require_few_pixels};

/// Size, depth and colours of the stored pixels.
pub(super) struct Layout {
    /// At least 1.
    pub(super) width: u32,
    /// At least 1.
    pub(super) height: u32,
    /// Samples of a pixel: 1 or 3.
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
    /// `MONOCHROME1`, `RGB`, …: what the samples mean once they are unpacked.
    pub(super) photometric: String,
}

impl Layout {
    /// Reads the layout of a data set's pictures.
    ///
    /// # Errors
    /// [`Fault::NoPicture`], [`Fault::TooManyPixels`], [`Fault::OtherDepth`], or [`Fault::Damaged`] where the
    /// attributes contradict each other.
    pub(super) fn of(object: &DefaultDicomObject) -> Result<Self> {
        let required =
            |tag: Tag, name: &str| integer(object, tag).ok_or_else(|| damaged(&format!("it does not say its {name}")));
        if [tags::PIXEL_DATA, tags::ROWS].iter().any(|tag| object.get(*tag).is_none()) {
            return Err(Fault::NoPicture);
        }
        let (width, height) = (required(tags::COLUMNS, "width")?, required(tags::ROWS, "height")?);
        let bits_allocated = required(tags::BITS_ALLOCATED, "depth")?;
        let bits_stored = integer(object, tags::BITS_STORED).unwrap_or(bits_allocated);
        let layout = Self {
            width: u32::try_from(width).unwrap_or(0),
            height: u32::try_from(height).unwrap_or(0),
            samples: usize::try_from(integer(object, tags::SAMPLES_PER_PIXEL).unwrap_or(1)).unwrap_or(0),
            bits_allocated: u32::try_from(bits_allocated).unwrap_or(0),
            bits_stored: u32::try_from(bits_stored).unwrap_or(0),
            high_bit: u32::try_from(integer(object, tags::HIGH_BIT).unwrap_or(bits_stored.saturating_sub(1)))
                .unwrap_or(0),
            is_signed: integer(object, tags::PIXEL_REPRESENTATION) == Some(1),
            is_planar: integer(object, tags::PLANAR_CONFIGURATION) == Some(1),
            photometric: photometric(object),
        };
        let Self { bits_allocated, bits_stored, high_bit, samples, .. } = layout;
        // A colour takes as much memory as a pixel.
        require_few_pixels(layout.width, layout.height, MAX_PIXELS / samples.max(1) as u64)?;
        if layout.width == 0 || layout.height == 0 || !matches!(samples, 1 | 3) {
            return Err(damaged("its size makes no sense"));
        }
        if !matches!(bits_allocated, 8 | 16) {
            return Err(Fault::OtherDepth { bits: bits_allocated });
        }
        if !(1..=bits_allocated).contains(&bits_stored) || high_bit >= bits_allocated || high_bit + 1 < bits_stored {
            return Err(damaged("its depth makes no sense"));
        }
        Ok(layout)
    }

    /// The least and the greatest value that can be stored.
    pub(super) fn range(&self) -> (i32, i32) {
        let bits = self.bits_stored;
        if self.is_signed { (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) } else { (0, (1 << bits) - 1) }
    }

    /// Samples of one picture.
    pub(super) fn count(&self) -> usize {
        self.width as usize * self.height as usize * self.samples
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

/// What the samples mean once they are unpacked: decoders of JPEG turn YBR into RGB.
fn photometric(object: &DefaultDicomObject) -> String {
    let photometric = text(object, tags::PHOTOMETRIC_INTERPRETATION).unwrap_or_default();
    let is_jpeg = object.meta().transfer_syntax().starts_with("1.2.840.10008.1.2.4.");
    if is_jpeg && photometric.starts_with("YBR") { "RGB".to_owned() } else { photometric }
}
