//! The published pictures → single knees, whole files, and tables of them.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use analysis::prediction::Class;
use analysis::{input, knees};
use anyhow::{Context, Result, ensure};
use image::GrayImage;
use image::imageops;
use indicatif::ProgressIterator;
use radiograph::Radiograph;
use serde::Deserialize;

use crate::dataset::{CutFrom, FILES, FiledPicture, GRADED, GradedKnee, KNEES, LabelledKnee, SEEN, SEEN_PX};
use crate::tables;

/// Knees are kept at no more than this: twice what a network sees, so that augmentation can zoom.
const KEPT_SIDE_PX: u32 = 448;
/// Whole files only ever become inputs of 224 px.
const KEPT_FILE_SIDE_PX: u32 = 256;
/// The multi-class set that earlier projects use holds each crop four times.
const CROP_COPIES: usize = 4;

#[derive(Deserialize)]
struct FilmRow {
    film: String,
    group: String,
    class: Class,
    source_width_px: Option<u32>,
    age_years: Option<f32>,
    sex: Option<String>,
}

#[derive(Deserialize)]
struct CropRow {
    crop: String,
    group: String,
    class: Class,
    kaggle_folder: Class,
    exact_duplicate_of: Option<String>,
}

#[derive(Deserialize)]
struct GradedRow {
    knee: String,
    group: String,
    kl_grade: usize,
}

/// Cuts every knee of `data` with the library's own code and writes it below `out`.
pub fn run(data: &Path, out: &Path) -> Result<()> {
    ensure!(
        data.join("films.csv").is_file(),
        "{} has no films.csv: give the folder of the training data with --data",
        data.display()
    );
    let films: Vec<FilmRow> = tables::read(&data.join("films.csv"))?;
    let crops: Vec<CropRow> = tables::read(&data.join("crops.csv"))?;
    let graded: Vec<GradedRow> = tables::read(&data.join("knees_oa.csv"))?;
    for folder in ["knees", "graded", "files", "seen/knees", "seen/graded"] {
        fs::create_dir_all(out.join(folder))?;
    }
    labelled(data, out, &films, &crops)?;
    files(data, out, &films, &crops)?;
    let mut table = Vec::new();
    for row in graded.iter().progress() {
        // One knee fills these pictures; whatever else is found on one is not graded.
        if let Some(knee) = cut(data, &row.knee)?.into_iter().next() {
            let file = format!("graded/{}.png", stem(&row.knee));
            knee.save(out, &file)?;
            table.push(GradedKnee { file, group: row.group.clone(), kl_grade: row.kl_grade });
        }
    }
    tables::write(&out.join(GRADED), &table)
}

fn labelled(data: &Path, out: &Path, films: &[FilmRow], crops: &[CropRow]) -> Result<()> {
    let film_of = |group: &str| films.iter().find(|film| film.group == group);
    let sources = films
        .iter()
        .map(|film| (&film.film, &film.group, film.class, CutFrom::Film))
        .chain(crops.iter().map(|crop| (&crop.crop, &crop.group, crop.class, CutFrom::Crop)));
    let mut table = Vec::new();
    for (path, group, class, source) in sources.collect::<Vec<_>>().into_iter().progress() {
        for knee in cut(data, path)? {
            let file = format!("knees/{}_{:?}.png", stem(path), knee.position).to_lowercase();
            knee.save(out, &file)?;
            let film = film_of(group);
            table.push(LabelledKnee {
                file,
                group: group.clone(),
                class,
                source,
                age_years: film.and_then(|film| film.age_years),
                sex: film.and_then(|film| film.sex.clone()),
                film_width_px: film.and_then(|film| film.source_width_px),
            });
        }
    }
    tables::write(&out.join(KNEES), &table)
}

/// The multi-class set on which earlier projects report, as far as it can be put together again:
/// each film once under its T-score's class, each crop four times under the folder it was
/// published in.
fn files(data: &Path, out: &Path, films: &[FilmRow], crops: &[CropRow]) -> Result<()> {
    let sources = films.iter().map(|film| (&film.film, &film.group, film.class, 1, None)).chain(
        crops
            .iter()
            .map(|crop| (&crop.crop, &crop.group, crop.kaggle_folder, CROP_COPIES, crop.exact_duplicate_of.as_ref())),
    );
    let mut numbers = HashMap::new();
    let mut table = Vec::new();
    for (path, group, class, copies, same_as) in sources.collect::<Vec<_>>().into_iter().progress() {
        let next = numbers.len();
        let picture = *numbers.entry(same_as.unwrap_or(path).clone()).or_insert(next);
        let whole = decode(data, path)?;
        let file = format!("files/{}.png", stem(path));
        reduced(whole.pixels().clone(), KEPT_FILE_SIDE_PX).save(out.join(&file))?;
        table.push(FiledPicture { file, group: group.clone(), class, copies, picture });
    }
    tables::write(&out.join(FILES), &table)
}

/// A knee cut from its file, and what the page would show of it to the networks.
struct Cut {
    position: knees::Position,
    knee: GrayImage,
    seen: GrayImage,
}

impl Cut {
    fn save(&self, out: &Path, file: &str) -> Result<()> {
        self.knee.save(out.join(file)).with_context(|| format!("writing {file}"))?;
        self.seen.save(out.join(SEEN).join(file)).with_context(|| format!("writing {SEEN}/{file}"))
    }
}

/// The picture in a published file.
pub fn decode(data: &Path, file: &str) -> Result<Radiograph> {
    let bytes = fs::read(data.join(file)).with_context(|| format!("reading {file}"))?;
    radiograph::decode(&bytes).with_context(|| format!("decoding {file}"))
}

fn cut(data: &Path, path: &str) -> Result<Vec<Cut>> {
    let film = decode(data, path)?;
    let cut = |knee: knees::Knee| {
        let region = knee.region;
        let cut = imageops::crop_imm(film.pixels(), region.x_px, region.y_px, region.width_px, region.height_px);
        Cut {
            position: knee.position,
            knee: reduced(cut.to_image(), KEPT_SIDE_PX),
            seen: input::seen(film.pixels(), region, SEEN_PX).0,
        }
    };
    Ok(knees::find(film.pixels()).into_iter().map(cut).collect())
}

fn reduced(picture: GrayImage, longest_px: u32) -> GrayImage {
    let longest = picture.width().max(picture.height());
    if longest <= longest_px {
        return picture;
    }
    let side = |length: u32| (length * longest_px / longest).max(1);
    pixels::resized(&picture, side(picture.width()), side(picture.height()))
}

fn stem(path: &str) -> String {
    Path::new(path).with_extension("").to_string_lossy().replace('/', "_")
}
