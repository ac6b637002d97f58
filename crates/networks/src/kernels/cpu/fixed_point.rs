//! Numbers as whole numbers of a step, in 16 bits, and the bound that keeps every sum of their products within 32 bits.
//!
//! By Cauchy and Schwarz a sum of products is at most the product of both Euclidean norms. Some channels of a pixel have
//! at most the norm [`PIXEL`], the weights of an output for them at most [`WEIGHTS`], and `PIXEL · WEIGHTS < 2³¹`: no
//! sum can overflow, whatever the picture.

use bytemuck::{cast, cast_slice_mut};
use wide::{f32x4, i16x8, i32x4, i32x8};

/// The norm of a pixel's whole numbers, each of which fits 16 bits then.
const PIXEL: f32 = 32_767.0;
/// The norm of an output's whole weights.
const WEIGHTS: f32 = 65_536.0;
/// The largest whole weight.
const LARGEST: f32 = 32_766.0;
const _: () = assert!(PIXEL * WEIGHTS < i32::MAX as f32 && LARGEST < i16::MAX as f32);
/// Room for what norms, which are sums of f32, err.
const SURE: f32 = 1.0 - 1e-4;
/// Added to a sum of squares: those of the smallest numbers would be zero, and the norm too short.
const NO_SQUARE: f32 = 1e-30;
/// Added to a number of less than 2²², it leaves the nearest whole number in the last bits.
const TO_WHOLE: f32 = 12_582_912.0;
/// Channels that share a step, at most: the fewer, the finer the steps.
const SHARING: usize = 64;

/// So many channels share a step: as many as can be, of eight at a time and without a rest.
pub fn sharing(channels: usize) -> usize {
    (8..=SHARING).rev().step_by(8).find(|some| channels.is_multiple_of(*some)).unwrap_or(channels)
}

/// Pixels, each with its channels in whole numbers, in pairs.
#[derive(Default)]
pub struct WholePixels {
    pub pairs: Vec<i32>,
    /// Of each pixel, of every [`sharing`] channels.
    pub steps: Vec<f32>,
}

impl WholePixels {
    /// Room for so many pixels, each of which must be written.
    pub fn make_room(&mut self, pixels: usize, channels: usize) {
        self.pairs.resize(pixels * channels / 2, 0);
        self.steps.resize(pixels * (channels / sharing(channels)), 0.0);
    }

    /// Room for so many pixels that are zero.
    pub fn make_zero(&mut self, pixels: usize, channels: usize) {
        self.pairs.clear();
        self.steps.clear();
        self.make_room(pixels, channels);
    }

    /// Writes pixels from pixel `at` on.
    #[inline]
    pub fn write(&mut self, at: usize, values: &[f32], channels: usize) {
        let sharing = sharing(channels);
        let first = at * channels / sharing;
        let lines = cast_slice_mut(&mut self.pairs[at * channels / 2..]).chunks_exact_mut(sharing);
        for ((values, line), step) in values.chunks_exact(sharing).zip(lines).zip(&mut self.steps[first..]) {
            *step = whole(values, line);
        }
    }
}

/// Writes the whole numbers and tells of which step; it is no number where one of them is none.
#[inline]
fn whole(values: &[f32], into: &mut [i16]) -> f32 {
    let eights = values.as_chunks::<8>().0;
    let mut sums = [f32x4::ZERO; 2];
    for eight in eights {
        for (sum, four) in sums.iter_mut().zip(halves(eight)) {
            *sum += four * four;
        }
    }
    let norm = ((sums[0] + sums[1]).reduce_add() + NO_SQUARE).sqrt();
    let step = norm / longest(PIXEL, values.len());
    let per_step = f32x4::splat(per_step(step));
    for (eight, into) in eights.iter().zip(into.as_chunks_mut::<8>().0) {
        let whole: i32x8 = cast(halves(eight).map(|four| nearest(four * per_step)));
        *into = i16x8::from_i32x8_saturate(whole).to_array();
    }
    step
}

#[inline]
fn halves([a, b, c, d, e, f, g, h]: &[f32; 8]) -> [f32x4; 2] {
    [f32x4::new([*a, *b, *c, *d]), f32x4::new([*e, *f, *g, *h])]
}

/// Rounding moves each number by a half and all of them by half the root of their count.
fn longest(norm: f32, count: usize) -> f32 {
    (norm - (count as f32).sqrt() / 2.0) * SURE
}

/// The weights of eight outputs for the channels that share a step.
pub struct WholeWeights {
    /// Of each output; 1 where its weights are whole numbers already.
    pub steps: [f32x4; 2],
    per_step: [f32x4; 2],
}

