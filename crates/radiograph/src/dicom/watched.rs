//! The elements of a data set, once it is known that reading them stays within bounds.
//!
//! `dicom-object` believes a file: it allocates as much as an element says that it holds, and goes as deep as
//! sequences are nested. So its decoder is watched over, and reading stops where the pixels begin.

use std::io::{self, Read};

use dicom_core::header::{DataElementHeader, SequenceItemHeader};
use dicom_core::{Length, PrimitiveValue, Tag, VR};
use dicom_dictionary_std::tags;
use dicom_encoding::decode::DecodeFrom;
use dicom_encoding::decode::explicit_be::ExplicitVRBigEndianDecoder;
use dicom_encoding::decode::explicit_le::ExplicitVRLittleEndianDecoder;
use dicom_encoding::decode::implicit_le::ImplicitVRLittleEndianDecoder;
use dicom_object::InMemDicomObject;
use dicom_parser::stateful::decode::{Error, Result as DecoderResult, StatefulDecode};

use super::dictionary::{self, Dictionary};
use super::encoding::Encoding;
use super::value;

/// The deepest that sequences may be nested; a structured report has some ten levels.
const DEEPEST: usize = 32;
/// The most elements and items; an enhanced file with a thousand pictures has some ten thousand.
const MOST_HEADERS: usize = 1_000_000;
/// The longest element of texts, in bytes: each of its values becomes a text of its own.
const LONGEST_TEXT: u32 = 1 << 16;

/// Where the pixels of a data set lie.
#[derive(Clone, Copy, Debug)]
pub(super) struct PixelElement {
    /// Where its value begins in the data set.
    pub(super) start: usize,
    /// Bytes of the value; none where a delimiter ends it, as with all packed pixels.
    pub(super) length: Option<u32>,
    /// Whether the value consists of words of 16 bits, which big-endian files write the other way round.
    pub(super) is_words: bool,
}

/// The elements of a data set up to its pixels, and where these lie.
///
/// # Errors
/// What is wrong with the data set.
pub(super) fn read(bytes: &[u8], encoding: Encoding) -> Result<(InMemDicomObject, Option<PixelElement>), String> {
    let headers: Box<dyn DecodeFrom<Source>> = match encoding {
        Encoding::Implicit => Box::new(ImplicitVRLittleEndianDecoder::with_dict(Dictionary)),
        Encoding::Explicit => Box::new(ExplicitVRLittleEndianDecoder::default()),
        Encoding::ExplicitBigEndian => Box::new(ExplicitVRBigEndianDecoder::default()),
    };
    let source = Source::Reading(bytes);
    let mut watched =
        Watched { headers, source, bytes, encoding, pixels: None, is_signed: false, count: 0, sequences: Vec::new() };
    let object = InMemDicomObject::read_dataset(&mut watched).map_err(|error| deepest(&error))?;
    Ok((object, watched.pixels))
}

/// The rest of a data set, until it is refused or its pixels begin.
enum Source<'a> {
    Reading(&'a [u8]),
    /// The data set ends here for its reader.
    Ended,
    Refused(&'static str),
}

impl Read for Source<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Reading(rest) => rest.read(into),
            Self::Ended => Ok(0),
            Self::Refused(reason) => Err(io::Error::other(*reason)),
        }
    }
}

/// A decoder that stops where reading on would cost too much, and at the pixels.
///
/// It decodes values itself: the decoder of `dicom-parser` needs the whole dictionary and the character sets of East Asia,
/// which are a fifth of what the page's engine weighs (185 of 836 kB gzipped), for elements and letters that nobody shows.
struct Watched<'a> {
    headers: Box<dyn DecodeFrom<Source<'a>>>,
    source: Source<'a>,
    bytes: &'a [u8],
    encoding: Encoding,
    pixels: Option<PixelElement>,
    /// Whether the stored values have a sign, as far as is known.
    is_signed: bool,
    /// Headers so far.
    count: usize,
    /// Where each open sequence ends; none for those that end with a delimiter.
    sequences: Vec<Option<u64>>,
}

