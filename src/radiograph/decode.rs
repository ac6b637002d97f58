//! A file's bytes → its picture. Limits are checked on the header, before any pixel is allocated.

use std::io::Cursor;

use image::{DynamicImage, ExtendedColorType, GrayImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use super::{
    DicomFacts, MAX_FILE_BYTES, MAX_PIXELS, ProposedWindow, Radiograph, Window, dicom, jpeg, sniff, too_many_bytes,
};
use crate::error::{Error, Fault, Result};

/// The most memory that a decoder may take for a picture: [`MAX_PIXELS`] in four bytes each.
const MAX_DECODED_BYTES: u64 = MAX_PIXELS * 4;

/// A file's picture, and what a DICOM file says of it.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// One picture of the file.
    pub radiograph: Radiograph,
    /// None for other files.
    pub dicom: Option<DicomFacts>,
    /// The windows that a DICOM file proposes.
    pub windows: Vec<ProposedWindow>,
}

/// Decodes a DICOM, PNG, JPEG, BMP, TIFF or WebP file of 8 or 16 bits a channel; of a DICOM file with
/// several pictures the one with this number, from 0, in this window.
///
/// # Errors
/// As [`decode`].
pub fn decode_frame(bytes: &[u8], frame: u32, window: Window) -> Result<Decoded> {
    if bytes.len() <= MAX_FILE_BYTES && dicom::is_dicom(bytes) {
        let file = dicom::Dicom::open(bytes)?;
        file.require_radiograph()?;
        let picture = file.picture(frame, window)?;
        let radiograph = Radiograph { colourfulness: colourfulness(&picture), pixels: grey(picture) };
        return Ok(Decoded { radiograph, dicom: Some(file.facts().clone()), windows: file.windows() });
    }
    Ok(Decoded { radiograph: decode(bytes)?, dicom: None, windows: Vec::new() })
}

/// Decodes a PNG, JPEG, BMP, TIFF or WebP file of 8 or 16 bits a channel.
///
/// The orientation in the file's EXIF block is applied once. 16-bit grey is stretched from its
/// own darkest..brightest value to 0..=255, since detectors use only a part of the 16 bits.
///
/// # Errors
/// [`Error::File`] for empty, cut-off or damaged files, for other kinds of file, and above
/// [`MAX_FILE_BYTES`] or [`MAX_PIXELS`].
pub fn decode(bytes: &[u8]) -> Result<Radiograph> {
    if bytes.len() > MAX_FILE_BYTES {
        return Err(too_many_bytes(bytes.len() as u64));
    }
    let format = sniff::format(bytes)?;
    let damaged = |reason: &dyn std::fmt::Display| {
        Error::from(Fault::Damaged { kind: sniff::name(format).to_owned(), reason: reason.to_string() })
    };

    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODED_BYTES + MAX_FILE_BYTES as u64);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| damaged(&error))?;

    let (width, height) = decoder.dimensions();
    let pixel_bytes = u64::from(decoder.color_type().bytes_per_pixel());
    require_few_pixels(width, height, MAX_PIXELS.min(MAX_DECODED_BYTES / pixel_bytes))?;
    if format == ImageFormat::Jpeg && jpeg::is_progressive(bytes).map_err(|reason| damaged(&reason))? {
        require_few_pixels(width, height, jpeg::MOST_PROGRESSIVE_PIXELS)?;
    }
    require_shades(format, &decoder, bytes)?;
    let orientation = decoder.orientation().map_err(|error| damaged(&error))?;
    let mut picture = match format {
        ImageFormat::Jpeg => jpeg::decode(bytes).map_err(|reason| damaged(&reason))?,
        _ => DynamicImage::from_decoder(decoder).map_err(|error| damaged(&error))?,
    };
    picture.apply_orientation(orientation);
    Ok(Radiograph { colourfulness: colourfulness(&picture), pixels: grey(picture) })
}

/// Fewer than 8 bits a pixel are a fax or a drawing.
fn require_shades(format: ImageFormat, decoder: &impl ImageDecoder, bytes: &[u8]) -> Result<()> {
    let bits = match (format, decoder.original_color_type()) {
        // Its decoder tells only what becomes of it. IHDR: depth, and 0 for grey (ISO 15948, 11.2.2).
        (ImageFormat::Png, _) if bytes.get(25) == Some(&0) => bytes.get(24).map_or(8, |depth| u32::from(*depth)),
        (_, kind @ (ExtendedColorType::L1 | ExtendedColorType::L2 | ExtendedColorType::L4)) => {
            u32::from(kind.bits_per_pixel())
        }
        _ => 8,
    };
    if bits < 8 { Err(Fault::OtherDepth { bits }.into()) } else { Ok(()) }
}

/// Before any pixel is allocated.
pub(super) fn require_few_pixels(width: u32, height: u32, most: u64) -> Result<()> {
    if u64::from(width) * u64::from(height) <= most {
        return Ok(());
    }
    Err(Fault::TooManyPixels { width, height, most_megapixels: most / 1_000_000 }.into())
}

