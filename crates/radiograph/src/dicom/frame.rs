//! One frame's stored values, out of whatever packing the file has.

use std::borrow::Cow;

use dicom_encoding::TransferSyntaxIndex;
use dicom_transfer_syntax_registry::TransferSyntaxRegistry;
use pixels::stored;

use super::attributes::plain;
use super::damage::damaged;
use super::data_set::DataSet;
use super::fragments::Frame;
use super::layout::{Layout, Photometric, Space};
use super::{jpeg_2000, rle};
use crate::fault::{Fault, Result};
use crate::jpeg::{self, Process, Unsound};
use crate::limits::require_few_pixels;
use crate::note::Note;

/// A high bit that cuts off so many bits of a picture that uses none above them is wrong; a film uses more than an
/// eighth of its range.
const LEAST_CUT: u32 = 3;

/// The headers of a JPEG-LS stream are within so many bytes.
const LONGEST_HEAD: usize = 256;
/// The default is 64; 0 stands for it.
const USUAL_RESET: u16 = 255;

/// Letters of a unique identifier (PS3.5, 9.1).
const LONGEST_UID: usize = 64;

const RLE_LOSSLESS: &str = "1.2.840.10008.1.2.5";
/// JPEG, JPEG-LS and JPEG 2000: all transfer syntaxes whose streams tell what they are.
const STREAMS: &str = "1.2.840.10008.1.2.4.";

/// One picture, unpacked.
pub(super) struct Unpacked {
    /// Pixel by pixel, as whole numbers with the file's sign.
    pub(super) samples: Vec<i32>,
    /// What three samples of a pixel mean.
    pub(super) space: Space,
}

/// Unpacks one frame.
///
/// # Errors
/// [`Fault::Damaged`] or [`Fault::OtherPacking`].
pub(super) fn decode(
    file: &DataSet,
    layout: &Layout,
    (frame, frames): (u32, u32),
    notes: &mut Vec<Note>,
) -> Result<Unpacked> {
    let said = match layout.photometric {
        Photometric::Colours { space, .. } => space,
        _ => Space::Rgb,
    };
    let uid = file.transfer_syntax.as_str();
    let wide = layout.bits_allocated as usize / 8;
    // Some writers share no chrominances though they say that they do.
    let held = file.pixels.and_then(|pixels| pixels.length).unwrap_or(0) as usize / frames as usize;
    let is_whole = layout.is_halved() && (layout.count() * wide..=layout.count() * wide + 1).contains(&held);
    let whole = layout.whole();
    let layout = if is_whole { &whole } else { layout };
    let unpacked = match file.frame(frame, frames, layout.native_count() * wide, wide == 2)? {
        Frame::Native(bytes) => {
            if is_whole || uid.starts_with(STREAMS) || uid == RLE_LOSSLESS {
                notes.push(Note::PackingContradiction);
            }
            Unpacked { samples: native(&bytes, layout)?, space: said }
        }
        Frame::Packed(packed) => {
            let packing = Packing::of(&packed, uid)?;
            // A bare data set says nothing.
            if !uid.is_empty() && !packing.is_said_by(uid) {
                notes.push(Note::PackingContradiction);
            }
            match packing {
                Packing::Rle => Unpacked { samples: rle(&packed, layout)?, space: said },
                Packing::Jpeg => jpeg(&packed, layout, said)?,
                Packing::JpegLs => jpeg_ls(&packed, layout, said)?,
                Packing::Jpeg2000 => {
                    let picture = jpeg_2000::decode(&packed, layout)?;
                    if picture.is_signed != layout.is_signed {
                        notes.push(Note::SignContradiction);
                    }
                    let space = if picture.is_converted { Space::Rgb } else { said };
                    Unpacked { samples: with_sign(picture.samples, picture.bits, layout), space }
                }
            }
        }
    };
    if unpacked.samples.len() != layout.count() {
        return Err(damaged("its pixels end too early"));
    }
    Ok(unpacked)
}

enum Packing {
    Rle,
    Jpeg,
    JpegLs,
    Jpeg2000,
}

impl Packing {
    /// By what the bytes are, since headers are copied from other files; only RLE has no mark of its own.
    fn of(packed: &[u8], uid: &str) -> Result<Self> {
        let number = uid.strip_prefix(STREAMS).and_then(|number| number.parse::<u32>().ok());
        match (packed, number) {
            // JPEG 2000 with another block coder, which is not read here, begins like all JPEG 2000.
            (_, Some(201..=205)) => Err(unread(uid)),
            _ if jpeg_2000::is_stream(packed) => Ok(Self::Jpeg2000),
            ([0xFF, 0xD8, ..], _) if jpeg::jpeg_ls_bits(packed).is_some() => Ok(Self::JpegLs),
            ([0xFF, 0xD8, ..], _) => Ok(Self::Jpeg),
            // A header of 64 bytes: so many segments, and where the first begins (PS3.5, G.5).
            ([1..=15, 0, 0, 0, 64, 0, 0, 0, ..], _) => Ok(Self::Rle),
            (_, Some(50..=91)) => Err(damaged("it holds another packing than it says")),
            _ if uid == RLE_LOSSLESS => Err(damaged("its run lengths make no sense")),
            _ => Err(unread(uid)),
        }
    }

