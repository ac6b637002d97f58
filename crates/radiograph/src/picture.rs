//! A picture that networks and people look at.

use image::{DynamicImage, GrayImage, Rgba};
use serde::{Deserialize, Serialize};

use crate::geometry::Region;
use crate::grey_pixels;

/// A picture that is upright, 8-bit grey and within the crate's limits.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Radiograph {
    #[serde(with = "grey_pixels")]
    pixels: GrayImage,
    colourfulness: f32,
    was_transparent: bool,
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

    /// Whether parts of the file's picture are transparent; they are black here.
    pub(crate) fn was_transparent(&self) -> bool {
        self.was_transparent
    }

    /// The least part that holds all pixels that are not black; none where all are.
    pub fn lit(&self) -> Option<Region> {
        let lit = self.pixels.enumerate_pixels().filter(|(_, _, pixel)| pixel[0] > 0);
        let grown = |ends: Option<(u32, u32, u32, u32)>, (x, y, _): (u32, u32, &image::Luma<u8>)| {
            let (left, top, right, bottom) = ends.unwrap_or((x, y, x, y));
            Some((left.min(x), top.min(y), right.max(x), bottom.max(y)))
        };
        let (left, top, right, bottom) = lit.fold(None, grown)?;
        Some(Region { x_px: left, y_px: top, width_px: right - left + 1, height_px: bottom - top + 1 })
    }

    /// Width in pixels.
    pub fn width_px(&self) -> u32 {
        self.pixels.width()
    }

    /// Height in pixels.
    pub fn height_px(&self) -> u32 {
        self.pixels.height()
    }

    /// A decoded picture of any depth and colours, which is upright and within limits already.
    pub(crate) fn from_decoded(picture: DynamicImage) -> Self {
        let (picture, was_transparent) = opaque(picture);
        Self { colourfulness: colourfulness(&picture), pixels: grey(picture), was_transparent }
    }

    /// Other pixels of the same film, which stays as colourful as it was.
    pub(crate) fn with_pixels(&self, pixels: GrayImage) -> Self {
        Self { pixels, ..*self }
    }
}

impl From<GrayImage> for Radiograph {
    fn from(pixels: GrayImage) -> Self {
        Self { pixels, colourfulness: 0.0, was_transparent: false }
    }
}

/// The picture on black, and whether parts of it are transparent: what lies under them is no film.
fn opaque(picture: DynamicImage) -> (DynamicImage, bool) {
    let (picture, is_shallow) = match picture {
        DynamicImage::ImageLumaA8(_) | DynamicImage::ImageRgba8(_) => (picture, true),
        DynamicImage::ImageLumaA16(_) | DynamicImage::ImageRgba16(_) | DynamicImage::ImageRgba32F(_) => {
            (picture, false)
        }
        _ => return (picture, false),
    };
    let has_colours = picture.color().has_color();
    if is_shallow {
        let mut rgba = picture.into_rgba8();
        let is_transparent = rgba.pixels().any(|pixel| pixel[3] < u8::MAX);
        for Rgba([red, green, blue, alpha]) in rgba.pixels_mut() {
            for colour in [red, green, blue] {
                *colour = ((u16::from(*colour) * u16::from(*alpha) + 127) / 255) as u8;
            }
        }
        let rgb = DynamicImage::from(DynamicImage::from(rgba).into_rgb8());
        (if has_colours { rgb } else { rgb.into_luma8().into() }, is_transparent)
    } else {
        let mut rgba = picture.into_rgba16();
        let is_transparent = rgba.pixels().any(|pixel| pixel[3] < u16::MAX);
        for Rgba([red, green, blue, alpha]) in rgba.pixels_mut() {
            for colour in [red, green, blue] {
                *colour = ((u32::from(*colour) * u32::from(*alpha) + 32767) / 65535) as u16;
            }
        }
        let rgb = DynamicImage::from(DynamicImage::from(rgba).into_rgb16());
        (if has_colours { rgb } else { rgb.into_luma16().into() }, is_transparent)
    }
}

/// The picture as 8-bit luma; one of 16 bits is stretched over its own range.
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

/// Mean spread of red, green and blue, 0..=255.
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
