//! The tiles of minimal filtering (Lavin & Gray 2016): their matrices, and weights transformed by them.

use std::f32;
use std::f64::consts::SQRT_2;

use wide::f32x4;

/// The matrices of a size of tile: `IN` numbers are read to write `OUT`.
pub trait Tile<const IN: usize, const OUT: usize> {
    /// `G`, for the weights.
    const WEIGHTS: [[f64; 3]; IN];
    /// `Bᵀ`, for the image.
    fn forth(values: [f32x4; IN]) -> [f32x4; IN];
    /// `Aᵀ`, for the results.
    fn back(values: [f32x4; IN]) -> [f32x4; OUT];
}

/// F(2×2, 3×3).
pub struct F2;

impl Tile<4, 2> for F2 {
    const WEIGHTS: [[f64; 3]; 4] = [[1.0, 0.0, 0.0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0.0, 0.0, 1.0]];

    #[inline]
    fn forth([a, b, c, d]: [f32x4; 4]) -> [f32x4; 4] {
        [a - c, b + c, c - b, b - d]
    }

    #[inline]
    fn back([a, b, c, d]: [f32x4; 4]) -> [f32x4; 2] {
        [a + b + c, b - c - d]
    }
}

/// F(4×4, 3×3), by the points 0, ±√½, ±√2 and ∞: they err half as much as 0, ±1, ±2 and ∞ do (Barabasz et al.,
/// "Error Analysis and Improving the Accuracy of Winograd Convolution for Deep Neural Networks", 2020).
pub struct F4;

impl Tile<6, 4> for F4 {
    const WEIGHTS: [[f64; 3]; 6] = [
        [1.0, 0.0, 0.0],
        [-2.0 / 3.0, -SQRT_2 / 3.0, -1.0 / 3.0],
        [-2.0 / 3.0, SQRT_2 / 3.0, -1.0 / 3.0],
        [1.0 / 6.0, SQRT_2 / 6.0, 1.0 / 3.0],
        [1.0 / 6.0, -SQRT_2 / 6.0, 1.0 / 3.0],
        [0.0, 0.0, 1.0],
    ];

    #[inline]
    fn forth([a, b, c, d, e, f]: [f32x4; 6]) -> [f32x4; 6] {
        let [half, two, two_and_half] = [0.5, 2.0, 2.5].map(f32x4::splat);
        let [near, far] = [f32::consts::FRAC_1_SQRT_2, f32::consts::SQRT_2].map(f32x4::splat);
        let (inner, outer) = (e - two * c, e - half * c);
        let (inner_odd, outer_odd) = (near * (d - two * b), far * (d - half * b));
        [
            a - two_and_half * c + e,
            inner + inner_odd,
            inner - inner_odd,
            outer + outer_odd,
            outer - outer_odd,
            b - two_and_half * d + f,
        ]
    }

    #[inline]
    fn back([a, b, c, d, e, f]: [f32x4; 6]) -> [f32x4; 4] {
        let [half, two, four, near] = [0.5, 2.0, 4.0, f32::consts::FRAC_1_SQRT_2].map(f32x4::splat);
        let (sum, difference) = (b + c, near * (b - c));
        let (wide_sum, wide_difference) = (d + e, near * (d - e));
        [
            a + sum + wide_sum,
            difference + two * wide_difference,
            half * sum + two * wide_sum,
            half * difference + four * wide_difference + f,
        ]
    }
}

/// `G g Gᵀ` of several kernels of nine numbers, side by side, in f64: the constants of larger tiles cost digits.
pub fn transformed<T: Tile<IN, OUT>, const IN: usize, const OUT: usize, const SEVERAL: usize>(
    kernels: [&[f32]; SEVERAL],
    scales: [f32; SEVERAL],
) -> [[[f32; SEVERAL]; IN]; IN] {
    type Line<const SEVERAL: usize> = [f64; SEVERAL];
    let weighted = |by: &[f64; 3], of: [Line<SEVERAL>; 3]| -> Line<SEVERAL> {
        std::array::from_fn(|one| by[0] * of[0][one] + by[1] * of[1][one] + by[2] * of[2][one])
    };
    let numbers: [Line<SEVERAL>; 9] = std::array::from_fn(|at| kernels.map(|kernel| f64::from(kernel[at])));
    let down: [[Line<SEVERAL>; 3]; IN] = std::array::from_fn(|row| {
        std::array::from_fn(|column| weighted(&T::WEIGHTS[row], std::array::from_fn(|at| numbers[at * 3 + column])))
    });
    down.map(|line| {
        std::array::from_fn(|column| {
            let exact = weighted(&T::WEIGHTS[column], line);
            std::array::from_fn(|one| (exact[one] * f64::from(scales[one])) as f32)
        })
    })
}
