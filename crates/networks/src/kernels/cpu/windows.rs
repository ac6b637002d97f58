//! A convolution of any window and stride, in whole numbers: each place of the window is multiplied by itself.

use super::finish::{Finish, Scratch};
use super::image::Image;
use super::layer_weights::Weights;
use super::product::COLUMNS;
use super::whole_product::WholePanels;

/// Numbers that are written at a time, so that they stay in the first cache.
const CHUNK: usize = 4 * 1024;

pub struct Windows {
    inputs: usize,
    outputs: usize,
    side: usize,
    stride: usize,
    panels: WholePanels,
}

impl Windows {
    pub fn new(weights: &Weights) -> Self {
        let Weights { values, inputs, outputs, side, stride, scale, .. } = *weights;
        let places = side * side;
        let mut panels = WholePanels::with_room(places, inputs, outputs);
        let mut of_place = vec![[0.0; COLUMNS]; inputs];
        for first in (0..outputs).step_by(COLUMNS) {
            for place in 0..places {
                for (input, eight) in of_place.iter_mut().enumerate() {
                    let weight = |column| values[((first + column) * inputs + input) * places + place];
                    *eight = std::array::from_fn(weight);
                }
                panels.push(&of_place, std::array::from_fn(|column| scale[first + column]));
            }
        }
        Self { inputs, outputs, side, stride, panels }
    }

    pub fn run(&self, image: &Image, finish: &Finish, scratch: &mut Scratch) -> Image {
        let (height, width) = (image.height.div_ceil(self.stride), image.width.div_ceil(self.stride));
        let mut into = scratch.image(height, width, self.outputs);
        let around = self.side / 2;
        let line = image.width + 2 * around;
        let Scratch { whole, products, starts, .. } = scratch;
        whole.make_zero((image.height + 2 * around) * line, self.inputs);
        for (row, values) in image.values.chunks_exact(image.width * self.inputs).enumerate() {
            whole.write((row + around) * line + around, values, self.inputs);
        }
        let places: Vec<usize> =
            (0..self.side * self.side).map(|place| place / self.side * line + place % self.side).collect();
        let at_a_time = (CHUNK / self.outputs).next_multiple_of(4).max(4);
        let pixels = height * width;
        for first in (0..pixels).step_by(at_a_time) {
            let last = pixels.min(first + at_a_time);
            starts.clear();
            starts.extend((first..last).map(|pixel| (pixel / width * line + pixel % width) * self.stride));
            products.resize((last - first) * self.outputs, 0.0);
            self.panels.product(whole, &places, starts, products);
            finish.write_pixels(products, first, &mut into.values);
        }
        into
    }
}
