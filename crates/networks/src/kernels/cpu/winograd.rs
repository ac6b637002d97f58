//! 3×3 layers of stride 1 by minimal filtering (Lavin & Gray 2016): tiles of the image and the weights are transformed,
//! multiplied number by number over all channels, and transformed back.

use std::marker::PhantomData;

use wide::f32x4;

use super::finish::{Finish, Scratch, load};
use super::image::Image;
use super::layer_weights::Weights;
use super::product::{COLUMNS, Panels};
use super::tile::{Tile, transformed};

/// Tiles at a time, so that what is made of them stays in the second cache.
const TILES: usize = 54;

pub struct Winograd<T, const IN: usize, const OUT: usize> {
    inputs: usize,
    outputs: usize,
    /// One matrix `[inputs, outputs]` for each number of a tile.
    panels: Vec<Panels>,
    tile: PhantomData<T>,
}

impl<T: Tile<IN, OUT>, const IN: usize, const OUT: usize> Winograd<T, IN, OUT> {
    pub fn new(weights: &Weights) -> Self {
        let Weights { values, inputs, outputs, scale, .. } = *weights;
        let mut panels: Vec<Panels> = (0..IN * IN).map(|_| Panels::with_room(inputs, outputs)).collect();
        for first in (0..outputs).step_by(COLUMNS) {
            for input in 0..inputs {
                let columns: [usize; COLUMNS] = std::array::from_fn(|column| first + column);
                let kernels = columns.map(|output| &values[(output * inputs + input) * 9..][..9]);
                let tile = transformed::<T, IN, OUT, COLUMNS>(kernels, columns.map(|output| scale[output]));
                for (panel, eight) in panels.iter_mut().zip(tile.as_flattened()) {
                    panel.push(*eight);
                }
            }
        }
        Self { inputs, outputs, panels, tile: PhantomData }
    }

    pub fn run(&self, image: &Image, finish: &Finish, scratch: &mut Scratch) -> Image {
        let (rows, columns) = (image.height.div_ceil(OUT), image.width.div_ceil(OUT));
        let padded_width = columns * OUT + 2;
        pad(image, rows * OUT + 2, padded_width, &mut scratch.padded);
        let mut into = Image::new(image.height, image.width, self.outputs);
        let tiles = rows * columns;
        // Of equal size, so that none of them is a rest of one tile.
        let at_a_time = tiles.div_ceil(tiles.div_ceil(TILES));
        for first in (0..tiles).step_by(at_a_time) {
            let count = at_a_time.min(tiles - first);
            scratch.transformed.resize(IN * IN * count * self.inputs, 0.0);
            scratch.products.resize(IN * IN * count * self.outputs, 0.0);
            for tile in 0..count {
                let (row, column) = ((first + tile) / columns, (first + tile) % columns);
                let corner = (row * OUT * padded_width + column * OUT) * self.inputs;
                self.forth(&scratch.padded[corner..], padded_width, tile, count, &mut scratch.transformed);
            }
            let (of_image, of_products) = (count * self.inputs, count * self.outputs);
            let numbers =
                scratch.transformed.chunks_exact(of_image).zip(scratch.products.chunks_exact_mut(of_products));
            for (panels, (rows, products)) in self.panels.iter().zip(numbers) {
                panels.product(rows, |row, column, [left, right]| {
                    let into = &mut products[row * self.outputs + column..][..8];
                    into[..4].copy_from_slice(&left.to_array());
                    into[4..].copy_from_slice(&right.to_array());
                });
            }
            for tile in 0..count {
                let (row, column) = ((first + tile) / columns * OUT, (first + tile) % columns * OUT);
                self.back(&scratch.products, tile, count, (row, column), finish, &mut into);
            }
        }
        into
    }

    /// One tile's numbers into the row of the tile in each of the matrices.
    #[inline]
    fn forth(&self, corner: &[f32], width: usize, tile: usize, count: usize, into: &mut [f32]) {
        for channel in (0..self.inputs).step_by(4) {
            let pixel = |row: usize, column: usize| load(corner, (row * width + column) * self.inputs + channel);
            let across: [[f32x4; IN]; IN] =
                std::array::from_fn(|row| T::forth(std::array::from_fn(|column| pixel(row, column))));
            #[allow(clippy::needless_range_loop, reason = "a column goes through all rows")]
            for column in 0..IN {
                let down = T::forth(std::array::from_fn(|row| across[row][column]));
                for (row, values) in down.into_iter().enumerate() {
                    let at = ((row * IN + column) * count + tile) * self.inputs + channel;
                    into[at..at + 4].copy_from_slice(&values.to_array());
                }
            }
        }
    }

    /// One tile's results into the image, as far as they lie within it.
    #[inline]
    fn back(
        &self,
        products: &[f32],
        tile: usize,
        count: usize,
        (top, left): (usize, usize),
        finish: &Finish,
        into: &mut Image,
    ) {
        let (height, width) = (OUT.min(into.height - top), OUT.min(into.width - left));
        for channel in (0..self.outputs).step_by(4) {
            let number = |at: usize| load(products, (at * count + tile) * self.outputs + channel);
            let across: [[f32x4; OUT]; IN] =
                std::array::from_fn(|row| T::back(std::array::from_fn(|column| number(row * IN + column))));
            #[allow(clippy::needless_range_loop, reason = "a column goes through all rows")]
            for column in 0..width {
                let down = T::back(std::array::from_fn(|row| across[row][column]));
                for (row, values) in down.into_iter().enumerate().take(height) {
                    let at = ((top + row) * into.width + left + column) * self.outputs + channel;
                    finish.write(&mut into.values, at, channel, values);
                }
            }
        }
    }
}

/// The image with a border of one pixel of zeros, and more of them to the right and below.
fn pad(image: &Image, height: usize, width: usize, into: &mut Vec<f32>) {
    let line = image.width * image.channels;
    into.clear();
    into.resize(height * width * image.channels, 0.0);
    for row in 0..image.height {
        let at = ((row + 1) * width + 1) * image.channels;
        into[at..at + line].copy_from_slice(&image.values[row * line..][..line]);
    }
}
