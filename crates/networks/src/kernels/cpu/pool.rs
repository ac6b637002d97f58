//! Maxima and means.

use std::ops::Range;

use wide::f32x4;

use super::finish::{Scratch, load};
use super::image::Image;
use crate::plan::Window;

/// The largest of each place of the window, the image padded with what is smaller than everything.
///
/// # Panics
/// When the image's channels are no multiple of 4.
// Where it is called from is compiled for a small download.
#[inline(never)]
pub fn max_pool(image: &Image, window: Window, scratch: &mut Scratch) -> Image {
    let (height, width) = (window.places(image.height).unwrap_or(0), window.places(image.width).unwrap_or(0));
    let mut into = scratch.image(height, width, image.channels);
    let line = image.width * image.channels;
    for (row, pooled) in into.values.chunks_exact_mut(width * image.channels).enumerate() {
        let seen = inside(row, window, image.height);
        pool_line(seen, |row| &image.values[row * line..][..line], image.channels, window, pooled);
    }
    into
}

/// The lines or columns of `length` that the window sees.
pub fn inside(at: usize, window: Window, length: usize) -> Range<usize> {
    let from = at * window.stride;
    from.saturating_sub(window.padding)..(from + window.side - window.padding).min(length)
}

/// A line of what [`max_pool`] writes, from the lines that its window sees.
///
/// # Panics
/// When the channels are no multiple of 4.
pub fn pool_line<'a>(
    seen: Range<usize>,
    line: impl Fn(usize) -> &'a [f32],
    channels: usize,
    window: Window,
    into: &mut [f32],
) {
    assert_eq!(channels % 4, 0, "channels are compared four at a time");
    let width = line(seen.start).len() / channels;
    for (column, pixel) in into.chunks_exact_mut(channels).enumerate() {
        let columns = inside(column, window, width);
        for (at, four) in pixel.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            let mut largest = f32x4::splat(f32::MIN);
            for line in seen.clone().map(&line) {
                for column in columns.clone() {
                    largest = largest.fast_max(load(line, column * channels + at * 4));
                }
            }
            *four = largest.to_array();
        }
    }
}

/// The mean of each channel.
pub fn mean(image: &Image) -> Vec<f32> {
    let pixels = (image.height * image.width) as f32;
    let mut sums = vec![0.0; image.channels];
    for pixel in image.values.chunks_exact(image.channels) {
        for (sum, value) in sums.iter_mut().zip(pixel) {
            *sum += value;
        }
    }
    sums.into_iter().map(|sum| sum / pixels).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_of_each_square_and_no_padding() {
        // Four channels, each a tenth above the one before.
        let channels = |value: f32| (0..4).map(move |channel| value + channel as f32 / 10.0);
        let values = (1..=9).flat_map(|value| channels(-(value as f32))).collect();
        let image = Image { height: 3, width: 3, channels: 4, values };
        let of = |values: &[f32]| values.iter().flat_map(|value| channels(*value)).collect::<Vec<f32>>();
        // 3×3 by 2 with a border: top left sees 1 2 4 5, and so on.
        assert_eq!(
            max_pool(&image, Window::square(3).stride(2).padding(1), &mut Scratch::default()).values,
            of(&[-1.0, -2.0, -4.0, -5.0])
        );
        assert_eq!(max_pool(&image, Window::square(2).stride(2), &mut Scratch::default()).values, of(&[-1.0]));
    }

    #[test]
    fn means_are_by_channel() {
        let image = Image { height: 1, width: 2, channels: 2, values: vec![1.0, 10.0, 3.0, 30.0] };
        assert_eq!(mean(&image), [2.0, 20.0]);
    }
}
