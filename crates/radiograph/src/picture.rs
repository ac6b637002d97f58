//! A picture that networks and people look at.

use std::ops::Not;

use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, ImageBuffer, Luma, Pixel, Rgb, RgbImage, imageops};
use serde::{Deserialize, Serialize};

use crate::fault::{Fault, Result};
use crate::geometry::Region;
use crate::grey_pixels;

/// A picture that is upright, 8-bit grey and within the crate's limits.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Radiograph {
    #[serde(with = "grey_pixels")]
    pixels: GrayImage,
    colourfulness: f32,
}

impl Radiograph {
    /// The grey picture, with the polarity that the file declares: bone is bright, unless the file is inverted without
    /// saying so.
    pub fn pixels(&self) -> &GrayImage {
        &self.pixels
    }

    /// The picture, without a copy.
    pub fn into_pixels(self) -> GrayImage {
        self.pixels
    }

    /// Mean distance between the largest and the smallest of red, green and blue, 0..=255.
    /// Zero for a grey picture.
    pub fn colourfulness(&self) -> f32 {
        self.colourfulness
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

    /// A decoded picture of any depth and colours, which is within limits already, turned as its file says, perhaps
    /// inverted; and whether parts of it are transparent: they are black in either case.
    ///
    /// # Errors
    /// [`Fault::OtherPacking`] for pixels of floating point, which no decoder here gives.
    pub(crate) fn from_decoded(
        picture: DynamicImage,
        orientation: Orientation,
        is_inverted: bool,
    ) -> Result<(Self, bool)> {
        let (pixels, is_transparent) = Opaque::of(picture, is_inverted)?;
        let colourfulness = pixels.colourfulness();
        Ok((Self { pixels: oriented(pixels.into_grey(), orientation), colourfulness }, is_transparent))
    }

    /// Other pixels of the same film, which stays as colourful as it was.
    pub(crate) fn with_pixels(&self, pixels: GrayImage) -> Self {
        Self { pixels, ..*self }
    }
}

impl From<GrayImage> for Radiograph {
    fn from(pixels: GrayImage) -> Self {
        Self { pixels, colourfulness: 0.0 }
    }
}

/// A picture without transparency. Each kind is converted by itself: the conversions of `DynamicImage`, of all kinds into
/// all, would be a hundredth of the engine's download.
enum Opaque {
    Grey(GrayImage),
    DeepGrey(ImageBuffer<Luma<u16>, Vec<u16>>),
    Rgb(RgbImage),
    DeepRgb(ImageBuffer<Rgb<u16>, Vec<u16>>),
}

impl Opaque {
    /// The picture on black, and whether parts of it are transparent: what lies under them is no film.
    fn of(mut picture: DynamicImage, is_inverted: bool) -> Result<(Self, bool)> {
        // Before what is transparent becomes black; alpha stays.
        if is_inverted {
            match &mut picture {
                DynamicImage::ImageLuma8(grey) => invert(grey, 1),
                DynamicImage::ImageLuma16(grey) => invert(grey, 1),
                DynamicImage::ImageRgb8(rgb) => invert(rgb, 3),
                DynamicImage::ImageRgb16(rgb) => invert(rgb, 3),
                DynamicImage::ImageLumaA8(both) => invert(both, 1),
                DynamicImage::ImageLumaA16(both) => invert(both, 1),
                DynamicImage::ImageRgba8(rgba) => invert(rgba, 3),
                DynamicImage::ImageRgba16(rgba) => invert(rgba, 3),
                _ => {}
            }
        }
        let dimmed = |colour: u8, alpha: u8| ((u32::from(colour) * u32::from(alpha) + 127) / 255) as u8;
        let dimmed_deep = |colour: u16, alpha: u16| ((u64::from(colour) * u64::from(alpha) + 32767) / 65535) as u16;
        let (width, height) = (picture.width(), picture.height());
        Ok(match picture {
            DynamicImage::ImageLuma8(grey) => (Self::Grey(grey), false),
            DynamicImage::ImageLuma16(grey) => (Self::DeepGrey(grey), false),
            DynamicImage::ImageRgb8(rgb) => (Self::Rgb(rgb), false),
            DynamicImage::ImageRgb16(rgb) => (Self::DeepRgb(rgb), false),
            DynamicImage::ImageLumaA8(both) => {
                let grey = |x, y| Luma([dimmed(both.get_pixel(x, y)[0], both.get_pixel(x, y)[1])]);
                let is_transparent = both.pixels().any(|pixel| pixel[1] < u8::MAX);
                (Self::Grey(ImageBuffer::from_fn(width, height, grey)), is_transparent)
            }
            DynamicImage::ImageLumaA16(both) => {
                let grey = |x, y| Luma([dimmed_deep(both.get_pixel(x, y)[0], both.get_pixel(x, y)[1])]);
                let is_transparent = both.pixels().any(|pixel| pixel[1] < u16::MAX);
                (Self::DeepGrey(ImageBuffer::from_fn(width, height, grey)), is_transparent)
            }
            DynamicImage::ImageRgba8(rgba) => {
                let rgb = |x, y| {
                    let [red, green, blue, alpha] = rgba.get_pixel(x, y).0;
                    Rgb([red, green, blue].map(|colour| dimmed(colour, alpha)))
                };
                let is_transparent = rgba.pixels().any(|pixel| pixel[3] < u8::MAX);
                (Self::Rgb(ImageBuffer::from_fn(width, height, rgb)), is_transparent)
            }
            DynamicImage::ImageRgba16(rgba) => {
                let rgb = |x, y| {
                    let [red, green, blue, alpha] = rgba.get_pixel(x, y).0;
                    Rgb([red, green, blue].map(|colour| dimmed_deep(colour, alpha)))
                };
                let is_transparent = rgba.pixels().any(|pixel| pixel[3] < u16::MAX);
                (Self::DeepRgb(ImageBuffer::from_fn(width, height, rgb)), is_transparent)
            }
            _ => return Err(Fault::OtherPacking("pixels of floating point".into())),
        })
    }