/// 8-bit luma; 16-bit pictures are stretched over their own range.
fn grey(picture: DynamicImage) -> GrayImage {
    match picture {
        DynamicImage::ImageLuma16(_)
        | DynamicImage::ImageLumaA16(_)
        | DynamicImage::ImageRgb16(_)
        | DynamicImage::ImageRgba16(_)
        | DynamicImage::ImageRgb32F(_)
        | DynamicImage::ImageRgba32F(_) => {
            let deep = picture.into_luma16();
            let darkest = deep.pixels().map(|pixel| pixel[0]).min().unwrap_or(0);
            let brightest = deep.pixels().map(|pixel| pixel[0]).max().unwrap_or(u16::MAX);
            let range = f32::from(brightest - darkest).max(1.0);
            GrayImage::from_fn(deep.width(), deep.height(), |x, y| {
                let value = f32::from(deep.get_pixel(x, y)[0] - darkest) / range;
                image::Luma([(value * 255.0).round() as u8])
            })
        }
        shallow => shallow.into_luma8(),
    }
}

fn colourfulness(picture: &DynamicImage) -> f32 {
    /// Enough samples for a mean; a photograph's colours are everywhere.
    const SAMPLES: usize = 65_536;
    if !picture.color().has_color() {
        return 0.0;
    }
    let thumbnail = if picture.width() as usize * picture.height() as usize > SAMPLES {
        picture.thumbnail(256, 256).into_rgb8()
    } else {
        picture.to_rgb8()
    };
    let spread: u64 = thumbnail
        .pixels()
        .map(|pixel| {
            let darkest = pixel.0.iter().min().copied().unwrap_or(0);
            let brightest = pixel.0.iter().max().copied().unwrap_or(0);
            u64::from(brightest - darkest)
        })
        .sum();
    spread as f32 / (thumbnail.width() * thumbnail.height()).max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Luma, Rgb, RgbImage};

    fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).expect("a picture in memory can be encoded");
        bytes.into_inner()
    }

    fn ramp() -> GrayImage {
        GrayImage::from_fn(40, 30, |x, y| Luma([(x * 4 + y) as u8]))
    }

    #[test]
    fn lossless_formats_give_the_pixels_back() {
        for format in [ImageFormat::Png, ImageFormat::Bmp, ImageFormat::Tiff, ImageFormat::WebP] {
            let picture = match format {
                ImageFormat::WebP => DynamicImage::from(DynamicImage::from(ramp()).to_rgb8()),
                _ => DynamicImage::from(ramp()),
            };
            let radiograph = decode(&encoded(&picture, format)).expect("the file is sound");
            assert_eq!(radiograph.pixels(), &ramp(), "{format:?}");
        }
    }

    #[test]
    fn sixteen_bits_are_stretched_over_their_own_range() {
        let deep = image::ImageBuffer::from_fn(3, 1, |x, _| Luma([1000u16 + 500 * x as u16]));
        let bytes = encoded(&DynamicImage::ImageLuma16(deep), ImageFormat::Png);
        let radiograph = decode(&bytes).expect("the file is sound");
        assert_eq!(radiograph.pixels().as_raw(), &[0, 128, 255]);
    }

    #[test]
    fn a_photograph_is_colourful_and_a_film_is_not() {
        let photo = RgbImage::from_fn(64, 64, |x, y| Rgb([x as u8 * 4, 20, y as u8 * 4]));
        let bytes = encoded(&DynamicImage::from(photo), ImageFormat::Png);
        assert!(decode(&bytes).expect("sound").colourfulness() > 50.0);
        let film = encoded(&DynamicImage::from(ramp()), ImageFormat::Png);
        assert!(decode(&film).expect("sound").colourfulness() < f32::EPSILON);
    }

    #[test]
    fn every_prefix_of_a_jpeg_is_refused() {
        let bytes = encoded(&DynamicImage::from(ramp()), ImageFormat::Jpeg);
        assert!(decode(&bytes).is_ok());
        for length in 0..bytes.len() {
            assert!(decode(&bytes[..length]).is_err(), "{length} of {} bytes", bytes.len());
        }
    }

    #[test]
    fn a_header_of_900_megapixels_is_refused_before_any_pixel_is_read() {
        let mut bytes = encoded(&DynamicImage::from(ramp()), ImageFormat::Png);
        bytes[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
        let crc = crc32(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&crc.to_be_bytes());
        let error = decode(&bytes).expect_err("30000 × 30000 is over the limit");
        assert!(matches!(error, Error::File(Fault::TooManyPixels { width: 30000, height: 30000, .. })), "{error}");
    }

    /// The CRC of PNG chunks (ISO 3309), bit by bit.
    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0u32, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
        })
    }

    #[test]
    fn the_exif_orientation_is_applied_once() {
        let jpeg = encoded(&DynamicImage::from(ramp()), ImageFormat::Jpeg);
        // An APP1 block whose only entry is orientation 6: the camera was held upright.
        let exif: &[u8] = &[
            0xFF, 0xE1, 0, 34, b'E', b'x', b'i', b'f', 0, 0, b'M', b'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0,
            0, 1, 0, 6, 0, 0, 0, 0, 0, 0,
        ];
        let turned: Vec<u8> = [&jpeg[..2], exif, &jpeg[2..]].concat();
        let radiograph = decode(&turned).expect("sound");
        assert_eq!((radiograph.width_px(), radiograph.height_px()), (30, 40));
    }
}
