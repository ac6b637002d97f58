//! A film of 1600 pixels: made small for the search, a knee cut out for the networks, both shown.

use std::hint::black_box;

use image::{GrayImage, Luma};
use pixels::Grid;

const FILM: [u32; 2] = [1200, 1600];
const SEARCHED_PX: u32 = 256;
const INPUT_PX: u32 = 224;

fn main() {
    let film = GrayImage::from_fn(FILM[0], FILM[1], |x, y| Luma([(x * 7 + y * 3) as u8]));
    let (small, _) = Grid::reduced(black_box(&film), SEARCHED_PX);
    assert!(small.blurred().percentile(50.0) > 0.0);
    let knee = pixels::resized_part(black_box(&film), [100, 200, 900, 900], INPUT_PX, INPUT_PX);
    assert!(pixels::histogram(black_box(&knee)).iter().any(|count| *count > 0));
    assert_eq!(pixels::rgba(black_box(&film)).len(), film.as_raw().len() * 4);
}
