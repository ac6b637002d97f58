//! TIFF and `BigTIFF` (TIFF 6.0, Adobe 1992, and its technical notes): pages, depths and colours beyond what `image` takes
//! from the `tiff` crate, which decodes the strips and tiles.

mod chunks;
mod pages;

use std::borrow::Cow;
use std::io::{Cursor, Read, Seek};

use image::metadata::Orientation;
use image::{DynamicImage, ImageBuffer};
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::Tag;
use tiff::{ColorType, TiffError};

use crate::fault::{Fault, Result};
use crate::limits::{MAX_DECODED_BYTES, MAX_PIXELS, require_few_pixels};
use crate::note::Note;
use chunks::Chunks;
use pages::{BLACK_IS_ZERO, PALETTE, Page, WHITE_IS_ZERO};

/// Whether the bytes are a TIFF, also one with addresses of 64 bits.
pub(super) fn is_tiff(bytes: &[u8]) -> bool {
    matches!(bytes, [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..])
}

/// The picture of a file, with whatever depth, colours and transparency it has, and how it is to be turned.
///
/// # Errors
/// [`Fault::Damaged`], [`Fault::OtherPacking`], [`Fault::OtherDepth`] or [`Fault::TooManyPixels`].
pub(super) fn decode(bytes: &[u8], notes: &mut Vec<Note>) -> Result<(DynamicImage, Orientation)> {
    let directory = pages::directory(bytes).ok_or_else(|| damaged("its directory makes no sense"))?;
    let (number, page) = pages::chosen(&directory).ok_or_else(|| damaged("it has no page"))?;
    if page.is_other && page.has_more {
        return Err(Fault::OtherPacking("TIFF or camera raw whose picture lies in a directory of its own".into()));
    }
    if directory.pages.len() > 1 {
        notes.push(Note::Page { number: number as u32 + 1, of: directory.pages.len() as u32 });
    }
    match page.bits {
        8 | 16 | 32 | 64 => {}
        1..8 => return Err(Fault::OtherDepth { bits: page.bits }),
        bits => return Err(Fault::OtherPacking(format!("TIFF, {bits} bits"))),
    }
    require_few_pixels(page.width, page.height, MAX_PIXELS)?;
    let mut bytes = prepared(bytes, &directory, page);
    let chunks = Chunks::of(&mut opened(&bytes)?)?;
    chunks.require_whole(&bytes, page)?;
    chunks.turn_bits(&mut bytes);
    let mut decoder = opened(&bytes)?;
    let (width, height) = decoder.dimensions().map_err(fault)?;
    let colours = decoder.colortype().map_err(fault)?;
    let palette = match page.photometric {
        PALETTE => Some(deep(decoder.get_tag_u16_vec(Tag::ColorMap).map_err(fault)?)),
        _ => None,
    };
    let alpha = decoder.find_tag_unsigned_vec::<u16>(Tag::ExtraSamples).map_err(fault)?.unwrap_or_default();
    let orientation = decoder.find_tag_unsigned::<u8>(Tag::Orientation).map_err(fault)?;
    // A byte a sample is kept, deeper ones take two bytes.
    let samples_of_a_pixel = u64::from(colours.num_samples());
    let bytes_of_a_pixel = samples_of_a_pixel * u64::from(colours.bit_depth()).div_ceil(8);
    require_few_pixels(width, height, MAX_PIXELS.min(MAX_DECODED_BYTES / bytes_of_a_pixel.max(1)))?;
    let channels = colours.num_samples() as usize;
    let samples = samples(&mut decoder, page, channels)?;
    let meaning = Meaning::of(page, colours, palette, alpha.first().copied())?;
    let picture = samples.picture(page.width, page.height, channels, &meaning);
    let orientation = orientation.and_then(Orientation::from_exif);
    Ok((picture, orientation.unwrap_or(Orientation::NoTransforms)))
}

fn opened(bytes: &[u8]) -> Result<Decoder<Cursor<&[u8]>>> {
    let mut limits = Limits::default();
    limits.decoding_buffer_size = MAX_DECODED_BYTES as usize;
    limits.intermediate_buffer_size = MAX_DECODED_BYTES as usize;
    Ok(Decoder::new(Cursor::new(bytes)).map_err(fault)?.with_limits(limits))
}

