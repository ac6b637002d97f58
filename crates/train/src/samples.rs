//! Pictures for people without an X-ray at hand: averages of many knees, in which none of them
//! can be recognised, and a drawn landscape that the page refuses.

use std::fs;
use std::path::Path;

use analysis::analyzer::Analyzer;
use analysis::film::Film;
use analysis::findings::Outcome;
use analysis::prediction::{self, Class, Probabilities};
use anyhow::{Result, bail};
use image::{GrayImage, ImageBuffer, Luma, Rgb, RgbImage, imageops};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::dataset::{CutFrom, Dataset, LabelledKnee, SQUARE_PX};
use crate::shipped;

/// Knees in each average; each from another film.
const AVERAGED: usize = 9;
/// Averages tried before giving up on a verdict.
const TRIES: usize = 8000;
/// Steps after which a search begins anew from another average.
const STEPS: usize = 400;
/// Power to which the averages' grey values are raised.
const EXPOSURE: std::ops::Range<f32> = 0.7..1.5;
/// Standard deviation of the blur that parts coarse from fine.
const COARSE_PX: f32 = 5.0;

/// Writes one average for each class that both shipped models lead with, and one on which they disagree, found step by step:
/// samples show how the page works, not how well.
pub fn run(prepared: &Path, weights: &Path, out: &Path) -> Result<()> {
    let data = Dataset::knees(prepared)?;
    let analyzer = shipped::analyzer(&shipped::manifest(weights)?, weights)?;
    fs::create_dir_all(out)?;
    let mut random = StdRng::seed_from_u64(1);
    let films = data.knees_where(|knee| knee.source == CutFrom::Film);
    for (class, name) in [
        (Some(Class::Normal), "sample-a"),
        (Some(Class::Osteopenia), "sample-b"),
        (Some(Class::Osteoporosis), "sample-c"),
        (None, "sample-d"),
    ] {
        let mut best: Option<(f32, Recipe)> = None;
        let mut found = None;
        for step in 0..TRIES {
            if step % STEPS == 0 {
                best = None;
            }
            let recipe = match &best {
                Some((_, recipe)) => recipe.changed(&data, &films, &mut random),
                None => Recipe::random(&data, &films, &mut random),
            };
            let picture = recipe.picture(&data);
            let Some(said) = judged(&analyzer, &picture)? else { continue };
            let first = prediction::leading(&prediction::combined(&said));
            let agreed = said.iter().all(|model| prediction::leading(model) == first).then_some(first);
            if agreed == class {
                found = Some(picture);
                break;
            }
            // The model that is the farthest from the class decides whether it was a step forward.
            let Some(class) = class else { continue };
            let lead = |one: &Probabilities| one[class as usize] - one[prediction::leading(one) as usize];
            let closeness =
                said.iter().map(lead).fold(f32::MAX, f32::min) + prediction::combined(&said)[class as usize];
            if best.as_ref().is_none_or(|(before, _)| closeness >= *before) {
                best = Some((closeness, recipe));
            }
        }
        let Some(picture) = found else { bail!("{TRIES} averages tried, none looks {class:?}") };
        picture.save(out.join(format!("{name}.png")))?;
        println!("{name}: looks {class:?}");
    }
    landscape().save(out.join("not-a-knee.png"))?;
    Ok(())
}

/// What each model says of the one knee on a picture; nothing of what is refused, or shows two.
fn judged(analyzer: &Analyzer, picture: &GrayImage) -> Result<Option<Vec<Probabilities>>> {
    let mut film = Film::of(picture.clone().into());
    film.find_knees(|| 0.0);
    Ok(match pollster::block_on(analyzer.judge(&mut film))? {
        Outcome::Judged(findings) if findings.knees.len() == 1 => {
            let models = findings.knees[0].models.iter().map(|(_, probabilities)| *probabilities);
            Some(models.collect())
        }
        _ => None,
    })
}

/// What a sample is made of.
#[derive(Clone)]
struct Recipe {
    knees: Vec<usize>,
    texture: f32,
    exposure: f32,
}

impl Recipe {
    fn random(data: &Dataset<LabelledKnee>, films: &[usize], random: &mut StdRng) -> Self {
        let mut knees = Vec::new();
        while knees.len() < AVERAGED {
            let knee = films[random.random_range(0..films.len())];
            if knees.iter().all(|other: &usize| data.rows[*other].group != data.rows[knee].group) {
                knees.push(knee);
            }
        }
        // Averaging n knees leaves 1/√n of a texture that each has by itself.
        let texture = random.random_range(1.0..(AVERAGED as f32).sqrt());
        Self { knees, texture, exposure: random.random_range(EXPOSURE) }
    }

    /// One knee, or texture, or exposure, by chance.
    fn changed(&self, data: &Dataset<LabelledKnee>, films: &[usize], random: &mut StdRng) -> Self {
        let other = Self::random(data, films, random);
        let mut changed = self.clone();
        match random.random_range(0..4) {
            0 => changed.texture = other.texture,
            1 => changed.exposure = other.exposure,
            _ => {
                let at = random.random_range(0..AVERAGED);
                let new = other.knees[0];
                let taken = |knee: &usize| data.rows[*knee].group == data.rows[new].group;
                if !changed.knees.iter().any(taken) {
                    changed.knees[at] = new;
                }
            }
        }
        changed
    }

    fn picture(&self, data: &Dataset<LabelledKnee>) -> GrayImage {
        average(data, &self.knees, self.texture, self.exposure)
    }
}

/// The mean of the knees, stretched to the full range. Averaging wipes the bone's texture out;
/// the mean of what is finer than [`COARSE_PX`] counts `texture` times, so that some comes back.
fn average(data: &Dataset<LabelledKnee>, knees: &[usize], texture: f32, exposure: f32) -> GrayImage {
    type Grey = ImageBuffer<Luma<f32>, Vec<f32>>;
    let mean = Grey::from_fn(SQUARE_PX, SQUARE_PX, |x, y| {
        let sum: f32 = knees.iter().map(|knee| f32::from(data.squares[*knee].get_pixel(x, y)[0])).sum();
        Luma([sum / knees.len() as f32])
    });
    let coarse: Grey = imageops::blur(&mean, COARSE_PX);
    let value = |x, y| {
        let (mean, coarse) = (mean.get_pixel(x, y)[0], coarse.get_pixel(x, y)[0]);
        (coarse + texture * (mean - coarse)).max(0.0)
    };
    let brightest =
        (0..SQUARE_PX).flat_map(|y| (0..SQUARE_PX).map(move |x| (x, y))).map(|(x, y)| value(x, y)).fold(1.0, f32::max);
    GrayImage::from_fn(SQUARE_PX, SQUARE_PX, |x, y| Luma([((value(x, y) / brightest).powf(exposure) * 235.0) as u8]))
}

/// Sky, sun and hills.
fn landscape() -> RgbImage {
    RgbImage::from_fn(320, 320, |x, y| {
        let (across, down) = (x as f32 / 320.0, y as f32 / 320.0);
        let hill = |height: f32, waves: f32| down > height + 0.08 * (across * waves).sin();
        if hill(0.78, 7.0) {
            Rgb([60, 140, 70])
        } else if hill(0.62, 4.0) {
            Rgb([110, 170, 90])
        } else if (across - 0.72).hypot(down - 0.24) < 0.1 {
            Rgb([250, 215, 90])
        } else {
            Rgb([120 + (80.0 * down) as u8, 180 + (40.0 * down) as u8, 235])
        }
    })
}
