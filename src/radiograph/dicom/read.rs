//! File header and data set (PS3.10, PS3.5) → object, once it is known that reading them stays within bounds.
//!
//! `dicom-object` believes a file: it allocates as much as an element says that it holds, goes as deep as
//! sequences are nested, and inflates without end. So the data set is walked first, value by value and
//! without reading any.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use dicom_core::header::HasLength;
use dicom_encoding::TransferSyntaxIndex;
use dicom_encoding::transfer_syntax::TransferSyntax;
use dicom_object::{DefaultDicomObject, FileMetaTableBuilder, InMemDicomObject};
use dicom_parser::dataset::LazyDataToken;
use dicom_parser::dataset::lazy_read::LazyDataSetReader;
use dicom_parser::stateful::decode::StatefulDecode;
use dicom_transfer_syntax_registry::{TransferSyntaxRegistry, entries};
use flate2::read::DeflateDecoder;

use super::damaged;
use crate::error::Result;
use crate::radiograph::MAX_PIXELS;

/// Sequences within sequences; a structured report has some ten levels.
const DEEPEST: usize = 32;
/// Elements, items and fragments; an enhanced file with a thousand pictures has some ten thousand.
const MOST_TOKENS: usize = 1_000_000;
/// A deflated data set with the largest picture of 16 bits, and what stands around it.
const MOST_INFLATED_BYTES: u64 = 2 * MAX_PIXELS + (1 << 20);

const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const IMPLICIT: &str = "1.2.840.10008.1.2";
const DEFLATED: &str = "1.2.840.10008.1.2.1.99";

/// Reads a file, a file without its preamble, or a bare data set.
///
/// # Errors
/// [`Fault::Damaged`](crate::error::Fault::Damaged), also when reading it would take more memory than a
/// radiograph can need.
pub(super) fn read(bytes: &[u8]) -> Result<DefaultDicomObject> {
    let (uid, data_set) = match [128, 0].into_iter().find_map(|at| bytes.get(at..)?.strip_prefix(b"DICM")) {
        Some(header) => after_header(header)?,
        // Without a header nothing says how it is encoded, but explicit types are two capital letters.
        None if bytes.get(4..6).is_some_and(|kind| kind.iter().all(u8::is_ascii_uppercase)) => {
            (EXPLICIT.to_owned(), bytes)
        }
        None => (IMPLICIT.to_owned(), bytes),
    };
    let data_set = if uid == DEFLATED { Cow::from(inflated(data_set)?) } else { Cow::from(data_set) };
    // What is packed in a way of its own is explicit around it, as is what is inflated by now.
    let syntax = match TransferSyntaxRegistry.get(&uid) {
        Some(syntax) if uid != DEFLATED => syntax,
        _ => &entries::EXPLICIT_VR_LITTLE_ENDIAN.erased(),
    };
    walk(&data_set, syntax)?;
    let object = InMemDicomObject::read_dataset_with_ts(&*data_set, syntax);
    let header = FileMetaTableBuilder::new()
        .transfer_syntax(uid)
        .media_storage_sop_class_uid("")
        .media_storage_sop_instance_uid("")
        .build();
    Ok(object
        .map_err(|error| damaged(&deepest(&error)))?
        .with_exact_meta(header.map_err(|error| damaged(&deepest(&error)))?))
}

/// The transfer syntax, and what follows the file header (PS3.10, 7.1): elements of group 2.
fn after_header(mut bytes: &[u8]) -> Result<(String, &[u8])> {
    let cut_off = || damaged("its header ends too early");
    let mut uid = None;
    while let [2, 0, number_low, number_high, kind_1, kind_2, rest @ ..] = bytes {
        let is_long = matches!(&[*kind_1, *kind_2], b"OB" | b"OW" | b"UN" | b"SQ" | b"UT" | b"UC" | b"UR");
        let (length, rest) = match (is_long, rest) {
            (true, [_, _, a, b, c, d, rest @ ..]) => (u32::from_le_bytes([*a, *b, *c, *d]) as usize, rest),
            (false, [low, high, rest @ ..]) => (usize::from(u16::from_le_bytes([*low, *high])), rest),
            _ => return Err(cut_off()),
        };
        let (value, rest) = rest.split_at_checked(length).ok_or_else(cut_off)?;
        if [*number_low, *number_high] == [0x10, 0] {
            let text = String::from_utf8_lossy(value);
            uid = Some(text.trim_matches(|letter: char| letter.is_whitespace() || letter == '\0').to_owned());
        }
        bytes = rest;
    }
    Ok((uid.ok_or_else(|| damaged("it does not say how it is encoded"))?, bytes))
}

fn inflated(packed: &[u8]) -> Result<Vec<u8>> {
    let mut plain = Vec::new();
    let read = DeflateDecoder::new(packed).take(MOST_INFLATED_BYTES + 1).read_to_end(&mut plain);
    read.map_err(|error| damaged(&error.to_string()))?;
    if plain.len() as u64 > MOST_INFLATED_BYTES {
        return Err(damaged("it grows beyond every picture when it is unpacked"));
    }
    Ok(plain)
}

/// Goes through a data set without reading a value.
fn walk(data_set: &[u8], syntax: &TransferSyntax) -> Result<()> {
    let failed = |error: &dyn std::error::Error| damaged(&deepest(error));
    let mut reader = LazyDataSetReader::new_with_ts(Cursor::new(data_set), syntax).map_err(|error| failed(&error))?;
    let (mut depth, mut tokens) = (0usize, 0);
    while let Some(token) = reader.advance() {
        let token = token.map_err(|error| failed(&error))?;
        tokens += 1;
        let length = match &token {
            LazyDataToken::SequenceStart { .. } | LazyDataToken::PixelSequenceStart => {
                depth += 1;
                None
            }
            LazyDataToken::SequenceEnd => {
                depth = depth.saturating_sub(1);
                None
            }
            LazyDataToken::LazyValue { header, decoder } => Some((header.length().0, decoder.position())),
            LazyDataToken::LazyItemValue { len, decoder } => Some((*len, decoder.position())),
            _ => None,
        };
        if depth > DEEPEST {
            return Err(damaged("its sequences are nested too deep"));
        }
        if tokens > MOST_TOKENS {
            return Err(damaged("it has too many elements"));
        }
        if length.is_some_and(|(length, at)| at + u64::from(length) > data_set.len() as u64) {
            return Err(damaged("a value is longer than the file"));
        }
        token.skip().map_err(|error| failed(&error))?;
    }
    Ok(())
}

/// The innermost reason of an error, without what stands around it.
fn deepest(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
