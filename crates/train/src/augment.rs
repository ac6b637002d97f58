//! Small changes that leave the class as it is: mirror, turn, zoom, shift, exposure.

use image::{GrayImage, Luma};
use rand::RngExt;
use rand::rngs::StdRng;

/// Largest turn, about that of a leg on a table.
const MAX_TURN_DEGREES: f32 = 5.0;
const ZOOM: std::ops::Range<f32> = 0.93..1.1;
/// Largest shift as a share of the side.
const MAX_SHIFT: f32 = 0.03;
const GAMMA: std::ops::Range<f32> = 0.85..1.18;

/// A changed copy of a square, of `side_px`.
pub fn augmented(square: &GrayImage, side_px: u32, random: &mut StdRng) -> GrayImage {
    let (sine, cosine) = random.random_range(-MAX_TURN_DEGREES..MAX_TURN_DEGREES).to_radians().sin_cos();
    let mirror = if random.random::<bool>() { -1.0 } else { 1.0 };
    let source = square.width() as f32;
    let step = source / side_px as f32 / random.random_range(ZOOM);
    let mut shift = || random.random_range(-MAX_SHIFT..MAX_SHIFT) * source;
    let (shift_x, shift_y) = (shift(), shift());
    let gamma = random.random_range(GAMMA);

    let half = side_px as f32 / 2.0;
    GrayImage::from_fn(side_px, side_px, |x, y| {
        let (across, down) = ((x as f32 + 0.5 - half) * step * mirror, (y as f32 + 0.5 - half) * step);
        let from_x = source / 2.0 + cosine * across - sine * down + shift_x - 0.5;
        let from_y = source / 2.0 + sine * across + cosine * down + shift_y - 0.5;
        let value = between_pixels(square, from_x, from_y) / 255.0;
        Luma([(value.powf(gamma) * 255.0).round() as u8])
    })
}

/// Grey value between pixels; black outside.
fn between_pixels(square: &GrayImage, x: f32, y: f32) -> f32 {
    image::imageops::interpolate_bilinear(square, x, y).map_or(0.0, |pixel| f32::from(pixel[0]))
}