/// The file as the crate reads it rightly: with the chosen page alone; with grey that it gives as it is stored, since it
/// neither turns white to black in signed and fractional values nor takes the numbers of a palette; and with a size of
/// whole tiles, since it stumbles over what lies beyond the picture (tiff 0.11.3: "no lzw end code found", and a panic
/// where there are planes).
fn prepared<'a>(bytes: &'a [u8], directory: &pages::Directory, page: &Page) -> Cow<'a, [u8]> {
    let mut bytes = Cow::from(bytes);
    if !directory.is_alone(&bytes, page) {
        directory.put_alone(bytes.to_mut(), page);
    }
    if [WHITE_IS_ZERO, PALETTE].contains(&page.photometric) {
        directory.put_photometric(bytes.to_mut(), page, BLACK_IS_ZERO);
    }
    if page.tile.is_some() {
        directory.put_whole_tiles(bytes.to_mut(), page);
    }
    bytes
}

/// All samples, pixel by pixel, chunk after chunk.
fn samples(decoder: &mut Decoder<impl Read + Seek>, page: &Page, channels: usize) -> Result<Samples> {
    let (width, height) = (page.width as usize, page.height as usize);
    let is_planar = decoder.find_tag_unsigned::<u16>(Tag::PlanarConfiguration).map_err(fault)? == Some(2);
    let (planes, of_a_chunk) = if is_planar { (channels, 1) } else { (1, channels) };
    let (chunk_width, chunk_height) = decoder.chunk_dimensions();
    let across = width.div_ceil(chunk_width.max(1) as usize);
    let chunks = across * height.div_ceil(chunk_height.max(1) as usize);
    let mut all = None;
    for chunk in 0..chunks * planes {
        let (plane, number) = (chunk / chunks, chunk % chunks);
        let (chunk_wide, chunk_high) = decoder.chunk_data_dimensions(chunk as u32);
        let (left, top) = (number % across * chunk_width as usize, number / across * chunk_height as usize);
        let place = Place {
            left,
            top,
            // A tile may reach beyond the picture.
            width: (chunk_wide as usize).min(width - left),
            height: (chunk_high as usize).min(height - top),
            chunk_width: chunk_wide as usize,
            picture_width: width,
            channels,
            of_a_chunk,
            first: plane,
        };
        let part = shallow(decoder.read_chunk(chunk as u32).map_err(fault)?);
        let all = all.get_or_insert_with(|| part.empty(width * height * channels));
        all.put(&part, &place).ok_or_else(|| damaged("its pixels are too few"))?;
    }
    Ok(match all.ok_or_else(|| damaged("its pixels are missing"))? {
        Samples::Floats(values) => Samples::Words(spread(&values, no_data(decoder))),
        shallow => shallow,
    })
}

/// Where a chunk lies in a picture.
struct Place {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
    chunk_width: usize,
    picture_width: usize,
    /// Samples of a pixel of the picture, and of the chunk.
    channels: usize,
    of_a_chunk: usize,
    /// Which of the picture's samples is the chunk's first.
    first: usize,
}

impl Place {
    /// Copies a chunk; none where it is too small.
    fn copy<T: Copy>(&self, picture: &mut [T], chunk: &[T]) -> Option<()> {
        let of_a_row = self.width * self.of_a_chunk;
        for row in 0..self.height {
            let from = chunk.get(row * self.chunk_width * self.of_a_chunk..)?.get(..of_a_row)?;
            let start = ((self.top + row) * self.picture_width + self.left) * self.channels + self.first;
            let to = picture.get_mut(start..)?;
            if self.of_a_chunk == self.channels {
                to.get_mut(..of_a_row)?.copy_from_slice(from);
            } else {
                to.iter_mut().step_by(self.channels).zip(from).for_each(|(to, from)| *to = *from);
            }
        }
        Some(())
    }
}

/// Samples of one or two bytes, or those that are to be spread over their own range.
enum Samples {
    Bytes(Vec<u8>),
    Words(Vec<u16>),
    Floats(Vec<f32>),
}

