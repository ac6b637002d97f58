//! Samples of a TIFF → a picture: their depth, their colours and what hides them.

use std::io::{Read, Seek};

use image::{DynamicImage, ImageBuffer};
use tiff::ColorType;
use tiff::decoder::{Decoder, DecodingResult};
use tiff::tags::Tag;

use super::pages::{Page, WHITE_IS_ZERO};
use crate::fault::{Fault, Result};

/// Where a chunk lies in a picture.
pub(super) struct Place {
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) chunk_width: usize,
    pub(super) picture_width: usize,
    /// Samples of a pixel of the picture, and of the chunk.
    pub(super) channels: usize,
    pub(super) of_a_chunk: usize,
    /// Which of the picture's samples is the chunk's first.
    pub(super) first: usize,
}

impl Place {
    /// Copies a chunk; none where it is too small.
    pub(super) fn copy<T: Copy>(&self, picture: &mut [T], chunk: &[T]) -> Option<()> {
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
pub(super) enum Samples {
    Bytes(Vec<u8>),
    Words(Vec<u16>),
    Floats(Vec<f32>),
}

/// What the samples of a pixel are.
pub(super) struct Meaning {
    pub(super) colours: Colours,
    /// Whether the least value is white.
    pub(super) is_inverted: bool,
    /// How the sample after the colours hides a pixel.
    pub(super) alpha: Alpha,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Alpha {
    None,
    /// The colours have been multiplied by it already.
    Associated,
    Unassociated,
}

pub(super) enum Colours {
    Grey,
    Palette(Vec<u16>),
    Rgb,
    Cmyk,
    YCbCr,
}

impl Meaning {
    pub(super) fn of(page: &Page, colours: ColorType, palette: Option<Vec<u16>>, extra: Option<u16>) -> Result<Self> {
        let colours = match (colours, palette) {
            (ColorType::Gray(8), Some(palette)) if palette.len() >= 3 << 8 => Colours::Palette(palette),
            (ColorType::Gray(16), Some(palette)) if palette.len() >= 3 << 16 => Colours::Palette(palette),
            (ColorType::Gray(_) | ColorType::GrayA(_) | ColorType::Multiband { .. }, None) => Colours::Grey,
            (ColorType::RGB(_) | ColorType::RGBA(_), None) => Colours::Rgb,
            (ColorType::CMYK(_) | ColorType::CMYKA(_), None) => Colours::Cmyk,
            (ColorType::YCbCr(_), None) => Colours::YCbCr,
            _ => return Err(Fault::OtherPacking("TIFF in rare colours".into())),
        };
        let alpha = match extra {
            Some(1) => Alpha::Associated,
            Some(2) => Alpha::Unassociated,
            _ => Alpha::None,
        };
        Ok(Self { colours, is_inverted: page.photometric == WHITE_IS_ZERO, alpha })
    }

    pub(super) fn samples(&self) -> usize {
        match self.colours {
            Colours::Grey | Colours::Palette(_) => 1,
            Colours::Rgb | Colours::YCbCr => 3,
            Colours::Cmyk => 4,
        }
    }

    /// Red, green and blue of one pixel, whose samples reach up to `white`.
    pub(super) fn rgb(&self, pixel: &[f32], white: f32) -> [f32; 3] {
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
    pub(super) fn empty(&self, count: usize) -> Self {
        match self {
            Self::Bytes(_) => Self::Bytes(vec![0; count]),
            Self::Words(_) => Self::Words(vec![0; count]),
            Self::Floats(_) => Self::Floats(vec![0.0; count]),
        }
    }

    pub(super) fn put(&mut self, chunk: &Self, place: &Place) -> Option<()> {
        match (self, chunk) {
            (Self::Bytes(picture), Self::Bytes(chunk)) => place.copy(picture, chunk),
            (Self::Words(picture), Self::Words(chunk)) => place.copy(picture, chunk),
            (Self::Floats(picture), Self::Floats(chunk)) => place.copy(picture, chunk),
            _ => None,
        }
    }

    /// The picture that they are.
    pub(super) fn picture(self, width: u32, height: u32, channels: usize, meaning: &Meaning) -> DynamicImage {
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
pub(super) fn deep(mut palette: Vec<u16>) -> Vec<u16> {
    if palette.iter().all(|entry| *entry < 256) {
        for entry in &mut palette {
            *entry *= 257;
        }
    }
    palette
}

/// Samples of at most 16 bits as they are, others as fractions.
pub(super) fn shallow(result: DecodingResult) -> Samples {
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
pub(super) fn no_data(decoder: &mut Decoder<impl Read + Seek>) -> Option<f32> {
    let text = decoder.get_tag_ascii_string(Tag::Unknown(42113)).ok()?;
    text.trim_matches(['\0', ' ']).parse().ok()
}

/// From the least to the greatest finite value, or the other way; what is not finite, or stands for nothing, is dark.
pub(super) fn spread(samples: &[f32], no_data: Option<f32>, is_inverted: bool) -> Vec<u16> {
    let is_known =
        |value: &f32| value.is_finite() && no_data.is_none_or(|nothing| nothing.to_bits() != value.to_bits());
    let finite = samples.iter().copied().filter(is_known);
    let (low, high) = finite.fold((f32::MAX, f32::MIN), |(low, high), value| (low.min(value), high.max(value)));
    let range = f64::from(high) - f64::from(low);
    let scale = if range > 0.0 { 65535.0 / range } else { 0.0 };
    let word = |value: &f32| {
        let word = ((f64::from(*value) - f64::from(low)) * scale).round() as u16;
        match (is_known(value), is_inverted) {
            (false, _) => 0,
            (true, false) => word,
            (true, true) => !word,
        }
    };
    samples.iter().map(word).collect()
}
