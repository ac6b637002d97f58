//! What every kernel of a convolution has in common: its buffers, and what is done to a result where it is written.

use wide::f32x4;

use super::image::Image;

/// Buffers that are used again by every layer.
#[derive(Default)]
pub struct Scratch {
    pub(super) padded: Vec<f32>,
    pub(super) transformed: Vec<f32>,
    pub(super) products: Vec<f32>,
}

/// What is done to a result where it is written.
pub struct Finish<'a> {
    /// Added to each channel.
    pub shift: &'a [f32],
    /// An image that is added.
    pub shortcut: Option<&'a Image>,
    /// Whether what is below zero becomes zero.
    pub relu: bool,
}

impl Finish<'_> {
    /// Writes numbers that begin at channel `channel` of what begins at `at` in the image.
    #[inline]
    pub fn write(&self, into: &mut [f32], at: usize, channel: usize, values: f32x4) {
        let mut values = values + load(self.shift, channel);
        if let Some(shortcut) = self.shortcut {
            values += load(&shortcut.values, at);
        }
        if self.relu {
            values = values.fast_max(f32x4::ZERO);
        }
        into[at..at + 4].copy_from_slice(&values.to_array());
    }
}

/// Four numbers.
#[inline]
pub fn load(values: &[f32], at: usize) -> f32x4 {
    let four: [f32; 4] = values[at..at + 4].try_into().unwrap_or_default();
    f32x4::new(four)
}
