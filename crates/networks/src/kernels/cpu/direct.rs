//! Any convolution as a matrix product: each pixel's surroundings are laid out as a row.

use super::finish::{Finish, Scratch};
use super::image::Image;
use super::layer_weights::Weights;
use super::product::Panels;

/// Of rows that are laid out at a time, so that they stay in the second cache.
const CHUNK: usize = 24 * 1024;

pub struct Direct {
    inputs: usize,
    outputs: usize,
    side: usize,
    stride: usize,
    panels: Panels,
}

impl Direct {
    pub fn new(weights: &Weights) -> Self {
        let Weights { values, inputs, outputs, side, stride, scale, .. } = *weights;
        let panels = Panels::new(side * side * inputs, outputs, |row, output| {
            let (place, input) = (row / inputs, row % inputs);
            values[(output * inputs + input) * side * side + place] * scale[output]
        });
        Self { inputs, outputs, side, stride, panels }
    }

    pub fn run(&self, image: &Image, finish: &Finish, scratch: &mut Scratch) -> Image {
        let (height, width) = (image.height.div_ceil(self.stride), image.width.div_ceil(self.stride));
        let mut into = Image::new(height, width, self.outputs);
        let depth = self.side * self.side * self.inputs;
        let at_a_time = (CHUNK / depth).next_multiple_of(4).max(4);
        let pixels = height * width;
        for first in (0..pixels).step_by(at_a_time) {
            let count = at_a_time.min(pixels - first);
            let rows = &mut scratch.padded;
            rows.clear();
            for pixel in first..first + count {
                self.surroundings(image, pixel / width, pixel % width, rows);
            }
            self.panels.product(rows, |row, column, [left, right]| {
                let at = (first + row) * self.outputs + column;
                finish.write(&mut into.values, at, column, left);
                finish.write(&mut into.values, at + 4, column + 4, right);
            });
        }
        into
    }

    /// What the kernel lies on when it writes this pixel, zeros beyond the border.
    fn surroundings(&self, image: &Image, y: usize, x: usize, rows: &mut Vec<f32>) {
        let around = self.side / 2;
        let line = image.width * self.inputs;
        let left = x * self.stride;
        for dy in 0..self.side {
            let row = y * self.stride + dy;
            if row < around || row - around >= image.height {
                rows.resize(rows.len() + self.side * self.inputs, 0.0);
                continue;
            }
            let line = &image.values[(row - around) * line..][..line];
            let (from, to) = (left.max(around) - around, (left + self.side - around).min(image.width));
            let before = around.saturating_sub(left);
            rows.resize(rows.len() + before * self.inputs, 0.0);
            rows.extend_from_slice(&line[from * self.inputs..to * self.inputs]);
            rows.resize(rows.len() + (self.side - before - (to - from)) * self.inputs, 0.0);
        }
    }
}
