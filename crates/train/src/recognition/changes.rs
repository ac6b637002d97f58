//! Films as they come: askew, with another VOI window, blurred, compressed, noisy, small, mirrored.

use std::io::Cursor;

use anyhow::Result;
use image::codecs::jpeg::JpegEncoder;
use image::{GrayImage, Luma, imageops};
use radiograph::{Adjustment, Radiograph};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::photograph::{Photograph, Scene};
use super::surroundings::Surrounding;

/// Grey levels of noise either way, about that of a film scanned at a high speed.
const NOISE: i16 = 17;
/// Quality of a JPEG that was sent by a messenger more than once.
const JPEG_QUALITY: u8 = 15;
/// Longest side of a thumbnail that somebody saved instead of the film.
const SMALL_PX: u32 = 300;
/// Per cent of the pixels that become black, and white, in a window that is too narrow.
const WINDOW: [f32; 2] = [20.0, 3.0];

/// What is done to a film.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    /// Nothing.
    None,
    /// Turned or inverted: no longer a picture to be judged.
    Adjusted(Adjustment),
    /// Turned by so many degrees, with black corners.
    Askew(f32),
    /// Every grey value to this power.
    Gamma(f32),
    /// Dark and bright parts cut off.
    Window,
    /// Out of focus.
    Blurred,
    /// Compressed hard.
    Compressed,
    /// Noise.
    Noisy,
    /// Reduced.
    Small,
    /// Left and right swapped.
    Mirrored,
    /// Something drawn on it or around it.
    Surrounded(Surrounding),
    /// Photographed there.
    Photographed(Scene),
    /// The same, straightened by corners that a person has shown.
    Straightened(Scene),
}

impl Change {
    /// Those of the film as a whole after which a knee is a knee.
    pub const HARMLESS: [Self; 12] = [
        Self::Askew(-5.0),
        Self::Askew(10.0),
        Self::Askew(20.0),
        Self::Gamma(0.6),
        Self::Gamma(1.7),
        Self::Window,
        Self::Blurred,
        Self::Compressed,
        Self::Noisy,
        Self::Small,
        Self::Mirrored,
        Self::Askew(-10.0),
    ];

    /// Every one after which there is still a knee to be judged.
    pub fn harmless() -> impl Iterator<Item = Self> {
        Self::HARMLESS
            .into_iter()
            .chain(Surrounding::ALL.map(Self::Surrounded))
            .chain(Scene::ALL.into_iter().flat_map(|scene| [Self::Photographed(scene), Self::Straightened(scene)]))
    }

    /// Whether it is learned from; a film more askew, what is drawn and photographs are only tried.
    pub fn is_learned(self) -> bool {
        self != Self::Askew(20.0)
            && !matches!(self, Self::Surrounded(_) | Self::Photographed(_) | Self::Straightened(_))
    }

    /// In words.
    pub fn name(self) -> String {
        match self {
            Self::None => "unchanged".into(),
            Self::Adjusted(adjustment) => format!("{adjustment:?}"),
            Self::Askew(degrees) => format!("askew by {}°", degrees.abs()),
            Self::Gamma(power) => format!("grey values to the power of {power}"),
            Self::Window => "too narrow a window".into(),
            Self::Blurred => "out of focus".into(),
            Self::Compressed => "JPEG of quality 15".into(),
            Self::Noisy => "noise".into(),
            Self::Small => "300 pixels".into(),
            Self::Mirrored => "mirrored".into(),
            Self::Surrounded(surrounding) => surrounding.name().into(),
            Self::Photographed(scene) => format!("photographed {}", scene.name()),
            Self::Straightened(scene) => format!("photographed {}, straightened by hand", scene.name()),
        }
    }

