//! The packed bytes of one picture (PS3.5, 8.2 and annex A.4), out of the pixel element.

use std::borrow::Cow;

use dicom_dictionary_std::tags;

use super::attributes::Attributes;
use super::damage::damaged;
use super::data_set::DataSet;
use super::encoding::Encoding;
use crate::fault::{Fault, Result};

/// More fragments than this are not looked at; a picture has some.
const MOST_FRAGMENTS: usize = 1_000_000;
/// The tag of an item, little-endian.
const ITEM: [u8; 4] = [0xFE, 0xFF, 0x00, 0xE0];
/// Transfer syntaxes whose pixels lie in items, whatever length is announced.
const PACKED: &str = "1.2.840.10008.1.2.4.";
/// A private transfer syntax: implicit and little-endian, but for the pixels.
const GE_BIG_ENDIAN_PIXELS: &str = "1.2.840.113619.5.2";

/// How a picture lies in the pixel element.
pub(super) enum Frame<'a> {
    /// Sample by sample.
    Native(Cow<'a, [u8]>),
    /// By a codec of its own.
    Packed(Cow<'a, [u8]>),
}

impl DataSet<'_> {
    /// The bytes of the picture with this number, from 0, of a file with so many pictures. A native one takes
    /// `frame_bytes`, in words of 16 bits or not.
    ///
    /// # Errors
    /// [`Fault::NoPicture`], or [`Fault::Damaged`] where it is missing.
    pub(super) fn frame(&self, frame: u32, frames: u32, frame_bytes: usize, has_words: bool) -> Result<Frame<'_>> {
        let pixels = self.pixels.ok_or(Fault::NoPicture)?;
        let value = self.bytes.get(pixels.start..).unwrap_or_default();
        let missing = || damaged("a picture is missing");
        let frame = frame as usize;
        let is_items = value.starts_with(&ITEM) && self.transfer_syntax.starts_with(PACKED);
        let Some(length) = pixels.length.filter(|_| !is_items) else {
            let (table, fragments) = fragments(value);
            let table = if table.is_empty() { self.extended_table() } else { table };
            return Ok(Frame::Packed(packed(&table, &fragments, frame, frames as usize).ok_or_else(missing)?));
        };
        // More than the file holds is told of by whoever needs it.
        let value = &value[..value.len().min(length as usize)];
        // Some writers put a stream where native pixels belong.
        if frames == 1 && value.len() < frame_bytes && is_stream(value) {
            return Ok(Frame::Packed(value.into()));
        }
        let start = frame.checked_mul(frame_bytes).ok_or_else(missing)?;
        let is_big_endian =
            self.encoding == Encoding::ExplicitBigEndian || self.transfer_syntax == GE_BIG_ENDIAN_PIXELS;
        let is_swapped = is_big_endian && (has_words || pixels.is_words);
        // A word's two bytes may be two pixels (PS3.5, 8.2), of which one belongs to the picture before or after.
        let (first, end) = if is_swapped {
            (start & !1, start.saturating_add(frame_bytes).next_multiple_of(2))
        } else {
            (start, start.saturating_add(frame_bytes))
        };
        let mut bytes = Cow::from(value.get(first..end.min(value.len())).unwrap_or_default());
        if bytes.is_empty() {
            return Err(missing());
        }
        if is_swapped {
            bytes.to_mut().as_chunks_mut::<2>().0.iter_mut().for_each(|pair| pair.reverse());
            bytes.to_mut().drain(..start - first);
        }
        Ok(Frame::Native(bytes))
    }

    /// The extended offset table (PS3.3 C.7.6.3.1.8): where each picture begins.
    fn extended_table(&self) -> Vec<u64> {
        let attributes = Attributes::of(&self.elements, 0);
        let bytes = attributes.get(tags::EXTENDED_OFFSET_TABLE).and_then(|element| element.to_bytes().ok());
        let words = bytes.as_deref().unwrap_or_default().as_chunks::<8>().0;
        words.iter().map(|word| u64::from_le_bytes(*word)).collect()
    }
}

/// A fragment, and where its item begins after the offset table.
struct Fragment<'a> {
    at: u64,
    bytes: &'a [u8],
}

