//! A file's bytes → its picture. Limits are checked on the header, before any pixel is allocated.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use crate::dicom::{Dicom, DicomFacts, PersonFacts, PixelSpacing, ProposedWindow, Window, is_dicom};
use crate::fault::{Fault, Result};
use crate::jpeg::{self, Process, Unsound};
use crate::limits::{MAX_DECODED_BYTES, MAX_FILE_BYTES, MAX_PIXELS, require_few_pixels, too_many_bytes};
use crate::note::Note;
use crate::picture::Radiograph;
use crate::{sniff, tiff_file};

/// A file's picture, and what a DICOM file says of it.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// One picture of the file.
    pub radiograph: Radiograph,
    /// None for other files.
    pub dicom: Option<DicomFacts>,
    /// Nothing for other files.
    pub person: PersonFacts,
    /// The windows that a DICOM file proposes, without those that show nothing of the picture.
    pub windows: Vec<ProposedWindow>,
    /// How large a pixel is, where a DICOM file tells.
    pub spacing: Option<PixelSpacing>,
    /// What was chosen where the file can be read in more than one way.
    pub notes: Vec<Note>,
}

/// Decodes a DICOM, PNG, JPEG, BMP, TIFF or WebP file; of a DICOM file with
/// several pictures the one with this number, from 0, with this VOI window.
///
/// # Errors
/// As [`decode`].
pub fn decode_frame(bytes: &[u8], frame: u32, window: Window) -> Result<Decoded> {
    decode_polar(bytes, frame, window, false)
}

/// As [`decode_frame`]; or inverted, while what is no part of the picture stays black.
pub(crate) fn decode_polar(bytes: &[u8], frame: u32, window: Window, is_inverted: bool) -> Result<Decoded> {
    if bytes.len() <= MAX_FILE_BYTES && is_dicom(bytes) {
        let file = Dicom::open(bytes)?;
        file.require_radiograph()?;
        let picture = file.picture(frame, window, is_inverted)?;
        return Ok(Decoded {
            radiograph: picture.radiograph,
            dicom: Some(file.facts().clone()),
            person: file.person(),
            windows: picture.windows,
            spacing: picture.spacing,
            notes: picture.notes,
        });
    }
    let mut notes = Vec::new();
    let radiograph = picture(bytes, is_inverted, &mut notes)?;
    Ok(Decoded { radiograph, dicom: None, person: PersonFacts::default(), windows: Vec::new(), spacing: None, notes })
}

/// Decodes a PNG, JPEG, BMP, TIFF or WebP file.
///
/// The orientation in the file's EXIF block is applied once. Grey of more than 8 bits is stretched from its
/// own darkest..brightest value to 0..=255, since detectors use only a part of the 16 bits. What is transparent is
/// black.
///
/// # Errors
/// A [`Fault`] for empty, cut-off or damaged files, for other kinds of file, and above
/// [`MAX_FILE_BYTES`] or [`MAX_PIXELS`].
pub fn decode(bytes: &[u8]) -> Result<Radiograph> {
    picture(bytes, false, &mut Vec::new())
}

fn picture(bytes: &[u8], is_inverted: bool, notes: &mut Vec<Note>) -> Result<Radiograph> {
    if bytes.len() > MAX_FILE_BYTES {
        return Err(too_many_bytes(bytes.len() as u64));
    }
    let (picture, orientation) = if tiff_file::is_tiff(bytes) {
        tiff_file::decode(bytes, notes)?
    } else {
        by_format(bytes, sniff::format(bytes)?)?
    };
    let (radiograph, is_transparent) = Radiograph::from_decoded(picture, orientation, is_inverted)?;
    if is_transparent {
        notes.push(Note::Transparent);
    }
    Ok(radiograph)
}

/// The picture of a file of all formats but TIFF, and how it is to be turned.
fn by_format(bytes: &[u8], format: ImageFormat) -> Result<(DynamicImage, Orientation)> {
    let damaged = |reason: &dyn std::fmt::Display| Fault::Damaged {
        kind: sniff::name(format).to_owned(),
        reason: reason.to_string(),
    };
    let unsound = |unsound| match unsound {
        Unsound::CutOff => Fault::CutOff { kind: "JPEG".into() },
        Unsound::Damaged(reason) => damaged(&reason),
        Unsound::Unread(what) => Fault::OtherPacking(what),
    };
    if format == ImageFormat::Jpeg {
        let sound = jpeg::mended(bytes).map_err(unsound)?;
        let is_progressive = sound.process == Process::Progressive;
        let most = if is_progressive { jpeg::MOST_PROGRESSIVE_PIXELS } else { MAX_PIXELS };
        require_few_pixels(sound.width, sound.height, most)?;
        jpeg::require_whole(&sound).map_err(unsound)?;
        return Ok((jpeg::decode(&sound).map_err(unsound)?, jpeg::orientation(&sound.bytes)));
    }
    if format == ImageFormat::Png && bytes.get(12..16) == Some(b"CgBI") {
        return Err(Fault::OtherPacking("PNG of an iPhone app (CgBI)".into()));
    }
    // Its decoder panics where the last colour of a palette is cut off (png 0.18.1, `create_rgba_palette`).
    let has_half_colours = |(kind, inside): (&[u8], &[u8])| kind == b"PLTE" && !inside.len().is_multiple_of(3);
    if format == ImageFormat::Png && png_chunks(bytes).any(has_half_colours) {
        return Err(damaged(&"its palette is cut off"));
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODED_BYTES + MAX_FILE_BYTES as u64);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| damaged(&error))?;

    let (width, height) = decoder.dimensions();
    let pixel_bytes = u64::from(decoder.color_type().bytes_per_pixel());
    require_few_pixels(width, height, MAX_PIXELS.min(MAX_DECODED_BYTES / pixel_bytes))?;
    require_shades(format, bytes)?;
    let orientation = match format {
        ImageFormat::Png => png_orientation(bytes),
        _ => decoder.orientation().map_err(|error| damaged(&error))?,
    };
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| damaged(&error))?;
    // A bitmap whose fourth bytes are all 0 has none: nobody stores an invisible picture.
    if let (ImageFormat::Bmp, DynamicImage::ImageRgba8(rgba)) = (format, &mut picture)
        && rgba.pixels().all(|pixel| pixel[3] == 0)
    {
        rgba.pixels_mut().for_each(|pixel| pixel[3] = u8::MAX);
    }
    Ok((picture, orientation))
}