impl<'a> Watched<'a> {
    /// What is not read yet.
    fn rest(&self) -> &'a [u8] {
        match self.source {
            Source::Reading(rest) => rest,
            Source::Ended | Source::Refused(_) => &[],
        }
    }

    fn refuse<T>(&mut self, reason: &'static str) -> DecoderResult<T> {
        // The source fails with this reason from now on: the decoder words the error.
        self.source = Source::Refused(reason);
        self.header().and_then(|_| self.refuse(reason))
    }

    fn header(&mut self) -> DecoderResult<DataElementHeader> {
        let position = self.position();
        let header = self.headers.decode_header(&mut self.source);
        header.map(|(header, _)| header).map_err(|source| Error::DecodeElementHeader { position, source })
    }

    /// The value of an element, or less where the data set ends before.
    fn take(&mut self, length: u32) -> &'a [u8] {
        let rest = self.rest();
        let (value, rest) = rest.split_at(rest.len().min(length as usize));
        if let Source::Reading(source) = &mut self.source {
            *source = rest;
        }
        value
    }

    /// Leaves the sequences that end here by their length.
    fn close(&mut self) {
        let here = self.position();
        while self.sequences.pop_if(|end| end.is_some_and(|end| end <= here)).is_some() {}
    }

    /// The header of an element with an invalid VR, in an explicit data set: its length has two bytes, as with most VRs.
    /// The decoder would take it as having four.
    fn short_header(&self) -> Option<DataElementHeader> {
        let head: [u8; 8] = *self.rest().first_chunk()?;
        let [group, element, kind, length] = *head.as_chunks::<2>().0 else { return None };
        let is_type = kind.iter().all(u8::is_ascii_uppercase);
        let tag = Tag(u16::from_le_bytes(group), u16::from_le_bytes(element));
        let is_delimiter = tag.group() == 0xFFFE;
        let length = u16::from_le_bytes(length);
        // VRs that are newer than the decoder have four bytes (PS3.5, 7.1.2): what follows tells which it is.
        let next = 8 + usize::from(length);
        let follows = match self.rest().get(next..next + 4) {
            Some(&[a, b, c, d]) => Tag(u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d])) > tag,
            _ => next == self.rest().len(),
        };
        let is_short = self.encoding == Encoding::Explicit && !is_type && !is_delimiter && follows;
        is_short.then(|| DataElementHeader::new(tag, VR::UN, Length(u32::from(length))))
    }

    /// After a header: `length` of what it announces, none where a delimiter ends it.
    fn look(&mut self, length: Option<u32>) -> DecoderResult<()> {
        self.count += 1;
        if self.count > MOST_HEADERS {
            return self.refuse("it has too many elements");
        }
        if length.is_some_and(|length| length as usize > self.rest().len()) {
            return self.refuse("a value is longer than the file");
        }
        Ok(())
    }
}

impl<'a> StatefulDecode for Watched<'a> {
    type Reader = &'a [u8];

    fn decode_header(&mut self) -> DecoderResult<DataElementHeader> {
        self.close();
        let mut header = match self.short_header() {
            Some(header) => {
                self.take(8);
                header
            }
            None => self.header()?,
        };
        if header.tag == tags::PIXEL_DATA && self.sequences.is_empty() {
            self.pixels = Some(PixelElement {
                start: self.position() as usize,
                length: header.len.get(),
                is_words: header.vr == VR::OW,
            });
            self.source = Source::Ended;
            return self.header();
        }
        if self.is_signed && dictionary::has_sign_of_pixels(header.tag) {
            header.vr = VR::SS;
        }
        // A sequence with VR UN is implicit whatever is around it (PS3.5, 6.2.2): it is read as its bytes.
        if header.vr == VR::UN && header.len.is_undefined() {
            let mut steps = MOST_HEADERS.saturating_sub(self.count);
            let length = implicit_length(self.rest(), &mut steps);
            self.count = MOST_HEADERS - steps;
            match length {
                Some(length) => header.len = Length(length),
                None => return self.refuse("a sequence has no end"),
            }
        }
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
        let position = self.position();
        let header = self.headers.decode_item_header(&mut self.source);
        let header = header.map_err(|source| Error::DecodeItemHeader { position, source })?;
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
        let bytes = self.take(header.len.get().unwrap_or_default());
        let value = value::decoded(header.vr, bytes, self.encoding == Encoding::ExplicitBigEndian);
        if header.tag == tags::PIXEL_REPRESENTATION {
            self.is_signed = value.to_int::<u16>().is_ok_and(|sign| sign != 0);
        }
        Ok(value)
    }

