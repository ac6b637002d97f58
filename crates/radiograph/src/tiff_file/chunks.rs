//! The strips or tiles of a page: whether all of them are there. Decoders fill a missing one with what comes next, or
//! with grey.

use std::borrow::Cow;
use std::io::{Read, Seek};
use std::ops::Range;

use tiff::decoder::{ChunkType, Decoder};
use tiff::tags::Tag;

use super::pages::{Page, YCBCR};
use super::tiff_fault::{damaged, fault};
use crate::fault::{Fault, Result};
use crate::jpeg::{self, Process, Unsound};

const UNCOMPRESSED: u16 = 1;
const JPEG: u16 = 7;
/// The bytes of all parts together, in those of the file.
const MOST_SHARED: u64 = 16;

/// Where the strips or tiles of a page lie, and how they are packed.
pub(super) struct Chunks {
    places: Vec<Range<usize>>,
    compression: u16,
    /// Bytes of each, of a page that is not compressed.
    plain_bytes: Vec<usize>,
    /// Whether the first pixel is in the lowest bit (tag 266).
    is_turned: bool,
    /// What all JPEG streams begin with.
    jpeg_tables: Vec<u8>,
    /// Of a strip or tile, in pixels.
    width: u32,
    height: u32,
    /// Samples of a pixel in each of them.
    samples: usize,
}

impl Chunks {
    pub(super) fn of(decoder: &mut Decoder<impl Read + Seek>) -> Result<Self> {
        let (offsets, counts) = match decoder.get_chunk_type() {
            ChunkType::Strip => (Tag::StripOffsets, Tag::StripByteCounts),
            ChunkType::Tile => (Tag::TileOffsets, Tag::TileByteCounts),
        };
        let offsets = decoder.get_tag_u64_vec(offsets).map_err(fault)?;
        let counts = decoder.get_tag_u64_vec(counts).map_err(fault)?;
        let place =
            |(offset, count): (&u64, &u64)| Some(*offset as usize..usize::try_from(offset.checked_add(*count)?).ok()?);
        let places: Option<Vec<_>> = offsets.iter().zip(&counts).map(place).collect();
        let number = |decoder: &mut Decoder<_>, tag| decoder.find_tag_unsigned::<u16>(tag).map_err(fault);
        let samples = usize::from(number(decoder, Tag::SamplesPerPixel)?.unwrap_or(1));
        let is_planar = number(decoder, Tag::PlanarConfiguration)? == Some(2);
        let bits = decoder.find_tag_unsigned_vec::<u16>(Tag::BitsPerSample).map_err(fault)?.unwrap_or_default();
        let samples = if is_planar { 1 } else { samples };
        let of_a_pixel = usize::from(bits.first().copied().unwrap_or(1)) * samples;
        let (_, height) = decoder.dimensions().map_err(fault)?;
        let (chunk_width, chunk_height) = decoder.chunk_dimensions();
        let strips = height.div_ceil(chunk_height.max(1));
        let plain_bytes = (0..offsets.len()).map(|chunk| {
            // The last strip of a plane ends with the picture; a tile goes on.
            let is_last =
                decoder.get_chunk_type() == ChunkType::Strip && (chunk as u32 + 1).is_multiple_of(strips.max(1));
            let rows = if is_last { height - chunk_height * (strips - 1) } else { chunk_height };
            let bytes = (u64::from(chunk_width) * of_a_pixel as u64).div_ceil(8).saturating_mul(u64::from(rows));
            usize::try_from(bytes).unwrap_or(usize::MAX)
        });
        let plain_bytes = plain_bytes.collect();
        Ok(Self {
            places: places.ok_or_else(|| damaged("a part of its picture has no place"))?,
            plain_bytes,
            compression: number(decoder, Tag::Compression)?.unwrap_or(UNCOMPRESSED),
            is_turned: number(decoder, Tag::FillOrder)? == Some(2),
            jpeg_tables: decoder.get_tag_u8_vec(Tag::JPEGTables).unwrap_or_default(),
            width: chunk_width,
            height: chunk_height,
            samples,
        })
    }

    /// Refuses a page of which a part is missing.
    ///
    /// # Errors
    /// [`Fault::Damaged`], or [`Fault::OtherPacking`] for JPEG that the decoder takes for another kind of it.
    pub(super) fn require_whole(&self, bytes: &[u8], page: &Page) -> Result<()> {
        let missing = || damaged("a part of its picture is missing");
        // Equal parts may share their bytes, but not all with all: each is gone through.
        let held = self.places.iter().map(|place| place.end.min(bytes.len()).saturating_sub(place.start) as u64);
        if held.sum::<u64>() > MOST_SHARED * bytes.len() as u64 {
            return Err(damaged("its parts overlap"));
        }
        for (place, plain) in self.places.iter().zip(&self.plain_bytes) {
            let held = bytes.get(place.start..place.end.min(bytes.len())).unwrap_or_default();
            match self.compression {
                // The last of them may be said to be longer than the file.
                // Whose chrominances are shared, the decoder refuses.
                UNCOMPRESSED if held.len() < *plain && page.photometric != YCBCR => return Err(missing()),
                JPEG => self.require_jpeg(held, page)?,
                _ if held.is_empty() => return Err(missing()),
                _ => {}
            }
        }
        Ok(())
    }

    fn require_jpeg(&self, held: &[u8], page: &Page) -> Result<()> {
        let tables = self.jpeg_tables.strip_suffix(&[0xFF, 0xD9]).unwrap_or(&self.jpeg_tables);
        let stream = match held.strip_prefix(&[0xFF, 0xD8]) {
            Some(rest) if tables.len() > 2 => Cow::from([tables, rest].concat()),
            _ => Cow::from(held),
        };
        let unsound = |unsound| match unsound {
            Unsound::CutOff => damaged("a part of its picture is cut off"),
            Unsound::Damaged(reason) => damaged(&reason),
            Unsound::Unread(what) => Fault::OtherPacking(format!("TIFF, {what}")),
        };
        let sound = jpeg::mended(&stream).map_err(unsound)?;
        if sound.width != self.width || sound.height > self.height || usize::from(sound.components) != self.samples {
            return Err(damaged("a part of its picture has another size than it says"));
        }
        // The decoder takes all for the usual kind.
        let is_usual = sound.is_usually_sampled && (sound.scans == 1 || sound.process == Process::Progressive);
        if sound.process == Process::Lossless || sound.bits != page.bits || !is_usual {
            return Err(Fault::OtherPacking(format!("TIFF, a rare kind of JPEG of {} bits", sound.bits)));
        }
        jpeg::require_whole(&sound).map_err(unsound)
    }

    /// Brings the bits of each byte into the usual order, which the decoder takes for granted.
    pub(super) fn turn_bits(&self, bytes: &mut Cow<[u8]>) {
        if !self.is_turned || self.compression == JPEG {
            return;
        }
        let end = bytes.len();
        let mut places: Vec<_> = self.places.iter().collect();
        places.sort_by_key(|place| (place.start, place.end));
        places.dedup();
        for place in places {
            let place = place.start.min(end)..place.end.min(end);
            for byte in &mut bytes.to_mut()[place] {
                *byte = byte.reverse_bits();
            }
        }
    }
}
