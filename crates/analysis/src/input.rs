//! A knee → [`Input`]: what a network sees, and the transform from it to the image.
//!
//! The knee is letterboxed, never squashed: its aspect ratio carries the joint's shape. Its grey
//! values are stretched between two percentiles, because exposure differs from film to film, and
//! normalised as the weights' manifest says.

use image::GrayImage;
use image::imageops;
use networks::GreyChannels;
use radiograph::{Placement, Region};
use serde::{Deserialize, Serialize};

/// How a network wants its pixels; travels with its weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InputSpec {
    /// Width and height in pixels.
    pub side_px: u32,
    /// Lower and upper percentile (0..=100) of the knee that become 0 and 1.
    pub contrast_percentiles: [f32; 2],
    /// Subtracted from each channel's 0..=1 value; its length is the number of channels.
    pub mean: Vec<f32>,
    /// Each channel is divided by this after the subtraction.
    pub std: Vec<f32>,
}

impl InputSpec {
    /// How the one grey picture becomes all channels.
    pub fn channels(&self) -> GreyChannels {
        GreyChannels::new(&self.mean, &self.std)
    }
}

/// A knee as one network sees it.
#[derive(Clone, Debug)]
pub struct Input {
    /// Normalised as the first channel is, `[side, side]`: all channels are the same grey picture.
    pub picture: Vec<f32>,
    /// Where a pixel of the input lies on the radiograph.
    pub image_from_input: Placement,
}

impl Input {
    /// Cuts `region` out of `pixels` and prepares it as `spec` says.
    pub fn prepare(pixels: &GrayImage, region: Region, spec: &InputSpec) -> Self {
        let (square, image_from_input) = seen(pixels, region, spec.side_px);
        Self { picture: normalised(&square, spec), image_from_input }
    }
}

/// The region on a black square of `side_px`, and the transform from it to the image, by way of a square 8/7 as large:
/// training draws its changed copies from such squares, and what is judged must be as soft as they.
pub fn seen(pixels: &GrayImage, region: Region, side_px: u32) -> (GrayImage, Placement) {
    let large_px = side_px * 8 / 7;
    let (large, image_from_large) = letterbox(pixels, region, large_px);
    let large_from_input = large_px as f32 / side_px as f32;
    let image_from_input = Placement {
        step_x: image_from_large.step_x * large_from_input,
        step_y: image_from_large.step_y * large_from_input,
        ..image_from_large
    };
    (pixels::resized(&large, side_px, side_px), image_from_input)
}

/// The region on a black square of `side_px`, centred, and the transform from it to the image.
///
/// Black margins stand for the collimator's shadow, which networks have seen around every film.
pub fn letterbox(pixels: &GrayImage, region: Region, side_px: u32) -> (GrayImage, Placement) {
    let region = region.within(pixels.width(), pixels.height());
    let scale = f64::from(side_px) / f64::from(region.width_px.max(region.height_px));
    let width = ((f64::from(region.width_px) * scale).round() as u32).clamp(1, side_px);
    let height = ((f64::from(region.height_px) * scale).round() as u32).clamp(1, side_px);

    let part = [region.x_px, region.y_px, region.width_px, region.height_px];
    let reduced = pixels::resized_part(pixels, part, width, height);
    let (left, top) = ((side_px - width) / 2, (side_px - height) / 2);
    let mut square = GrayImage::new(side_px, side_px);
    imageops::replace(&mut square, &reduced, i64::from(left), i64::from(top));

    let step_x = region.width_px as f32 / width as f32;
    let step_y = region.height_px as f32 / height as f32;
    let placement = Placement {
        origin_x: region.x_px as f32 - left as f32 * step_x,
        origin_y: region.y_px as f32 - top as f32 * step_y,
        step_x,
        step_y,
    };
    (square, placement)
}

