//! Pictures for the browser tests of what is refused and of what is said beside a result: made of the page's own samples,
//! and drawn.

use std::fs;
use std::path::Path;

use anyhow::Result;
use image::{GrayImage, Luma, imageops};

use crate::recognition::{Change, Scene, Surrounding};

/// Sides of a drawn film.
const DRAWN_PX: [u32; 2] = [480, 600];

/// Writes them.
pub fn run(samples: &Path, out: &Path) -> Result<()> {
    fs::create_dir_all(out)?;
    let knee = image::open(samples.join("sample-a.png"))?.into_luma8();
    let film = on_film(&knee);
    let save = |name: &str, picture: &GrayImage| Ok::<(), anyhow::Error>(picture.save(out.join(name))?);
    for (name, scene) in [
        ("photo-light-box.jpg", Scene::LightBox),
        ("photo-window.jpg", Scene::Window),
        ("photo-table.jpg", Scene::Table),
        ("photo-screen.jpg", Scene::Screen),
    ] {
        save(name, Change::Photographed(scene).of(&film.clone().into())?.pixels())?;
    }
    save("viewer.png", &Surrounding::DarkViewer.of(&film))?;
    save("prosthesis.png", &Surrounding::Prosthesis.of(&knee))?;
    save("plate.png", &Surrounding::Plate.of(&knee))?;
    save("askew.png", Change::Askew(20.0).of(&film.into())?.pixels())?;
    for (name, drawing) in
        [("hand.png", hand as fn() -> GrayImage), ("spine.png", spine), ("teeth.png", teeth), ("chest.png", chest)]
    {
        save(name, &drawing())?;
    }
    Ok(())
}

/// A knee on a film that is larger than it, with a lit ground as films have.
fn on_film(knee: &GrayImage) -> GrayImage {
    let (width, height) = knee.dimensions();
    let large = imageops::resize(knee, 2 * width, 2 * height, imageops::FilterType::Triangle);
    let mut film = GrayImage::from_pixel(2 * width + width / 2, 2 * height + height / 2, Luma([12]));
    imageops::replace(&mut film, &large, i64::from(width / 4), i64::from(height / 4));
    film
}

/// A film on which bones are drawn.
struct Drawing(GrayImage);

impl Drawing {
    fn new(ground: u8) -> Self {
        let [width, height] = DRAWN_PX;
        Self(GrayImage::from_pixel(width, height, Luma([ground])))
    }

    /// A tube from one place to another, in shares of the film's width, brighter at its edge, as a hollow bone is.
    fn bone(&mut self, [x0, y0]: [f32; 2], [x1, y1]: [f32; 2], radius: f32, brightness: f32) {
        let width = DRAWN_PX[0] as f32;
        for (x, y, pixel) in self.0.enumerate_pixels_mut() {
            let (x, y) = (x as f32 / width, y as f32 / width);
            let along = ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / ((x1 - x0).powi(2) + (y1 - y0).powi(2));
            // Thinner in the middle.
            let waist = 1.0 - 0.3 * (1.0 - (2.0 * along.clamp(0.0, 1.0) - 1.0).powi(2));
            let place = along.clamp(0.0, 1.0);
            let away = (x - x0 - place * (x1 - x0)).hypot(y - y0 - place * (y1 - y0)) / radius / waist;
            if away < 1.0 {
                let edge = if away > 0.7 { 1.0 } else { 0.78 };
                pixel[0] = pixel[0].max((brightness * edge) as u8);
            }
        }
    }

    /// Soft, as a scan is.
    fn finished(self) -> GrayImage {
        imageops::blur(&self.0, 1.5)
    }
}

