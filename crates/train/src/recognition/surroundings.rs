//! What is on a film, or around it, as films come: texts, a ruler, a narrow collimation, metal, a viewer's window, a second
//! film. All of it is drawn; nothing of it is learned from.

use analysis::knees;
use image::{GrayImage, Luma, imageops};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Grey value of metal, and of letters.
const METAL: u8 = 248;
const LETTERS: u8 = 235;
/// Width and height of a viewer's window.
const WINDOW_PX: [u32; 2] = [1600, 900];
/// Longest side of a film beside its own copy.
const HALF_PX: u32 = 900;
/// Standard deviation of the blur of a drawn implant's edge.
const EDGE_PX: f32 = 1.0;
/// Where a plate lies from the middle of a knee to the side, where it begins and where its screws are, of the knee's square.
const PLATE: [f32; 2] = [0.26, 0.54];
const SCREWS: [f32; 5] = [0.60, 0.66, 0.74, 0.82, 0.90];

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Surrounding {
    /// Lines like those of burned-in texts, in two corners.
    Texts,
    /// A ruler along the right edge.
    Ruler,
    /// Black all around the knee's square.
    Collimated,
    /// The parts of a knee prosthesis.
    Prosthesis,
    /// A plate with five screws.
    Plate,
    /// A viewer's dark window around it.
    DarkViewer,
    /// A viewer's light window around it.
    LightViewer,
    /// Its mirrored copy beside it, as if it were the other knee's film.
    Beside,
}

impl Surrounding {
    /// Every one.
    pub const ALL: [Self; 8] = [
        Self::Texts,
        Self::Ruler,
        Self::Collimated,
        Self::Prosthesis,
        Self::Plate,
        Self::DarkViewer,
        Self::LightViewer,
        Self::Beside,
    ];

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Texts => "burned-in texts",
            Self::Ruler => "a ruler",
            Self::Collimated => "collimated to the knee",
            Self::Prosthesis => "a drawn prosthesis",
            Self::Plate => "a drawn plate with screws",
            Self::DarkViewer => "in a viewer's dark window",
            Self::LightViewer => "in a viewer's light window",
            Self::Beside => "beside its mirrored copy",
        }
    }

    /// The film with it.
    pub fn of(self, film: &GrayImage) -> GrayImage {
        let mut drawn = film.clone();
        let (width, height) = film.dimensions();
        match self {
            Self::Texts => {
                let size = (width / 60).max(8);
                for line in 0..4 {
                    write(&mut drawn, [size, size + line * 3 * size / 2], size, 14);
                    write(
                        &mut drawn,
                        [width.saturating_sub(10 * size), height.saturating_sub((line + 1) * 3 * size / 2)],
                        size,
                        9,
                    );
                }
            }
            Self::Ruler => {
                let edge = width * 93 / 100;
                fill(&mut drawn, [edge, 0], [2, height]);
                for (number, y) in (0..height).step_by((height / 60).max(4) as usize).enumerate() {
                    let length = if number % 5 == 0 { width / 40 } else { width / 80 };
                    fill(&mut drawn, [edge.saturating_sub(length), y], [length, 2]);
                }
            }
            Self::Collimated => {
                let Some(knee) = knees::find(film).first().map(|knee| knee.region) else { return drawn };
                let margin = knee.width_px / 25;
                let is_open = |at: u32, from: u32, length: u32| at + margin >= from && at < from + length + margin;
                for (x, y, pixel) in drawn.enumerate_pixels_mut() {
                    if !is_open(x, knee.x_px, knee.width_px) || !is_open(y, knee.y_px, knee.height_px) {
                        *pixel = Luma([0]);
                    }
                }
            }
            Self::Prosthesis | Self::Plate => implant(&mut drawn, self),
            Self::DarkViewer => return viewer(film, 28, 60),
            Self::LightViewer => return viewer(film, 235, 245),
            Self::Beside => {
                let film = fitting(film, [HALF_PX, HALF_PX]);
                let mut both = GrayImage::from_pixel(2 * film.width() + 8, film.height(), Luma([255]));
                imageops::replace(&mut both, &film, 0, 0);
                imageops::replace(&mut both, &imageops::flip_horizontal(&film), i64::from(film.width()) + 8, 0);
                return both;
            }
        }
        drawn
    }
}

/// A bright rectangle, as far as it lies on the picture.
fn fill(picture: &mut GrayImage, [left, top]: [u32; 2], [wide, high]: [u32; 2]) {
    for y in top..(top + high).min(picture.height()) {
        for x in left..(left + wide).min(picture.width()) {
            picture.put_pixel(x, y, Luma([LETTERS]));
        }
    }
}

