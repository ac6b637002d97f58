//! Grey values in f32 and the few ways in which a search looks at them.

use std::cmp::Ordering;
use std::ops::Range;

use image::GrayImage;

/// A small picture, row by row, 0..=255.
pub struct Grid {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    values: Vec<f32>,
}

impl Grid {
    /// The picture reduced to a longest side, and how many of its pixels one value stands for.
    pub fn reduced(pixels: &GrayImage, longest_px: u32) -> (Self, f32) {
        let longest = pixels.width().max(pixels.height());
        let factor = (longest as f32 / longest_px as f32).max(1.0);
        let side = |length: u32| ((length as f32 / factor).round() as u32).max(1);
        let small = crate::thumbnail(pixels, side(pixels.width()), side(pixels.height()));
        let values = small.as_raw().iter().map(|value| f32::from(*value)).collect();
        (Self { width: small.width() as usize, height: small.height() as usize, values }, factor)
    }

    /// A row, from left to right.
    pub fn row(&self, y: usize) -> &[f32] {
        &self.values[y * self.width..][..self.width]
    }

    /// A column, from top to bottom.
    pub fn column(&self, x: usize) -> Vec<f32> {
        self.values.iter().skip(x).step_by(self.width).copied().collect()
    }

    /// Some of its columns and rows.
    #[inline(never)]
    #[must_use]
    pub fn cropped(&self, columns: Range<usize>, rows: Range<usize>) -> Self {
        let (width, height) = (columns.len(), rows.len());
        let mut values = Vec::with_capacity(width * height);
        for y in rows {
            values.extend_from_slice(&self.row(y)[columns.clone()]);
        }
        Self { width, height, values }
    }

    /// The mean of 3×3 neighbours; the borders are continued.
    #[inline(never)]
    #[must_use]
    pub fn blurred(&self) -> Self {
        let across: Vec<f32> = (0..self.height).flat_map(|y| smoothed(self.row(y), 1)).collect();
        let row = |y: usize| &across[y * self.width..][..self.width];
        let mut values = Vec::with_capacity(across.len());
        for y in 0..self.height {
            let (above, below) = (row(y.saturating_sub(1)), row((y + 1).min(self.height - 1)));
            let three = above.iter().zip(row(y)).zip(below);
            values.extend(three.map(|((above, here), below)| (above + here + below) / 3.0));
        }
        Self { width: self.width, height: self.height, values }
    }

    /// The highest value of each column within these rows, at least 0.
    #[inline(never)]
    pub fn highest(&self, rows: Range<usize>) -> Vec<f32> {
        let mut highest = vec![0.0f32; self.width];
        for y in rows {
            for (highest, value) in highest.iter_mut().zip(self.row(y)) {
                *highest = if *value > *highest { *value } else { *highest };
            }
        }
        highest
    }

    /// The value below which `percentile` per cent lie, of values that are whole.
    #[inline(never)]
    pub fn percentile(&self, percentile: f32) -> f32 {
        let mut counts = [0usize; 256];
        for value in &self.values {
            counts[*value as usize & 255] += 1;
        }
        let at = (percentile / 100.0 * self.values.len().saturating_sub(1) as f32).round() as usize;
        let mut below = 0;
        let found = counts.iter().position(|count| {
            below += count;
            below > at
        });
        found.unwrap_or(0) as f32
    }
}

/// The mean over `radius` neighbours on both sides; the ends are continued.
#[inline(never)]
pub fn smoothed(values: &[f32], radius: usize) -> Vec<f32> {
    let Some(last) = values.len().checked_sub(1) else { return Vec::new() };
    let continued = |at: usize| values[at.saturating_sub(radius).min(last)];
    let padded: Vec<f32> = (0..values.len() + 2 * radius).map(continued).collect();
    let mean = |window: &[f32]| window.iter().sum::<f32>() / window.len() as f32;
    padded.windows(2 * radius + 1).map(mean).collect()
}

/// The longest stretch above a threshold, as a half-open range; gaps of a few pixels are bridged.
/// The whole row when nothing is above.
pub fn longest_run(values: &[f32], threshold: f32) -> (usize, usize) {
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

/// The middle value; 0 of none. It looks for it among a few hundred at the most: a sort would be 2 kB of the engine.
pub fn median(values: &[f32]) -> f32 {
    let middle = values.len() / 2;
    let is_middle = |value: &&f32| {
        let count = |order| values.iter().filter(|other| other.total_cmp(value) == order).count();
        let below = count(Ordering::Less);
        (below..below + count(Ordering::Equal)).contains(&middle)
    };
    values.iter().find(is_middle).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;

    fn noise(width: u32, height: u32) -> Grid {
        let mut state = 7u32;
        let picture = GrayImage::from_fn(width, height, |_, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            Luma([(state >> 24) as u8])
        });
        Grid::reduced(&picture, 256).0
    }

    #[test]
    fn a_percentile_is_that_of_the_sorted_values() {
        for (width, height) in [(1, 1), (2, 3), (31, 17)] {
            let grid = noise(width, height);
            let mut sorted = grid.values.clone();
            sorted.sort_by(f32::total_cmp);
            for percentile in [0.0, 5.0, 50.0, 95.0, 100.0] {
                let at = (percentile / 100.0 * (sorted.len() - 1) as f32).round() as usize;
                assert_eq!(grid.percentile(percentile).to_bits(), sorted[at].to_bits());
            }
        }
    }

    #[test]
    fn smoothing_continues_the_ends_and_a_blur_does_so_both_ways() {
        assert_eq!(smoothed(&[3.0, 6.0, 9.0], 1), [4.0, 6.0, 8.0]);
        assert_eq!(smoothed(&[5.0], 3), [5.0]);
        assert_eq!(smoothed(&[], 1), []);
        let (grid, mut by_columns) = (noise(9, 5), Vec::new());
        let across: Vec<Vec<f32>> = (0..5).map(|y| smoothed(grid.row(y), 1)).collect();
        for x in 0..9 {
            by_columns.push(smoothed(&across.iter().map(|row| row[x]).collect::<Vec<_>>(), 1));
        }
        let blurred = grid.blurred();
        for (x, column) in by_columns.iter().enumerate() {
            assert_eq!(&blurred.column(x), column);
        }
    }

    #[test]
    fn the_middle_value_is_that_of_the_sorted_ones() {
        let grid = noise(16, 16);
        for count in 0..40 {
            let values: Vec<f32> = grid.values[..count].iter().map(|value| value - value % 32.0).collect();
            let mut sorted = values.clone();
            sorted.sort_by(f32::total_cmp);
            assert_eq!(median(&values).to_bits(), sorted.get(count / 2).copied().unwrap_or(0.0).to_bits());
        }
    }

    #[test]
    fn the_highest_of_each_column() {
        let grid = noise(6, 4);
        let highest = grid.highest(1..3);
        for (x, value) in highest.iter().enumerate() {
            assert_eq!(value.to_bits(), grid.row(1)[x].max(grid.row(2)[x]).to_bits());
        }
        assert_eq!(grid.highest(2..2), [0.0; 6]);
    }
}
