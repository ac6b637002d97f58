//! What every kernel of a convolution has in common: its buffers, and what is done to a result where it is written.

use wide::f32x4;

use super::fixed_point::WholePixels;
use super::image::Image;

/// Buffers that are used again by every layer.
#[derive(Default)]
pub struct Scratch {
    /// An image with a border.
    pub(super) padded: Vec<f32>,
    /// What windows lie on.
    pub(super) rows: Rows,
    /// One tile of the image, transformed.
    pub(super) transformed: Vec<f32>,
    /// Results before they are finished.
    pub(super) products: Vec<f32>,
    /// First pixels of windows.
    pub(super) starts: Vec<usize>,
    /// An image, or tiles of it.
    pub(super) whole: WholePixels,
    /// The numbers of images that nothing reads any more.
    free: Vec<Vec<f32>>,
}

/// So many images are kept to be used again.
const KEPT: usize = 4;

/// What windows lie on, and what comes of it.
#[derive(Default)]
pub struct Rows {
    pub laid_out: Vec<f32>,
    pub products: Vec<f32>,
}

impl Scratch {
    /// An image of which every number must be written.
    pub(super) fn image(&mut self, height: usize, width: usize, channels: usize) -> Image {
        let numbers = height * width * channels;
        let fits =
            |(at, values): (usize, &Vec<f32>)| Some((values.capacity(), at)).filter(|(room, _)| *room >= numbers);
        let found = self.free.iter().enumerate().filter_map(fits).min();
        let mut values = found.map(|(_, at)| self.free.swap_remove(at)).unwrap_or_default();
        values.resize(numbers, 0.0);
        Image { height, width, channels, values }
    }

    /// Takes back what nothing reads any more.
    pub fn free(&mut self, image: Image) {
        self.free.push(image.values);
        // Those that come and never go would be a leak.
        if self.free.len() > KEPT {
            self.free.remove(0);
        }
    }
}

/// What is done to a result where it is written.
pub struct Finish<'a> {
    /// Added to each channel.
    pub shift: &'a [f32],
    /// An image that is added: from where it is written on.
    pub shortcut: Option<&'a [f32]>,
    /// Whether what is below zero becomes zero.
    pub relu: bool,
}

impl<'a> Finish<'a> {
    /// The same for four channels, from `channel` on.
    #[inline]
    pub fn of(&self, channel: usize) -> FinishOfFour<'a> {
        let least = if self.relu { 0.0 } else { f32::NEG_INFINITY };
        FinishOfFour { shift: load(self.shift, channel), shortcut: self.shortcut, least: f32x4::splat(least) }
    }

    /// Writes pixels from `first` on: `[pixels, channels]`.
    #[inline(never)]
    pub fn write_pixels(&self, pixels: &[f32], first: usize, into: &mut [f32]) {
        let channels = self.shift.len();
        for (pixel, numbers) in (first..).zip(pixels.chunks_exact(channels)) {
            for channel in (0..channels).step_by(4) {
                self.of(channel).write(into, pixel * channels + channel, load(numbers, channel));
            }
        }
    }
}

/// [`Finish`] for four channels.
#[derive(Clone, Copy)]
pub struct FinishOfFour<'a> {
    shift: f32x4,
    shortcut: Option<&'a [f32]>,
    least: f32x4,
}

impl FinishOfFour<'_> {
    /// Writes numbers that begin at `at` in the image.
    #[inline]
    pub fn write(self, into: &mut [f32], at: usize, values: f32x4) {
        let mut values = values + self.shift;
        if let Some(shortcut) = self.shortcut {
            values += load(shortcut, at);
        }
        into[at..at + 4].copy_from_slice(&values.fast_max(self.least).to_array());
    }
}

/// Four numbers.
#[inline]
pub fn load(values: &[f32], at: usize) -> f32x4 {
    let four: [f32; 4] = values[at..at + 4].try_into().unwrap_or_default();
    f32x4::new(four)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_that_come_and_never_go_are_not_kept_for_ever() {
        let mut scratch = Scratch::default();
        for side in 1..100 {
            scratch.free(Image::new(side, side, 4));
            assert!(scratch.free.len() <= KEPT);
        }
        // The smallest that is large enough.
        assert_eq!(scratch.image(97, 97, 4).values.capacity(), 97 * 97 * 4);
        assert_eq!(scratch.free.len(), KEPT - 1);
    }
}
