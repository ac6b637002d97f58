//! Contrast-limited adaptive histogram equalisation (Zuiderveld, "Contrast Limited Adaptive Histogram Equalization", 1994),
//! as `OpenCV` has it. The pictures of `knees_oai` come with it, films do not. No maintained crate has it.

use image::{GrayImage, Luma};

/// Tiles along each side. These and the limit are `OpenCV`'s usual ones; those of the published pictures are not known.
const TILES: usize = 8;
/// A grey value counts no more often than this many times its share of a flat histogram.
const CLIP: f64 = 2.0;
const GREYS: usize = 256;

/// The picture with its local contrast equalised.
///
/// # Panics
/// When a side is no multiple of 8 pixels.
pub fn equalised(picture: &GrayImage) -> GrayImage {
    let (width, height) = (picture.width() as usize / TILES, picture.height() as usize / TILES);
    assert!(
        picture.width() as usize == width * TILES && picture.height() as usize == height * TILES,
        "a side is no multiple of {TILES} pixels"
    );
    let tables: Vec<[f64; GREYS]> = (0..TILES * TILES)
        .map(|tile| table(picture, tile % TILES * width, tile / TILES * height, width, height))
        .collect();
    // Between the middles of four tiles.
    let between = |at: u32, side: usize| {
        let place = (f64::from(at) / side as f64 - 0.5).clamp(0.0, (TILES - 1) as f64);
        (place as usize, (place as usize + 1).min(TILES - 1), place.fract())
    };
    GrayImage::from_fn(picture.width(), picture.height(), |x, y| {
        let grey = usize::from(picture.get_pixel(x, y)[0]);
        let ((left, right, across), (up, low, down)) = (between(x, width), between(y, height));
        let row = |tile: usize| {
            let (left, right) = (tables[tile * TILES + left][grey], tables[tile * TILES + right][grey]);
            left * (1.0 - across) + right * across
        };
        Luma([(row(up) * (1.0 - down) + row(low) * down).round_ties_even() as u8])
    })
}

/// What becomes of each grey value in the middle of a tile.
fn table(picture: &GrayImage, left: usize, top: usize, width: usize, height: usize) -> [f64; GREYS] {
    let area = width * height;
    let mut counts = [0usize; GREYS];
    for at in 0..area {
        counts[usize::from(picture.get_pixel((left + at % width) as u32, (top + at / width) as u32)[0])] += 1;
    }
    let limit = ((CLIP * area as f64 / GREYS as f64) as usize).max(1);
    let cut: usize = counts.iter().map(|count| count.saturating_sub(limit)).sum();
    // What does not go into all of them goes into some, evenly spread.
    let left_over = cut % GREYS;
    let apart = GREYS.checked_div(left_over).unwrap_or(GREYS);
    for (at, count) in counts.iter_mut().enumerate() {
        let is_one_of_some = at % apart == 0 && at / apart < left_over;
        *count = (*count).min(limit) + cut / GREYS + usize::from(is_one_of_some);
    }
    let mut below = 0;
    counts.map(|count| {
        below += count;
        (below as f64 * (GREYS - 1) as f64 / area as f64).round_ties_even()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `OpenCV` 5.0, `cv2.createCLAHE(clipLimit=2.0, tileGridSize=(8, 8)).apply`, on the same picture.
    #[test]
    fn it_is_that_of_opencv() {
        let picture = GrayImage::from_fn(224, 224, |x, y| Luma([((x * x + 3 * y * y + x * y) / 512 % 256) as u8]));
        let equalised = equalised(&picture);
        let sum: u64 = equalised.as_raw().iter().map(|grey| u64::from(*grey)).sum();
        assert!(sum.abs_diff(SUM) <= MOST_TIES, "{sum}");
        let some: Vec<u8> = (0..8).map(|at| equalised.get_pixel(at * 31, at * 30)[0]).collect();
        assert_eq!(some, SOME);
    }

    /// `OpenCV` adds up in f32: one in a hundred of 224 × 224 values may lie on a half and round the other way.
    const MOST_TIES: u64 = 500;
    const SUM: u64 = 5_565_323;
    const SOME: [u8; 8] = [3, 19, 53, 94, 147, 193, 99, 171];
}
