//! The films with ultrasound classes, judged by what was learned without them.

use std::collections::BTreeMap;
use std::path::Path;

use analysis::prediction::Class;
use analysis::{input, knees};
use anyhow::Result;
use image::{GrayImage, imageops};
use radiograph::Region;
use rayon::prelude::*;
use serde::Deserialize;

use super::cohort::Person;
use super::contrast::equalised;
use super::features::{self, Describer};
use super::saved::{JudgedFilm, Matching, rounded};
use crate::dataset::SEEN_PX;
use crate::prepare::decode;
use crate::tables;

/// Shares of the page's box among which one is chosen.
const SHARES: [f32; 4] = [0.55, 0.7, 0.85, 1.0];
/// A family of scanners has its own deviations as far as it has films; the rest of all films count as so many more.
const FILMS_OF_ALL: f64 = 10.0;
/// A standardised feature counts no more than this.
const FARTHEST: f64 = 5.0;

#[derive(Deserialize)]
struct FilmRow {
    film: String,
    group: String,
    class: Class,
    source_width_px: u32,
    source_height_px: u32,
    age_years: Option<f64>,
    sex: Option<String>,
}

/// A film, its features brought to the scale of the people learned from.
pub struct Film {
    row: FilmRow,
    /// By each network.
    pub features: Vec<Vec<f64>>,
}

impl Film {
    /// The film without an answer.
    pub fn unjudged(&self) -> JudgedFilm {
        JudgedFilm {
            group: self.row.group.clone(),
            class: self.row.class,
            age_years: self.row.age_years,
            is_female: self.row.sex.as_deref().map(|sex| sex == "female"),
            said: Vec::new(),
        }
    }
}

/// Every film by each network, and how they were brought to resemble the people's pictures.
pub fn read(data: &Path, describers: &[Describer], people: &[Person]) -> Result<(Vec<Film>, Vec<Matching>)> {
    let rows: Vec<FilmRow> = tables::read(&data.join("films.csv"))?;
    let mut best: Vec<Option<(Matching, Vec<Vec<f64>>)>> = describers.iter().map(|_| None).collect();
    let learned: Vec<Moments> =
        (0..describers.len()).map(|network| Moments::of(people.iter().map(|one| &one.features[network]))).collect();
    for share in SHARES {
        for is_equalised in [false, true] {
            let described = describe_all(data, describers, &rows, share, is_equalised)?;
            for (network, (best, learned)) in best.iter_mut().zip(&learned).enumerate() {
                let features: Vec<Vec<f64>> = described.iter().map(|film| film[network].clone()).collect();
                let distance = rounded(learned.distance_to(&Moments::of(&features)));
                if best.as_ref().is_none_or(|(of, _)| distance < of.distance) {
                    *best = Some((Matching { share, is_equalised, distance }, features));
                }
            }
        }
    }
    let (matchings, described): (Vec<Matching>, Vec<Vec<Vec<f64>>>) =
        best.into_iter().map(|best| best.expect("there are shares to choose from")).unzip();
    let adapted: Vec<Vec<Vec<f64>>> =
        described.iter().zip(&learned).map(|(described, learned)| within_scanners(&rows, described, learned)).collect();
    let film = |(at, row): (usize, FilmRow)| Film {
        row,
        features: adapted.iter().map(|network| network[at].clone()).collect(),
    };
    Ok((rows.into_iter().enumerate().map(film).collect(), matchings))
}

/// The features of every film: `[film][network][feature]`.
fn describe_all(
    data: &Path,
    describers: &[Describer],
    rows: &[FilmRow],
    share: f32,
    is_equalised: bool,
) -> Result<Vec<Vec<Vec<f64>>>> {
    rows.par_iter()
        .map_init(
            || features::ready(describers),
            |ready, row| {
                let ready = ready.as_ref().map_err(|error| anyhow::anyhow!("{error:#}"))?;
                let squares = squares(data, &row.film, share, is_equalised)?;
                ready.iter().map(|ready| ready.mean_of(&squares)).collect()
            },
        )
        .collect()
}

