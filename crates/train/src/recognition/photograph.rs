//! Simulated photographs of films: by a pinhole camera, at an angle, with what lies around a film, its light and its noise.
//! Nothing of them is learned from.

use image::{GrayImage, Luma, imageops};
use radiograph::Corners;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Longest side of a film before it is photographed, and sides of the photograph.
const FILM_PX: u32 = 1000;
const PHOTO_PX: [u32; 2] = [1280, 960];
/// Focal length in longest sides of the photograph, as phones have it.
const FOCAL: f32 = 0.8;
/// Most degrees about the picture's axes, and about the line of sight.
const TILT: f32 = 25.0;
const ROLL: f32 = 8.0;
/// Share of the photograph's sides that the film takes, unless it would leave it.
const FILLED: [f32; 2] = [0.6, 0.9];
/// A corner shown by hand is off by so much of the film's mean side.
const HAND: f32 = 0.02;

/// Where a film is photographed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scene {
    /// On a light box that is larger than it.
    LightBox,
    /// Held against a window with bars.
    Window,
    /// On a wooden table.
    Table,
    /// On a screen, in a viewer.
    Screen,
}

impl Scene {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::LightBox, Self::Window, Self::Table, Self::Screen];

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::LightBox => "on a light box",
            Self::Window => "against a window",
            Self::Table => "on a table",
            Self::Screen => "on a screen",
        }
    }

    /// What lies around the film, `beyond` its edge in shares of its width.
    fn ground(self, x: f32, y: f32, beyond: f32) -> f32 {
        match self {
            Self::LightBox => 235.0,
            Self::Window if (x / 260.0).fract() < 0.06 => 60.0,
            Self::Window => 190.0 + 30.0 * (y / 310.0).sin(),
            Self::Table => 115.0 + 22.0 * (y / 11.0 + 3.0 * (x / 170.0).sin()).sin() + 12.0 * (y / 3.1).sin(),
            // The viewer's black, its frame, and the wall behind.
            Self::Screen if beyond < 0.04 => 8.0,
            Self::Screen if beyond < 0.16 => 70.0,
            Self::Screen => 30.0,
        }
    }
}

/// A photograph, and where the film's corners lie on it.
pub struct Photograph {
    /// Its pixels.
    pub pixels: GrayImage,
    /// Upper left, upper right, lower right, lower left.
    corners: [[f32; 2]; 4],
    random: StdRng,
}

impl Photograph {
    /// Takes one; the same film is photographed in the same way in every scene.
    pub fn of(film: &GrayImage, scene: Scene) -> Self {
        let longest = film.width().max(film.height());
        let share = (FILM_PX as f32 / longest as f32).min(1.0);
        let side = |length: u32| ((length as f32 * share) as u32).max(1);
        let film = pixels::resized(film, side(film.width()), side(film.height()));
        let seed =
            film.iter().fold(longest.into(), |sum: u64, value| sum.wrapping_mul(31).wrapping_add((*value).into()));
        let mut random = StdRng::seed_from_u64(seed);
        let [width, height] = if film.width() > film.height() { PHOTO_PX } else { [PHOTO_PX[1], PHOTO_PX[0]] };
        let camera = Camera::placed(&film, [width as f32, height as f32], &mut random);

        let glare = [0, 1].map(|_| random.random_range(0.2..0.8f32));
        let dim = random.random_range(0.65..0.9f32);
        let bare = GrayImage::from_fn(width, height, |x, y| {
            let (x, y) = (x as f32 + 0.5, y as f32 + 0.5);
            let [u, v] = camera.on_film(x, y);
            let inside = imageops::interpolate_bilinear(&film, u - 0.5, v - 0.5).filter(|_| u >= 0.0 && v >= 0.0);
            let value = if let Some(Luma([value])) = inside {
                f32::from(value) * dim + 22.0
            } else {
                let off = |at: f32, length: u32| (-at).max(at - length as f32).max(0.0);
                let beyond = off(u, film.width()).max(off(v, film.height())) / film.width() as f32;
                scene.ground(x, y, beyond)
            };
            let (across, down) = (x / width as f32, y / height as f32);
            let vignette = 1.0 - 0.35 * ((across - 0.5).powi(2) + (down - 0.5).powi(2));
            let spot = ((across - glare[0]) / 0.12).powi(2) + ((down - glare[1]) / 0.08).powi(2);
            let moire = if scene == Scene::Screen { 3.0 * (x * 1.9 + y * 0.4).sin() } else { 0.0 };
            Luma([(value * vignette + 45.0 * (-spot).exp() + moire).clamp(0.0, 255.0) as u8])
        });
        let mut pixels = imageops::blur(&bare, 1.0);
        pixels.iter_mut().for_each(|value| {
            *value = (i16::from(*value) + random.random_range(-5..=5)).clamp(0, 255) as u8;
        });
        let (wide, high) = (film.width() as f32, film.height() as f32);
        let corners = [[0.0, 0.0], [wide, 0.0], [wide, high], [0.0, high]].map(|[u, v]| camera.seen(u, v));
        Self { pixels, corners, random }
    }

