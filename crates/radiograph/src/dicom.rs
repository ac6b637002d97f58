//! DICOM files (PS3.3, PS3.5, PS3.10): sniffed by content, read by `dicom-object`, decoded to grey as
//! a viewer would show them first.
//!
//! The order is that of PS3.3 C.11 and of pydicom: stored value → modality LUT or rescale → VOI LUT or
//! window → inversion, last and once. Of a person only age and sex leave this module.

mod aspect;
mod attributes;
mod colours;
#[cfg(test)]
pub(crate) mod corpus;
mod damage;
mod data_set;
mod dictionary;
mod encoding;
mod facts;
mod fragments;
mod frame;
mod grey;
mod jpeg_2000;
mod layout;
mod lookup_table;
mod person;
mod rle;
mod shutter;
mod spacing;
mod value;
mod watched;
mod window;

use dicom_dictionary_std::tags;
use dicom_encoding::TransferSyntaxIndex;
use dicom_transfer_syntax_registry::TransferSyntaxRegistry;
use image::metadata::Orientation;
use image::{DynamicImage, Rgb, RgbImage, imageops};

use crate::fault::{Fault, Result};
use crate::note::Note;
use crate::picture::Radiograph;
use attributes::{Attributes, plain};
use data_set::DataSet;
use grey::Shown;
use layout::{Layout, Photometric};

pub use facts::DicomFacts;
pub use person::PersonFacts;
pub use spacing::{PixelSpacing, SpacingPlane};
pub use window::{ProposedWindow, Window};

/// Modalities whose pictures may be plain radiographs; some devices write DR, which is no term of the standard; secondary captures name any or none.
const RADIOGRAPHS: [&str; 9] = ["CR", "DX", "DR", "RG", "RF", "XA", "OT", "SC", "XC"];

/// More pictures of a file than this are not counted.
const MOST_FRAMES: u32 = 1000;

/// Bytes before the word `DICM` (PS3.10, 7.1).
const PREAMBLE: usize = 128;

/// Whether the bytes are a DICOM file: with the preamble, without, or a bare data set.
pub(super) fn is_dicom(bytes: &[u8]) -> bool {
    bytes.get(PREAMBLE..PREAMBLE + 4) == Some(b"DICM")
        || bytes.starts_with(b"DICM")
        || is_bare(bytes)
        || is_bare(after_zeros(bytes))
}

/// What follows a preamble of zeros.
fn after_zeros(bytes: &[u8]) -> &[u8] {
    match bytes.split_at_checked(PREAMBLE) {
        Some((preamble, rest)) if preamble.iter().all(|byte| *byte == 0) => rest,
        _ => &[],
    }
}

/// A data set without its file header begins with an element of group 2 or of the first of group 8: with its VR,
/// two capital letters, or with a length that is short.
fn is_bare(bytes: &[u8]) -> bool {
    let ([2 | 8, 0, 0..=0x90, 0, begins @ ..] | [0, 8, 0, 0..=0x90, begins @ ..]) = bytes else { return false };
    bytes.len() > 132 && matches!(begins, [b'A'..=b'Z', b'A'..=b'Z', ..] | [_, 0 | 1, 0, 0, ..])
}

/// An opened file; its picture is not decoded yet.
pub(super) struct Dicom<'a> {
    file: DataSet<'a>,
    facts: DicomFacts,
    /// As many as the file says that it has.
    frames: u32,
}

/// One of a file's pictures, as a viewer shows it.
pub(super) struct Picture {
    /// With square pixels.
    pub(super) radiograph: Radiograph,
    /// In which else it may be seen; none of a colour picture.
    pub(super) windows: Vec<ProposedWindow>,
    /// How large its pixels are, where the file tells.
    pub(super) spacing: Option<PixelSpacing>,
    /// What was chosen on the way.
    pub(super) notes: Vec<Note>,
}

