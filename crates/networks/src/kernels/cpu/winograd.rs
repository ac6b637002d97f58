//! 3×3 layers of stride 1 by minimal filtering (Lavin & Gray 2016): tiles of the image and the weights are transformed,
//! multiplied number by number over all channels, and transformed back.

use std::marker::PhantomData;

use wide::f32x4;

use super::finish::{Finish, Scratch};
use super::image::Image;
use super::layer_weights::Weights;
use super::product::COLUMNS;
use super::tile::{Tile, transformed};
use super::whole_product::WholePanels;

/// Tiles at a time, so that what is made of them stays in the second cache: a multiple of a block's pixels.
const TILES: usize = 52;

pub struct Winograd<T, const IN: usize, const OUT: usize> {
    inputs: usize,
    outputs: usize,
    /// One matrix `[inputs, outputs]` for each number of a tile.
    panels: Vec<WholePanels>,
    /// What lies beyond the border.
    nothing: Vec<[f32; 4]>,
    tile: PhantomData<T>,
}

impl<T: Tile<IN, OUT>, const IN: usize, const OUT: usize> Winograd<T, IN, OUT> {
    pub fn new(weights: &Weights) -> Self {
        let Weights { values, inputs, outputs, scale, .. } = *weights;
        let mut panels: Vec<WholePanels> = (0..IN * IN).map(|_| WholePanels::with_room(1, inputs, outputs)).collect();
        let mut tiles = vec![[[[0.0; COLUMNS]; IN]; IN]; inputs];
        let mut of_number = vec![[0.0; COLUMNS]; inputs];
        for first in (0..outputs).step_by(COLUMNS) {
            let columns: [usize; COLUMNS] = std::array::from_fn(|column| first + column);
            for (input, tile) in tiles.iter_mut().enumerate() {
                let kernels = columns.map(|output| &values[(output * inputs + input) * 9..][..9]);
                *tile = transformed::<T, IN, OUT, COLUMNS>(kernels, [1.0; COLUMNS]);
            }
            for (at, panel) in panels.iter_mut().enumerate() {
                for (tile, eight) in tiles.iter().zip(&mut of_number) {
                    *eight = tile.as_flattened()[at];
                }
                panel.push(&of_number, columns.map(|output| scale[output]));
            }
        }
        Self { inputs, outputs, panels, nothing: vec![[0.0; 4]; inputs / 4], tile: PhantomData }
    }

    pub fn run(&self, image: &Image, finish: &Finish, scratch: &mut Scratch) -> Image {
        let (rows, columns) = (image.height.div_ceil(OUT), image.width.div_ceil(OUT));
        let mut into = scratch.image(image.height, image.width, self.outputs);
        let Scratch { transformed, whole, products, starts, .. } = scratch;
        transformed.resize(IN * IN * self.inputs, 0.0);
        let tiles = rows * columns;
        for first in (0..tiles).step_by(TILES) {
            let count = TILES.min(tiles - first);
            whole.make_room(IN * IN * count, self.inputs);
            products.resize(IN * IN * count * self.outputs, 0.0);
            let place = |tile: usize| ((first + tile) / columns * OUT, (first + tile) % columns * OUT);
            for tile in 0..count {
                self.forth(image, place(tile), transformed);
                for (at, values) in transformed.chunks_exact(self.inputs).enumerate() {
                    whole.write(at * count + tile, values, self.inputs);
                }
            }
            let all = products.chunks_exact_mut(count * self.outputs);
            for (at, (panels, products)) in self.panels.iter().zip(all).enumerate() {
                starts.clear();
                starts.extend(at * count..(at + 1) * count);
                panels.product(whole, &[0], starts, products);
            }
            for tile in 0..count {
                self.back(products, tile, count, place(tile), finish, &mut into);
            }
        }
        into
    }

    /// A tile of the image, transformed.
    #[inline]
    fn forth(&self, image: &Image, (top, left): (usize, usize), into: &mut [f32]) {
        let fours = self.nothing.len();
        let values = image.values.as_chunks().0;
        let pixels: [[&[[f32; 4]]; IN]; IN] = std::array::from_fn(|row| {
            std::array::from_fn(|column| {
                let (row, column) = (top + row, left + column);
                let inside = row > 0 && column > 0 && row <= image.height && column <= image.width;
                if inside { &values[((row - 1) * image.width + column - 1) * fours..][..fours] } else { &self.nothing }
            })
        });
        let into = &mut into.as_chunks_mut().0[..IN * IN * fours];
        for channel in 0..fours {
            let pixel = |row: usize, column: usize| f32x4::new(pixels[row][column][channel]);
            let across: [[f32x4; IN]; IN] =
                std::array::from_fn(|row| T::forth(std::array::from_fn(|column| pixel(row, column))));
            #[allow(clippy::needless_range_loop, reason = "a column goes through all rows")]
            for column in 0..IN {
                let down = T::forth(std::array::from_fn(|row| across[row][column]));
                for (row, values) in down.into_iter().enumerate() {
                    into[(row * IN + column) * fours + channel] = values.to_array();
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
        let fours = self.outputs / 4;
        let products = products.as_chunks().0;
        let numbers: [[&[[f32; 4]]; IN]; IN] = std::array::from_fn(|row| {
            std::array::from_fn(|column| &products[((row * IN + column) * count + tile) * fours..][..fours])
        });
        #[allow(clippy::needless_range_loop, reason = "a channel goes through all numbers")]
        for channel in 0..fours {
            let finish = finish.of(channel * 4);
            let number = |row: usize, column: usize| f32x4::new(numbers[row][column][channel]);
            let across: [[f32x4; OUT]; IN] =
                std::array::from_fn(|row| T::back(std::array::from_fn(|column| number(row, column))));
            #[allow(clippy::needless_range_loop, reason = "a column goes through all rows")]
            for column in 0..width {
                let down = T::back(std::array::from_fn(|row| across[row][column]));
                for (row, values) in down.into_iter().enumerate().take(height) {
                    let at = ((top + row) * into.width + left + column) * self.outputs + channel * 4;
                    finish.write(&mut into.values, at, values);
                }
            }
        }
    }
}
