//! File header and data set (PS3.10, PS3.5) → object, once it is known that reading them stays within bounds.
//!
//! `dicom-object` believes a file: it allocates as much as an element says that it holds, goes as deep as
//! sequences are nested, and inflates without end. So its decoder is watched over.

use std::borrow::Cow;
use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use dicom_core::header::{DataElementHeader, SequenceItemHeader};
use dicom_core::{PrimitiveValue, VR};
use dicom_encoding::TransferSyntaxIndex;
use dicom_object::{DefaultDicomObject, FileMetaTableBuilder, InMemDicomObject};
use dicom_parser::stateful::decode::{DynStatefulDecoder, Result as DecoderResult, StatefulDecode};
use dicom_transfer_syntax_registry::{TransferSyntaxRegistry, entries};
use flate2::read::DeflateDecoder;

use super::damage::damaged;
use crate::fault::Result;
use crate::limits::MAX_PIXELS;

/// The deepest that sequences may be nested; a structured report has some ten levels.
const DEEPEST: usize = 32;
/// The most elements, items and fragments; an enhanced file with a thousand pictures has some ten thousand.
const MOST_HEADERS: usize = 1_000_000;
/// The longest element of texts, in bytes: each of its values becomes a text of its own.
const LONGEST_TEXT: u32 = 1 << 16;
/// The largest data set once it is inflated: the largest picture of 16 bits and what stands around it.
const MOST_INFLATED_BYTES: u64 = 2 * MAX_PIXELS + (1 << 20);

const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const IMPLICIT: &str = "1.2.840.10008.1.2";
const DEFLATED: &str = "1.2.840.10008.1.2.1.99";

/// Reads a file, a file without its preamble, or a bare data set.
///
/// # Errors
/// [`Fault::Damaged`](crate::fault::Fault::Damaged), also when reading it would take more memory than a
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
    let refused = Rc::default();
    let source = Source { bytes: &data_set, refused: Rc::clone(&refused) };
    let decoder = DynStatefulDecoder::new_with_ts(source, syntax, 0).map_err(|error| damaged(&deepest(&error)))?;
    let object = InMemDicomObject::read_dataset(Watched {
        decoder,
        length: data_set.len() as u64,
        refused,
        headers: 0,
        sequences: Vec::new(),
    });
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

/// The data set, until it is refused.
struct Source<'a> {
    bytes: &'a [u8],
    refused: Rc<Cell<Option<&'static str>>>,
}

impl Read for Source<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.refused.get() {
            Some(reason) => Err(io::Error::other(reason)),
            None => self.bytes.read(into),
        }
    }
}

/// A decoder that stops where reading on would cost too much.
struct Watched<'a> {
    decoder: DynStatefulDecoder<Source<'a>>,
    length: u64,
    refused: Rc<Cell<Option<&'static str>>>,
    headers: usize,
    /// Where each open sequence ends; none for those that end with a delimiter.
    sequences: Vec<Option<u64>>,
}

impl Watched<'_> {
    fn refuse<T>(&mut self, reason: &'static str) -> DecoderResult<T> {
        self.refused.set(Some(reason));
        // The source fails with this reason from now on: the decoder words the error.
        loop {
            self.decoder.skip_bytes(1)?;
        }
    }

    /// Leaves the sequences that end here by their length.
    fn close(&mut self) {
        let here = self.position();
        while self.sequences.pop_if(|end| end.is_some_and(|end| end <= here)).is_some() {}
    }

    /// After a header: `length` of what it announces, none where a delimiter ends it.
    fn look(&mut self, length: Option<u32>) -> DecoderResult<()> {
        self.headers += 1;
        if self.headers > MOST_HEADERS {
            return self.refuse("it has too many elements");
        }
        if length.is_some_and(|length| self.position() + u64::from(length) > self.length) {
            return self.refuse("a value is longer than the file");
        }
        Ok(())
    }
}

impl<'a> StatefulDecode for Watched<'a> {
    type Reader = Source<'a>;

