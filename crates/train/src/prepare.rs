//! Films and crops → single knees and a table of them.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use image::imageops::{self, FilterType};
use indicatif::ProgressIterator;
use osteolens::{knees, radiograph};
use serde::Deserialize;

use crate::dataset::{Knee, Source, TABLE};

/// Knees are kept at no more than this: twice what a network sees, so that augmentation can zoom.
const KEPT_SIDE_PX: u32 = 448;

#[derive(Deserialize)]
struct FilmRow {
    film: String,
    group: String,
    class: osteolens::prediction::Class,
    age_years: Option<f32>,
}

#[derive(Deserialize)]
struct CropRow {
    crop: String,
    group: String,
    class: osteolens::prediction::Class,
}

/// Cuts every knee of `data` with the library's own code and writes it below `out`.
pub fn run(data: &Path, out: &Path) -> Result<()> {
    ensure!(
        data.join("films.csv").is_file(),
        "{} has no films.csv: give the folder of the training data with --data",
        data.display()
    );
    let films: Vec<FilmRow> = rows(&data.join("films.csv"))?;
    let crops: Vec<CropRow> = rows(&data.join("crops.csv"))?;
    let age_of = |group: &str| films.iter().find(|film| film.group == group).and_then(|film| film.age_years);

    let sources = films
        .iter()
        .map(|film| (&film.film, &film.group, film.class, Source::Film))
        .chain(crops.iter().map(|crop| (&crop.crop, &crop.group, crop.class, Source::Crop)));
    let mut table = Vec::new();
    for (file, group, class, source) in sources.collect::<Vec<_>>().into_iter().progress() {
        let bytes = fs::read(data.join(file)).with_context(|| format!("reading {file}"))?;
        let film = radiograph::decode(&bytes).with_context(|| format!("decoding {file}"))?;
        for knee in knees::find(film.pixels()) {
            let region = knee.region;
            let cut = imageops::crop_imm(film.pixels(), region.x_px, region.y_px, region.width_px, region.height_px)
                .to_image();
            let longest = cut.width().max(cut.height());
            let cut = if longest > KEPT_SIDE_PX {
                let side = |length: u32| (length * KEPT_SIDE_PX / longest).max(1);
                imageops::resize(&cut, side(cut.width()), side(cut.height()), FilterType::Triangle)
            } else {
                cut
            };
            let stem = Path::new(file).with_extension("").to_string_lossy().replace('/', "_");
            let name = format!("{stem}_{:?}.png", knee.position).to_lowercase();
            let path = out.join("knees").join(&name);
            fs::create_dir_all(out.join("knees"))?;
            cut.save(&path).with_context(|| format!("writing {}", path.display()))?;
            table.push(Knee {
                file: format!("knees/{name}"),
                group: group.clone(),
                class,
                source,
                age_years: age_of(group),
            });
        }
    }
    let mut writer = csv::Writer::from_path(out.join(TABLE))?;
    for knee in &table {
        writer.serialize(knee)?;
    }
    writer.flush()?;
    println!("{} knees of {} films and {} crops in {}", table.len(), films.len(), crops.len(), out.display());
    Ok(())
}

fn rows<T: for<'row> Deserialize<'row>>(path: &Path) -> Result<Vec<T>> {
    let mut reader = csv::Reader::from_path(path).with_context(|| format!("opening {}", path.display()))?;
    reader.deserialize().collect::<Result<_, _>>().with_context(|| format!("reading {}", path.display()))
}
