//! Pictures that no camera took.

use image::{GrayImage, Luma};
use radiograph::Radiograph;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Ramps, noise of several grains, stripes, rings, lines of text.
pub fn made() -> Vec<Radiograph> {
    const SIDE: u32 = 400;
    let mut random = StdRng::seed_from_u64(1);
    let mut pictures: Vec<GrayImage> = vec![
        GrayImage::from_fn(SIDE, SIDE, |x, _| Luma([(x * 255 / SIDE) as u8])),
        GrayImage::from_fn(SIDE, SIDE, |_, y| Luma([(y * 255 / SIDE) as u8])),
        GrayImage::from_fn(SIDE, SIDE, |x, y| Luma([((x + y) * 255 / (2 * SIDE)) as u8])),
        GrayImage::from_fn(SIDE, SIDE, |x, y| {
            let away = (x as f32 - 200.0).hypot(y as f32 - 200.0);
            Luma([(255.0 - away).clamp(0.0, 255.0) as u8])
        }),
        GrayImage::from_fn(SIDE, SIDE, |x, y| {
            let away = (x as f32 - 200.0).hypot(y as f32 - 200.0);
            Luma([(127.0 + 100.0 * (away / 9.0).sin()) as u8])
        }),
        GrayImage::from_fn(SIDE, SIDE, |x, _| Luma([if x / 25 % 2 == 0 { 40 } else { 190 }])),
        GrayImage::from_fn(SIDE, SIDE, |x, y| Luma([if (x / 40 + y / 40) % 2 == 0 { 30 } else { 120 }])),
        GrayImage::from_fn(SIDE, SIDE, |x, y| {
            Luma([if y % 24 < 14 && (x / 5 * 7 + y / 24 * 13) % 11 < 6 { 200 } else { 20 }])
        }),
    ];
    for grain in [1, 4, 16, 64] {
        let cells: Vec<u8> = (0..SIDE * SIDE).map(|_| random.random()).collect();
        pictures.push(GrayImage::from_fn(SIDE, SIDE, |x, y| Luma([cells[(y / grain * SIDE + x / grain) as usize]])));
        let soft = image::imageops::blur(pictures.last().unwrap_or(&GrayImage::new(1, 1)), grain as f32);
        pictures.push(soft);
    }
    pictures.into_iter().map(Radiograph::from).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use analysis::film::Film;
    use analysis::findings::Outcome;

    use super::*;
    use crate::shipped;

    #[test]
    fn what_no_camera_took_is_refused_by_the_shipped_models() {
        let weights = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../weights");
        let manifest = shipped::manifest(&weights).expect("committed");
        let analyzer = shipped::analyzer(&manifest, &weights).expect("committed");
        for (number, picture) in made().into_iter().enumerate() {
            let mut film = Film::of(picture);
            film.find_knees(|| 0.0);
            let outcome = pollster::block_on(analyzer.judge(&mut film)).expect("judged");
            assert!(matches!(outcome, Outcome::Refused(_)), "{number} is judged");
        }
    }
}