impl<'a> Dicom<'a> {
    /// Reads the data set.
    ///
    /// # Errors
    /// [`Fault::Damaged`], or [`Fault::Directory`].
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self> {
        let file = data_set::read(if is_bare(after_zeros(bytes)) { after_zeros(bytes) } else { bytes })?;
        if file.elements.get(tags::DIRECTORY_RECORD_SEQUENCE).is_some() {
            return Err(Fault::Directory);
        }
        let uid = file.transfer_syntax.clone();
        let name = TransferSyntaxRegistry.get(&uid).map_or(uid, |syntax| syntax.name().to_owned());
        let attributes = Attributes::of(&file.elements, 0);
        let frames = attributes.integer(tags::NUMBER_OF_FRAMES).unwrap_or(1).max(1) as u32;
        let facts = DicomFacts {
            modality: attributes.text(tags::MODALITY),
            view_position: attributes.text(tags::VIEW_POSITION),
            laterality: attributes.text(tags::IMAGE_LATERALITY).or_else(|| attributes.text(tags::LATERALITY)),
            body_part: attributes.text(tags::BODY_PART_EXAMINED),
            transfer_syntax: plain(&name, 64).unwrap_or_default(),
            frames: frames.min(MOST_FRAMES),
            is_colour: attributes.integer(tags::SAMPLES_PER_PIXEL).unwrap_or(1) > 1
                || attributes.text(tags::PHOTOMETRIC_INTERPRETATION).is_some_and(|kind| kind.starts_with("PALETTE")),
        };
        Ok(Self { file, facts, frames })
    }

    /// What the file says of its picture.
    pub(super) fn facts(&self) -> &DicomFacts {
        &self.facts
    }

    /// What the file says of its person.
    pub(super) fn person(&self) -> PersonFacts {
        person::of(&Attributes::of(&self.file.elements, 0))
    }

    /// Refuses what is no plain radiograph by its modality.
    ///
    /// # Errors
    /// [`Fault::OtherModality`].
    pub(super) fn require_radiograph(&self) -> Result<()> {
        let modality = self.facts.modality.as_deref().unwrap_or_default();
        if modality.is_empty() || RADIOGRAPHS.contains(&modality) {
            return Ok(());
        }
        Err(Fault::OtherModality(modality.to_owned()))
    }

    /// One of the file's pictures, as a viewer shows it first, or inverted.
    ///
    /// # Errors
    /// A [`Fault`] when it is damaged, packed in a way that is not read here, or has too many pixels.
    pub(super) fn picture(&self, frame: u32, window: Window, is_inverted: bool) -> Result<Picture> {
        let mut notes = Vec::new();
        let attributes = Attributes::of(&self.file.elements, frame);
        let layout = Layout::of(&attributes, &mut notes)?;
        let aspect = aspect::of(&attributes, &mut notes);
        let hidden = shutter::hidden(&attributes, &layout, aspect, &mut notes);
        let unpacked = frame::decode(&self.file, &layout, (frame, self.frames), &mut notes)?;
        let samples = &unpacked.samples;
        let mut windows = Vec::new();
        let image: DynamicImage = match layout.photometric {
            Photometric::Palette => {
                shut(colours::palette(&self.file.elements, &layout, samples)?, is_inverted, hidden).into()
            }
            Photometric::Colours { .. } => {
                shut(colours::rgb(&layout, unpacked.space, samples), is_inverted, hidden).into()
            }
            Photometric::Monochrome1 | Photometric::Monochrome2 => {
                let grey = {
                    let shown = Shown { window, is_inverted, hidden: hidden.as_deref() };
                    grey::picture(&attributes, &layout, samples, &shown, &mut notes)
                };
                windows = grey.windows;
                grey.picture.into()
            }
        };
        let (radiograph, _) = Radiograph::from_decoded(image, Orientation::NoTransforms, false)?;
        let radiograph = aspect::squared(radiograph, aspect);
        let spacing =
            spacing::of(&attributes, (layout.width, layout.height), (radiograph.width_px(), radiograph.height_px()));
        Ok(Picture { radiograph, windows, spacing, notes })
    }

    /// The stored values of one picture, sample by sample, before any table is applied.
    #[cfg(test)]
    fn stored(&self, frame: u32) -> Result<Vec<i32>> {
        let layout = Layout::of(&Attributes::of(&self.file.elements, frame), &mut Vec::new())?;
        Ok(frame::decode(&self.file, &layout, (frame, self.frames), &mut Vec::new())?.samples)
    }
}