/// The square, stretched, and normalised as the first channel is: `[side, side]`.
pub fn normalised(square: &GrayImage, spec: &InputSpec) -> Vec<f32> {
    let [low, high] = spec.contrast_percentiles.map(|percentile| percentile_of(square, percentile));
    let range = (high - low).max(1.0);
    let (mean, std) = (spec.mean.first().copied().unwrap_or(0.0), spec.std.first().copied().unwrap_or(1.0));
    // One division for each grey value instead of two for each pixel.
    let of_grey: [f32; 256] = std::array::from_fn(|grey| (((grey as f32 - low) / range).clamp(0.0, 1.0) - mean) / std);
    square.as_raw().iter().map(|grey| of_grey[usize::from(*grey)]).collect()
}

/// The smallest grey value below which at least `percentile` per cent of the non-black pixels lie.
///
/// Black is left out: it is letterbox or collimator, and its share differs from film to film.
fn percentile_of(square: &GrayImage, percentile: f32) -> f32 {
    let mut counts = pixels::histogram(square);
    counts[0] = 0;
    let wanted = counts.iter().sum::<u32>() as f32 * percentile / 100.0;
    let mut below = 0.0;
    for (value, count) in counts.iter().enumerate() {
        below += *count as f32;
        if below >= wanted && *count > 0 {
            return value as f32;
        }
    }
    255.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;
    use proptest::prelude::*;

    fn spec() -> InputSpec {
        InputSpec { side_px: 32, contrast_percentiles: [0.0, 100.0], mean: vec![0.5], std: vec![0.5] }
    }

    #[test]
    fn a_wide_knee_is_centred_and_not_squashed() {
        let pixels = GrayImage::from_pixel(200, 100, Luma([200]));
        let region = Region { x_px: 0, y_px: 0, width_px: 200, height_px: 100 };
        let (square, _) = letterbox(&pixels, region, 32);
        let lit = |y: u32| (0..32).filter(|x| square.get_pixel(*x, y)[0] > 100).count();
        assert_eq!((lit(7), lit(8), lit(23), lit(24)), (0, 32, 32, 0));
    }

    #[test]
    fn values_lie_between_the_normalised_ends() {
        let pixels = GrayImage::from_fn(64, 64, |x, y| Luma([(x + y) as u8 + 20]));
        let region = Region { x_px: 0, y_px: 0, width_px: 64, height_px: 64 };
        let values = normalised(&letterbox(&pixels, region, 32).0, &spec());
        let lowest = values.iter().copied().fold(f32::MAX, f32::min);
        let highest = values.iter().copied().fold(f32::MIN, f32::max);
        assert!((lowest + 1.0).abs() < 1e-6 && (highest - 1.0).abs() < 1e-6, "{lowest} {highest}");
    }

    proptest! {
        #[test]
        fn the_corners_of_the_region_come_back(
            x_px in 0u32..300, y_px in 0u32..300, width_px in 16u32..400, height_px in 16u32..400,
        ) {
            /// A letterbox is whole pixels: half a pixel by rounding the size, half by centring it.
            const SLACK_INPUT_PX: f32 = 1.01;
            let pixels = GrayImage::new(700, 700);
            let region = Region { x_px, y_px, width_px, height_px };
            let (_, back) = letterbox(&pixels, region, 224);
            let scale = 224.0 / width_px.max(height_px) as f32;
            let left = (224.0 - width_px as f32 * scale) / 2.0;
            let top = (224.0 - height_px as f32 * scale) / 2.0;
            let (x, y) = back.apply(left, top);
            prop_assert!((x - x_px as f32).abs() <= SLACK_INPUT_PX * back.step_x);
            prop_assert!((y - y_px as f32).abs() <= SLACK_INPUT_PX * back.step_y);
            let (x, y) = back.apply(224.0 - left, 224.0 - top);
            prop_assert!((x - (x_px + width_px) as f32).abs() <= SLACK_INPUT_PX * back.step_x);
            prop_assert!((y - (y_px + height_px) as f32).abs() <= SLACK_INPUT_PX * back.step_y);
        }
    }
}