/// What the samples of a pixel are.
struct Meaning {
    colours: Colours,
    /// Whether the least value is white.
    is_inverted: bool,
    /// How the sample after the colours hides a pixel.
    alpha: Alpha,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Alpha {
    None,
    /// The colours have been multiplied by it already.
    Associated,
    Unassociated,
}

enum Colours {
    Grey,
    Palette(Vec<u16>),
    Rgb,
    Cmyk,
    YCbCr,
}

impl Meaning {
    fn of(page: &Page, colours: ColorType, palette: Option<Vec<u16>>, extra: Option<u16>) -> Result<Self> {
        let unread = || Fault::OtherPacking(format!("TIFF, {colours:?}"));
        let colours = match (colours, palette) {
            (ColorType::Gray(8), Some(palette)) if palette.len() >= 3 << 8 => Colours::Palette(palette),
            (ColorType::Gray(16), Some(palette)) if palette.len() >= 3 << 16 => Colours::Palette(palette),
            (ColorType::Gray(_) | ColorType::GrayA(_) | ColorType::Multiband { .. }, None) => Colours::Grey,
            (ColorType::RGB(_) | ColorType::RGBA(_), None) => Colours::Rgb,
            (ColorType::CMYK(_) | ColorType::CMYKA(_), None) => Colours::Cmyk,
            (ColorType::YCbCr(_), None) => Colours::YCbCr,
            _ => return Err(unread()),
        };
        let alpha = match extra {
            Some(1) => Alpha::Associated,
            Some(2) => Alpha::Unassociated,
            _ => Alpha::None,
        };
        Ok(Self { colours, is_inverted: page.photometric == WHITE_IS_ZERO, alpha })
    }

    fn samples(&self) -> usize {
        match self.colours {
            Colours::Grey | Colours::Palette(_) => 1,
            Colours::Rgb | Colours::YCbCr => 3,
            Colours::Cmyk => 4,
        }
    }

    /// Red, green and blue of one pixel, whose samples reach up to `white`.
    fn rgb(&self, pixel: &[f32], white: f32) -> [f32; 3] {
        match (&self.colours, pixel) {
            (Colours::Palette(table), [index, ..]) => {
                let entries = table.len() / 3;
                let entry = (*index as usize).min(entries - 1);
                [0, 1, 2].map(|colour| f32::from(table[colour * entries + entry]) / 65535.0 * white)
            }
            (Colours::Cmyk, [cyan, magenta, yellow, black, ..]) => {
                [cyan, magenta, yellow].map(|ink| (white - ink) * (white - black) / white)
            }
            // ITU-R BT.601, the default of tag 529.
            (Colours::YCbCr, [luminance, blue, red, ..]) => {
                let middle = f32::midpoint(white, 1.0);
                let (blue, red) = (blue - middle, red - middle);
                let green = luminance - 0.344_136 * blue - 0.714_136 * red;
                [luminance + 1.402 * red, green, luminance + 1.772 * blue]
            }
            (_, [red, green, blue, ..]) => [*red, *green, *blue],
            _ => [0.0; 3],
        }
    }
}

impl Samples {
    /// As many others of the same kind.
    fn empty(&self, count: usize) -> Self {
        match self {
            Self::Bytes(_) => Self::Bytes(vec![0; count]),
            Self::Words(_) => Self::Words(vec![0; count]),
            Self::Floats(_) => Self::Floats(vec![0.0; count]),
        }
    }

    fn put(&mut self, chunk: &Self, place: &Place) -> Option<()> {
        match (self, chunk) {
            (Self::Bytes(picture), Self::Bytes(chunk)) => place.copy(picture, chunk),
            (Self::Words(picture), Self::Words(chunk)) => place.copy(picture, chunk),
            (Self::Floats(picture), Self::Floats(chunk)) => place.copy(picture, chunk),
            _ => None,
        }
    }

    /// The picture that they are.
    fn picture(self, width: u32, height: u32, channels: usize, meaning: &Meaning) -> DynamicImage {
        let is_grey = channels == 1 && matches!(meaning.colours, Colours::Grey);
        let picture = match self {
            Self::Bytes(mut samples) if is_grey => {
                if meaning.is_inverted {
                    samples = samples.into_iter().map(|sample| !sample).collect();
                }
                ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLuma8)
            }
            Self::Words(mut samples) if is_grey => {
                if meaning.is_inverted {
                    samples = samples.into_iter().map(|sample| !sample).collect();
                }
                ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLuma16)
            }
            Self::Bytes(samples) => {
                let rgba = rgba(&samples, channels, meaning, 255.0, |value| value as u8);
                ImageBuffer::from_raw(width, height, rgba).map(DynamicImage::ImageRgba8)
            }
            Self::Words(samples) => {
                let rgba = rgba(&samples, channels, meaning, 65535.0, |value| value as u16);
                ImageBuffer::from_raw(width, height, rgba).map(DynamicImage::ImageRgba16)
            }
            Self::Floats(_) => None,
        };
        picture.unwrap_or_default()
    }
}

