//! Maxima and means.

use crate::Image;

/// The largest of each square of `side` pixels, `stride` apart, the image padded by `around` with what is smaller
/// than everything.
pub fn max_pool(image: &Image, side: usize, stride: usize, around: usize) -> Image {
    let reach = |length: usize| (length + 2 * around - side) / stride + 1;
    let (height, width, channels) = (reach(image.height), reach(image.width), image.channels);
    let mut into = Image { height, width, channels, values: vec![f32::MIN; height * width * channels] };
    for (pixel, values) in into.values.chunks_exact_mut(channels).enumerate() {
        let (top, left) = (pixel / width * stride, pixel % width * stride);
        let inside = |from: usize, length: usize| from.saturating_sub(around)..(from + side - around).min(length);
        for row in inside(top, image.height) {
            for column in inside(left, image.width) {
                let beside = &image.values[(row * image.width + column) * channels..][..channels];
                for (value, beside) in values.iter_mut().zip(beside) {
                    *value = if *beside > *value { *beside } else { *value };
                }
            }
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
        let image = Image { height: 3, width: 3, channels: 1, values: (1..=9).map(|value| -(value as f32)).collect() };
        // 3×3 by 2 with a border: top left sees 1 2 4 5, and so on.
        assert_eq!(max_pool(&image, 3, 2, 1).values, [-1.0, -2.0, -4.0, -5.0]);
        assert_eq!(max_pool(&image, 2, 2, 0).values, [-1.0]);
    }

    #[test]
    fn means_are_by_channel() {
        let image = Image { height: 1, width: 2, channels: 2, values: vec![1.0, 10.0, 3.0, 30.0] };
        assert_eq!(mean(&image), [2.0, 20.0]);
    }
}