    fn decode_header(&mut self) -> DecoderResult<DataElementHeader> {
        self.close();
        let header = self.decoder.decode_header()?;
        let length = header.len.get();
        self.look(length)?;
        // A sequence goes by any name if its length is not told.
        if header.vr == VR::SQ || length.is_none() {
            self.sequences.push(length.map(|length| self.position() + u64::from(length)));
            if self.sequences.len() > DEEPEST {
                return self.refuse("its sequences are nested too deep");
            }
        } else if is_list_of_texts(header.vr) && length.is_some_and(|length| length > LONGEST_TEXT) {
            return self.refuse("a text of it is too long");
        }
        Ok(header)
    }

    fn decode_item_header(&mut self) -> DecoderResult<SequenceItemHeader> {
        self.close();
        let header = self.decoder.decode_item_header()?;
        match header {
            SequenceItemHeader::Item { len } => self.look(len.get())?,
            SequenceItemHeader::ItemDelimiter => self.look(None)?,
            SequenceItemHeader::SequenceDelimiter => {
                self.sequences.pop_if(|end| end.is_none());
                self.look(None)?;
            }
        }
        Ok(header)
    }

    fn read_value(&mut self, header: &DataElementHeader) -> DecoderResult<PrimitiveValue> {
        self.decoder.read_value(header)
    }

    fn read_value_preserved(&mut self, header: &DataElementHeader) -> DecoderResult<PrimitiveValue> {
        self.decoder.read_value_preserved(header)
    }

    fn read_value_bytes(&mut self, header: &DataElementHeader) -> DecoderResult<PrimitiveValue> {
        self.decoder.read_value_bytes(header)
    }

    fn read_to_vec(&mut self, length: u32, into: &mut Vec<u8>) -> DecoderResult<()> {
        self.decoder.read_to_vec(length, into)
    }

    fn read_u32_to_vec(&mut self, length: u32, into: &mut Vec<u32>) -> DecoderResult<()> {
        self.decoder.read_u32_to_vec(length, into)
    }

    fn read_to<W: io::Write>(&mut self, length: u32, into: W) -> DecoderResult<()> {
        self.decoder.read_to(length, into)
    }

    fn skip_bytes(&mut self, length: u32) -> DecoderResult<()> {
        self.decoder.skip_bytes(length)
    }

    fn seek(&mut self, position: u64) -> DecoderResult<()>
    where
        Self::Reader: io::Seek,
    {
        self.decoder.seek(position)
    }

    fn position(&self) -> u64 {
        self.decoder.position()
    }
}

/// Kinds of text (PS3.5, 6.2) that a backslash divides.
fn is_list_of_texts(kind: VR) -> bool {
    use VR::{AE, AS, CS, DA, DS, DT, IS, LO, PN, SH, TM, UC, UI};
    matches!(kind, AE | AS | CS | DA | DS | DT | IS | LO | PN | SH | TM | UC | UI)
}

/// The innermost reason of an error, without what stands around it.
fn deepest(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An undefined-length sequence with an item of known length that ends in an empty sequence of known length.
    const SIBLING: [u8; 40] = [
        0x40, 0, 0x75, 2, b'S', b'Q', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, // sequence
        0xFE, 0xFF, 0, 0xE0, 12, 0, 0, 0, // item
        0x40, 0, 0x08, 0, b'S', b'Q', 0, 0, 0, 0, 0, 0, // empty sequence
        0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0, // end of the sequence
    ];

    #[test]
    fn many_sequences_beside_one_another_are_not_deep() {
        let file = SIBLING.repeat(3 * DEEPEST);
        read(&file).expect("each is two levels deep");
    }

    #[test]
    fn sequences_within_one_another_are_refused_and_not_followed() {
        let mut deeper = SIBLING[..20].to_vec();
        deeper[16..].fill(0xFF);
        let error = read(&deeper.repeat(100_000)).expect_err("too deep").to_string();
        assert!(error.contains("too deep"), "{error}");
    }
}
