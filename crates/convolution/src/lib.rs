//! Convolutions as a network that only looks needs them: one image, one core, weights known beforehand.
//!
//! Batch norm is folded into the weights and these are packed once; bias, shortcut and `ReLU` are applied where a
//! result is written. 3×3 layers of stride 1 go through the minimal filtering of Winograd (Lavin & Gray, "Fast
//! Algorithms for Convolutional Neural Networks", 2016), all others through a packed matrix product. This is an executor
//! for networks that are defined, trained and tested elsewhere.
//!
//! Images are rows of pixels of channels (`HWC`); the number of channels that a layer writes is a multiple of 8.

mod direct;
mod pool;
mod product;
mod winograd;

use direct::Direct;
pub use pool::{max_pool, mean};
use wide::f32x4;
use winograd::{F2, F4, Winograd};

/// Width, height and channels of an image, as it lies in memory: `[height, width, channels]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Image {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Numbers of a pixel.
    pub channels: usize,
    /// All numbers, channel by channel, pixel by pixel, row by row.
    pub values: Vec<f32>,
}

impl Image {
    /// Black.
    pub fn new(height: usize, width: usize, channels: usize) -> Self {
        Self { height, width, channels, values: vec![0.0; height * width * channels] }
    }

    /// From planes: `[channels, height, width]`.
    pub fn from_planes(planes: &[f32], channels: usize, height: usize, width: usize) -> Self {
        let mut image = Self::new(height, width, channels);
        for (channel, plane) in planes.chunks_exact(height * width).enumerate() {
            for (pixel, value) in image.values.chunks_exact_mut(channels).zip(plane) {
                pixel[channel] = *value;
            }
        }
        image
    }

    /// As planes: `[channels, height, width]`.
    pub fn to_planes(&self) -> Vec<f32> {
        let of_channel = |channel| self.values.iter().skip(channel).step_by(self.channels).copied();
        (0..self.channels).flat_map(of_channel).collect()
    }
}

/// What a layer is made of, as networks are usually stored.
pub struct Weights<'a> {
    /// `[outputs, inputs, side, side]`.
    pub values: &'a [f32],
    /// Channels that it reads.
    pub inputs: usize,
    /// Channels that it writes, a multiple of 8.
    pub outputs: usize,
    /// Of the kernel: 1, 3, 5 or 7. The image is padded with zeros by half of it.
    pub side: usize,
    /// Step between the pixels that are written.
    pub stride: usize,
    /// What each output is multiplied with.
    pub scale: &'a [f32],
    /// What is added to each output after that.
    pub shift: &'a [f32],
}

/// Which way a layer is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Every place of the window by itself.
    Direct,
    /// By Winograd's F(2×2, 3×3).
    SmallTiles,
    /// By Winograd's F(4×4, 3×3).
    LargeTiles,
}

impl Method {
    /// Side of what is written at a time, in pixels.
    pub fn tile_side(self) -> usize {
        match self {
            Self::Direct => 1,
            Self::SmallTiles => 2,
            Self::LargeTiles => 4,
        }
    }
}

/// A layer's weights as matrices, for processors that multiply many at once.
pub struct Matrices {
    /// How many there are: numbers of a Winograd tile, or places of the window; one where the window's places stand
    /// below each other in it.
    pub parts: usize,
    /// Rows of each, a multiple of 4. Those that nothing is multiplied with are zero.
    pub depth: usize,
    /// Columns of each, at least the outputs. Those beyond are zero.
    pub lanes: usize,
    /// `[parts, depth, lanes]`.
    pub values: Vec<f32>,
}