/// A line of signs that look like letters from afar: strokes in a grid of three by five, drawn at random.
fn write(picture: &mut GrayImage, [left, top]: [u32; 2], size: u32, signs: u32) {
    let mut random = StdRng::seed_from_u64(u64::from(left * 31 + top));
    let stroke = (size / 5).max(1);
    for sign in 0..signs {
        for cell in 0..15 {
            if random.random_bool(0.55) {
                let place = [left + sign * size * 7 / 10 + cell % 3 * stroke, top + cell / 3 * stroke];
                fill(picture, place, [stroke, stroke]);
            }
        }
    }
}

/// Metal in the first knee's square, with soft edges.
fn implant(film: &mut GrayImage, what: Surrounding) {
    let Some(knee) = knees::find(film).first().map(|knee| knee.region) else { return };
    let is_metal = |x: f32, y: f32| {
        if what == Surrounding::Prosthesis {
            let (across, from_middle) = ((x - 0.5).abs(), (x - 0.5) / 0.31);
            let thigh = from_middle.powi(2) + ((y - 0.36) / 0.17).powi(2) < 1.0
                && (0.30..0.49).contains(&y)
                && !(across < 0.07 && y > 0.42);
            let tray = across < 0.31 && (0.55..0.595).contains(&y);
            thigh || tray || (across < 0.045 && (0.59..0.82).contains(&y))
        } else {
            let from_plate = x - 0.5 - PLATE[0];
            let plate = from_plate.abs() < 0.022 && y > PLATE[1];
            plate || (SCREWS.iter().any(|at| (y - at).abs() < 0.011) && (-0.33..0.0).contains(&from_plate))
        }
    };
    let mask = GrayImage::from_fn(knee.width_px, knee.height_px, |x, y| {
        let inside = is_metal(x as f32 / knee.width_px as f32, y as f32 / knee.height_px as f32);
        Luma([if inside { 255 } else { 0 }])
    });
    let mask = imageops::blur(&mask, EDGE_PX);
    for (x, y, share) in mask.enumerate_pixels() {
        let share = f32::from(share[0]) / 255.0;
        let pixel = film.get_pixel_mut(knee.x_px + x, knee.y_px + y);
        pixel[0] = (f32::from(pixel[0]) * (1.0 - share) + f32::from(METAL) * share).round() as u8;
    }
}

/// Reduced until it fits.
fn fitting(film: &GrayImage, [wide, high]: [u32; 2]) -> GrayImage {
    let share = (wide as f32 / film.width() as f32).min(high as f32 / film.height() as f32).min(1.0);
    let side = |length: u32| ((length as f32 * share) as u32).max(1);
    pixels::resized(film, side(film.width()), side(film.height()))
}

/// A window with a bar of buttons above, four small copies at the left, the film on black, and texts on it.
fn viewer(film: &GrayImage, ground: u8, bar: u8) -> GrayImage {
    let [width, height] = WINDOW_PX;
    let (bar_px, list_px) = (48, 200);
    let mut window = GrayImage::from_fn(width, height, |x, y| {
        Luma([match (y < bar_px, x < list_px) {
            (true, _) => bar,
            (_, true) => ground,
            _ => 0,
        }])
    });
    for button in 0..14 {
        fill(&mut window, [20 + button * 54, 10], [34, 28]);
    }
    let small = fitting(film, [150, 150]);
    for copy in 0..4 {
        imageops::replace(&mut window, &small, 16, 70 + copy * 200);
    }
    let film = fitting(film, [width - list_px - 16, height - bar_px - 16]);
    let left = list_px + (width - list_px - film.width()) / 2;
    imageops::replace(&mut window, &film, i64::from(left), i64::from(bar_px) + 8);
    for line in 0..5 {
        write(&mut window, [list_px + 12, 64 + line * 20], 16, 9);
    }
    window
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use analysis::{input, metal};

    use super::*;

    #[test]
    fn each_changes_a_film_and_stays_on_it() {
        let film = GrayImage::from_fn(320, 400, |x, y| Luma([((x * 7) ^ (y * 13)) as u8 / 3 + 20]));
        for surrounding in Surrounding::ALL {
            let changed = surrounding.of(&film);
            assert!(changed != film, "{}", surrounding.name());
        }
    }

    #[test]
    fn drawn_metal_is_seen_on_the_samples() {
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../public/samples");
        for name in ["sample-a.png", "sample-b.png", "sample-c.png", "sample-d.png"] {
            let film = image::open(samples.join(name)).expect("committed").into_luma8();
            let is_seen = |film: &GrayImage| {
                knees::find(film).iter().any(|knee| metal::is_seen(&input::seen(film, knee.region, 224).0))
            };
            assert!(!is_seen(&film), "{name}");
            for surrounding in [Surrounding::Prosthesis, Surrounding::Plate] {
                assert!(is_seen(&surrounding.of(&film)), "{name}: {}", surrounding.name());
            }
        }
    }
}