    /// Its corners as a person shows them, who is off a little at each.
    pub fn corners_by_hand(mut self) -> Corners {
        let [a, b, c, _] = self.corners;
        let side = f32::midpoint((b[0] - a[0]).hypot(b[1] - a[1]), (c[0] - b[0]).hypot(c[1] - b[1]));
        Corners(self.corners.map(|[x, y]| {
            let angle = self.random.random_range(0.0..std::f32::consts::TAU);
            [x + HAND * side * angle.cos(), y + HAND * side * angle.sin()].map(|place| place.max(0.0).round() as u32)
        }))
    }
}

/// A pinhole camera before a film.
struct Camera {
    /// The film's axes and its middle, in the camera's coordinates.
    across: [f32; 3],
    down: [f32; 3],
    middle: [f32; 3],
    film: [f32; 2],
    photo: [f32; 2],
    focal: f32,
}

impl Camera {
    /// So near that the film fills much of the photograph and does not leave it.
    fn placed(film: &GrayImage, photo: [f32; 2], random: &mut StdRng) -> Self {
        let mut angle = |most: f32| random.random_range(-most..most).to_radians().sin_cos();
        let ((sx, cx), (sy, cy), (sz, cz)) = (angle(TILT), angle(TILT), angle(ROLL));
        // Turned about the line of sight, then about the upright and the level axis.
        let turned = |[x, y]: [f32; 2]| {
            let (x, y) = (cz * x - sz * y, sz * x + cz * y);
            let (x, z) = (cy * x, -sy * x);
            [x, cx * y - sx * z, sx * y + cx * z]
        };
        let filled = random.random_range(FILLED[0]..FILLED[1]);
        let film = [film.width() as f32, film.height() as f32];
        let mut camera = Self {
            across: turned([1.0, 0.0]),
            down: turned([0.0, 1.0]),
            middle: [0.0, 0.0, FOCAL * photo[0].max(photo[1]) * 0.5],
            film,
            photo,
            focal: FOCAL * photo[0].max(photo[1]),
        };
        let leaves = |camera: &Self| {
            [[0.0, 0.0], [film[0], 0.0], film, [0.0, film[1]]].into_iter().any(|[u, v]| {
                let seen = camera.seen(u, v);
                (0..2).any(|axis| (seen[axis] - photo[axis] / 2.0).abs() > filled * photo[axis] / 2.0)
            })
        };
        while leaves(&camera) {
            camera.middle[2] *= 1.02;
        }
        camera
    }

    /// Where a place on the film is seen on the photograph.
    fn seen(&self, u: f32, v: f32) -> [f32; 2] {
        let (u, v) = (u - self.film[0] / 2.0, v - self.film[1] / 2.0);
        let [x, y, z] = [0, 1, 2].map(|axis| self.middle[axis] + u * self.across[axis] + v * self.down[axis]);
        // Behind the camera nothing is seen: so near is too near.
        let far = z.max(1.0);
        [self.focal * x / far + self.photo[0] / 2.0, self.focal * y / far + self.photo[1] / 2.0]
    }

    /// Which place of the film's plane a pixel shows.
    fn on_film(&self, x: f32, y: f32) -> [f32; 2] {
        let ray = [x - self.photo[0] / 2.0, y - self.photo[1] / 2.0, self.focal];
        let [a, b] = [self.across, self.down];
        let normal = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
        let dot = |one: [f32; 3], other: [f32; 3]| one.iter().zip(other).map(|(one, other)| one * other).sum::<f32>();
        let along = dot(self.middle, normal) / dot(ray, normal);
        let place = [0, 1, 2].map(|axis| along * ray[axis] - self.middle[axis]);
        [dot(place, a) + self.film[0] / 2.0, dot(place, b) + self.film[1] / 2.0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_camera_sees_a_place_where_it_shows_it() {
        let film = GrayImage::new(400, 500);
        for seed in 0..20 {
            let camera = Camera::placed(&film, [960.0, 1280.0], &mut StdRng::seed_from_u64(seed));
            for [u, v] in [[0.0, 0.0], [400.0, 0.0], [123.0, 456.0]] {
                let [x, y] = camera.seen(u, v);
                let [back_u, back_v] = camera.on_film(x, y);
                assert!((back_u - u).abs() < 0.1 && (back_v - v).abs() < 0.1, "{seed}: {back_u} {back_v} for {u} {v}");
                assert!((0.0..=960.0).contains(&x) && (0.0..=1280.0).contains(&y), "{seed}: {x} {y}");
            }
        }
    }

    #[test]
    fn corners_shown_by_hand_bring_the_film_back() {
        let film = GrayImage::from_fn(400, 500, |x, y| Luma([if (x / 100 + y / 125) % 2 == 0 { 220 } else { 30 }]));
        for scene in Scene::ALL {
            let photograph = Photograph::of(&film, scene);
            let seen = radiograph::Radiograph::from(photograph.pixels.clone());
            let straight = seen.straightened(photograph.corners_by_hand()).expect("large enough");
            let (width, height) = straight.pixels().dimensions();
            for (column, row) in (0..4).flat_map(|column| (0..4).map(move |row| (column, row))) {
                let value = straight.pixels().get_pixel((2 * column + 1) * width / 8, (2 * row + 1) * height / 8)[0];
                let is_bright = (column + row) % 2 == 0;
                assert!((value > 115) == is_bright, "{}: {value} at {column}, {row}", scene.name());
            }
        }
    }
}