/// Kind and content of each chunk of a PNG (ISO 15948, 5.3).
fn png_chunks(bytes: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = bytes.get(8..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (&length, after) = rest.split_first_chunk::<4>()?;
        let (kind, after) = after.split_at_checked(4)?;
        let (inside, after) = after.split_at_checked(u32::from_be_bytes(length) as usize)?;
        // Over its checksum.
        rest = after.get(4..).unwrap_or_default();
        Some((kind, inside))
    })
}

/// How a PNG is to be turned: by its chunk eXIf, which may stand before the pixels or, as `ImageMagick` writes it, after
/// them.
fn png_orientation(bytes: &[u8]) -> Orientation {
    let exif = png_chunks(bytes).find(|(kind, _)| kind == b"eXIf");
    exif.and_then(|(_, inside)| Orientation::from_exif_chunk(inside)).unwrap_or(Orientation::NoTransforms)
}

/// Refuses a picture of fewer than 8 bits a pixel, which is a fax or a drawing; their decoders tell only what becomes of it.
fn require_shades(format: ImageFormat, bytes: &[u8]) -> Result<()> {
    let place = match format {
        // IHDR: depth, and 0 for grey (ISO 15948, 11.2.2).
        ImageFormat::Png if bytes.get(25) == Some(&0) => 24,
        // OS/2 has a shorter header.
        ImageFormat::Bmp if bytes.get(14) == Some(&12) => 24,
        ImageFormat::Bmp => 28,
        _ => return Ok(()),
    };
    match bytes.get(place) {
        Some(bits @ 1..8) => Err(Fault::OtherDepth { bits: u32::from(*bits) }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use image::{GrayImage, Luma, Rgb, RgbImage};

    use super::*;
    use crate::dicom::corpus::{file, names};

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
        // Of its end marker nothing is seen.
        for length in 0..bytes.len() - 2 {
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
        assert!(matches!(error, Fault::TooManyPixels { width: 30000, height: 30000, .. }), "{error}");
    }

    #[test]
    fn a_palette_with_half_a_colour_is_refused() {
        let mut bytes = encoded(&DynamicImage::from(ramp()), ImageFormat::Png);
        // A palette of two bytes instead of grey.
        bytes[25] = 3;
        let crc = crc32(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&crc.to_be_bytes());
        let palette = [b'P', b'L', b'T', b'E', 1, 2];
        let chunk = [&2u32.to_be_bytes()[..], &palette, &crc32(&palette).to_be_bytes()].concat();
        bytes.splice(33..33, chunk);
        let error = decode(&bytes).expect_err("it lacks a byte").to_string();
        assert!(error.contains("palette"), "{error}");
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

    #[test]
    fn every_file_opens_or_says_why_not() {
        for name in names() {
            let said = decode_frame(&file(&name), 0, Window::Own);
            let modality = match name.as_str() {
                "693_J2KI.dcm" | "CT_small.dcm" => "CT",
                name if name.starts_with("MR_") => "MR",
                "examples_overlay.dcm" => "MR",
                "JPEG-lossy.dcm" | "JPEG2000.dcm" | "JPGExtended.dcm" => "NM",
                "examples_palette.dcm" => "US",
                "rtdose_1frame.dcm" => "RTDOSE",
                "chrKoreanMulti.dcm" => {
                    assert_eq!(said.expect_err(&name), Fault::NoPicture);
                    continue;
                }
                _ => {
                    said.unwrap_or_else(|error| panic!("{name}: {error}"));
                    continue;
                }
            };
            assert_eq!(said.expect_err(&name), Fault::OtherModality(modality.to_owned()), "{name}");
        }
    }

    #[test]
    fn no_cut_or_changed_file_panics() {
        const MOST_BYTES: usize = 12_000;
        for name in names() {
            let whole = file(&name);
            // Large ones take long and tell no more.
            if whole.len() > MOST_BYTES {
                continue;
            }
            let ends = (0..24).map(|part| whole.len() * part / 24);
            for end in ends {
                let _ = decode_frame(&whole[..end], 0, Window::Own);
                if let Ok(file) = Dicom::open(&whole[..end]) {
                    let _ = file.picture(0, Window::Own, false);
                }
            }
            for at in (132..whole.len()).step_by(whole.len() / 30 + 1) {
                let mut changed = whole.clone();
                changed[at] ^= 0x55;
                if let Ok(file) = Dicom::open(&changed) {
                    let _ = file.picture(0, Window::Own, false);
                }
            }
        }
    }
}
