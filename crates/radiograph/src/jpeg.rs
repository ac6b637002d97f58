//! JPEG, strictly: the decoder of `image` makes up what a damaged file lacks and says nothing, and a radiograph
//! with invented parts must not be judged.

mod entropy;

use entropy::Coding;
use image::{DynamicImage, GrayImage, RgbImage};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

/// The largest progressive picture. It is kept as coefficients until its last scan: six bytes a pixel beside those of
/// its colours.
pub(super) const MOST_PROGRESSIVE_PIXELS: u64 = 40_000_000;

/// Whether a JPEG is progressive: coded in ever finer scans.
///
/// # Errors
/// What is wrong with the file: a piece is missing, or it has one too many.
pub(super) fn is_progressive(bytes: &[u8]) -> Result<bool, &'static str> {
    Ok(entropy::look(bytes)? == Coding::Progressive)
}

/// The picture of a JPEG whose size has been checked before.
///
/// # Errors
/// The decoder's words for what is wrong with the file.
pub(super) fn decode(bytes: &[u8]) -> Result<DynamicImage, String> {
    let failed = |error: &dyn std::fmt::Debug| format!("{error:?}");
    let options = DecoderOptions::default().set_strict_mode(true).set_max_width(usize::MAX).set_max_height(usize::MAX);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
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
    picture.ok_or_else(|| "its pixels are too few".to_owned())
}
