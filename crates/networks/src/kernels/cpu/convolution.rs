//! Any convolution on one core.

use super::direct::Direct;
use super::finish::{Finish, Scratch};
use super::image::Image;
use super::layer_weights::{Method, Weights};
use super::pool::max_pool;
use super::tile::{F2, F4};
use super::windows::Windows;
use super::winograd::Winograd;
use crate::plan::Window;

/// One layer, ready to run.
pub struct Convolution {
    kind: Kind,
    shift: Vec<f32>,
}

enum Kind {
    Direct(Direct),
    Windows(Windows),
    Small(Winograd<F2, 4, 2>),
    Large(Winograd<F4, 6, 4>),
}

impl Convolution {
    /// Packs a layer for images of about this many pixels a side.
    ///
    /// # Panics
    /// When the layer's outputs are no multiple of 8. [`Self::run`] wants an image of at least one pixel.
    pub fn new(weights: &Weights, image_side: usize) -> Self {
        assert_eq!(weights.outputs % 8, 0, "outputs are written eight at a time");
        let shift = weights.shift.to_vec();
        let kind = match weights.method(image_side) {
            Method::SmallTiles => Kind::Small(Winograd::new(weights)),
            Method::LargeTiles => Kind::Large(Winograd::new(weights)),
            Method::Direct if weights.inputs.is_multiple_of(8) => Kind::Windows(Windows::new(weights)),
            Method::Direct => Kind::Direct(Direct::new(weights)),
        };
        Self { kind, shift }
    }

    /// The layer's image. `shortcut` is added to it, then what is below zero becomes zero if `relu`.
    pub fn run(&self, image: &Image, shortcut: Option<&Image>, relu: bool, scratch: &mut Scratch) -> Image {
        let finish = self.finish(shortcut, relu);
        match &self.kind {
            Kind::Direct(direct) => direct.run(image, &finish, scratch),
            Kind::Windows(windows) => windows.run(image, &finish, scratch),
            Kind::Small(winograd) => winograd.run(image, &finish, scratch),
            Kind::Large(winograd) => winograd.run(image, &finish, scratch),
        }
    }

    /// As [`Self::run`] and then [`max_pool`].
    pub fn run_pooled(
        &self,
        image: &Image,
        window: Window,
        shortcut: Option<&Image>,
        relu: bool,
        scratch: &mut Scratch,
    ) -> Image {
        if let Kind::Direct(direct) = &self.kind {
            return direct.run_pooled(image, window, &self.finish(shortcut, relu), scratch);
        }
        let whole = self.run(image, shortcut, relu, scratch);
        let pooled = max_pool(&whole, window, scratch);
        scratch.free(whole);
        pooled
    }

