//! The elements of a data set, once it is known that reading them stays within bounds.
//!
//! `dicom-object` believes a file: it allocates as much as an element says that it holds, and goes as deep as
//! sequences are nested. So its decoder is watched over, and reading stops where the pixels begin.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use dicom_core::header::{DataElementHeader, SequenceItemHeader};
use dicom_core::{Length, PrimitiveValue, Tag, VR};
use dicom_dictionary_std::{tags, uids};
use dicom_encoding::TransferSyntax;
use dicom_object::InMemDicomObject;
use dicom_parser::stateful::decode::{DynStatefulDecoder, Result as DecoderResult, StatefulDecode};

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
pub(super) fn read(bytes: &[u8], syntax: &TransferSyntax) -> Result<(InMemDicomObject, Option<PixelElement>), String> {
    let is_explicit = syntax.uid() == uids::EXPLICIT_VR_LITTLE_ENDIAN;
    let state = Rc::new(Cell::new(State::Reading));
    let pixels = Rc::default();
    let source = Source { bytes, state: Rc::clone(&state) };
    let decoder = DynStatefulDecoder::new_with_ts(source, syntax, 0).map_err(|error| deepest(&error))?;
    let watched =
        Watched { decoder, bytes, state, pixels: Rc::clone(&pixels), is_explicit, headers: 0, sequences: Vec::new() };
    let object = InMemDicomObject::read_dataset(watched).map_err(|error| deepest(&error))?;
    Ok((object, pixels.get()))
}

#[derive(Clone, Copy)]
enum State {
    Reading,
    /// The data set ends here for the decoder.
    Ended,
    Refused(&'static str),
}

/// The data set, until it is refused or its pixels begin.
struct Source<'a> {
    bytes: &'a [u8],
    state: Rc<Cell<State>>,
}

impl Read for Source<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.state.get() {
            State::Reading => self.bytes.read(into),
            State::Ended => Ok(0),
            State::Refused(reason) => Err(io::Error::other(reason)),
        }
    }
}

/// A decoder that stops where reading on would cost too much, and at the pixels.
struct Watched<'a> {
    decoder: DynStatefulDecoder<Source<'a>>,
    bytes: &'a [u8],
    state: Rc<Cell<State>>,
    pixels: Rc<Cell<Option<PixelElement>>>,
    /// Whether each element tells its VR, little-endian.
    is_explicit: bool,
    headers: usize,
    /// Where each open sequence ends; none for those that end with a delimiter.
    sequences: Vec<Option<u64>>,
}

impl Watched<'_> {
    fn refuse<T>(&mut self, reason: &'static str) -> DecoderResult<T> {
        self.state.set(State::Refused(reason));
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

    /// The header of an element with an invalid VR, in an explicit data set: its length has two bytes, as with most VRs.
    /// The decoder would take it as having four.
    fn short_header(&self) -> Option<DataElementHeader> {
        let head: [u8; 8] = *self.bytes.get(self.position() as usize..)?.first_chunk()?;
        let [group, element, kind, length] = *head.as_chunks::<2>().0 else { return None };
        let is_type = kind.iter().all(u8::is_ascii_uppercase);
        let tag = Tag(u16::from_le_bytes(group), u16::from_le_bytes(element));
        let is_delimiter = tag.group() == 0xFFFE;
        let length = u16::from_le_bytes(length);
        // VRs that are newer than the decoder have four bytes (PS3.5, 7.1.2): what follows tells which it is.
        let next = self.position() as usize + 8 + usize::from(length);
        let follows = match self.bytes.get(next..next + 4) {
            Some(&[a, b, c, d]) => Tag(u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d])) > tag,
            _ => next == self.bytes.len(),
        };
        let is_short = self.is_explicit && !is_type && !is_delimiter && follows;
        is_short.then(|| DataElementHeader::new(tag, VR::UN, Length(u32::from(length))))
    }

    /// After a header: `length` of what it announces, none where a delimiter ends it.
    fn look(&mut self, length: Option<u32>) -> DecoderResult<()> {
        self.headers += 1;
        if self.headers > MOST_HEADERS {
            return self.refuse("it has too many elements");
        }
        if length.is_some_and(|length| self.position() + u64::from(length) > self.bytes.len() as u64) {
            return self.refuse("a value is longer than the file");
        }
        Ok(())
    }
}

impl<'a> StatefulDecode for Watched<'a> {
    type Reader = Source<'a>;

    fn decode_header(&mut self) -> DecoderResult<DataElementHeader> {
        self.close();
        let mut header = match self.short_header() {
            Some(header) => {
                self.decoder.skip_bytes(8)?;
                header
            }
            None => self.decoder.decode_header()?,
        };
        if header.tag == tags::PIXEL_DATA && self.sequences.is_empty() {
            self.pixels.set(Some(PixelElement {
                start: self.position() as usize,
                length: header.len.get(),
                is_words: header.vr == VR::OW,
            }));
            self.state.set(State::Ended);
            return self.decoder.decode_header();
        }
        // A sequence with VR UN is implicit whatever is around it (PS3.5, 6.2.2): it is read as its bytes.
        if header.vr == VR::UN && header.len.is_undefined() {
            let inside = self.bytes.get(self.position() as usize..).unwrap_or_default();
            let mut steps = MOST_HEADERS.saturating_sub(self.headers);
            let length = implicit_length(inside, &mut steps);
            self.headers = MOST_HEADERS - steps;
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
    use dicom_transfer_syntax_registry::entries;

    use super::*;

    /// An undefined-length sequence with an item of known length that ends in an empty sequence of known length.
    const SIBLING: [u8; 40] = [
        0x40, 0, 0x75, 2, b'S', b'Q', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, // sequence
        0xFE, 0xFF, 0, 0xE0, 12, 0, 0, 0, // item
        0x40, 0, 0x08, 0, b'S', b'Q', 0, 0, 0, 0, 0, 0, // empty sequence
        0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0, // end of the sequence
    ];

    fn explicit(bytes: &[u8]) -> Result<(InMemDicomObject, Option<PixelElement>), String> {
        read(bytes, &entries::EXPLICIT_VR_LITTLE_ENDIAN.erased())
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
