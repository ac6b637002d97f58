//! Bytes → [`Radiograph`]: decoded, upright, greyscale and within limits.
//!
//! The kind is told by the content, never by the name. Limits are checked on the header, before
//! any pixel is allocated.

#[cfg(feature = "inference")]
mod dicom;
mod sniff;

use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageDecoder, ImageReader, Limits, imageops};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Fault, Result};
use crate::gate::Adjustment;
use crate::geometry::Region;

/// The largest file that is read.
pub const MAX_FILE_BYTES: usize = 64 << 20;
/// The largest picture that is decoded.
pub const MAX_PIXELS: u64 = 64_000_000;
/// The smallest side on which a knee can still be judged.
pub const MIN_SIDE_PX: u32 = 128;

/// What a DICOM file says of its picture; nothing of the person.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DicomFacts {
    /// `CR`, `DX`, …
    pub modality: Option<String>,
    /// `AP`, `PA`, `LL`, …
    pub view_position: Option<String>,
    /// `L` or `R`: the patient's side.
    pub laterality: Option<String>,
    /// `KNEE`, …
    pub body_part: Option<String>,
    /// How the pixels are packed, by name.
    pub transfer_syntax: String,
    /// How many pictures the file holds.
    pub frames: u32,
    /// Whether it is a colour picture, such as a screenshot.
    pub is_colour: bool,
}

/// Which grey values of a DICOM picture are spread from black to white.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Window {
    /// As the file asks: its table or first window, else the range of its values. What the models see.
    #[default]
    Own,
    /// Another window that the file proposes, by its number from 0.
    Proposed(u32),
    /// From the least to the greatest value.
    Whole,
    /// Without the darkest and the brightest hundredth of the pixels.
    Middle,
}

/// A window that a DICOM file proposes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProposedWindow {
    /// What it is for, if the file says so in a few plain words.
    pub name: Option<String>,
    /// In the file's values after the modality table.
    pub centre: f64,
    /// In the same values.
    pub width: f64,
}

/// A picture that is upright, 8-bit grey and within the limits above.
#[derive(Clone, Debug)]
pub struct Radiograph {
    pixels: GrayImage,
    colourfulness: f32,
}

impl Radiograph {
    /// The picture, bright bone on dark ground as in the file.
    pub fn pixels(&self) -> &GrayImage {
        &self.pixels
    }

    /// Mean distance between the largest and the smallest of red, green and blue, 0..=255.
    /// Zero for a grey picture.
    pub fn colourfulness(&self) -> f32 {
        self.colourfulness
    }

    /// Width in pixels.
    pub fn width_px(&self) -> u32 {
        self.pixels.width()
    }

    /// Height in pixels.
    pub fn height_px(&self) -> u32 {
        self.pixels.height()
    }

    /// The same picture, inverted or turned.
    #[must_use]
    pub fn adjusted(&self, adjustment: Adjustment) -> Self {
        let pixels = match adjustment {
            Adjustment::Invert => {
                let mut inverted = self.pixels.clone();
                imageops::invert(&mut inverted);
                inverted
            }
            Adjustment::TurnLeft => imageops::rotate270(&self.pixels),
            Adjustment::TurnRight => imageops::rotate90(&self.pixels),
            Adjustment::TurnOver => imageops::rotate180(&self.pixels),
        };
        Self { pixels, colourfulness: self.colourfulness }
    }
}

impl Radiograph {
    /// A part of the same picture.
    ///
    /// # Errors
    /// [`Fault::PartTooSmall`] for a part with a side below [`MIN_SIDE_PX`].
    pub fn cropped(&self, part: Region) -> Result<Self> {
        let part = part.within(self.width_px(), self.height_px());
        if part.width_px.min(part.height_px) < MIN_SIDE_PX {
            let (width, height) = (part.width_px, part.height_px);
            return Err(Fault::PartTooSmall { width, height, least: MIN_SIDE_PX }.into());
        }
        let pixels = imageops::crop_imm(&self.pixels, part.x_px, part.y_px, part.width_px, part.height_px).to_image();
        Ok(Self { pixels, colourfulness: self.colourfulness })
    }
}

impl From<GrayImage> for Radiograph {
    fn from(pixels: GrayImage) -> Self {
        Self { pixels, colourfulness: 0.0 }
    }
}

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
#[cfg(feature = "inference")]
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
    limits.max_alloc = Some(MAX_PIXELS * 8);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| damaged(&error))?;

    let (width, height) = decoder.dimensions();
    require_few_pixels(width, height)?;
    let orientation = decoder.orientation().map_err(|error| damaged(&error))?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| damaged(&error))?;
    picture.apply_orientation(orientation);
    Ok(Radiograph { colourfulness: colourfulness(&picture), pixels: grey(picture) })
}

/// What is said of a file above [`MAX_FILE_BYTES`].
pub fn too_many_bytes(bytes: u64) -> Error {
    Fault::TooManyBytes { megabytes: bytes >> 20, most: MAX_FILE_BYTES as u64 >> 20 }.into()
}

/// Before any pixel is allocated.
fn require_few_pixels(width: u32, height: u32) -> Result<()> {
    if u64::from(width) * u64::from(height) <= MAX_PIXELS {
        return Ok(());
    }
    Err(Fault::TooManyPixels { width, height, most_megapixels: MAX_PIXELS / 1_000_000 }.into())
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
    use image::{ImageFormat, Luma, Rgb, RgbImage};

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
