//! JPEG 2000 (ISO 15444-1): a stream is looked through before it is decoded, since a header of a few bytes can
//! ask for gigabytes.

use std::borrow::Cow;

use hayro_jpeg2000::{DecodeSettings, DecoderContext, Image};
use pixels::stored;

use super::damage::damaged;
use super::layout::Layout;
use crate::fault::{Fault, Result};
use crate::limits::require_few_pixels;

/// The largest picture that is decoded: the decoder takes some 16 bytes a pixel.
const MOST_PIXELS: u64 = 24_000_000;
/// The most tiles, precincts and blocks, each of which costs some hundred bytes. A film of the size above has 6,000
/// blocks of the usual 64 × 64 samples.
const MOST_PARTS: u64 = 200_000;

const START: [u8; 2] = [0xFF, 0x4F];
const CAPABILITIES: u8 = 0x50;
const SIZE: u8 = 0x51;
const CODING: u8 = 0x52;
const CODING_OF_A_COMPONENT: u8 = 0x53;
const TILE_PART: u8 = 0x90;
const DATA: u8 = 0x93;
const END: u8 = 0xD9;

/// An unpacked picture.
pub(super) struct Picture {
    /// Pixel by pixel, as the stream says.
    pub(super) samples: Vec<i32>,
    /// Bits of a sample.
    pub(super) bits: u32,
    /// Whether the stream gives samples a sign.
    pub(super) is_signed: bool,
    /// Whether the stream was converted to red, green and blue.
    pub(super) is_converted: bool,
}

/// Unpacks a picture.
///
/// # Errors
/// [`Fault::Damaged`], [`Fault::OtherPacking`], or [`Fault::TooManyPixels`].
pub(super) fn decode(packed: &[u8], layout: &Layout) -> Result<Picture> {
    let stream = stream(packed).ok_or_else(|| damaged("it holds no JPEG 2000"))?;
    let most = MOST_PIXELS / layout.samples as u64;
    require_few_pixels(layout.width, layout.height, most)?;
    let header = header(stream).ok_or_else(|| damaged("its JPEG 2000 is cut off"))?;
    let Header { components, parts, open, is_converted, is_high_throughput } = header;
    if components != layout.samples as u64 {
        return Err(damaged("it says that it has other colours than it has"));
    }
    if parts > MOST_PARTS {
        return Err(Fault::OtherPacking("JPEG 2000 in too many parts".into()));
    }
    if is_high_throughput {
        return Err(Fault::OtherPacking("High-Throughput JPEG 2000".into()));
    }
    // Strictly, the decoder takes no tile-part that is as long as there is data (Psot of 0, A.4.2): it is told how long.
    let mut told = Cow::from(stream);
    if let Some(at) = open {
        let length = (stream.len() - 2 - at) as u32;
        told.to_mut()[at + 6..at + 10].copy_from_slice(&length.to_be_bytes());
    }
    let settings = DecodeSettings { resolve_palette_indices: false, strict: true, target_resolution: None };
    let failed = |error: &dyn std::fmt::Display| damaged(&error.to_string());
    let image = Image::new(&told, &settings).map_err(|error| failed(&error))?;
    layout.require_size(image.width(), image.height())?;
    let mut context = DecoderContext::default();
    let decoded = image.decode(&mut context).map_err(|error| failed(&error))?;
    let components = decoded.components();
    if components.len() != layout.samples {
        return Err(damaged("a colour is missing"));
    }
    let bits = u32::from(components[0].bit_depth());
    if !(1..=16).contains(&bits) {
        return Err(Fault::OtherDepth { bits });
    }
    // Bit 7 of Ssiz (A.5.1). The decoder shifts signed samples up by half their range.
    let is_signed = stream.get(42).is_some_and(|depth| depth & 0x80 != 0);
    let half = 1 << (bits - 1);
    let shift = if is_signed { half } else { 0 };
    // What was rounded away may lie beyond the range.
    let highest = 2 * half - 1;
    let samples = match components {
        [grey] => stored::rounded(&grey.samples()[..grey.samples().len().min(layout.count())], highest, shift),
        _ => (0..layout.count())
            .map(|at| components[at % layout.samples].samples().get(at / layout.samples))
            .map(|sample| sample.map_or(0, |sample| stored::nearest(*sample, highest) - shift))
            .collect(),
    };
    Ok(Picture { samples, bits, is_signed, is_converted })
}

/// Whether a code stream, or a JP2 file, begins here.
pub(super) fn is_stream(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xFF, 0x4F, 0xFF, SIZE]) || bytes.get(4..8) == Some(b"jP  ")
}

/// The code stream: the whole, as DICOM has it, or what is in the boxes of a JP2 file (annex I).
fn stream(packed: &[u8]) -> Option<&[u8]> {
    if packed.starts_with(&START) {
        return Some(without_padding(packed));
    }
    let mut rest = packed;
    while let [a, b, c, d, k0, k1, k2, k3, inside @ ..] = rest {
        // 0 is up to the end, 1 a longer form that no film needs.
        let length = match u32::from_be_bytes([*a, *b, *c, *d]) as usize {
            0 => rest.len(),
            length => length.max(8),
        };
        if &[*k0, *k1, *k2, *k3] == b"jp2c" {
            return inside.starts_with(&START).then(|| without_padding(&inside[..inside.len().min(length - 8)]));
        }
        rest = rest.get(length..)?;
    }
    None
}

/// DICOM brings what is inside it to an even length.
fn without_padding(stream: &[u8]) -> &[u8] {
    let end = stream.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    &stream[..end]
}

