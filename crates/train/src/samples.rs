//! Pictures for people without an X-ray at hand: averages of many knees, in which none of them
//! can be recognised, and a drawn landscape that the page refuses.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use burn::tensor::Device;
use image::{GrayImage, Luma, Rgb, RgbImage};
use osteolens::geometry::Region;
use osteolens::input::Input;
use osteolens::network::Model;
use osteolens::prediction::{self, Class, Probabilities, Verdict};
use osteolens::weights::{Manifest, ModelEntry};
use osteolens::{gate, knees};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use crate::dataset::{Dataset, Knee, SQUARE_PX, Source};

/// Knees in each average; each from another film.
const AVERAGED: usize = 16;
/// Averages tried before giving up on a verdict.
const TRIES: usize = 400;

/// Writes one average for each verdict of a class, chosen among random ones by what the shipped
/// models say of it: samples show how the page works, not how well.
pub fn run(prepared: &Path, weights: &Path, out: &Path) -> Result<()> {
    let data = Dataset::knees(prepared)?;
    let manifest = Manifest::parse(&fs::read(weights.join("manifest.json"))?)?;
    let device = Device::flex();
    let models: Vec<(ModelEntry, Model)> = manifest
        .models
        .iter()
        .map(|entry| Ok((entry.clone(), entry.model(fs::read(weights.join(&entry.file))?, &device)?)))
        .collect::<Result<_>>()?;
    let verdict = |picture: &GrayImage| -> Result<Verdict> {
        let found = knees::find(picture);
        let judge = |region: Region| -> Result<Vec<Probabilities>> {
            models
                .iter()
                .map(|(entry, model)| {
                    let input = Input::prepare(picture, region, &entry.input, &device);
                    let activations = model.network.forward(input.tensor);
                    let logits = activations.logits.try_into_vec_as::<f32>().context("reading logits")?;
                    let distance = model.gate.distance(activations.texture).try_into_vec_as::<f32>()?;
                    ensure!(distance[0] <= entry.gate_limit, "not a knee");
                    Ok(prediction::probabilities(&logits, &manifest.classes, entry.temperature))
                })
                .collect()
        };
        let each: Vec<Verdict> = found
            .iter()
            .map(|knee| Ok(prediction::verdict(&judge(knee.region)?, &manifest.operating_point)))
            .collect::<Result<_>>()?;
        Ok(prediction::worst(each))
    };

    fs::create_dir_all(out)?;
    let mut random = StdRng::seed_from_u64(1);
    for (class, name) in Class::ALL.into_iter().zip(["sample-a", "sample-b", "sample-c"]) {
        let mut films = data.knees_where(|knee| knee.class == class && knee.source == Source::Film);
        let picture = (0..TRIES).find_map(|_| {
            films.shuffle(&mut random);
            let picture = average(&data, &distinct_groups(&data, &films));
            let accepted = gate::refusals(&picture.clone().into()).is_empty();
            (accepted && verdict(&picture).is_ok_and(|verdict| verdict == class.into())).then_some(picture)
        });
        let Some(picture) = picture else { bail!("no average of {AVERAGED} knees of {TRIES} looks {}", class.id()) };
        picture.save(out.join(format!("{name}.png")))?;
        println!("{name}: average of {AVERAGED} knees, looks {}", class.id());
    }
    landscape().save(out.join("not-a-knee.png"))?;
    Ok(())
}

/// The first knees that are all of different films.
fn distinct_groups(data: &Dataset<Knee>, shuffled: &[usize]) -> Vec<usize> {
    let mut chosen: Vec<usize> = Vec::new();
    for knee in shuffled {
        if chosen.len() < AVERAGED && chosen.iter().all(|other| data.rows[*other].group != data.rows[*knee].group) {
            chosen.push(*knee);
        }
    }
    chosen
}

/// The mean grey value at each place, stretched to the full range.
fn average(data: &Dataset<Knee>, knees: &[usize]) -> GrayImage {
    let mean = |x, y| {
        knees.iter().map(|knee| f32::from(data.squares[*knee].get_pixel(x, y)[0])).sum::<f32>() / knees.len() as f32
    };
    let brightest =
        (0..SQUARE_PX).flat_map(|y| (0..SQUARE_PX).map(move |x| (x, y))).map(|(x, y)| mean(x, y)).fold(1.0, f32::max);
    GrayImage::from_fn(SQUARE_PX, SQUARE_PX, |x, y| Luma([(mean(x, y) / brightest * 235.0) as u8]))
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