    /// Whether a transfer syntax announces this packing.
    fn is_said_by(&self, uid: &str) -> bool {
        let number = uid.strip_prefix(STREAMS).and_then(|number| number.parse::<u32>().ok());
        match self {
            Self::Rle => uid == RLE_LOSSLESS,
            Self::Jpeg => matches!(number, Some(50..=70)),
            Self::JpegLs => matches!(number, Some(80 | 81)),
            Self::Jpeg2000 => matches!(number, Some(90..=93)),
        }
    }
}

/// By the name that the standard gives to the transfer syntax.
fn unread(uid: &str) -> Fault {
    let known = TransferSyntaxRegistry.get(uid).map(|known| known.name().to_owned());
    Fault::OtherPacking(
        known.or_else(|| plain(uid, LONGEST_UID)).unwrap_or_else(|| "an unknown transfer syntax".into()),
    )
}

/// Samples of 8 or 16 bits, little-endian, in whatever order the planes lie.
fn native(bytes: &[u8], layout: &Layout) -> Result<Vec<i32>> {
    let wide = layout.bits_allocated == 16;
    let needed = layout.native_count() * if wide { 2 } else { 1 };
    let bytes = bytes.get(..needed).ok_or_else(|| damaged("its pixels end too early"))?;
    let mut bits = Bits::of(layout);
    let mut samples: Vec<i32> = if wide {
        let words = || bytes.as_chunks::<2>().0.iter().map(|pair| u32::from(u16::from_le_bytes(*pair)));
        // A high bit that would cut off low bits and keep none above is wrong: PS3.5, 8.1.1, asks for the lowest bits.
        let is_low = |word: u32| word >> bits.count == 0;
        if bits.above >= LEAST_CUT && words().all(is_low) && words().any(|word| word << (32 - bits.above) != 0) {
            bits.above = 0;
        }
        words().map(|word| bits.value(word)).collect()
    } else {
        bytes.iter().map(|byte| bits.value(u32::from(*byte))).collect()
    };
    if layout.is_halved() {
        let pairs = samples.as_chunks::<4>().0.iter();
        samples = pairs.flat_map(|[one, other, blue, red]| [*one, *blue, *red, *other, *blue, *red]).collect();
        samples.truncate(layout.count());
    } else if layout.is_planar && layout.samples > 1 {
        let pixels = layout.pixels();
        samples = (0..layout.count()).map(|at| samples[at % layout.samples * pixels + at / layout.samples]).collect();
    }
    Ok(samples)
}

/// Which bits of a word make a sample.
#[derive(Clone, Copy)]
struct Bits {
    count: u32,
    above: u32,
    is_signed: bool,
}

impl Bits {
    /// As the data set says.
    fn of(layout: &Layout) -> Self {
        let above = layout.high_bit + 1 - layout.bits_stored;
        Self { count: layout.bits_stored, above, is_signed: layout.is_signed }
    }

    /// The sample of a word, with its sign.
    fn value(self, word: u32) -> i32 {
        let upmost = (word >> self.above) << (32 - self.count);
        if self.is_signed { (upmost as i32) >> (32 - self.count) } else { (upmost >> (32 - self.count)) as i32 }
    }
}

/// The samples of a stream of so many bits, with the sign that the data set says. The stream may say another, though
/// PS3.5, 8.2.4, asks for the same, and JPEG and JPEG-LS say none.
fn with_sign(mut samples: Vec<i32>, bits: u32, layout: &Layout) -> Vec<i32> {
    let mask = ((1u64 << bits) - 1) as u32;
    let all = stored::used(&samples);
    let used = all & mask;
    let said = Bits::of(layout);
    let is_within = u64::from(used) < 1u64 << layout.bits_stored;
    // A stream of whole words keeps the bits where they were.
    let chosen = if bits == layout.bits_allocated && said.above > 0 {
        said
    } else if bits <= layout.bits_stored || !is_within {
        Bits { count: bits, above: 0, is_signed: layout.is_signed }
    } else {
        Bits { above: 0, ..said }
    };
    // The samples of most films are right as they come.
    let is_right = !chosen.is_signed && chosen.above == 0 && u64::from(all) < 1 << chosen.count.min(bits);
    if !is_right {
        for sample in &mut samples {
            *sample = chosen.value(*sample as u32 & mask);
        }
    }
    samples
}