fn hand() -> GrayImage {
    let mut film = Drawing::new(8);
    let fingers = [
        ([0.30, 0.72], -0.62, 0.72),
        ([0.42, 0.66], -0.20, 0.95),
        ([0.50, 0.65], 0.0, 1.0),
        ([0.58, 0.67], 0.18, 0.93),
        ([0.65, 0.72], 0.36, 0.75),
    ];
    for is_bone in [false, true] {
        for ([x, y], lean, length) in fingers {
            let mut at = [x, y];
            for (part, thick) in [(0.20, 0.028), (0.13, 0.022), (0.085, 0.018), (0.06, 0.015)] {
                let next = [at[0] + lean * part * length, at[1] - part * length];
                if is_bone {
                    film.bone(at, next, thick, 190.0);
                } else {
                    film.bone(at, next, thick * 2.2, 60.0);
                }
                at = [next[0] + lean * 0.012, next[1] - 0.012];
            }
        }
        if is_bone {
            for (x, y) in
                [(0.38, 0.74), (0.45, 0.72), (0.53, 0.72), (0.60, 0.74), (0.41, 0.79), (0.49, 0.79), (0.57, 0.80)]
            {
                film.bone([x, y], [x + 0.02, y], 0.035, 185.0);
            }
            film.bone([0.42, 0.87], [0.40, 1.24], 0.055, 200.0);
            film.bone([0.57, 0.88], [0.58, 1.24], 0.045, 195.0);
        } else {
            film.bone([0.47, 0.72], [0.50, 0.76], 0.22, 60.0);
            film.bone([0.49, 0.85], [0.49, 1.24], 0.16, 60.0);
        }
    }
    film.finished()
}

fn spine() -> GrayImage {
    let mut film = Drawing::new(30);
    film.bone([0.5, 0.0], [0.5, 1.25], 0.42, 75.0);
    for number in 0..7 {
        let y = 0.08 + number as f32 * 0.17;
        film.bone([0.42, y], [0.58, y], 0.062, 190.0);
        film.bone([0.5, y - 0.02], [0.5, y + 0.05], 0.02, 230.0);
        for side in [-1.0, 1.0] {
            film.bone([0.5 + side * 0.14, y], [0.5 + side * 0.26, y + 0.01], 0.02, 150.0);
            film.bone([0.5 + side * 0.07, y], [0.5 + side * 0.07, y + 0.01], 0.02, 235.0);
        }
    }
    film.finished()
}

fn teeth() -> GrayImage {
    let mut film = Drawing::new(60);
    for number in 0..5 {
        let x = 0.1 + number as f32 * 0.2;
        for side in [-1.0, 1.0] {
            let middle = 0.62;
            film.bone([x, middle + side * 0.10], [x, middle + side * 0.18], 0.088, 225.0);
            for root in [-0.04, 0.04] {
                film.bone([x + root, middle + side * 0.24], [x + root * 1.1, middle + side * 0.46], 0.035, 170.0);
            }
        }
    }
    film.finished()
}

fn chest() -> GrayImage {
    let mut film = Drawing::new(20);
    film.bone([0.5, 0.25], [0.5, 1.25], 0.48, 150.0);
    let lung = |x: f32, y: f32| {
        [-1.0f32, 1.0]
            .into_iter()
            .any(|side| ((x - 0.5 - side * 0.23) / 0.17).powi(2) + ((y - 0.62) / 0.42).powi(2) < 1.0)
    };
    let width = DRAWN_PX[0] as f32;
    for (x, y, pixel) in film.0.enumerate_pixels_mut() {
        if lung(x as f32 / width, y as f32 / width) {
            pixel[0] = 45;
        }
    }
    for number in 0..9 {
        let y = 0.25 + number as f32 * 0.085;
        for side in [-1.0, 1.0] {
            film.bone([0.5 + side * 0.05, y], [0.5 + side * 0.38, y + 0.10], 0.014, 95.0);
        }
    }
    film.bone([0.5, 0.1], [0.5, 1.25], 0.06, 190.0);
    film.bone([0.45, 0.85], [0.62, 0.95], 0.14, 185.0);
    film.finished()
}
