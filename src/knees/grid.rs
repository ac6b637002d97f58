//! Grey values in f32 and the few ways in which the search for knees looks at them.

use image::GrayImage;

use super::Span;

/// A small picture, row by row, 0..=255.
pub(super) struct Grid {
    pub width: usize,
    pub height: usize,
    values: Vec<f32>,
}

impl Grid {
    /// The picture reduced to a longest side, and how many of its pixels one value stands for.
    pub fn reduced(pixels: &GrayImage, longest_px: u32) -> (Self, f32) {
        let longest = pixels.width().max(pixels.height());
        let factor = (longest as f32 / longest_px as f32).max(1.0);
        let side = |length: u32| ((length as f32 / factor).round() as u32).max(1);
        let small = pixels::thumbnail(pixels, side(pixels.width()), side(pixels.height()));
        let values = small.pixels().map(|pixel| f32::from(pixel[0])).collect();
        (Self { width: small.width() as usize, height: small.height() as usize, values }, factor)
    }

    pub fn at(&self, x: usize, y: usize) -> f32 {
        self.values[y * self.width + x]
    }

    pub fn row(&self, y: usize) -> &[f32] {
        &self.values[y * self.width..(y + 1) * self.width]
    }

    pub fn column(&self, x: usize) -> Vec<f32> {
        (0..self.height).map(|y| self.at(x, y)).collect()
    }

    pub fn cropped(&self, span: Span) -> Self {
        let rows = span.top..span.bottom;
        Self {
            width: span.right - span.left,
            height: rows.len(),
            values: rows.flat_map(|y| self.row(y)[span.left..span.right].to_vec()).collect(),
        }
    }

    /// The mean of 3×3 neighbours.
    pub fn blurred(&self) -> Self {
        let across: Vec<f32> = (0..self.height).flat_map(|y| smoothed(self.row(y), 1)).collect();
        let across = Self { width: self.width, height: self.height, values: across };
        let mut both = across.values.clone();
        for x in 0..self.width {
            for (y, value) in smoothed(&across.column(x), 1).into_iter().enumerate() {
                both[y * self.width + x] = value;
            }
        }
        Self { width: self.width, height: self.height, values: both }
    }

    /// The value below which `percentile` per cent lie.
    pub fn percentile(&self, percentile: f32) -> f32 {
        let mut sorted = self.values.clone();
        sorted.sort_by(f32::total_cmp);
        let at = percentile / 100.0 * (sorted.len().saturating_sub(1)) as f32;
        sorted.get(at.round() as usize).copied().unwrap_or(0.0)
    }
}

/// The mean over `radius` neighbours on both sides; the ends are continued.
pub(super) fn smoothed(values: &[f32], radius: usize) -> Vec<f32> {
    let last = values.len() as isize - 1;
    let radius = radius as isize;
    let mean = |at: isize| {
        let window = (at - radius..=at + radius).map(|near| values[near.clamp(0, last) as usize]);
        window.sum::<f32>() / (2 * radius + 1) as f32
    };
    (0..=last).map(mean).collect()
}

/// The longest stretch above a threshold, as a half-open range; gaps of a few pixels are bridged.
/// The whole row when nothing is above.
pub(super) fn longest_run(values: &[f32], threshold: f32) -> (usize, usize) {
    const BRIDGED: usize = 4;
    let mut longest = None::<(usize, usize)>;
    let mut current = None::<(usize, usize)>;
    for (at, _) in values.iter().enumerate().filter(|(_, value)| **value > threshold) {
        current = match current {
            Some((start, end)) if at - end < BRIDGED => Some((start, at + 1)),
            _ => Some((at, at + 1)),
        };
        if current.map(|(start, end)| end - start) > longest.map(|(start, end)| end - start) {
            longest = current;
        }
    }
    longest.unwrap_or((0, values.len()))
}

/// The middle value; 0 of none.
pub(super) fn median(mut values: Vec<f32>) -> f32 {
    values.sort_by(f32::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
