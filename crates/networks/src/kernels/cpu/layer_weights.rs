//! A layer's weights as a network stores them, and as matrices for processors that multiply many numbers at once.

use super::product::COLUMNS;
use super::tile::{F2, F4, transformed};

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
            (3, 1) if self.inputs.is_multiple_of(8) && image_side < SMALL_SIDE => Method::SmallTiles,
            (3, 1) if self.inputs.is_multiple_of(8) => Method::LargeTiles,
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
        for first in (0..outputs).step_by(COLUMNS) {
            let scales: [f32; COLUMNS] = std::array::from_fn(|column| self.scale[first + column]);
            for input in 0..inputs {
                let kernels: [&[f32]; COLUMNS] = std::array::from_fn(|column| {
                    &self.values[((first + column) * inputs + input) * places..][..places]
                });
                let mut write = |part: usize, row: usize, of_columns: &[f32; COLUMNS]| {
                    values[(part * depth + row) * lanes + first..][..COLUMNS].copy_from_slice(of_columns);
                };
                match method {
                    Method::Direct => {
                        for place in 0..places {
                            let row = place * inputs + input;
                            let numbers = kernels.map(|kernel| kernel[place]);
                            let scaled = std::array::from_fn(|column| numbers[column] * scales[column]);
                            write(row / rows, row % rows, &scaled);
                        }
                    }
                    Method::SmallTiles => {
                        let tile = transformed::<F2, 4, 2, COLUMNS>(kernels, scales);
                        tile.as_flattened().iter().enumerate().for_each(|(part, number)| write(part, input, number));
                    }
                    Method::LargeTiles => {
                        let tile = transformed::<F4, 6, 4, COLUMNS>(kernels, scales);
                        tile.as_flattened().iter().enumerate().for_each(|(part, number)| write(part, input, number));
                    }
                }
            }
        }
        Matrices { parts, depth, lanes, values }
    }
}

/// Images of fewer pixels a side than this go through tiles of 2×2: of 4×4 too much would be cut away, and the weights
/// would take four times the memory of the layer's own.
const SMALL_SIDE: usize = 10;