    fn read_value_preserved(&mut self, header: &DataElementHeader) -> DecoderResult<PrimitiveValue> {
        self.read_value(header)
    }

    fn read_value_bytes(&mut self, header: &DataElementHeader) -> DecoderResult<PrimitiveValue> {
        Ok(PrimitiveValue::from(self.take(header.len.get().unwrap_or_default())))
    }

    fn read_to_vec(&mut self, length: u32, into: &mut Vec<u8>) -> DecoderResult<()> {
        into.extend(self.take(length));
        Ok(())
    }

    fn read_u32_to_vec(&mut self, length: u32, into: &mut Vec<u32>) -> DecoderResult<()> {
        into.extend(self.take(length).as_chunks().0.iter().map(|word| u32::from_le_bytes(*word)));
        Ok(())
    }

    fn read_to<W: io::Write>(&mut self, length: u32, mut into: W) -> DecoderResult<()> {
        // What is written to is memory.
        let _ = into.write_all(self.take(length));
        Ok(())
    }

    fn skip_bytes(&mut self, length: u32) -> DecoderResult<()> {
        self.take(length);
        Ok(())
    }

    fn seek(&mut self, position: u64) -> DecoderResult<()> {
        self.source = Source::Reading(self.bytes.get(position as usize..).unwrap_or_default());
        Ok(())
    }

    fn position(&self) -> u64 {
        (self.bytes.len() - self.rest().len()) as u64
    }
}

/// Kinds of text (PS3.5, 6.2) that a backslash divides.
fn is_list_of_texts(kind: VR) -> bool {
    use VR::{AE, AS, CS, DA, DS, DT, IS, LO, PN, SH, TM, UC, UI};
    matches!(kind, AE | AS | CS | DA | DS | DT | IS | LO | PN | SH | TM | UC | UI)
}

/// Bytes of a sequence of undefined length in implicit VR, with its delimiter. The writers that put explicit VR there
/// end it with the same delimiter. It takes one of `steps` for each element, and gives up when none is left.
fn implicit_length(bytes: &[u8], steps: &mut usize) -> Option<u32> {
    const END: [u8; 8] = [0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0];
    let mut walked = || {
        // Open items and sequences, the outermost among them.
        let (mut at, mut open) = (0usize, 1usize);
        while open > 0 {
            *steps = steps.checked_sub(1)?;
            let (tag, length) = bytes.get(at..at.checked_add(8)?)?.split_at(4);
            let length = u32::from_le_bytes(length.try_into().ok()?);
            at += 8;
            match tag {
                [0xFE, 0xFF, 0x0D | 0xDD, 0xE0] => open -= 1,
                _ if length == u32::MAX => open += 1,
                _ => at = at.checked_add(length as usize)?,
            }
        }
        Some(at)
    };
    let end = walked().or_else(|| Some(bytes.windows(END.len()).position(|end| end == END)? + END.len()))?;
    u32::try_from(end).ok()
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

    fn explicit(bytes: &[u8]) -> Result<(InMemDicomObject, Option<PixelElement>), String> {
        read(bytes, Encoding::Explicit)
    }

    #[test]
    fn many_sequences_beside_one_another_are_not_deep() {
        let file = SIBLING.repeat(3 * DEEPEST);
        explicit(&file).expect("each is two levels deep");
    }

    #[test]
    fn sequences_within_one_another_are_refused_and_not_followed() {
        let mut deeper = SIBLING[..20].to_vec();
        deeper[16..].fill(0xFF);
        let error = explicit(&deeper.repeat(100_000)).expect_err("too deep");
        assert!(error.contains("too deep"), "{error}");
    }
}
