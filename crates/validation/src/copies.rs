//! Near-copies: the same knee in two files, cut, scaled, mirrored, lit or packed in another way. Copies on both sides of a split
//! are why figures of this field are too good.
//!
//! Knees are compared and not files: the box that the analyzer cuts around a knee moves with it. Only fine structure counts,
//! and each place as much as the others: all knees have the same broad shape. What was squashed is not found.
//! Measured in `docs/decisions/0016-own-films.md`.

use image::{GrayImage, imageops};
use serde::{Deserialize, Serialize};

/// Side of the picture that is compared.
const SIDE: usize = 64;
/// Side of the picture by which most pairs are ruled out.
const COARSE: usize = SIDE / 2;
/// Structure broader than about so many pixels does not count.
const FINE_PX: f32 = 1.5;
/// Contrast is made even over about so many pixels.
const EVEN_PX: f32 = 3.0;
/// So much is added to the contrast of a place: noise of a black ground is no structure.
const LEAST_CONTRAST: f32 = 2.0;
/// Boxes of copies may lie so many pixels apart.
const SHIFT: isize = 4;
/// The correlation (-1..=1) from which two knees are the same. No two of 170 people reach 0.68.
pub const ALIKE: f32 = 0.7;
/// Where the coarse pictures correlate less the fine ones are not looked at.
const COARSELY_ALIKE: f32 = 0.45;

/// A knee as small as it is compared: what is kept of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thumbnail {
    /// Grey values, row by row.
    pixels: Vec<u8>,
}

impl Thumbnail {
    /// Columns and rows.
    pub const SIDE_PX: u32 = SIDE as u32;

    /// Of a knee as the networks see it.
    pub fn of(square: &GrayImage) -> Self {
        Self { pixels: pixels::resized(square, Self::SIDE_PX, Self::SIDE_PX).into_raw() }
    }

    /// Grey values, row by row.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }
}

/// What is compared of a knee.
#[derive(Clone, Debug, PartialEq)]
pub struct Fingerprint {
    coarse: Vec<f32>,
    fine: Vec<f32>,
}

impl Fingerprint {
    /// Of a knee.
    pub fn of(knee: &Thumbnail) -> Self {
        let fine = structure(knee);
        let coarse = (0..COARSE * COARSE).map(|at| {
            let (row, column) = (at / COARSE * 2, at % COARSE * 2);
            [0, 1, SIDE, SIDE + 1].iter().map(|next| fine[row * SIDE + column + next]).sum()
        });
        Self { coarse: standard(coarse.collect()), fine: standard(fine) }
    }

    /// How alike two knees are, one of them perhaps mirrored: the correlation of their fine structure, -1 to 1; for knees that
    /// differ coarsely, that of the coarse one.
    pub fn likeness(&self, other: &Self) -> f32 {
        let of = |mirrored: bool| {
            let coarse = highest(&self.coarse, &other.coarse, COARSE, SHIFT / 2, mirrored);
            if coarse < COARSELY_ALIKE { coarse } else { highest(&self.fine, &other.fine, SIDE, SHIFT, mirrored) }
        };
        of(false).max(of(true))
    }
}

/// Fine structure of even contrast, fading to the borders.
fn structure(knee: &Thumbnail) -> Vec<f32> {
    let small = image::ImageBuffer::<image::Luma<f32>, _>::from_fn(SIDE as u32, SIDE as u32, |x, y| {
        image::Luma([knee.pixels.get(y as usize * SIDE + x as usize).map_or(0.0, |value| f32::from(*value))])
    });
    let broad = imageops::blur(&small, FINE_PX);
    let mut fine = small;
    fine.iter_mut().zip(broad.iter()).for_each(|(value, mean)| *value -= mean);
    let mut squares = fine.clone();
    squares.iter_mut().for_each(|value| *value *= *value);
    let contrast = imageops::blur(&squares, EVEN_PX);
    let fading = |at: usize| (std::f32::consts::PI * (at as f32 + 0.5) / SIDE as f32).sin();
    let even = fine.iter().zip(contrast.iter()).enumerate();
    even.map(|(at, (value, square))| {
        value / (square.max(0.0).sqrt() + LEAST_CONTRAST) * fading(at / SIDE) * fading(at % SIDE)
    })
    .collect()
}

/// Of mean 0 and mean square 1.
fn standard(mut values: Vec<f32>) -> Vec<f32> {
    let count = values.len() as f32;
    let mean = values.iter().sum::<f32>() / count;
    let spread = (values.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / count).sqrt().max(1e-6);
    for value in &mut values {
        *value = (*value - mean) / spread;
    }
    values
}

/// The highest correlation over all shifts.
fn highest(one: &[f32], other: &[f32], side: usize, shift: isize, mirrored: bool) -> f32 {
    let mut turned = other.to_vec();
    if mirrored {
        turned.chunks_exact_mut(side).for_each(<[f32]>::reverse);
    }
    let part = |moved: isize| (moved.max(0) as usize, moved.min(0).unsigned_abs());
    let mut best = -1.0f32;
    for down in -shift..=shift {
        for across in -shift..=shift {
            let ((from_row, to_row), (from, to)) = (part(down), part(across));
            let (rows, width) = (side - from_row - to_row, side - from - to);
            let sum: f32 = (0..rows)
                .map(|row| {
                    let a = &one[(row + from_row) * side + from..][..width];
                    let b = &turned[(row + to_row) * side + to..][..width];
                    a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>()
                })
                .sum();
            best = best.max(sum / one.len() as f32);
        }
    }
    best
}