impl WholeWeights {
    /// Finds the steps.
    pub fn new(weights: &[[f32; 8]]) -> Self {
        let (mut squares, mut largest, mut fraction) = ([f32x4::ZERO; 2], [f32x4::ZERO; 2], [f32x4::ZERO; 2]);
        for eight in weights {
            for (half, four) in halves(eight).into_iter().enumerate() {
                squares[half] += four * four;
                largest[half] = largest[half].fast_max(four.abs());
                fraction[half] = fraction[half].fast_max((four - four.round()).abs());
            }
        }
        let longest = longest(WEIGHTS, weights.len());
        let halves = [0, 1].map(|half| {
            let (norms, largest, fraction) =
                ((squares[half] + f32x4::splat(NO_SQUARE)).sqrt(), largest[half], fraction[half].to_array());
            let needed = (norms / f32x4::splat(longest)).fast_max(largest / f32x4::splat(LARGEST)).to_array();
            let of = |lane: usize| if needed[lane] <= 1.0 && fraction[lane] == 0.0 { 1.0 } else { needed[lane] };
            std::array::from_fn::<f32, 4, _>(of)
        });
        let per_step = halves.map(|steps| f32x4::new(steps.map(per_step)));
        Self { steps: halves.map(f32x4::new), per_step }
    }

    /// The whole numbers of two channels, side by side.
    #[inline]
    pub fn side_by_side(&self, [above, below]: &[[f32; 8]; 2]) -> [i16x8; 2] {
        let (above, below) = (halves(above), halves(below));
        [0, 1].map(|half| {
            let [low, high] = [above, below].map(|channel| nearest(channel[half] * self.per_step[half]));
            cast((low & i32x4::splat(0xffff)) | (high << 16))
        })
    }
}

/// What numbers are multiplied with to be counted in steps.
fn per_step(step: f32) -> f32 {
    if step > 0.0 { step.recip() } else { 0.0 }
}

/// The nearest whole numbers, for less than 2²².
#[inline]
fn nearest(numbers: f32x4) -> i32x4 {
    let to_whole = f32x4::splat(TO_WHOLE);
    cast::<f32x4, i32x4>(numbers + to_whole) - cast::<f32x4, i32x4>(to_whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn norm(numbers: impl Iterator<Item = i16>) -> f64 {
        numbers.map(|number| f64::from(number).powi(2)).sum::<f64>().sqrt()
    }

    #[test]
    fn channels_are_shared_without_a_rest() {
        for (channels, some) in [(8, 8), (24, 24), (64, 64), (96, 48), (512, 64), (136, 8)] {
            assert_eq!(sharing(channels), some);
        }
    }

    #[test]
    fn whole_weights_stay_as_they_are() {
        let weights: Vec<[f32; 8]> = (0..64i16).map(|at| [f32::from(at * 7 - 200); 8]).collect();
        let whole = WholeWeights::new(&weights);
        assert_eq!(whole.steps.map(f32x4::to_array), [[1.0; 4]; 2]);
        let [left, _] = whole.side_by_side(&[weights[0], weights[1]]);
        assert_eq!(left.to_array(), [-200, -193, -200, -193, -200, -193, -200, -193]);
    }

    proptest! {
        /// The bound that the products stand on, for pixels and weights that are alike, alone or far apart.
        #[test]
        fn no_sum_of_products_overflows(
            eighths in 1usize..=8, spread in 0i32..30, shrunk in 0i32..120, seed in any::<u32>(), is_aligned in any::<bool>(),
        ) {
            let count = eighths * 8;
            let mut state = seed;
            let mut number = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let exponent = (state >> 24) as i32 * spread / 256 - spread / 2 - shrunk;
                ((state >> 8 & 0xffff) as f32 / 32_768.0 - 1.0) * (exponent as f32).exp2()
            };
            let values: Vec<f32> = (0..count).map(|_| number()).collect();
            let weights: Vec<[f32; 8]> =
                values.iter().map(|value| if is_aligned { [*value; 8] } else { [number(); 8] }).collect();
            let mut pixel = vec![0i16; count];
            let step = whole(&values, &mut pixel);
            let whole = WholeWeights::new(&weights);
            let pairs: Vec<[i16; 8]> =
                weights.as_chunks().0.iter().map(|two| whole.side_by_side(two)[0].to_array()).collect();
            let column = || pairs.iter().flat_map(|pair| pair[..2].iter().copied());
            prop_assert!(norm(pixel.iter().copied()) * norm(column()) < f64::from(i32::MAX));
            // Much smaller ones are as good as zero.
            for (whole, value) in pixel.iter().zip(&values) {
                prop_assert!((f32::from(*whole) * step - value).abs() <= step * 0.51);
            }
            let weights_step = whole.steps[0].to_array()[0];
            for (whole, weight) in column().zip(&weights) {
                prop_assert!((f32::from(whole) * weights_step - weight[0]).abs() <= weights_step * 0.51);
            }
        }
    }
}