/// The offset table and the fragments of encapsulated pixels. Their end may be missing, and so may be that of the
/// last fragment: its codec knows whether something is.
fn fragments(value: &[u8]) -> (Vec<u64>, Vec<Fragment<'_>>) {
    let mut items = Vec::new();
    let mut rest = value;
    while let [0xFE, 0xFF, 0x00, 0xE0, a, b, c, d, after @ ..] = rest
        && items.len() < MOST_FRAGMENTS
    {
        let length = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
        let (bytes, behind) = after.split_at(length.min(after.len()));
        items.push(Fragment { at: (value.len() - rest.len()) as u64, bytes });
        rest = behind;
    }
    if items.is_empty() {
        return (Vec::new(), items);
    }
    // Some writers leave the table out.
    if is_stream(items[0].bytes) {
        return (Vec::new(), items);
    }
    let table = items.remove(0);
    let first = items.first().map_or(0, |first| first.at);
    for item in &mut items {
        item.at -= first;
    }
    (table.bytes.as_chunks::<4>().0.iter().map(|word| u64::from(u32::from_le_bytes(*word))).collect(), items)
}

/// The fragments of one picture, joined: by the offset table, else one for each picture, else by where a stream
/// begins.
fn packed<'a>(table: &[u64], fragments: &[Fragment<'a>], frame: usize, frames: usize) -> Option<Cow<'a, [u8]>> {
    let start = |offset: &u64| fragments.binary_search_by_key(offset, |fragment| fragment.at).ok();
    let by_table: Option<Vec<usize>> = table.iter().map(start).collect();
    let starts: Vec<usize> = if frames <= 1 {
        vec![0]
    } else if let Some(starts) = by_table.filter(|starts| starts.len() == frames) {
        starts
    } else if fragments.len() == frames {
        (0..frames).collect()
    } else {
        let begins = |(_, fragment): &(usize, &Fragment)| is_stream(fragment.bytes);
        fragments.iter().enumerate().filter(begins).map(|(at, _)| at).collect()
    };
    let start = *starts.get(frame)?;
    let end = starts.get(frame + 1).copied().unwrap_or(fragments.len());
    match fragments.get(start..end)? {
        [] => None,
        [one] => Some(Cow::from(one.bytes)),
        several => Some(several.iter().flat_map(|fragment| fragment.bytes).copied().collect::<Vec<_>>().into()),
    }
}

/// Whether a JPEG, JPEG-LS or JPEG 2000 stream begins here.
fn is_stream(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xFF, 0xD8, 0xFF]) || super::jpeg_2000::is_stream(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(bytes: &[u8]) -> Vec<u8> {
        [&[0xFE, 0xFF, 0x00, 0xE0], &(bytes.len() as u32).to_le_bytes()[..], bytes].concat()
    }

    fn second(table: &[u8], parts: &[&[u8]], frames: usize) -> Option<Vec<u8>> {
        let value = parts.iter().fold(item(table), |value, part| [value, item(part)].concat());
        let (table, fragments) = fragments(&value);
        packed(&table, &fragments, 1, frames).map(Cow::into_owned)
    }

    #[test]
    fn a_picture_is_found_by_the_table_by_its_number_or_by_its_start() {
        let start: &[u8] = &[0xFF, 0xD8, 0xFF, 1];
        let other: &[u8] = &[0xFF, 0xD8, 0xFF, 2];
        assert_eq!(second(&[], &[start, other], 2).as_deref(), Some(other));
        // The second begins after two items of 4 + 8 bytes.
        let table = [0u32.to_le_bytes(), 24u32.to_le_bytes()].concat();
        assert_eq!(second(&table, &[start, &[7, 7, 7, 7], other, &[8, 8]], 2), Some([other, &[8, 8]].concat()));
        assert_eq!(second(&[], &[start, &[7, 7], other, &[8, 8]], 2), Some([other, &[8, 8]].concat()));
        assert_eq!(second(&[], &[start], 2), None);
    }

    #[test]
    fn the_end_of_the_pixels_may_be_missing() {
        let value = [item(&[]), vec![0xFE, 0xFF, 0x00, 0xE0, 9, 0, 0, 0, 1, 2, 3]].concat();
        let (table, fragments) = fragments(&value);
        assert!(table.is_empty());
        assert_eq!(fragments[0].bytes, [1, 2, 3]);
    }
}