/// Red, green, blue and alpha of each pixel. What is multiplied by its alpha already needs no other.
fn rgba<T: Copy + Into<f32>>(
    samples: &[T],
    channels: usize,
    meaning: &Meaning,
    white: f32,
    whole: fn(f32) -> T,
) -> Vec<T> {
    let mut out = Vec::with_capacity(samples.len() / channels * 4);
    let mut values = Vec::with_capacity(channels);
    for pixel in samples.chunks_exact(channels) {
        values.clear();
        values.extend(pixel.iter().map(|sample| (*sample).into()));
        let colours = match meaning.colours {
            Colours::Grey => [if meaning.is_inverted { white - values[0] } else { values[0] }; 3],
            _ => meaning.rgb(&values, white),
        };
        let alpha = match (meaning.alpha, values.get(meaning.samples())) {
            (Alpha::Unassociated, Some(alpha)) => *alpha,
            _ => white,
        };
        out.extend(colours.map(|value| whole(value.round().clamp(0.0, white))));
        out.push(whole(alpha));
    }
    out
}

/// A palette of 16 bits. Some writers fill it with 8, as libtiff knows.
fn deep(mut palette: Vec<u16>) -> Vec<u16> {
    if palette.iter().all(|entry| *entry < 256) {
        for entry in &mut palette {
            *entry *= 257;
        }
    }
    palette
}

/// Samples of at most 16 bits as they are, others as fractions.
fn shallow(result: DecodingResult) -> Samples {
    Samples::Floats(match result {
        DecodingResult::U8(samples) => return Samples::Bytes(samples),
        DecodingResult::U16(samples) => return Samples::Words(samples),
        DecodingResult::U32(samples) => samples.into_iter().map(|value| value as f32).collect(),
        DecodingResult::U64(samples) => samples.into_iter().map(|value| value as f32).collect(),
        DecodingResult::I8(samples) => samples.into_iter().map(f32::from).collect(),
        DecodingResult::I16(samples) => samples.into_iter().map(f32::from).collect(),
        DecodingResult::I32(samples) => samples.into_iter().map(|value| value as f32).collect(),
        DecodingResult::I64(samples) => samples.into_iter().map(|value| value as f32).collect(),
        DecodingResult::F16(samples) => samples.into_iter().map(f32::from).collect(),
        DecodingResult::F32(samples) => samples,
        DecodingResult::F64(samples) => samples.into_iter().map(|value| value as f32).collect(),
    })
}

/// The value that stands for nothing (GDAL's tag 42113).
fn no_data(decoder: &mut Decoder<impl Read + Seek>) -> Option<f32> {
    let text = decoder.get_tag_ascii_string(Tag::Unknown(42113)).ok()?;
    text.trim_matches(['\0', ' ']).parse().ok()
}

/// From the least to the greatest finite value; what is not finite, or stands for nothing, is dark.
fn spread(samples: &[f32], no_data: Option<f32>) -> Vec<u16> {
    let is_known =
        |value: &f32| value.is_finite() && no_data.is_none_or(|nothing| nothing.to_bits() != value.to_bits());
    let finite = samples.iter().copied().filter(is_known);
    let (low, high) = finite.fold((f32::MAX, f32::MIN), |(low, high), value| (low.min(value), high.max(value)));
    let range = f64::from(high) - f64::from(low);
    let scale = if range > 0.0 { 65535.0 / range } else { 0.0 };
    let word = |value: &f32| {
        if is_known(value) { ((f64::from(*value) - f64::from(low)) * scale).round() as u16 } else { 0 }
    };
    samples.iter().map(word).collect()
}

fn damaged(reason: &str) -> Fault {
    Fault::Damaged { kind: "TIFF".into(), reason: reason.into() }
}

fn fault(error: TiffError) -> Fault {
    match error {
        TiffError::UnsupportedError(what) => Fault::OtherPacking(format!("TIFF, {what}")),
        other => damaged(&other.to_string()),
    }
}
