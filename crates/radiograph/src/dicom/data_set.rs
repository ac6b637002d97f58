//! File header and data set (PS3.10, PS3.5) → the elements before the pixels, and where the pixels lie.
//!
//! A file is read as it is: with or without a preamble and a header, and encoded as its first element shows, which
//! is not always as the header says.

use std::borrow::Cow;
use std::io::Read;

use dicom_core::dictionary::DataDictionary;
use dicom_core::value::Value;
use dicom_core::{DataElement, VR};
use dicom_object::InMemDicomObject;
use flate2::read::DeflateDecoder;

use super::damage::damaged;
use super::dictionary::Dictionary;
use super::encoding::Encoding;
use super::watched::{self, PixelElement};
use crate::fault::Result;
use crate::limits::MAX_PIXELS;

/// The largest data set once it is inflated: the largest picture of 16 bits and what stands around it.
const MOST_INFLATED_BYTES: u64 = 2 * MAX_PIXELS + (1 << 20);

const DEFLATED: &str = "1.2.840.10008.1.2.1.99";

/// What a file holds.
#[derive(Debug)]
pub(super) struct DataSet<'a> {
    /// All elements before the pixels.
    pub(super) elements: InMemDicomObject,
    /// The transfer syntax that the header names; empty without a header.
    pub(super) transfer_syntax: String,
    /// How the elements are encoded.
    pub(super) encoding: Encoding,
    /// The pixel element.
    pub(super) pixels: Option<PixelElement>,
    /// The data set, unpacked.
    pub(super) bytes: Cow<'a, [u8]>,
}

/// Reads a file, a file without its preamble, or a bare data set.
///
/// # Errors
/// [`Fault::Damaged`](crate::fault::Fault::Damaged), also when reading it would take more memory than a
/// radiograph can need.
pub(super) fn read(bytes: &[u8]) -> Result<DataSet<'_>> {
    let after_magic = [128, 0].into_iter().find_map(|at| bytes.get(at..)?.strip_prefix(b"DICM"));
    let (transfer_syntax, data_set) = after_header(after_magic.unwrap_or(bytes))?;
    let bytes = if transfer_syntax == DEFLATED { Cow::from(inflated(data_set)?) } else { Cow::from(data_set) };
    let encoding = Encoding::of(&bytes);
    let (elements, pixels) = elements(&bytes, encoding)?;
    Ok(DataSet { elements, transfer_syntax, encoding, pixels, bytes })
}

/// The elements of a data set up to its pixels.
fn elements(bytes: &[u8], encoding: Encoding) -> Result<(InMemDicomObject, Option<PixelElement>)> {
    let (object, pixels) = watched::read(bytes, encoding).map_err(|reason| damaged(&reason))?;
    Ok((typed(object), pixels))
}

/// Standard elements that were written with VR UN get the VR of the dictionary: what is inside is implicit and
/// little-endian whatever is around it (PS3.5, 6.2.2). One that makes no sense stays UN.
fn typed(object: InMemDicomObject) -> InMemDicomObject {
    InMemDicomObject::from_element_iter(object.into_iter().map(typed_element))
}

fn typed_element(element: DataElement<InMemDicomObject>) -> DataElement<InMemDicomObject> {
    if let Some(known) = known(&element) {
        return known;
    }
    let (header, value) = element.into_parts();
    match value {
        Value::Sequence(sequence) => {
            let items: Vec<_> = sequence.into_items().into_iter().map(typed).collect();
            DataElement::new(header.tag, VR::SQ, Value::new_sequence(items, header.len))
        }
        value => DataElement::new_with_len(header.tag, header.vr, header.len, value),
    }
}

/// A standard element with VR UN, as the dictionary knows it.
fn known(element: &DataElement<InMemDicomObject>) -> Option<DataElement<InMemDicomObject>> {
    let (header, tag) = (element.header(), element.header().tag);
    let kind = Dictionary.by_tag(tag).map(|entry| entry.vr.relaxed()).filter(|_| header.vr == VR::UN)?;
    let bytes = element.to_bytes().ok()?;
    let start = [tag.group().to_le_bytes(), tag.element().to_le_bytes()].concat();
    let anew = if kind == VR::SQ {
        // Of undefined length, with an end; a second end is not read.
        [&start[..], &[0xFF; 4], &bytes, &[0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]].concat()
    } else {
        [&start[..], &(bytes.len() as u32).to_le_bytes(), &bytes].concat()
    };
    let (mut inside, _) = elements(&anew, Encoding::Implicit).ok()?;
    inside.take(tag)
}

/// The transfer syntax, and what follows the file header (PS3.10, 7.1): elements of group 2. Either may be missing.
fn after_header(mut bytes: &[u8]) -> Result<(String, &[u8])> {
    let cut_off = || damaged("its header ends too early");
    let mut uid = String::new();
    while let [2, 0, number_low, number_high, kind_1, kind_2, rest @ ..] = bytes {
        let is_long = matches!(&[*kind_1, *kind_2], b"OB" | b"OW" | b"UN" | b"SQ" | b"UT" | b"UC" | b"UR");
        let (length, rest) = match (is_long, rest) {
            // A header that is implicit has no VRs.
            _ if !kind_1.is_ascii_uppercase() => match (rest, [*kind_1, *kind_2]) {
                ([high_1, high_2, rest @ ..], [low_1, low_2]) => {
                    (u32::from_le_bytes([low_1, low_2, *high_1, *high_2]) as usize, rest)
                }
                _ => return Err(cut_off()),
            },
            (true, [_, _, a, b, c, d, rest @ ..]) => (u32::from_le_bytes([*a, *b, *c, *d]) as usize, rest),
            (false, [low, high, rest @ ..]) => (usize::from(u16::from_le_bytes([*low, *high])), rest),
            _ => return Err(cut_off()),
        };
        let (value, rest) = rest.split_at_checked(length).ok_or_else(cut_off)?;
        if [*number_low, *number_high] == [0x10, 0] {
            let text = String::from_utf8_lossy(value);
            text.trim_matches(|letter: char| letter.is_whitespace() || letter == '\0').clone_into(&mut uid);
        }
        bytes = rest;
    }
    Ok((uid, bytes))
}

fn inflated(packed: &[u8]) -> Result<Vec<u8>> {
    let mut plain = Vec::new();
    // Some writers put a header of zlib before it (RFC 1950): 0x78, and a multiple of 31 with the next byte.
    let has_header = matches!(packed, [0x78, next, ..] if (0x7800 + u32::from(*next)).is_multiple_of(31));
    let packed = if has_header { &packed[2..] } else { packed };
    let read = DeflateDecoder::new(packed).take(MOST_INFLATED_BYTES + 1).read_to_end(&mut plain);
    read.map_err(|error| damaged(&error.to_string()))?;
    if plain.len() as u64 > MOST_INFLATED_BYTES {
        return Err(damaged("it grows beyond every picture when it is unpacked"));
    }
    Ok(plain)
}
