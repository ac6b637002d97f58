//! Any convolution as a matrix product: each pixel's surroundings are laid out as a row.

use std::ops::Range;

use super::finish::{Finish, Scratch};
use super::image::Image;
use super::layer_weights::Weights;
use super::pool::{inside, pool_line};
use super::product::Panels;
use crate::plan::Window;

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
        let mut into = scratch.image(self.reach(image.height), self.reach(image.width), self.outputs);
        let pixels = 0..into.height * into.width;
        self.write(image, pixels, finish, &mut scratch.rows, &mut into.values);
        into
    }

    /// What a pooling layer makes of the result, which is never written as a whole.
    pub fn run_pooled(&self, image: &Image, window: Window, finish: &Finish, scratch: &mut Scratch) -> Image {
        let (height, width) = (self.reach(image.height), self.reach(image.width));
        let line = width * self.outputs;
        let mut into =
            scratch.image(window.places(height).unwrap_or(0), window.places(width).unwrap_or(0), self.outputs);
        let Scratch { rows, products: lines, .. } = scratch;
        // Of each line the place is its number, of as many as the window sees.
        lines.resize(window.side * line, 0.0);
        let mut next = 0;
        for (row, pooled) in into.values.chunks_exact_mut(window.places(width).unwrap_or(0) * self.outputs).enumerate()
        {
            let seen = inside(row, window, height);
            while next < seen.end {
                let finish = Finish { shortcut: finish.shortcut.map(|image| &image[next * line..]), ..*finish };
                let place = &mut lines[next % window.side * line..][..line];
                self.write(image, next * width..(next + 1) * width, &finish, rows, place);
                next += 1;
            }
            let seen: Vec<&[f32]> = seen.map(|row| &lines[row % window.side * line..][..line]).collect();
            pool_line(&seen, self.outputs, window, pooled);
        }
        into
    }

    fn reach(&self, length: usize) -> usize {
        length.div_ceil(self.stride)
    }

    /// Writes some pixels of the result.
    fn write(&self, image: &Image, pixels: Range<usize>, finish: &Finish, rows: &mut Vec<f32>, into: &mut [f32]) {
        let width = self.reach(image.width);
        let depth = self.side * self.side * self.inputs;
        let at_a_time = (CHUNK / depth).next_multiple_of(4).max(4);
        for first in pixels.clone().step_by(at_a_time) {
            rows.clear();
            for pixel in first..(first + at_a_time).min(pixels.end) {
                self.surroundings(image, pixel / width, pixel % width, rows);
            }
            self.panels.product(rows, |row, column, [left, right]| {
                let at = (first - pixels.start + row) * self.outputs + column;
                finish.write(into, at, column, left);
                finish.write(into, at + 4, column + 4, right);
            });
        }
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