/// A film's knees and their mirrored pictures: it is not known which knee is the left one.
fn squares(data: &Path, film: &str, share: f32, is_equalised: bool) -> Result<Vec<GrayImage>> {
    let film = decode(data, film)?;
    let mut all = Vec::new();
    for knee in knees::find(film.pixels()) {
        let (square, _) = input::seen(film.pixels(), shrunk(knee.region, share), SEEN_PX);
        let square = if is_equalised { equalised(&square) } else { square };
        all.push(imageops::flip_horizontal(&square));
        all.push(square);
    }
    Ok(all)
}

/// The middle part of a box.
fn shrunk(region: Region, share: f32) -> Region {
    let part = |length: u32| ((length as f32 * share).round() as u32).max(1);
    let (width_px, height_px) = (part(region.width_px), part(region.height_px));
    Region {
        x_px: region.x_px + (region.width_px - width_px) / 2,
        y_px: region.y_px + (region.height_px - height_px) / 2,
        width_px,
        height_px,
    }
}

/// Features standardised within the family of scanners that a film comes from, on the scale of the people learned from.
fn within_scanners(rows: &[FilmRow], described: &[Vec<f64>], learned: &Moments) -> Vec<Vec<f64>> {
    let all = Moments::of(described);
    let mut families = BTreeMap::<u32, Vec<&Vec<f64>>>::new();
    for (row, features) in rows.iter().zip(described) {
        families.entry(family(row)).or_default().push(features);
    }
    let moments: BTreeMap<u32, Moments> = families
        .into_iter()
        .map(|(family, films)| {
            let count = films.len() as f64;
            let own = Moments::of(films);
            let deviations =
                own.deviations.iter().zip(&all.deviations).map(|(own, all)| {
                    ((count * own.powi(2) + FILMS_OF_ALL * all.powi(2)) / (count + FILMS_OF_ALL)).sqrt()
                });
            (family, Moments { deviations: deviations.collect(), ..own })
        })
        .collect();
    let adapted = |(row, features): (&FilmRow, &Vec<f64>)| {
        let of = &moments[&family(row)];
        let standard = features
            .iter()
            .zip(&of.means)
            .zip(&of.deviations)
            .map(|((x, mean), deviation)| ((x - mean) / deviation).clamp(-FARTHEST, FARTHEST));
        standard
            .zip(&learned.means)
            .zip(&learned.deviations)
            .map(|((z, mean), deviation)| mean + z * deviation)
            .collect()
    };
    rows.iter().zip(described).map(adapted).collect()
}

/// The longer side of the scan, upright or not, in hundreds of pixels: 10, 24 and 27 here.
fn family(row: &FilmRow) -> u32 {
    (row.source_width_px.max(row.source_height_px) + 50) / 100
}

/// Mean and deviation of each feature.
struct Moments {
    means: Vec<f64>,
    deviations: Vec<f64>,
}

impl Moments {
    fn of<'a>(rows: impl IntoIterator<Item = &'a Vec<f64>>) -> Self {
        let rows: Vec<&Vec<f64>> = rows.into_iter().collect();
        let count = rows.len() as f64;
        let features = rows.first().map_or(0, |row| row.len());
        let means: Vec<f64> = (0..features).map(|at| rows.iter().map(|row| row[at]).sum::<f64>() / count).collect();
        let deviation = |at: usize| {
            let squares = rows.iter().map(|row| (row[at] - means[at]).powi(2)).sum::<f64>();
            (squares / count).sqrt().max(1e-9)
        };
        Self { deviations: (0..features).map(deviation).collect(), means }
    }

    /// The mean distance of the other's means, in deviations of these.
    fn distance_to(&self, other: &Self) -> f64 {
        let far = |((here, there), deviation): ((&f64, &f64), &f64)| (here - there).abs() / deviation;
        let sum: f64 = self.means.iter().zip(&other.means).zip(&self.deviations).map(far).sum();
        sum / self.means.len() as f64
    }
}
