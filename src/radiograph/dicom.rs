//! DICOM files (PS3.3, PS3.5, PS3.10): sniffed by content, read by `dicom-object`, decoded to grey as
//! a viewer would show them first.
//!
//! The order is that of PS3.3 C.11 and of pydicom: stored value → modality LUT or rescale → VOI LUT or
//! window → inversion, last and once. Nothing that could identify a person leaves this module.

mod frame;
mod grey;
mod jpeg_2000;
mod read;
mod rle;

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_encoding::TransferSyntaxIndex;
use dicom_object::{DefaultDicomObject, InMemDicomObject};
use dicom_transfer_syntax_registry::TransferSyntaxRegistry;
use image::DynamicImage;

use super::decode::require_few_pixels;
use super::{DicomFacts, MAX_PIXELS, ProposedWindow, Window};
use crate::error::{Error, Fault, Result};

/// Modalities whose pictures may be plain radiographs; secondary captures name any or none.
const RADIOGRAPHS: [&str; 8] = ["CR", "DX", "RG", "RF", "XA", "OT", "SC", "XC"];

/// Of a file's windows, more than anybody chooses from.
const MOST_WINDOWS: usize = 32;
/// Of a file's pictures.
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

    /// What it says of its picture.
    pub(super) fn facts(&self) -> &DicomFacts {
        &self.facts
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
        Err(Fault::OtherModality(modality.to_owned()).into())
    }

    /// One of its pictures, as a viewer shows it first: 8 bits, grey or colour.
    ///
    /// # Errors
    /// [`Error::File`] when it is damaged, packed in a way that is not read here, or above
    /// [`MAX_PIXELS`].
    pub(super) fn picture(&self, frame: u32, window: Window) -> Result<DynamicImage> {
        let layout = self.layout()?;
        let samples = frame::decode(&self.object, &layout, frame)?;
        grey::picture(&self.object, &layout, &samples, window)
    }

    /// The windows that it proposes, the first of them its own unless it has a table.
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
        frame::decode(&self.object, &self.layout()?, frame)
    }

    /// As the samples are once they are unpacked: decoders of JPEG turn YBR into RGB.
    fn photometric(&self) -> String {
        let photometric = text(&self.object, tags::PHOTOMETRIC_INTERPRETATION).unwrap_or_default();
        let is_jpeg = self.object.meta().transfer_syntax().starts_with("1.2.840.10008.1.2.4.");
        if is_jpeg && photometric.starts_with("YBR") { "RGB".to_owned() } else { photometric }
    }

    fn layout(&self) -> Result<Layout> {
        let required = |tag: Tag, name: &str| {
            integer(&self.object, tag).ok_or_else(|| damaged(&format!("it does not say its {name}")))
        };
        if [tags::PIXEL_DATA, tags::ROWS].iter().any(|tag| self.object.get(*tag).is_none()) {
            return Err(Fault::NoPicture.into());
        }
        let (width, height) = (required(tags::COLUMNS, "width")?, required(tags::ROWS, "height")?);
        let bits_allocated = required(tags::BITS_ALLOCATED, "depth")?;
        let bits_stored = integer(&self.object, tags::BITS_STORED).unwrap_or(bits_allocated);
        let layout = Layout {
            width: u32::try_from(width).unwrap_or(0),
            height: u32::try_from(height).unwrap_or(0),
            samples: usize::try_from(integer(&self.object, tags::SAMPLES_PER_PIXEL).unwrap_or(1)).unwrap_or(0),
            bits_allocated: u32::try_from(bits_allocated).unwrap_or(0),
            bits_stored: u32::try_from(bits_stored).unwrap_or(0),
            high_bit: u32::try_from(integer(&self.object, tags::HIGH_BIT).unwrap_or(bits_stored - 1)).unwrap_or(0),
            is_signed: integer(&self.object, tags::PIXEL_REPRESENTATION) == Some(1),
            is_planar: integer(&self.object, tags::PLANAR_CONFIGURATION) == Some(1),
            photometric: self.photometric(),
        };
        let Layout { bits_allocated, bits_stored, high_bit, samples, .. } = layout;
        // A colour takes as much memory as a pixel.
        require_few_pixels(layout.width, layout.height, MAX_PIXELS / samples.max(1) as u64)?;
        if layout.width == 0 || layout.height == 0 || !matches!(samples, 1 | 3) {
            return Err(damaged("its size makes no sense"));
        }
        if !matches!(bits_allocated, 8 | 16) {
            return Err(Fault::OtherDepth { bits: bits_allocated }.into());
        }
        if !(1..=bits_allocated).contains(&bits_stored) || high_bit >= bits_allocated || high_bit + 1 < bits_stored {
            return Err(damaged("its depth makes no sense"));
        }
        Ok(layout)
    }
}