    /// The picture as 8-bit luma; one of 16 bits is stretched over its own range.
    fn into_grey(self) -> GrayImage {
        match self {
            Self::Grey(grey) => grey,
            Self::Rgb(rgb) => {
                ImageBuffer::from_fn(rgb.width(), rgb.height(), |x, y| Luma([luma(rgb.get_pixel(x, y).0) as u8]))
            }
            Self::DeepGrey(grey) => stretched(&grey),
            Self::DeepRgb(rgb) => stretched(&ImageBuffer::from_fn(rgb.width(), rgb.height(), |x, y| {
                Luma([luma(rgb.get_pixel(x, y).0) as u16])
            })),
        }
    }

    /// Mean spread of red, green and blue, 0..=255.
    fn colourfulness(&self) -> f32 {
        /// Enough samples for a mean; a photograph's colours are everywhere.
        const SAMPLES: usize = 65_536;
        /// Of a picture that has more.
        const SIDE_PX: f32 = 256.0;
        let converted;
        let rgb = match self {
            Self::Grey(_) | Self::DeepGrey(_) => return 0.0,
            Self::Rgb(rgb) => rgb,
            Self::DeepRgb(deep) => {
                let shallow = |x, y| Rgb(deep.get_pixel(x, y).0.map(|colour| (colour / 257) as u8));
                converted = RgbImage::from_fn(deep.width(), deep.height(), shallow);
                &converted
            }
        };
        let reduced;
        let rgb = if rgb.width() as usize * rgb.height() as usize > SAMPLES {
            let share = SIDE_PX / rgb.width().max(rgb.height()) as f32;
            let side = |side: u32| ((side as f32 * share).round() as u32).max(1);
            reduced = imageops::thumbnail(rgb, side(rgb.width()), side(rgb.height()));
            &reduced
        } else {
            rgb
        };
        let spread: u64 = rgb
            .pixels()
            .map(|pixel| {
                let darkest = pixel.0.iter().min().copied().unwrap_or(0);
                let brightest = pixel.0.iter().max().copied().unwrap_or(0);
                u64::from(brightest - darkest)
            })
            .sum();
        spread as f32 / (rgb.width() * rgb.height()).max(1) as f32
    }
}

/// Swaps dark and bright in the first samples of each pixel, which are its colours.
fn invert<P, T>(picture: &mut ImageBuffer<P, Vec<T>>, colours: usize)
where
    P: Pixel<Subpixel = T>,
    T: Copy + Not<Output = T>,
{
    for pixel in picture.chunks_exact_mut(usize::from(P::CHANNEL_COUNT)) {
        for sample in &mut pixel[..colours] {
            *sample = !*sample;
        }
    }
}

/// The luma of Rec. 709, rounded.
fn luma<T: Into<f32>>([red, green, blue]: [T; 3]) -> f32 {
    (0.2126 * red.into() + 0.7152 * green.into() + 0.0722 * blue.into()).round()
}

/// From the darkest to the brightest value.
fn stretched(deep: &ImageBuffer<Luma<u16>, Vec<u16>>) -> GrayImage {
    let darkest = deep.pixels().map(|pixel| pixel[0]).min().unwrap_or(0);
    let brightest = deep.pixels().map(|pixel| pixel[0]).max().unwrap_or(u16::MAX);
    let range = f32::from(brightest - darkest).max(1.0);
    GrayImage::from_fn(deep.width(), deep.height(), |x, y| {
        let value = f32::from(deep.get_pixel(x, y)[0] - darkest) / range;
        Luma([(value * 255.0).round() as u8])
    })
}

/// Turned and mirrored as a file says.
fn oriented(grey: GrayImage, orientation: Orientation) -> GrayImage {
    match orientation {
        Orientation::NoTransforms => grey,
        Orientation::Rotate90 => imageops::rotate90(&grey),
        Orientation::Rotate180 => imageops::rotate180(&grey),
        Orientation::Rotate270 => imageops::rotate270(&grey),
        Orientation::FlipHorizontal => imageops::flip_horizontal(&grey),
        Orientation::FlipVertical => imageops::flip_vertical(&grey),
        Orientation::Rotate90FlipH => imageops::flip_horizontal(&imageops::rotate90(&grey)),
        Orientation::Rotate270FlipH => imageops::flip_horizontal(&imageops::rotate270(&grey)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_as_bright_as_the_library_says() {
        /// The library adds in another order.
        const MOST_OFF: u8 = 1;
        let rgb = RgbImage::from_fn(64, 64, |x, y| Rgb([x as u8 * 4, y as u8 * 4, (x * y) as u8]));
        let theirs = DynamicImage::from(rgb.clone()).into_luma8();
        let ours = Radiograph::from_decoded(rgb.into(), Orientation::NoTransforms, false).expect("8 bits").0;
        let off = ours.pixels().iter().zip(theirs.iter()).map(|(ours, theirs)| ours.abs_diff(*theirs));
        assert!(off.max() <= Some(MOST_OFF));
        let grey = RgbImage::from_fn(16, 16, |x, y| Rgb([(x + 16 * y) as u8; 3]));
        let ours = Radiograph::from_decoded(grey.into(), Orientation::NoTransforms, false).expect("8 bits").0;
        assert!(ours.pixels().iter().copied().eq(0..=255), "grey is another");
    }

    #[test]
    fn every_orientation_is_the_one_of_the_library() {
        let grey = GrayImage::from_fn(5, 3, |x, y| Luma([(x * 7 + y * 50) as u8]));
        for number in 1..=8 {
            let orientation = Orientation::from_exif(number).expect("1 to 8");
            let mut theirs = DynamicImage::from(grey.clone());
            theirs.apply_orientation(orientation);
            assert_eq!(oriented(grey.clone(), orientation), theirs.into_luma8(), "{number}");
        }
    }
}
