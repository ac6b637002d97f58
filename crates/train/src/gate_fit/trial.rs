//! Sends pictures through the gate as the page does, but with statistics that their own film had no part in.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use analysis::gate::{self, Refusal};
use analysis::{analyzer, knees};
use anyhow::Result;
use image::GrayImage;
use indicatif::ProgressIterator;
use radiograph::{Adjustment, Radiograph, Region};

use super::gated::{GateRecord, Gated, Origin, accepts};
use super::judge::Judge;
use super::made::made;
use crate::prepare::decode;
use crate::tables;

/// Every nth film is inverted and turned.
const ADJUSTED_EVERY: usize = 5;

/// What the pictures are sent through.
pub struct Trial {
    /// One per network.
    pub judges: Vec<Judge>,
    /// With the limits; the pictures come later.
    pub record: GateRecord,
}

impl Trial {
    /// Every knee of the tables, from its own file.
    pub fn knees(&self, data: &Path, folds: &BTreeMap<String, usize>) -> Result<Vec<Gated>> {
        let mut pictures = Vec::new();
        for (table, column, origin) in
            [("films", "film", Origin::Film), ("crops", "crop", Origin::Crop), ("knees_oa", "knee", Origin::Graded)]
        {
            for row in rows(data, table)?.iter().progress() {
                pictures.push(self.gated(origin, &row["group"], &decode(data, &row[column])?, folds)?);
            }
        }
        Ok(pictures)
    }

    /// Every picture that is no knee.
    pub fn others(&self, data: &Path) -> Result<Vec<Gated>> {
        let (mut pictures, nowhere) = (Vec::new(), BTreeMap::new());
        for (folder, origin) in [("chest", Origin::Chest), ("photos", Origin::Photo), ("spine_dxa", Origin::Spine)] {
            let mut paths: Vec<PathBuf> =
                fs::read_dir(data.join("not_knees").join(folder))?.flatten().map(|entry| entry.path()).collect();
            paths.sort();
            for path in paths {
                match radiograph::decode(&fs::read(&path)?) {
                    Ok(radiograph) => pictures.push(self.gated(origin, "", &radiograph, &nowhere)?),
                    Err(error) => println!("{}: {error}", path.display()),
                }
            }
        }
        for radiograph in made() {
            pictures.push(self.gated(Origin::Made, "", &radiograph, &nowhere)?);
        }
        Ok(pictures)
    }

    /// Some films, inverted and turned.
    pub fn adjusted(&self, data: &Path, folds: &BTreeMap<String, usize>) -> Result<Vec<Gated>> {
        let mut pictures = Vec::new();
        for film in rows(data, "films")?.iter().step_by(ADJUSTED_EVERY).progress() {
            let radiograph = decode(data, &film["film"])?;
            for (origin, adjustment) in [
                (Origin::Inverted, Adjustment::Invert),
                (Origin::TurnedLeft, Adjustment::TurnLeft),
                (Origin::TurnedRight, Adjustment::TurnRight),
                (Origin::UpsideDown, Adjustment::TurnOver),
            ] {
                pictures.push(self.gated(origin, &film["group"], &radiograph.adjusted(adjustment), folds)?);
            }
        }
        Ok(pictures)
    }

    fn gated(
        &self,
        origin: Origin,
        group: &str,
        radiograph: &Radiograph,
        folds: &BTreeMap<String, usize>,
    ) -> Result<Gated> {
        let fold = folds.get(group).copied();
        let limits = self.record.limits(fold);
        let refusals = gate::refusals(radiograph);
        let distances: Vec<[f32; 2]> = knees::find(radiograph.pixels())
            .iter()
            .map(|knee| self.distances(radiograph.pixels(), knee.region, fold))
            .collect::<Result<_>>()?;
        let is_judged = refusals.is_empty() && distances.iter().any(|knee| accepts(limits, *knee));
        let needs = if !is_judged && refusals.iter().all(|reason| *reason == Refusal::Drawing) {
            let farthest = async |pixels: &GrayImage, region| {
                let [first, second] = self.distances(pixels, region, fold)?;
                Ok::<f32, anyhow::Error>((first / limits[0]).max(second / limits[1]))
            };
            pollster::block_on(analyzer::remedy(radiograph, farthest))?
        } else {
            None
        };
        Ok(Gated { origin, group: group.to_owned(), fold, refusals, distances, needs })
    }

    /// How far each network finds a region from the knees of the other folds.
    fn distances(&self, pixels: &GrayImage, region: Region, fold: Option<usize>) -> Result<[f32; 2]> {
        let mut distances = [0.0; 2];
        for (distance, judge) in distances.iter_mut().zip(&self.judges) {
            *distance = judge.distance(pixels, region, fold)?;
        }
        Ok(distances)
    }
}

fn rows(data: &Path, table: &str) -> Result<Vec<BTreeMap<String, String>>> {
    tables::read(&data.join(format!("{table}.csv")))
}