/// A colour picture, perhaps inverted, and black outside the shutter.
fn shut(mut picture: RgbImage, is_inverted: bool, hidden: Option<Vec<bool>>) -> RgbImage {
    if is_inverted {
        imageops::invert(&mut picture);
    }
    let pixels = picture.pixels_mut().zip(hidden.into_iter().flatten());
    pixels.filter(|(_, is_hidden)| *is_hidden).for_each(|(pixel, _)| *pixel = Rgb([0; 3]));
    picture
}

#[cfg(test)]
mod tests {
    use super::corpus::{file, folder, names};
    use super::*;

    /// Decoders of lossy packings round in their own ways.
    const LOSSY_WITHIN: i32 = 2;
    /// A grey level, where the exact value lies between two.
    const SHOWN_WITHIN: i32 = 1;

    fn expected(name: &str, what: &str) -> Option<image::DynamicImage> {
        image::open(folder().join("expected").join(name.replace(".dcm", what))).ok()
    }

    #[test]
    fn stored_values_are_those_of_pydicom() {
        let mut compared = 0;
        for name in names() {
            let Some(theirs) = expected(&name, ".stored.png") else { continue };
            let bytes = file(&name);
            let file = Dicom::open(&bytes).expect("sound");
            let stored = file.stored(0).unwrap_or_else(|error| panic!("{name}: {error}"));
            let is_lossy =
                name.contains("lossy") || ["693_J2KI.dcm", "JPEG2000.dcm", "JPGExtended.dcm"].contains(&name.as_str());
            let tolerance = if is_lossy { LOSSY_WITHIN } else { 0 };
            let theirs = theirs.into_luma16();
            assert_eq!(stored.len(), theirs.len(), "{name}");
            // Plus 32768, as 16 bits.
            let off = stored
                .iter()
                .zip(theirs.iter())
                .map(|(a, b)| i32::from(((a + 32768) as u16).wrapping_sub(*b) as i16).abs())
                .max();
            assert!(off.is_some_and(|off| off <= tolerance), "{name}: off by {off:?}");
            compared += 1;
        }
        assert_eq!(compared, 18);
    }

    #[test]
    fn what_is_shown_is_that_of_pydicom() {
        let mut compared = 0;
        for name in names() {
            let Some(theirs) = expected(&name, ".shown.png") else { continue };
            let bytes = file(&name);
            let Ok(ours) = Dicom::open(&bytes).and_then(|file| file.picture(0, Window::Own, false)) else { continue };
            let (ours, theirs) = (ours.radiograph.pixels(), theirs.into_luma8());
            assert_eq!(ours.dimensions(), theirs.dimensions(), "{name}");
            let off = ours.iter().zip(theirs.iter()).map(|(a, b)| (i32::from(*a) - i32::from(*b)).abs()).max();
            assert!(off.is_some_and(|off| off <= SHOWN_WITHIN), "{name}: off by {off:?}");
            compared += 1;
        }
        assert_eq!(compared, 15);
    }

    #[test]
    fn a_data_set_without_its_header_opens_too() {
        let whole = file("MR_small_implicit.dcm");
        let same = |bytes: &[u8]| Dicom::open(bytes).and_then(|file| file.stored(0)).expect("sound");
        let stored = same(&whole);
        assert_eq!(same(&whole[128..]), stored, "without the preamble");
        // The header says how long it is (PS3.10, 7.1), in its first element.
        let header = u32::from_le_bytes(whole[140..144].try_into().expect("four bytes")) as usize;
        let bare = &whole[144 + header..];
        assert!(is_dicom(bare));
        assert_eq!(same(bare), stored, "the bare data set");
    }

    #[test]
    fn the_list_of_a_disc_is_said_to_be_one() {
        let mut bytes = vec![0; PREAMBLE];
        bytes.extend_from_slice(b"DICM");
        // Directory Record Sequence, empty.
        bytes.extend_from_slice(&[4, 0, 0x20, 0x12, b'S', b'Q', 0, 0, 0, 0, 0, 0]);
        assert_eq!(Dicom::open(&bytes).err(), Some(Fault::Directory));
    }

    #[test]
    fn only_plain_words_of_the_picture_are_told() {
        let facts = Dicom::open(&file("CT_small.dcm")).expect("sound").facts().clone();
        assert_eq!(facts.modality.as_deref(), Some("CT"));
        let told = format!("{facts:?}");
        for name in ["CompressedSamples", "1CT1", "JFK", "Toshiba"] {
            assert!(!told.contains(name), "{told}");
        }
    }
}
