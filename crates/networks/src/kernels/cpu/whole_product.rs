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

    /// Multiplies `count` windows: hands the eight results of each to `write(window, column, results)`. A window's
    /// first pixel is `start(window)`, and its places lie `places` after that.
    #[inline]
    pub fn product(
        &self,
        pixels: &WholePixels,
        places: &[usize],
        count: usize,
        start: impl Fn(usize) -> usize,
        mut write: impl FnMut(usize, usize, [f32x4; 2]),
    ) {
        let parts = self.channels / sharing(self.channels);
        let panels = self.packed.chunks_exact(self.places * self.channels / 2);
        for (at, (panel, steps)) in panels.zip(self.steps.chunks_exact(self.places * parts)).enumerate() {
            let panel = Panel { parts, weights: panel, steps };
            let mut emit = |window, sums| write(window, at * COLUMNS, sums);
            for first in (0..count).step_by(PIXELS) {
                match count - first {
                    1 => panel.block::<1>(pixels, places, first, &start, &mut emit),
                    2 => panel.block::<2>(pixels, places, first, &start, &mut emit),
                    3 => panel.block::<3>(pixels, places, first, &start, &mut emit),
                    _ => panel.block::<PIXELS>(pixels, places, first, &start, &mut emit),
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
    /// `R` windows by eight columns.
    #[inline]
    fn block<const R: usize>(
        self,
        pixels: &WholePixels,
        places: &[usize],
        first: usize,
        start: &impl Fn(usize) -> usize,
        emit: &mut impl FnMut(usize, [f32x4; 2]),
    ) {
        let starts: [usize; R] = std::array::from_fn(|window| start(first + window));
        let pairs = self.weights.len() / self.steps.len();
        let mut weights = self.weights.chunks_exact(pairs).zip(self.steps);
        let mut sums = [[f32x4::ZERO; 2]; R];
        for place in places {
            for part in 0..self.parts {
                let Some((weights, steps)) = weights.next() else { break };
                let at = starts.map(|start| (start + place) * self.parts + part);
                let whole = dots(at.map(|at| &pixels.pairs[at * pairs..][..pairs]), weights);
                for row in 0..R {
                    let step = f32x4::splat(pixels.steps[at[row]]);
                    for half in 0..2 {
                        sums[row][half] += f32x4::from_i32x4(whole[row][half]) * (step * steps[half]);
                    }
                }
            }
        }
        for (window, sums) in sums.into_iter().enumerate() {
            emit(first + window, sums);
        }
    }
}

/// Sums over the channels that share a step. As a part of its caller it takes up to 1.8 times as long: a browser's
/// compiler keeps the caller's numbers in registers and the sums in memory.
#[inline(never)]
fn dots<const R: usize>(pixels: [&[i32]; R], weights: &[[i16x8; 2]]) -> [[i32x4; 2]; R] {
    // Slices of one known length: the loop below needs no check of bounds.
    let count = weights.len();
    let pixels = pixels.map(|pairs| &pairs[..count]);
    let mut sums = [[i32x4::ZERO; 2]; R];
    for at in 0..count {
        let [left, right] = weights[at];
        for row in 0..R {
            let pair: i16x8 = cast(i32x4::splat(pixels[row][at]));
            sums[row][0] += left.dot(pair);
            sums[row][1] += right.dot(pair);
        }
    }
    sums
}
