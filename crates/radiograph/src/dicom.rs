//! DICOM files (PS3.3, PS3.5, PS3.10): sniffed by content, read by `dicom-object`, decoded to grey as
//! a viewer would show them first.
//!
//! The order is that of PS3.3 C.11 and of pydicom: stored value → modality LUT or rescale → VOI LUT or
//! window → inversion, last and once. Of a person only age and sex leave this module.

mod attributes;
#[cfg(test)]
pub(crate) mod corpus;
mod damage;
mod facts;
mod frame;
mod grey;
mod jpeg_2000;
mod layout;
mod person;
mod read;
mod rle;
mod window;

use dicom_dictionary_std::tags;
use dicom_encoding::TransferSyntaxIndex;
use dicom_object::DefaultDicomObject;
use dicom_transfer_syntax_registry::TransferSyntaxRegistry;
use image::DynamicImage;

use crate::fault::{Fault, Result};
use attributes::{integer, numbers, plain, text};
use layout::Layout;

pub use facts::DicomFacts;
pub use person::PersonFacts;
pub use window::{ProposedWindow, Window};

/// Modalities whose pictures may be plain radiographs; secondary captures name any or none.
const RADIOGRAPHS: [&str; 8] = ["CR", "DX", "RG", "RF", "XA", "OT", "SC", "XC"];

/// More windows of a file than this are not offered: nobody chooses from so many.
const MOST_WINDOWS: usize = 32;
/// More pictures of a file than this are not counted.
const MOST_FRAMES: i32 = 1000;

/// Whether the bytes are a DICOM file, with the 128 bytes of preamble, without, or a bare data set.
pub(super) fn is_dicom(bytes: &[u8]) -> bool {
    bytes.get(128..132) == Some(b"DICM") || bytes.starts_with(b"DICM") || is_bare(bytes)
}

/// A data set without its file header begins with group 2 or 8: the group's length, or a known tag.
fn is_bare(bytes: &[u8]) -> bool {
    matches!(bytes, [2 | 8, 0, 0 | 1 | 5 | 8 | 0x16, 0, ..]) && bytes.len() > 132
}

/// An opened file; its picture is not decoded yet.
pub(super) struct Dicom {
    object: DefaultDicomObject,
    facts: DicomFacts,
}

impl Dicom {
    /// Reads the data set.
    ///
    /// # Errors
    /// [`Fault::Damaged`].
    pub(super) fn open(bytes: &[u8]) -> Result<Self> {
        let object = read::read(bytes)?;
        let uid = object.meta().transfer_syntax().to_owned();
        let name = TransferSyntaxRegistry.get(&uid).map_or(uid, |syntax| syntax.name().to_owned());
        let facts = DicomFacts {
            modality: text(&object, tags::MODALITY),
            view_position: text(&object, tags::VIEW_POSITION),
            laterality: text(&object, tags::IMAGE_LATERALITY).or_else(|| text(&object, tags::LATERALITY)),
            body_part: text(&object, tags::BODY_PART_EXAMINED),
            transfer_syntax: plain(&name, 64).unwrap_or_default(),
            frames: integer(&object, tags::NUMBER_OF_FRAMES).unwrap_or(1).clamp(1, MOST_FRAMES) as u32,
            is_colour: integer(&object, tags::SAMPLES_PER_PIXEL).unwrap_or(1) > 1
                || text(&object, tags::PHOTOMETRIC_INTERPRETATION).is_some_and(|kind| kind.starts_with("PALETTE")),
        };
        Ok(Self { object, facts })
    }

    /// What the file says of its picture.
    pub(super) fn facts(&self) -> &DicomFacts {
        &self.facts
    }

    /// What the file says of its person.
    pub(super) fn person(&self) -> PersonFacts {
        person::of(&self.object)
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

    /// One of the file's pictures, as a viewer shows it first: 8 bits, grey or colour.
    ///
    /// # Errors
    /// A [`Fault`] when it is damaged, packed in a way that is not read here, or has too many pixels.
    pub(super) fn picture(&self, frame: u32, window: Window) -> Result<DynamicImage> {
        let layout = Layout::of(&self.object)?;
        let samples = frame::decode(&self.object, &layout, frame)?;
        grey::picture(&self.object, &layout, &samples, window)
    }

    /// The windows that the file proposes, the first of them its own unless it has a table.
    pub(super) fn windows(&self) -> Vec<ProposedWindow> {
        let names = self.object.get(tags::WINDOW_CENTER_WIDTH_EXPLANATION).and_then(|names| names.to_multi_str().ok());
        let name = |at: usize| plain(names.as_ref()?.get(at)?, 16);
        let windows =
            numbers(&self.object, tags::WINDOW_CENTER).into_iter().zip(numbers(&self.object, tags::WINDOW_WIDTH));
        windows
            .enumerate()
            .take(MOST_WINDOWS)
            .map(|(at, (centre, width))| ProposedWindow { name: name(at), centre, width })
            .collect()
    }

    /// The stored values of one picture, sample by sample, before any table is applied.
    #[cfg(test)]
    fn stored(&self, frame: u32) -> Result<Vec<i32>> {
        frame::decode(&self.object, &Layout::of(&self.object)?, frame)
    }
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
            let file = Dicom::open(&file(&name)).expect("sound");
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
            let Ok(ours) = Dicom::open(&file(&name)).and_then(|file| file.picture(0, Window::Own)) else { continue };
            let (ours, theirs) = (ours.into_luma8(), theirs.into_luma8());
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
    fn only_plain_words_of_the_picture_are_told() {
        let facts = Dicom::open(&file("CT_small.dcm")).expect("sound").facts().clone();
        assert_eq!(facts.modality.as_deref(), Some("CT"));
        let told = format!("{facts:?}");
        for name in ["CompressedSamples", "1CT1", "JFK", "Toshiba"] {
            assert!(!told.contains(name), "{told}");
        }
    }
}