/// How the pixels lie in the file.
struct Layout {
    width: u32,
    height: u32,
    samples: usize,
    bits_allocated: u32,
    bits_stored: u32,
    high_bit: u32,
    is_signed: bool,
    is_planar: bool,
    photometric: String,
}

impl Layout {
    /// The least and the greatest value that can be stored.
    fn range(&self) -> (i32, i32) {
        let bits = self.bits_stored;
        if self.is_signed { (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) } else { (0, (1 << bits) - 1) }
    }

    /// Samples of one picture.
    fn count(&self) -> usize {
        self.width as usize * self.height as usize * self.samples
    }
}

fn damaged(reason: &str) -> Error {
    Fault::Damaged { kind: "DICOM".into(), reason: reason.into() }.into()
}

fn text(object: &InMemDicomObject, tag: Tag) -> Option<String> {
    plain(&object.get(tag)?.to_str().ok()?, 16)
}

/// A value of a fixed list is short and plain; what is not may be anything, a name too.
fn plain(value: &str, most: usize) -> Option<String> {
    let value = value.trim_matches(|letter: char| letter.is_whitespace() || letter == '\0');
    let is_plain = value.len() <= most
        && value.chars().all(|letter| letter.is_ascii_alphanumeric() || " _-.,()[]/".contains(letter));
    (!value.is_empty() && is_plain).then(|| value.to_owned())
}

fn integer(object: &InMemDicomObject, tag: Tag) -> Option<i32> {
    object.get(tag)?.to_int().ok()
}

/// All numbers of an element that are numbers.
fn numbers(object: &InMemDicomObject, tag: Tag) -> Vec<f64> {
    let all = object.get(tag).and_then(|element| element.to_multi_float64().ok()).unwrap_or_default();
    all.into_iter().filter(|number| number.is_finite()).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::radiograph::decode_frame;

    /// Decoders of lossy packings round in their own ways.
    const LOSSY_WITHIN: i32 = 2;
    /// A grey level, where the exact value lies between two.
    const SHOWN_WITHIN: i32 = 1;

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dicom")
    }

    fn file(name: &str) -> Vec<u8> {
        fs::read(folder().join(name)).expect("committed")
    }

    fn names() -> Vec<String> {
        let entries = fs::read_dir(folder()).expect("committed").flatten();
        let files = entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "dcm"));
        let mut names: Vec<String> =
            files.filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect();
        names.sort();
        assert_eq!(names.len(), 21);
        names
    }

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
    fn every_file_opens_or_says_why_not() {
        for name in names() {
            let said = decode_frame(&file(&name), 0, Window::Own);
            let words = match name.as_str() {
                "693_J2KI.dcm" | "CT_small.dcm" => "a CT scan",
                name if name.starts_with("MR_") => "an MR scan",
                "examples_overlay.dcm" => "an MR scan",
                "JPEG-lossy.dcm" | "JPEG2000.dcm" | "JPGExtended.dcm" => "a nuclear medicine picture",
                "examples_palette.dcm" => "an ultrasound picture",
                "rtdose_1frame.dcm" => "no plain X-ray (modality RTDOSE)",
                "chrKoreanMulti.dcm" => "holds no picture",
                _ => {
                    said.unwrap_or_else(|error| panic!("{name}: {error}"));
                    continue;
                }
            };
            let error = said.expect_err(&name).to_string();
            assert!(error.contains(words), "{name}: {error}");
        }
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
    fn no_cut_or_changed_file_panics() {
        const MOST_BYTES: usize = 12_000;
        for name in names() {
            let whole = file(&name);
            // Large ones take long and tell no more.
            if whole.len() > MOST_BYTES {
                continue;
            }
            let ends = (0..24).map(|part| whole.len() * part / 24);
            for end in ends {
                let _ = decode_frame(&whole[..end], 0, Window::Own);
                if let Ok(file) = Dicom::open(&whole[..end]) {
                    let _ = file.picture(0, Window::Own);
                }
            }
            for at in (132..whole.len()).step_by(whole.len() / 30 + 1) {
                let mut changed = whole.clone();
                changed[at] ^= 0x55;
                if let Ok(file) = Dicom::open(&changed) {
                    let _ = file.picture(0, Window::Own);
                }
            }
        }
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