fn rle(packed: &[u8], layout: &Layout) -> Result<Vec<i32>> {
    let bytes = layout.bits_allocated as usize / 8;
    let plain = rle::decode(packed, layout.pixels(), layout.samples, bytes)
        .ok_or_else(|| damaged("its run lengths make no sense"))?;
    // The planes have been put together already, and no chrominance is shared.
    let photometric = Photometric::Monochrome2;
    native(&plain, &Layout { is_planar: false, photometric, ..*layout })
}

/// Baseline, extended of 8 and 12 bits, progressive and lossless.
fn jpeg(packed: &[u8], layout: &Layout, said: Space) -> Result<Unpacked> {
    let fault = |unsound| match unsound {
        Unsound::Unread(what) => Fault::OtherPacking(what),
        Unsound::CutOff => damaged("its JPEG is cut off"),
        Unsound::Damaged(reason) => damaged(&reason),
    };
    let sound = jpeg::mended(packed).map_err(fault)?;
    layout.require_size(sound.width, sound.height)?;
    if sound.process == Process::Progressive {
        require_few_pixels(sound.width, sound.height, jpeg::MOST_PROGRESSIVE_PIXELS)?;
    }
    jpeg::require_whole(&sound).map_err(fault)?;
    if usize::from(sound.components) != layout.samples {
        return Err(damaged("it says that it has other colours than it has"));
    }
    // A lossless stream is converted by nobody, a lossy one as its own markers say, or else the data set.
    let is_lossless = sound.process == Process::Lossless;
    let is_as_coded = is_lossless || sound.is_rgb.unwrap_or(said == Space::Rgb);
    let samples: Vec<i32> = match jpeg::samples(&sound, is_as_coded).map_err(fault)? {
        jpeg::Samples::Bytes(bytes) => bytes.into_iter().map(i32::from).collect(),
        jpeg::Samples::Words(words) => stored::widened(&words),
    };
    let space = if is_lossless { said } else { Space::Rgb };
    Ok(Unpacked { samples: with_sign(samples, sound.bits, layout), space })
}

fn jpeg_ls(packed: &[u8], layout: &Layout, said: Space) -> Result<Unpacked> {
    if layout.samples > 1 {
        return Err(Fault::OtherPacking("JPEG-LS, colours".into()));
    }
    let bits = jpeg::jpeg_ls_bits(packed).filter(|bits| (2..=16).contains(bits));
    let bits = bits.ok_or_else(|| damaged("its JPEG-LS makes no sense"))?;
    let plain = plain_jpeg_ls(packed);
    // The decoder's sums overflow where its statistics are hardly ever halved (pure_jpegls 2.0.0, `update_stats`).
    if jpeg_ls_reset(&plain).is_some_and(|reset| reset > USUAL_RESET) {
        return Err(Fault::OtherPacking("JPEG-LS with rare parameters".into()));
    }
    let (samples, ..) = jpegls::decode(&plain, layout.width, layout.height).map_err(|error| match error {
        jpegls::CodecError::Unsupported(what) => Fault::OtherPacking(format!("JPEG-LS ({what})")),
        other => damaged(&other.to_string()),
    })?;
    let samples = samples.into_iter().map(i32::from).collect();
    Ok(Unpacked { samples: with_sign(samples, bits, layout), space: said })
}

/// How many samples a JPEG-LS stream counts before it halves its statistics, if it says so (ITU-T T.87, C.2.4.1.1).
fn jpeg_ls_reset(stream: &[u8]) -> Option<u16> {
    const PRESET: [u8; 5] = [0xFF, 0xF8, 0, 13, 1];
    let head = &stream[..stream.len().min(LONGEST_HEAD)];
    let at = head.windows(PRESET.len()).position(|part| part == PRESET)?;
    Some(u16::from_be_bytes(*stream.get(at + PRESET.len() + 8..)?.first_chunk()?))
}

/// A JPEG-LS stream as its decoder takes it: without fill bytes before the end marker (T.81, B.1.1.2), as DCMTK writes
/// them to make a length even, without a restart interval of 0 and without parameters that are all 0, which mean nothing.
fn plain_jpeg_ls(packed: &[u8]) -> Cow<'_, [u8]> {
    const NOTHING: [&[u8]; 3] = [
        &[0xFF, 0xDD, 0, 4, 0, 0],
        &[0xFF, 0xDD, 0, 5, 0, 0, 0],
        &[0xFF, 0xF8, 0, 13, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ];
    let mut plain = Cow::from(packed);
    if let Some(end) = packed.windows(2).rposition(|pair| pair == [0xFF, 0xD9]) {
        let data = packed[..end].iter().rposition(|byte| *byte != 0xFF).map_or(0, |last| last + 1);
        if data < end {
            plain.to_mut().drain(data..end);
        }
    }
    for nothing in NOTHING {
        let head = &plain[..plain.len().min(LONGEST_HEAD)];
        if let Some(at) = head.windows(nothing.len()).position(|part| part == nothing) {
            plain.to_mut().drain(at..at + nothing.len());
        }
    }
    plain
}
