//! Any convolution as a matrix product: each pixel's surroundings are laid out as a row.

use std::ops::Range;

use super::finish::{Finish, Rows, Scratch, load};
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
        let (height, width) = (self.reach(image.height), self.reach(image.width));
        let mut into = scratch.image(height, width, self.outputs);
        let Scratch { padded, rows, .. } = scratch;
        self.write(self.padded(image, padded), 0..height * width, finish, rows, &mut into.values);
        into
    }

    /// What a pooling layer makes of the result, which is never written as a whole.
    pub fn run_pooled(&self, image: &Image, window: Window, finish: &Finish, scratch: &mut Scratch) -> Image {
        let (height, width) = (self.reach(image.height), self.reach(image.width));
        let line = width * self.outputs;
        let mut into =
            scratch.image(window.places(height).unwrap_or(0), window.places(width).unwrap_or(0), self.outputs);
        let Scratch { padded, rows, products: lines, .. } = scratch;
        let source = self.padded(image, padded);
        // Of each line the place is its number, of as many as the window sees.
        lines.resize(window.side * line, 0.0);
        let mut next = 0;
        for (row, pooled) in into.values.chunks_exact_mut(window.places(width).unwrap_or(0) * self.outputs).enumerate()
        {
            let seen = inside(row, window, height);
            while next < seen.end {
                let finish = Finish { shortcut: finish.shortcut.map(|image| &image[next * line..]), ..*finish };
                let place = &mut lines[next % window.side * line..][..line];
                self.write(source, next * width..(next + 1) * width, &finish, rows, place);
                next += 1;
            }
            let lines = |row: usize| &lines[row % window.side * line..][..line];
            pool_line(seen, lines, self.outputs, window, pooled);
        }
        into
    }

    fn padded<'a>(&self, image: &Image, into: &'a mut Vec<f32>) -> Source<'a> {
        let around = self.side / 2;
        pad(image, around, into);
        Source { padded: into, line: (image.width + 2 * around) * self.inputs, width: self.reach(image.width) }
    }

    fn reach(&self, length: usize) -> usize {
        length.div_ceil(self.stride)
    }

    /// Writes some pixels of the result from the padded image.
    fn write(&self, source: Source, pixels: Range<usize>, finish: &Finish, rows: &mut Rows, into: &mut [f32]) {
        let Source { padded, line, width } = source;
        let run = self.side * self.inputs;
        let depth = self.side * run;
        let at_a_time = (CHUNK / depth).next_multiple_of(4).max(4);
        for first in pixels.clone().step_by(at_a_time) {
            let count = at_a_time.min(pixels.end - first);
            // Those beyond the last one are of an earlier part, and not written.
            rows.laid_out.resize(count.next_multiple_of(4) * depth, 0.0);
            rows.products.resize(count.next_multiple_of(4) * self.outputs, 0.0);
            for (pixel, row) in (first..first + count).zip(rows.laid_out.chunks_exact_mut(depth)) {
                let corner = (pixel / width * line + pixel % width * self.inputs) * self.stride;
                for (dy, into) in row.chunks_exact_mut(run).enumerate() {
                    copy_few(&padded[corner + dy * line..][..run], into);
                }
            }
            self.panels.product(&rows.laid_out, &mut rows.products);
            finish.write_pixels(&rows.products[..count * self.outputs], first - pixels.start, into);
        }
    }
}

/// A padded image.
#[derive(Clone, Copy)]
struct Source<'a> {
    padded: &'a [f32],
    /// Numbers of a line.
    line: usize,
    /// Pixels of a line of the result.
    width: usize,
}

/// The image with a border of so many pixels of zeros.
fn pad(image: &Image, around: usize, into: &mut Vec<f32>) {
    let (of_image, border) = (image.width * image.channels, around * image.channels);
    let line = of_image + 2 * border;
    into.clear();
    into.resize((image.height + 2 * around) * line, 0.0);
    for (into, line) in into.chunks_exact_mut(line).skip(around).zip(image.values.chunks_exact(of_image)) {
        into[border..][..of_image].copy_from_slice(line);
    }
}

/// Copies a few numbers, four at a time: a browser's own copying is a call, which costs more than they do.
#[inline]
fn copy_few(from: &[f32], into: &mut [f32]) {
    let count = from.len();
    if count < 4 {
        into.iter_mut().zip(from).for_each(|(into, from)| *into = *from);
        return;
    }
    let mut four = |at: usize| {
        let numbers = load(from, at);
        into[at..at + 4].copy_from_slice(&numbers.to_array());
    };
    (0..count - 4).step_by(4).for_each(&mut four);
    four(count - 4);
}
