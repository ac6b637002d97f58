//! What every kernel of a convolution has in common: its buffers, and what is done to a result where it is written.

use wide::f32x4;

use super::fixed_point::WholePixels;
use super::image::Image;

/// Buffers that are used again by every layer.
#[derive(Default)]
pub struct Scratch {
    /// What windows lie on, laid out as rows.
    pub(super) rows: Vec<f32>,
    /// One tile of the image, transformed.
    pub(super) transformed: Vec<f32>,
    /// Results before they are finished.
    pub(super) products: Vec<f32>,
    /// An image, or tiles of it.
    pub(super) whole: WholePixels,
    /// The numbers of images that nothing reads any more.
    free: Vec<Vec<f32>>,
}

impl Scratch {
    /// An image of which every number must be written.
    pub(super) fn image(&mut self, height: usize, width: usize, channels: usize) -> Image {
        let numbers = height * width * channels;
        let found = self.free.iter().position(|values| values.capacity() >= numbers);
        let mut values = found.map(|at| self.free.swap_remove(at)).unwrap_or_default();
        values.resize(numbers, 0.0);
        Image { height, width, channels, values }
    }

    /// Takes back what nothing reads any more.
    pub fn free(&mut self, image: Image) {
        self.free.push(image.values);
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

    /// Writes numbers that begin at channel `channel` of what begins at `at` in the image.
    #[inline]
    pub fn write(&self, into: &mut [f32], at: usize, channel: usize, values: f32x4) {
        self.of(channel).write(into, at, values);
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
