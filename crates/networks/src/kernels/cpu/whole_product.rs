//! The matrix product of `product`, of whole numbers of 16 bits: a browser multiplies and adds eight of them at once,
//! and four of f32.

use bytemuck::cast;
use wide::{f32x4, i16x8, i32x4};

use super::fixed_point::{WholePixels, WholeWeights, sharing};
use super::product::COLUMNS;

/// Pixels of a block: as in `product`.
const PIXELS: usize = 4;

/// A matrix `[places, channels, outputs]`, packed in panels of eight columns.
pub struct WholePanels {
    places: usize,
    channels: usize,
    /// Of eight columns: two channels side by side.
    packed: Vec<[i16x8; 2]>,
    /// Of eight columns, for the channels that share a step.
    steps: Vec<[f32x4; 2]>,
}

impl WholePanels {
    /// Nothing yet, for so many outputs.
    pub fn with_room(places: usize, channels: usize, outputs: usize) -> Self {
        let columns = places * outputs / COLUMNS;
        let (packed, steps) = (columns * channels / 2, columns * (channels / sharing(channels)));
        Self { places, channels, packed: Vec::with_capacity(packed), steps: Vec::with_capacity(steps) }
    }

    /// The next eight outputs' weights for all channels of the next place, and what their sums are multiplied with. All
    /// places of the first eight come first.
    pub fn push(&mut self, weights: &[[f32; COLUMNS]], scale: [f32; COLUMNS]) {
        let [a, b, c, d, e, f, g, h] = scale;
        let scale = [f32x4::new([a, b, c, d]), f32x4::new([e, f, g, h])];
        for weights in weights.chunks_exact(sharing(self.channels)) {
            let whole = WholeWeights::new(weights);
            self.packed.extend(weights.as_chunks().0.iter().map(|two| whole.side_by_side(two)));
            self.steps.push([0, 1].map(|half| whole.steps[half] * scale[half]));
        }
    }

    /// Multiplies windows and writes `[windows, outputs]`. A window's first pixel is its start, and its places lie
    /// `places` after that.
    // Compiled once, for all that call it.
    #[inline(never)]
    pub fn product(&self, pixels: &WholePixels, places: &[usize], starts: &[usize], into: &mut [f32]) {
        let parts = self.channels / sharing(self.channels);
        let outputs = into.len() / starts.len();
        let panels = self.packed.chunks_exact(self.places * self.channels / 2);
        for (at, (weights, steps)) in panels.zip(self.steps.chunks_exact(self.places * parts)).enumerate() {
            let panel = Panel { parts, weights, steps };
            for (starts, into) in starts.chunks(PIXELS).zip(into.chunks_mut(PIXELS * outputs)) {
                // Of the last ones some may be missing: the last stands in for them.
                let all: [usize; PIXELS] = std::array::from_fn(|window| starts[window.min(starts.len() - 1)]);
                for (sums, into) in panel.block(pixels, places, all).iter().zip(into.chunks_exact_mut(outputs)) {
                    let into = &mut into[at * COLUMNS..][..COLUMNS];
                    into[..4].copy_from_slice(&sums[0].to_array());
                    into[4..].copy_from_slice(&sums[1].to_array());
                }
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Panel<'a> {
    parts: usize,
    weights: &'a [[i16x8; 2]],
    steps: &'a [[f32x4; 2]],
}

impl Panel<'_> {
    /// Some windows by eight columns.
    #[inline]
    fn block(self, pixels: &WholePixels, places: &[usize], starts: [usize; PIXELS]) -> [[f32x4; 2]; PIXELS] {
        let mut sums = [[f32x4::ZERO; 2]; PIXELS];
        let pairs = self.weights.len() / self.steps.len();
        let mut weights = self.weights.chunks_exact(pairs).zip(self.steps);
        for place in places {
            for part in 0..self.parts {
                let Some((weights, steps)) = weights.next() else { break };
                let at = starts.map(|start| (start + place) * self.parts + part);
                let whole = dots(at.map(|at| &pixels.pairs[at * pairs..][..pairs]), weights);
                for ((sums, whole), at) in sums.iter_mut().zip(whole).zip(at) {
                    let step = f32x4::splat(pixels.steps[at]);
                    for half in 0..2 {
                        sums[half] += f32x4::from_i32x4(whole[half]) * (step * steps[half]);
                    }
                }
            }
        }
        sums
    }
}

/// Sums over the channels that share a step. As a part of its caller it takes up to 1.8 times as long: a browser's
/// compiler keeps the caller's numbers in registers and the sums in memory.
#[inline(never)]
fn dots(pixels: [&[i32]; PIXELS], weights: &[[i16x8; 2]]) -> [[i32x4; 2]; PIXELS] {
    // Slices of one known length: the loop below needs no check of bounds.
    let count = weights.len();
    let pixels = pixels.map(|pairs| &pairs[..count]);
    let mut sums = [[i32x4::ZERO; 2]; PIXELS];
    for at in 0..count {
        let [left, right] = weights[at];
        for row in 0..PIXELS {
            let pair: i16x8 = cast(i32x4::splat(pixels[row][at]));
            sums[row][0] += left.dot(pair);
            sums[row][1] += right.dot(pair);
        }
    }
    sums
}
