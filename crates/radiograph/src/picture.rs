//! A picture that networks and people look at.

use image::{DynamicImage, GrayImage};
use serde::{Deserialize, Serialize};

use crate::grey_pixels;

/// A picture that is upright, 8-bit grey and within the crate's limits.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Radiograph {
    #[serde(with = "grey_pixels")]
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

    /// A decoded picture of any depth and colours, which is upright and within limits already.
    pub(crate) fn from_decoded(picture: DynamicImage) -> Self {
        Self { colourfulness: colourfulness(&picture), pixels: grey(picture) }
    }

    /// Other pixels of the same film, which stays as colourful as it was.
    pub(crate) fn with_pixels(&self, pixels: GrayImage) -> Self {
        Self { pixels, colourfulness: self.colourfulness }
    }
}

impl From<GrayImage> for Radiograph {
    fn from(pixels: GrayImage) -> Self {
        Self { pixels, colourfulness: 0.0 }
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