    /// The changed film.
    pub fn of(self, film: &Radiograph) -> Result<Radiograph> {
        let pixels = film.pixels();
        let each = |of: &dyn Fn(u8) -> f32| {
            let table: Vec<u8> = (0..=255).map(|value| of(value).round() as u8).collect();
            GrayImage::from_fn(pixels.width(), pixels.height(), |x, y| {
                Luma([table[usize::from(pixels.get_pixel(x, y)[0])]])
            })
        };
        Ok(match self {
            Self::None => return Ok(film.clone()),
            Self::Adjusted(adjustment) => return Ok(film.adjusted(adjustment)),
            Self::Askew(degrees) => askew(pixels, degrees),
            Self::Gamma(power) => each(&|value| 255.0 * (f32::from(value) / 255.0).powf(power)),
            Self::Window => {
                let (low, high) = ends(pixels);
                each(&|value| ((f32::from(value) - low) * 255.0 / (high - low).max(1.0)).clamp(0.0, 255.0))
            }
            Self::Blurred => imageops::blur(pixels, pixels.width().max(pixels.height()) as f32 / 450.0),
            Self::Compressed => compressed(pixels)?,
            Self::Noisy => {
                let mut random = StdRng::seed_from_u64(1);
                let mut noisy = pixels.clone();
                // Two even ones together fall off to both sides.
                let mut noise = || random.random_range(-NOISE / 2..=NOISE / 2);
                noisy.iter_mut().for_each(|value| *value = (i16::from(*value) + noise() + noise()).clamp(0, 255) as u8);
                noisy
            }
            Self::Small => {
                let share = (SMALL_PX as f32 / pixels.width().max(pixels.height()) as f32).min(1.0);
                let side = |length: u32| ((length as f32 * share) as u32).max(1);
                pixels::resized(pixels, side(pixels.width()), side(pixels.height()))
            }
            Self::Mirrored => imageops::flip_horizontal(pixels),
            Self::Surrounded(surrounding) => surrounding.of(pixels),
            Self::Photographed(scene) => Photograph::of(pixels, scene).pixels,
            Self::Straightened(scene) => {
                let photograph = Photograph::of(pixels, scene);
                let seen = Radiograph::from(photograph.pixels.clone());
                return Ok(seen.straightened(photograph.corners_by_hand())?);
            }
        }
        .into())
    }
}

/// Turned anticlockwise; all of it fits in.
fn askew(film: &GrayImage, degrees: f32) -> GrayImage {
    let (sine, cosine) = degrees.to_radians().sin_cos();
    let (width, height) = (film.width() as f32, film.height() as f32);
    let (wide, high) = (width * cosine.abs() + height * sine.abs(), width * sine.abs() + height * cosine.abs());
    // What f32 adds to a whole side is no further pixel.
    GrayImage::from_fn((wide - 1e-3).ceil() as u32, (high - 1e-3).ceil() as u32, |x, y| {
        let (across, down) = (x as f32 + 0.5 - wide / 2.0, y as f32 + 0.5 - high / 2.0);
        let from_x = width / 2.0 + cosine * across - sine * down - 0.5;
        let from_y = height / 2.0 + sine * across + cosine * down - 0.5;
        imageops::interpolate_bilinear(film, from_x, from_y).unwrap_or(Luma([0]))
    })
}

/// The grey values below and above which [`WINDOW`] of the pixels lie.
fn ends(film: &GrayImage) -> (f32, f32) {
    let counts = pixels::histogram(film);
    let total = film.len() as f32;
    let reached = |share: f32| {
        let mut sum = 0.0;
        counts.iter().position(|count| {
            sum += *count as f32;
            sum >= share * total / 100.0
        })
    };
    (reached(WINDOW[0]).unwrap_or(0) as f32, reached(100.0 - WINDOW[1]).unwrap_or(255) as f32)
}

fn compressed(film: &GrayImage) -> Result<GrayImage> {
    let mut bytes = Cursor::new(Vec::new());
    JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY).encode_image(film)?;
    Ok(image::load_from_memory(bytes.get_ref())?.into_luma8())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_film_askew_fits_in_and_turns_against_the_clock() {
        let mut film = GrayImage::new(200, 100);
        film.put_pixel(190, 50, Luma([255]));
        let turned = askew(&film, 90.0);
        assert_eq!(turned.dimensions(), (100, 200));
        let bright = turned.enumerate_pixels().max_by_key(|(.., value)| value[0]).map(|(x, y, _)| (x, y));
        // The right edge comes to the top.
        assert!(bright.is_some_and(|(x, y)| x.abs_diff(50) <= 1 && y.abs_diff(9) <= 1), "{bright:?}");
    }

    #[test]
    fn no_change_leaves_a_film_as_it_was() {
        let film = Radiograph::from(GrayImage::from_fn(320, 400, |x, y| Luma([((x * 7) ^ (y * 13)) as u8 / 2 + 40])));
        for change in Change::HARMLESS {
            let changed = change.of(&film).expect("it can be encoded");
            assert!(changed.pixels() != film.pixels(), "{}", change.name());
        }
    }
}