impl Weights<'_> {
    /// The quickest way for images of about this many pixels a side.
    pub fn method(&self, image_side: usize) -> Method {
        match (self.side, self.stride) {
            (3, 1) if self.inputs.is_multiple_of(4) && image_side < SMALL_SIDE => Method::SmallTiles,
            (3, 1) if self.inputs.is_multiple_of(4) => Method::LargeTiles,
            _ => Method::Direct,
        }
    }

    /// The weights for a method, in matrices of a multiple of `lanes` columns.
    pub fn matrices(&self, method: Method, lanes: usize) -> Matrices {
        let Self { inputs, outputs, side, .. } = *self;
        let lanes = outputs.next_multiple_of(lanes);
        let places = side * side;
        let (parts, rows) = match method {
            Method::Direct if inputs.is_multiple_of(4) => (places, inputs),
            Method::Direct => (1, places * inputs),
            Method::SmallTiles => (16, inputs),
            Method::LargeTiles => (36, inputs),
        };
        let depth = rows.next_multiple_of(4);
        let mut values = vec![0.0; parts * depth * lanes];
        for (at, kernel) in self.values.chunks_exact(places).enumerate() {
            let (output, input) = (at / inputs, at % inputs);
            let mut write = |part: usize, row: usize, value: f32| values[(part * depth + row) * lanes + output] = value;
            match method {
                Method::Direct => {
                    for (place, value) in kernel.iter().enumerate() {
                        let row = place * inputs + input;
                        write(row / rows, row % rows, value * self.scale[output]);
                    }
                }
                Method::SmallTiles => {
                    let tile = winograd::transformed::<F2, 4, 2, 1>([kernel], [self.scale[output]]);
                    tile.as_flattened().iter().enumerate().for_each(|(part, [value])| write(part, input, *value));
                }
                Method::LargeTiles => {
                    let tile = winograd::transformed::<F4, 6, 4, 1>([kernel], [self.scale[output]]);
                    tile.as_flattened().iter().enumerate().for_each(|(part, [value])| write(part, input, *value));
                }
            }
        }
        Matrices { parts, depth, lanes, values }
    }
}

/// Scale and shift that do what a batch norm does with its stored statistics.
pub fn batch_norm(gamma: &[f32], beta: &[f32], mean: &[f32], variance: &[f32], epsilon: f32) -> (Vec<f32>, Vec<f32>) {
    let scale: Vec<f32> =
        gamma.iter().zip(variance).map(|(gamma, variance)| gamma / (variance + epsilon).sqrt()).collect();
    let shift = beta.iter().zip(mean).zip(&scale).map(|((beta, mean), scale)| beta - mean * scale).collect();
    (scale, shift)
}

/// Buffers that are used again by every layer.
#[derive(Default)]
pub struct Scratch {
    padded: Vec<f32>,
    transformed: Vec<f32>,
    products: Vec<f32>,
}

/// One layer, ready to run.
pub struct Convolution {
    kind: Kind,
    shift: Vec<f32>,
}

enum Kind {
    Direct(Direct),
    Small(Winograd<F2, 4, 2>),
    Large(Winograd<F4, 6, 4>),
}

/// Images of fewer pixels a side than this go through tiles of 2×2: of 4×4 too much would be cut away, and the weights
/// would take four times the memory of the layer's own.
const SMALL_SIDE: usize = 10;

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
            Method::Direct => Kind::Direct(Direct::new(weights)),
        };
        Self { kind, shift }
    }

    /// The layer's image. `shortcut` is added to it, then what is below zero becomes zero if `relu`.
    pub fn run(&self, image: &Image, shortcut: Option<&Image>, relu: bool, scratch: &mut Scratch) -> Image {
        let finish = Finish { shift: &self.shift, shortcut, relu };
        match &self.kind {
            Kind::Direct(direct) => direct.run(image, &finish, scratch),
            Kind::Small(winograd) => winograd.run(image, &finish, scratch),
            Kind::Large(winograd) => winograd.run(image, &finish, scratch),
        }
    }
}

/// What is done to a result where it is written.
struct Finish<'a> {
    shift: &'a [f32],
    shortcut: Option<&'a Image>,
    relu: bool,
}

impl Finish<'_> {
    /// Writes numbers that begin at channel `channel` of what begins at `at` in the image.
    #[inline]
    fn write(&self, into: &mut [f32], at: usize, channel: usize, values: f32x4) {
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

#[inline]
fn load(values: &[f32], at: usize) -> f32x4 {
    let four: [f32; 4] = values[at..at + 4].try_into().unwrap_or_default();
    f32x4::new(four)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// f32 sums of some thousand terms in another order, and Winograd's larger constants; of the largest value.
    const TOLERANCE: f32 = 2e-5;

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
                let off = ours.values.iter().zip(&right).map(|(a, b)| (f64::from(*a) - b).abs()).fold(0.0, f64::max);
                assert!(
                    off <= largest * f64::from(TOLERANCE),
                    "{inputs} → {outputs}, {side}×{side} by {stride}: off by {off} of {largest}"
                );
            }
        }
    }

    #[test]
    fn batch_norm_is_its_definition() {
        let (scale, shift) = batch_norm(&[2.0], &[1.0], &[3.0], &[4.0], 0.0);
        // (5 − 3) / 2 · 2 + 1
        assert!((5.0 * scale[0] + shift[0] - 3.0).abs() < 1e-6);
    }

    #[test]
    fn planes_come_back() {
        let planes = random(3 * 4 * 5, 7);
        assert_eq!(Image::from_planes(&planes, 3, 4, 5).to_planes(), planes);
    }
}
