//! What is done to every pixel of a picture: a crate of its own, so that it is compiled for speed where all else is
//! compiled for a small download.

pub mod codes;
pub mod differences;
mod grid;
pub mod stored;

use std::ops::Range;

pub use grid::{Grid, longest_run, median, smoothed};
use image::GrayImage;

/// A picture in another size: [`resized_part`] of all of it.
pub fn resized(picture: &GrayImage, width: u32, height: u32) -> GrayImage {
    resized_part(picture, [0, 0, picture.width(), picture.height()], width, height)
}

/// A part of a picture, given by its upper left corner and its size, in another size. The triangle filter widens with
/// the reduction, so that fine trabeculae do not alias.
///
/// To the bit what `image::imageops::resize` gives, which takes ten times as long: it computes four channels of every
/// picture, pixel by pixel, and keeps a whole picture of them between its two passes.
///
/// # Panics
/// When the part reaches over the picture's edge.
pub fn resized_part(picture: &GrayImage, part: [u32; 4], width: u32, height: u32) -> GrayImage {
    let [left, top, part_width, part_height] = part.map(|length| length as usize);
    let mut into = GrayImage::new(width, height);
    if part_width == 0 || part_height == 0 {
        return into;
    }
    let row = |y: usize| &picture.as_raw()[(top + y) * picture.width() as usize + left..][..part_width];
    if (width as usize, height as usize) == (part_width, part_height) {
        for (y, line) in into.as_mut().chunks_exact_mut(part_width).enumerate() {
            line.copy_from_slice(row(y));
        }
        return into;
    }
    let across = Neighbours::of_each(part_width, width as usize);
    let down = Neighbours::of_each(part_height, height as usize);
    let mut sums = vec![0.0f32; part_width];
    for (line, Neighbours { first, weights }) in into.as_mut().chunks_exact_mut(width.max(1) as usize).zip(&down) {
        sums.fill(0.0);
        for (y, weight) in weights.iter().enumerate() {
            for (sum, value) in sums.iter_mut().zip(row(first + y)) {
                *sum += f32::from(*value) * weight;
            }
        }
        for (pixel, Neighbours { first, weights }) in line.iter_mut().zip(&across) {
            let value = weights.iter().zip(&sums[*first..]).fold(0.0, |value, (weight, sum)| value + sum * weight);
            *pixel = value.clamp(0.0, 255.0).round() as u8;
        }
    }
    into
}

/// The pixels along a line that one of a line of another length is made of.
struct Neighbours {
    first: usize,
    /// Their sum is 1.
    weights: Vec<f32>,
}

impl Neighbours {
    fn of_each(from: usize, into: usize) -> Vec<Self> {
        let ratio = from as f32 / into as f32;
        let reach = ratio.max(1.0);
        let of = |at: usize| {
            let middle = (at as f32 + 0.5) * ratio;
            let first = ((middle - reach).floor().max(0.0) as usize).min(from - 1);
            let last = ((middle + reach).ceil() as usize).clamp(first + 1, from);
            let weight = |at: usize| (1.0 - ((at as f32 - (middle - 0.5)) / reach).abs()).max(0.0);
            let weights: Vec<f32> = (first..last).map(weight).collect();
            let sum = weights.iter().fold(0.0, |sum, weight| sum + weight);
            Self { first, weights: weights.into_iter().map(|weight| weight / sum).collect() }
        };
        (0..into).map(of).collect()
    }
}

/// A smaller picture, quickly: each of its pixels is the mean of a block, in whole numbers, as
/// `image::imageops::thumbnail` gives it in ten times the time.
///
/// # Panics
/// When it would be larger than the picture.
pub fn thumbnail(picture: &GrayImage, width: u32, height: u32) -> GrayImage {
    assert!(width <= picture.width() && height <= picture.height(), "a thumbnail is smaller");
    // Which pixels of a line of one length one of another is the mean of.
    let blocks = |from: u32, into: u32| -> Vec<Range<usize>> {
        let ratio = from as f32 / into as f32;
        let block = |at: u32| {
            let first = at as f32 * ratio;
            let start = (first.ceil() as usize).min(from as usize - 1);
            start..((first + ratio).ceil() as usize).clamp(start + 1, from as usize)
        };
        (0..into).map(block).collect()
    };
    let columns = blocks(picture.width(), width);
    let rows = blocks(picture.height(), height);
    let mut into = GrayImage::new(width, height);
    let mut sums = vec![0u32; width as usize];
    for (line, rows) in into.as_mut().chunks_exact_mut(width.max(1) as usize).zip(rows) {
        sums.fill(0);
        for y in rows.clone() {
            let row = &picture.as_raw()[y * picture.width() as usize..];
            for (sum, columns) in sums.iter_mut().zip(&columns) {
                *sum += row[columns.clone()].iter().map(|value| u32::from(*value)).sum::<u32>();
            }
        }
        for ((pixel, sum), columns) in line.iter_mut().zip(&sums).zip(&columns) {
            let count = (rows.len() * columns.len()) as u32;
            *pixel = ((sum + count / 2) / count) as u8;
        }
    }
    into
}

/// How many pixels have each grey value.
pub fn histogram(picture: &GrayImage) -> [u32; 256] {
    // Neighbours are often alike: each of four has counts of its own, so that none waits for the other's to be stored.
    let mut counts = [[0; 256]; 4];
    let (fours, rest) = picture.as_raw().as_chunks::<4>();
    for four in fours {
        for (counts, value) in counts.iter_mut().zip(four) {
            counts[usize::from(*value)] += 1;
        }
    }
    for value in rest {
        counts[0][usize::from(*value)] += 1;
    }
    std::array::from_fn(|value| counts.iter().map(|counts| counts[value]).sum())
}

/// Red, green, blue and opacity of each pixel, as a canvas takes them.
pub fn rgba(picture: &GrayImage) -> Vec<u8> {
    let mut all = vec![u8::MAX; picture.as_raw().len() * 4];
    for (pixel, value) in all.chunks_exact_mut(4).zip(picture.as_raw()) {
        pixel[..3].fill(*value);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;
    use image::imageops::{self, FilterType};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn another_size_is_that_of_the_crate_image(
            size in (1u32..90, 1u32..90), into in (1u32..120, 1u32..120), cut in (0u32..20, 0u32..20), seed: u32,
        ) {
            let mut noise = seed;
            let picture = GrayImage::from_fn(size.0 + cut.0, size.1 + cut.1, |_, _| {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                Luma([(noise >> 24) as u8])
            });
            let part = imageops::crop_imm(&picture, cut.0, cut.1, size.0, size.1).to_image();
            let theirs = imageops::resize(&part, into.0, into.1, FilterType::Triangle);
            prop_assert!(resized_part(&picture, [cut.0, cut.1, size.0, size.1], into.0, into.1) == theirs);
            prop_assert!(resized(&part, into.0, into.1) == theirs);
            let (width, height) = (into.0.min(size.0), into.1.min(size.1));
            prop_assert!(thumbnail(&part, width, height) == imageops::thumbnail(&part, width, height));
        }
    }

    #[test]
    fn pixels_are_counted_and_spread_over_the_colours() {
        let picture = GrayImage::from_raw(3, 1, vec![7, 9, 7]).expect("three pixels");
        let counts = histogram(&picture);
        assert_eq!((counts[7], counts[9], counts.iter().sum::<u32>()), (2, 1, 3));
        assert_eq!(rgba(&picture)[..8], [7, 7, 7, 255, 9, 9, 9, 255]);
    }
}
