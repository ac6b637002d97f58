//! JPEG, strictly: the decoder of `image` makes up what a damaged file lacks and says nothing, and a radiograph
//! with invented parts must not be judged.

mod entropy;
mod huffman;
mod lossless;
mod segments;

use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, ImageBuffer, Luma, RgbImage};
use jpeg_decoder::ColorTransform;
use openreadout_codecs::{CodecError, JpegColor};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

pub(super) use segments::{Process, Sound, Unsound, jpeg_ls_bits};

/// The largest progressive picture. It is kept as coefficients until its last scan: six bytes a pixel beside those of
/// its colours.
pub(super) const MOST_PROGRESSIVE_PIXELS: u64 = 40_000_000;

/// A JPEG as decoders take it. Its size is to be checked before anything else is done with it.
///
/// # Errors
/// Why it is not read.
pub(super) fn mended(bytes: &[u8]) -> Result<Sound<'_>, Unsound> {
    segments::mended(bytes)
}

/// Refuses a JPEG of which a block or a scan is missing. The decoder of lossless ones finds that out by itself.
///
/// # Errors
/// What is missing.
pub(super) fn require_whole(sound: &Sound) -> Result<(), Unsound> {
    if sound.process != Process::Lossless {
        entropy::look(&sound.bytes)?;
    }
    Ok(())
}

/// The picture of a JPEG whose size has been checked before.
///
/// # Errors
/// The decoder's words for what is wrong with the file.
pub(super) fn decode(sound: &Sound) -> Result<DynamicImage, Unsound> {
    // zune-jpeg is the faster decoder. It knows no 12 bits and no lossless coding, and puts the rows of a picture that
    // comes in several scans (zune-image#341), or is sampled in a rare way, in the wrong places. Where markers contradict
    // each other, it believes another one than libjpeg does.
    let is_plain = sound.bits == 8 && (sound.process == Process::Progressive || sound.scans == 1);
    let is_usual = sound.is_usually_sampled && !sound.is_contradictory;
    if is_plain && is_usual && sound.process != Process::Lossless { common(&sound.bytes) } else { uncommon(sound) }
}

/// How a JPEG's picture is to be turned: by the EXIF block (CIPA DC-008) in its segment APP1.
pub(super) fn orientation(bytes: &[u8]) -> Orientation {
    const HEAD: &[u8] = b"Exif\0\0";
    let exif = segments::application(bytes, 0xE1).find_map(|segment| segment.strip_prefix(HEAD));
    exif.and_then(Orientation::from_exif_chunk).unwrap_or(Orientation::NoTransforms)
}

fn common(bytes: &[u8]) -> Result<DynamicImage, Unsound> {
    let failed = |error: &dyn std::fmt::Debug| Unsound::Damaged(format!("{error:?}"));
    let options = DecoderOptions::default().set_strict_mode(true).set_max_width(usize::MAX).set_max_height(usize::MAX);
    // A copy, so that the decoder is compiled for the one kind of source that `tiff` has too: 28 kB gzipped less for the page.
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes.to_vec()), options);
    decoder.decode_headers().map_err(|error| failed(&error))?;
    let is_grey = decoder.input_colorspace() == Some(ColorSpace::Luma);
    let wanted = if is_grey { ColorSpace::Luma } else { ColorSpace::RGB };
    decoder.set_options(decoder.options().jpeg_set_out_colorspace(wanted));
    let pixels = decoder.decode().map_err(|error| failed(&error))?;
    let (width, height) = decoder.dimensions().ok_or("it says no size")?;
    let (width, height) = (width as u32, height as u32);
    let picture = if is_grey {
        GrayImage::from_raw(width, height, pixels).map(DynamicImage::from)
    } else {
        RgbImage::from_raw(width, height, pixels).map(DynamicImage::from)
    };
    picture.ok_or_else(|| "its pixels are too few".into())
}

/// Of 12 bits, lossless, or in several scans.
fn uncommon(sound: &Sound) -> Result<DynamicImage, Unsound> {
    let (width, height) = (sound.width, sound.height);
    let decoded = match (samples(sound, sound.is_rgb == Some(true))?, sound.components) {
        (Samples::Bytes(bytes), 1) => GrayImage::from_raw(width, height, bytes).map(DynamicImage::from),
        (Samples::Bytes(bytes), _) => RgbImage::from_raw(width, height, bytes).map(DynamicImage::from),
        (Samples::Words(words), 1) => {
            ImageBuffer::<Luma<u16>, Vec<u16>>::from_raw(width, height, words).map(DynamicImage::from)
        }
        (Samples::Words(_), _) => return Err(Unsound::Unread(format!("JPEG in colours of {} bits", sound.bits))),
    };
    decoded.ok_or_else(|| "its pixels are too few".into())
}

/// Samples of up to 8 bits, or of more.
pub(super) enum Samples {
    /// Up to 8 bits.
    Bytes(Vec<u8>),
    /// Up to 16 bits.
    Words(Vec<u16>),
}

/// The samples of a picture whose size has been checked before, pixel by pixel; in red, green and blue, or as coded.
///
/// # Errors
/// Why it is not read.
pub(super) fn samples(sound: &Sound, is_as_coded: bool) -> Result<Samples, Unsound> {
    let count = sound.width as usize * sound.height as usize * usize::from(sound.components);
    match (sound.process, sound.components, sound.bits) {
        (Process::Lossless, 1 | 3, 2..=16) => {
            let samples = lossless::decode(sound)?;
            return Ok(if sound.bits > 8 {
                Samples::Words(samples)
            } else {
                Samples::Bytes(samples.into_iter().map(|sample| sample as u8).collect())
            });
        }
        (Process::Sequential | Process::Progressive, 1 | 3, 8) => {}
        (Process::Progressive, _, 12) => return Err(Unsound::Unread("progressive JPEG of 12 bits".into())),
        (Process::Sequential, 1 | 3, 12) => return of_12_bits(sound, is_as_coded, count),
        (_, components, bits) => {
            return Err(Unsound::Unread(format!("JPEG, {components} components of {bits} bits")));
        }
    }
    let fault = |error: jpeg_decoder::Error| match error {
        jpeg_decoder::Error::Unsupported(_) => Unsound::Unread("JPEG of a rare kind".into()),
        other => Unsound::Damaged(other.to_string()),
    };
    let mut decoder = jpeg_decoder::Decoder::new(&*sound.bytes);
    decoder.read_info().map_err(fault)?;
    if sound.components == 3 {
        decoder.set_color_transform(if is_as_coded { ColorTransform::RGB } else { ColorTransform::YCbCr });
    }
    let bytes = decoder.decode().map_err(fault)?;
    if bytes.len() == count { Ok(Samples::Bytes(bytes)) } else { Err("its pixels are too few".into()) }
}

fn of_12_bits(sound: &Sound, is_as_coded: bool, count: usize) -> Result<Samples, Unsound> {
    let picture = if is_as_coded {
        openreadout_codecs::jpeg_decode_tiff_limited(&sound.bytes, None, JpegColor::AsCoded, 2 * count)
    } else {
        openreadout_codecs::jpeg_decode_limited(&sound.bytes, 2 * count)
    };
    let picture = picture.map_err(|error| match error {
        CodecError::Unsupported { detail, .. } => Unsound::Unread(format!("JPEG ({detail})")),
        other => Unsound::Damaged(other.to_string()),
    })?;
    let words = picture.data.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair));
    if picture.data.len() == 2 * count {
        Ok(Samples::Words(words.collect()))
    } else {
        Err("its pixels are too few".into())
    }
}