/// What a stream says of itself.
struct Header {
    components: u64,
    /// Tiles, precincts and blocks, at the most.
    parts: u64,
    /// Where a tile-part begins that is as long as there is data.
    open: Option<usize>,
    /// Whether the decoder converts three components to red, green and blue: the stream says so (A.6.1), or the second
    /// has another resolution.
    is_converted: bool,
    /// Whether blocks are coded as ISO 15444-15 has it.
    is_high_throughput: bool,
}

/// Looks through all headers of a stream; none when it is cut off.
fn header(stream: &[u8]) -> Option<Header> {
    let word = |at: usize| Some(u64::from(u32::from_be_bytes(stream.get(at..at + 4)?.try_into().ok()?)));
    let short = |at: usize| Some(usize::from(u16::from_be_bytes(stream.get(at..at + 2)?.try_into().ok()?)));
    let (mut area, mut components, mut tiles) = (0u64, 0u64, 0u64);
    let (mut open, mut is_converted, mut is_high_throughput) = (None, false, false);
    let mut smallest = u64::MAX;
    let mut part = 0..stream.len();
    let mut at = 2;
    loop {
        let [0xFF, marker] = *stream.get(at..at + 2)? else { return None };
        match marker {
            END => break,
            // A tile-part ends where its header says, the last of them with the stream.
            DATA if part.end > at => at = part.end,
            DATA => return None,
            _ => {
                let body = at + 4;
                match marker {
                    SIZE => {
                        let field = |from: usize| word(body + from);
                        let (x, y, x0, y0) = (field(2)?, field(6)?, field(10)?, field(14)?);
                        let (tile_x, tile_y) = (field(18)?.max(1), field(22)?.max(1));
                        let (tile_x0, tile_y0) = (field(26)?, field(30)?);
                        let (width, height) = (x.checked_sub(x0)?, y.checked_sub(y0)?);
                        area = width.saturating_mul(height);
                        components = short(body + 34)? as u64;
                        // XRsiz and YRsiz of each component, after its depth.
                        let sampling =
                            |component: usize| stream.get(body + 37 + 3 * component..body + 39 + 3 * component);
                        is_converted |= components == 3 && sampling(1) != sampling(0);
                        let (across, down) = (x.checked_sub(tile_x0)?, y.checked_sub(tile_y0)?);
                        tiles = across.div_ceil(tile_x).saturating_mul(down.div_ceil(tile_y));
                    }
                    CODING => {
                        is_converted |= *stream.get(body + 4)? == 1;
                        smallest = smallest.min(least_samples(stream, body, body + 5)?);
                    }
                    // The component's number takes two bytes where there are many.
                    CODING_OF_A_COMPONENT => {
                        let number = if components < 257 { 1 } else { 2 };
                        smallest = smallest.min(least_samples(stream, body + number, body + number + 1)?);
                    }
                    TILE_PART => {
                        let length = word(body + 2)? as usize;
                        open = open.or((length == 0).then_some(at));
                        let end = if length == 0 { stream.len() - 2 } else { at.saturating_add(length) };
                        part = at..end;
                    }
                    CAPABILITIES => is_high_throughput = true,
                    _ => {}
                }
                at += 2 + short(at + 2)?;
            }
        }
        // What is at its very end is the end of the stream.
        if at > stream.len() {
            return None;
        }
    }
    let blocks = area.saturating_mul(components) / smallest.max(1);
    Some(Header {
        components,
        parts: tiles.saturating_mul(components).saturating_add(blocks),
        open,
        is_converted,
        is_high_throughput,
    })
}

/// Samples of the smallest block or precinct of a coding style (A.6.1): where its flags are, and where the number
/// of its levels is.
fn least_samples(stream: &[u8], flags: usize, levels: usize) -> Option<u64> {
    let [count, block_x, block_y] = *stream.get(levels..levels + 3)?.first_chunk()?;
    let block = 1 << (4 + (block_x & 15) + (block_y & 15));
    let has_precincts = stream.get(flags)? & 1 == 1;
    let precincts = if has_precincts { stream.get(levels + 5..levels + 6 + usize::from(count))? } else { &[] };
    let smallest = precincts.iter().map(|sides| 1 << ((sides & 15) + (sides >> 4))).min();
    Some(smallest.unwrap_or(block).min(block))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SIZ of 4096 × 4096 in tiles of this side, COD with blocks of 2^exponent samples, one tile-part, no data.
    fn stream(tile: u32, block_exponent: u8) -> Vec<u8> {
        let mut stream = vec![0xFF, 0x4F, 0xFF, SIZE, 0, 41, 0, 0];
        for word in [4096, 4096, 0, 0, tile, tile, 0, 0] {
            stream.extend(u32::to_be_bytes(word));
        }
        stream.extend([0, 1, 7, 1, 1]);
        stream.extend([0xFF, CODING, 0, 12, 0, 0, 0, 1, 0, 5, block_exponent - 2, block_exponent - 2, 0, 1]);
        stream.extend([0xFF, TILE_PART, 0, 10, 0, 0, 0, 0, 0, 14, 0, 1, 0xFF, DATA, 0xFF, END]);
        stream
    }

    #[test]
    fn tiles_and_blocks_are_counted_before_anything_is_decoded() {
        let parts = |tile, block_exponent| header(&stream(tile, block_exponent)).map(|header| header.parts);
        assert_eq!(parts(4096, 6), Some(1 + 4096));
        assert_eq!(parts(1, 6), Some(4096 * 4096 + 4096));
        assert_eq!(parts(4096, 2), Some(1 + 1024 * 1024));
    }

    #[test]
    fn a_stream_that_does_not_reach_its_end_is_cut_off() {
        let whole = stream(4096, 6);
        for length in 2..whole.len() {
            assert!(header(&whole[..length]).is_none(), "{length} of {}", whole.len());
        }
    }
}