    fn finish<'a>(&'a self, shortcut: Option<&'a Image>, relu: bool) -> Finish<'a> {
        Finish { shift: &self.shift, shortcut: shortcut.map(|image| &image.values[..]), relu }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the largest value: f32 sums of some thousand terms in another order.
    const TOLERANCE: f32 = 2e-5;
    /// Of the largest value, where both factors are rounded to 16 bits, and Winograd's constants enlarge what that errs.
    const WHOLE_TOLERANCE: f32 = 1e-3;

    fn random(count: usize, seed: u32) -> Vec<f32> {
        let mut state = seed;
        (0..count)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / (1 << 23) as f32 - 1.0
            })
            .collect()
    }

    /// As the definition says, in f64.
    fn by_definition(weights: &Weights, image: &Image, shortcut: Option<&Image>, relu: bool) -> Vec<f64> {
        let Weights { values, inputs, outputs, side, stride, scale, shift } = *weights;
        let around = side / 2;
        let (height, width) = (image.height.div_ceil(stride), image.width.div_ceil(stride));
        let mut all = Vec::new();
        for y in 0..height {
            for x in 0..width {
                for output in 0..outputs {
                    let mut sum = 0.0;
                    for dy in 0..side {
                        for dx in 0..side {
                            let (row, column) = (y * stride + dy, x * stride + dx);
                            if row < around || column < around {
                                continue;
                            }
                            let (row, column) = (row - around, column - around);
                            if row >= image.height || column >= image.width {
                                continue;
                            }
                            for input in 0..inputs {
                                let weight = values[((output * inputs + input) * side + dy) * side + dx];
                                let pixel = image.values[(row * image.width + column) * inputs + input];
                                sum += f64::from(weight) * f64::from(pixel);
                            }
                        }
                    }
                    sum = sum * f64::from(scale[output]) + f64::from(shift[output]);
                    sum += shortcut.map_or(0.0, |shortcut| f64::from(shortcut.values[all.len()]));
                    all.push(if relu { sum.max(0.0) } else { sum });
                }
            }
        }
        all
    }

    #[test]
    fn every_kind_of_layer_does_what_a_convolution_is_defined_to_do() {
        for (inputs, outputs, side, stride, height, width) in [
            (3, 64, 7, 2, 30, 26),
            (1, 16, 5, 2, 23, 24),
            (16, 24, 3, 2, 15, 14),
            (16, 8, 1, 2, 14, 13),
            (8, 8, 1, 1, 5, 9),
            (16, 32, 3, 1, 28, 28),
            (12, 16, 3, 1, 13, 17),
            (64, 64, 3, 1, 14, 14),
            (32, 48, 3, 1, 7, 7),
            (8, 16, 3, 1, 5, 6),
            (96, 8, 3, 2, 9, 9),
            (16, 128, 3, 2, 30, 30),
            (16, 16, 3, 1, 60, 60),
            (136, 8, 1, 1, 4, 3),
            (3, 8, 3, 1, 12, 12),
        ] {
            let values = random(outputs * inputs * side * side, 1);
            let (scale, shift) = (random(outputs, 2), random(outputs, 3));
            let weights = Weights { values: &values, inputs, outputs, side, stride, scale: &scale, shift: &shift };
            let image = Image { height, width, channels: inputs, values: random(height * width * inputs, 4) };
            let convolution = Convolution::new(&weights, height);
            let mut scratch = Scratch::default();
            let plain = convolution.run(&image, None, false, &mut scratch);
            assert_eq!((plain.height, plain.width), (height.div_ceil(stride), width.div_ceil(stride)));
            let beside = Image { values: random(plain.values.len(), 5), ..plain.clone() };
            let full = convolution.run(&image, Some(&beside), true, &mut scratch);
            for (ours, right) in [
                (&plain, by_definition(&weights, &image, None, false)),
                (&full, by_definition(&weights, &image, Some(&beside), true)),
            ] {
                assert_eq!(ours.values.len(), right.len());
                let largest = right.iter().fold(0.0f64, |largest, value| largest.max(value.abs()));
                let tolerance = if matches!(convolution.kind, Kind::Direct(_)) { TOLERANCE } else { WHOLE_TOLERANCE };
                let off = ours.values.iter().zip(&right).map(|(a, b)| (f64::from(*a) - b).abs()).fold(0.0, f64::max);
                assert!(
                    off <= largest * f64::from(tolerance),
                    "{inputs} → {outputs}, {side}×{side} by {stride}: off by {off} of {largest}"
                );
            }
        }
    }

    #[test]
    fn pooled_while_it_is_written_it_is_what_it_is_pooled_after() {
        for (inputs, side, stride) in [(1, 7, 2), (8, 3, 1)] {
            let outputs = 8;
            let values = random(outputs * inputs * side * side, 1);
            let (scale, shift) = (random(outputs, 2), random(outputs, 3));
            let weights = Weights { values: &values, inputs, outputs, side, stride, scale: &scale, shift: &shift };
            let (height, width) = (21, 26);
            let image = Image { height, width, channels: inputs, values: random(height * width * inputs, 4) };
            let convolution = Convolution::new(&weights, height);
            let mut scratch = Scratch::default();
            for window in [Window::square(3).stride(2).padding(1), Window::square(2).stride(2)] {
                let whole = convolution.run(&image, None, false, &mut scratch);
                let beside = Image { values: random(whole.values.len(), 5), ..whole };
                let whole = convolution.run(&image, Some(&beside), true, &mut scratch);
                let pooled = convolution.run_pooled(&image, window, Some(&beside), true, &mut scratch);
                assert_eq!(pooled, max_pool(&whole, window, &mut scratch));
            }
        }
    }

    #[test]
    fn planes_come_back() {
        let planes = random(3 * 4 * 5, 7);
        assert_eq!(Image::from_planes(&planes, 3, 4, 5).to_planes(), planes);
    }
}
