//! Maxima and means.

use wide::f32x4;

use super::finish::load;
use super::image::Image;

/// The largest of each square of `side` pixels, `stride` apart, the image padded by `around` with what is smaller
/// than everything.
///
/// # Panics
/// When the image's channels are no multiple of 4.
// Where it is called from is compiled for a small download.
#[inline(never)]
pub fn max_pool(image: &Image, side: usize, stride: usize, around: usize) -> Image {
    assert_eq!(image.channels % 4, 0, "channels are compared four at a time");
    let reach = |length: usize| (length + 2 * around - side) / stride + 1;
    let (height, width, channels) = (reach(image.height), reach(image.width), image.channels);
    let mut into = Image::new(height, width, channels);
    for (pixel, values) in into.values.chunks_exact_mut(channels).enumerate() {
        let (top, left) = (pixel / width * stride, pixel % width * stride);
        let inside = |from: usize, length: usize| from.saturating_sub(around)..(from + side - around).min(length);
        let (rows, columns) = (inside(top, image.height), inside(left, image.width));
        for (at, four) in values.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            let mut largest = f32x4::splat(f32::MIN);
            for row in rows.clone() {
                for column in columns.clone() {
                    let beside = load(&image.values, (row * image.width + column) * channels + at * 4);
                    largest = largest.fast_max(beside);
                }
            }
            *four = largest.to_array();
        }
    }
    into
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
        assert_eq!(max_pool(&image, 3, 2, 1).values, of(&[-1.0, -2.0, -4.0, -5.0]));
        assert_eq!(max_pool(&image, 2, 2, 0).values, of(&[-1.0]));
    }

    #[test]
    fn means_are_by_channel() {
        let image = Image { height: 1, width: 2, channels: 2, values: vec![1.0, 10.0, 3.0, 30.0] };
        assert_eq!(mean(&image), [2.0, 20.0]);
    }
}
