//! What a knee looks like to each network's earlier layers, and how well that tells knees from
//! other pictures.

mod made;
mod record;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use burn::store::{BurnpackStore, ModuleSnapshot};
use burn::tensor::{Device, Tensor, TensorData};
use image::GrayImage;
use indicatif::ProgressIterator;
use nalgebra::{Cholesky, DMatrix, DVector};
use osteolens::gate::{self, Adjustment, Refusal};
use osteolens::input::{Input, InputSpec};
use osteolens::network::{KneeGate, Network};
use osteolens::{knees, radiograph};
use radiograph::Radiograph;

use made::made;
pub use record::{GateRecord, Gated, Origin, accepts};

use crate::ModelId;
use crate::dataset::{Dataset, GRADED, GradedKnee, Source};
use crate::folds::{FOLDS, fold_of_group};
use crate::learn::Squares;
use crate::predictions;
use crate::pretrain;

/// Share of the knees of the least usual source that each model accepts: what either refuses is
/// refused, so that no more than 4 % are.
const ACCEPTED: f32 = 0.98;
/// Of the covariance, this share is spread evenly over all directions (Ledoit and Wolf, 2004,
/// fit such a share; with 2,000 knees and 128 features theirs is about this).
const SHRINKAGE: f64 = 0.02;
/// Every so-manieth film is inverted and turned.
const ADJUSTED_EVERY: usize = 5;

/// Mean of the known knees and `W` with `W·Wᵀ = covariance⁻¹`.
struct Statistics {
    mean: DVector<f64>,
    whiten: DMatrix<f64>,
}

impl Statistics {
    fn of(textures: &[&Vec<f32>]) -> Result<Self> {
        let features = textures.first().map_or(0, |first| first.len());
        let rows = DMatrix::from_fn(textures.len(), features, |row, at| f64::from(textures[row][at]));
        let mean = rows.row_mean().transpose();
        let centred = DMatrix::from_fn(rows.nrows(), features, |row, at| rows[(row, at)] - mean[at]);
        let sample = centred.transpose() * &centred / rows.nrows() as f64;
        let even = DMatrix::identity(features, features) * (sample.trace() / features as f64);
        let covariance = sample * (1.0 - SHRINKAGE) + even * SHRINKAGE;
        let lower = Cholesky::new(covariance).context("the knees are all alike")?.l();
        let whiten = lower.try_inverse().context("the knees are all alike")?.transpose();
        Ok(Self { mean, whiten })
    }

    /// As [`KneeGate::distance`].
    fn distance(&self, texture: &[f32]) -> f32 {
        let away = DVector::from_fn(texture.len(), |at, _| f64::from(texture[at]) - self.mean[at]);
        ((self.whiten.transpose() * away).norm_squared() / texture.len() as f64).sqrt() as f32
    }

    fn gate(&self, device: &Device) -> KneeGate {
        let features = self.mean.len();
        let by_row = self.whiten.transpose().iter().map(|x| *x as f32).collect();
        KneeGate::from_statistics(
            Tensor::from_data(TensorData::new(self.mean.iter().map(|x| *x as f32).collect(), [features]), device),
            Tensor::from_data(TensorData::new::<f32, _>(by_row, [features, features]), device),
        )
    }
}

/// A network with its statistics: of each fold's training groups, and of all.
struct Judge {
    network: Network,
    spec: InputSpec,
    by_fold: Vec<Statistics>,
    all: Statistics,
    device: Device,
}

impl Judge {
    fn texture(&self, pixels: &GrayImage, region: osteolens::geometry::Region) -> Result<Vec<f32>> {
        let input = Input::prepare(pixels, region, &self.spec, &self.device);
        self.network.forward(input.tensor).texture.try_into_vec_as::<f32>().context("reading the texture")
    }

    fn statistics(&self, fold: Option<usize>) -> &Statistics {
        fold.map_or(&self.all, |fold| &self.by_fold[fold])
    }
}

/// Fits the gate of both networks, tries it on every picture and writes `gate.json`.
pub fn run(data: &Path, prepared: &Path, out: &Path, seed: u64, device: &Device) -> Result<()> {
    ensure!(data.join("not_knees").is_dir(), "{} has no folder not_knees", data.display());
    let labelled = Dataset::knees(prepared)?;
    let graded = Dataset::<GradedKnee>::read(prepared, GRADED, |knee| &knee.file)?;
    let groups: BTreeMap<String, u8> = labelled
        .rows
        .iter()
        .map(|knee| (knee.group.clone(), 0))
        .chain(graded.rows.iter().map(|knee| (knee.group.clone(), 1)))
        .collect();
    let folds = fold_of_group(&groups, seed);
    let mut record = GateRecord {
        limits: [0.0; 2],
        limits_by_fold: vec![[0.0; 2]; FOLDS],
        networks: Vec::new(),
        pictures: Vec::new(),
    };
    let mut judges = Vec::new();
    let sources = labelled.rows.iter().map(|knee| match knee.source {
        Source::Film => Origin::Film,
        Source::Crop => Origin::Crop,
    });
    let known: Vec<(Origin, &String)> = sources
        .zip(labelled.rows.iter().map(|knee| &knee.group))
        .chain(graded.rows.iter().map(|knee| (Origin::Graded, &knee.group)))
        .collect();
    for (at, model) in ModelId::ALL.into_iter().enumerate() {
        let (network, pretraining) = pretrain::read(model, out, device)?;
        let spec = pretraining.settings.input.clone();
        record.networks.push(pretraining);
        let mut textures = textures(&network, &Squares::of(&labelled, &spec), device)?;
        textures.extend(self::textures(&network, &Squares::of(&graded, &spec), device)?);
        let fold_of = |knee: usize| folds[known[knee].1];
        let of = |passes: &dyn Fn(usize) -> bool| {
            let chosen: Vec<&Vec<f32>> =
                (0..textures.len()).filter(|knee| passes(*knee)).map(|knee| &textures[knee]).collect();
            Statistics::of(&chosen)
        };
        let by_fold = (0..FOLDS).map(|fold| of(&|knee| fold_of(knee) != fold)).collect::<Result<Vec<Statistics>>>()?;
        let distances: Vec<(Origin, usize, f32)> = textures
            .iter()
            .enumerate()
            .map(|(knee, texture)| (known[knee].0, fold_of(knee), by_fold[fold_of(knee)].distance(texture)))
            .collect();
        record.limits[at] = limit(&distances, |_| true);
        for (fold, limits) in record.limits_by_fold.iter_mut().enumerate() {
            limits[at] = limit(&distances, |of| of != fold);
        }
        let all = of(&|_| true)?;
        let mut store = BurnpackStore::from_file(path(out, model)).overwrite(true);
        all.gate(device).save_into(&mut store).context("saving the gate")?;
        judges.push(Judge { network, spec, by_fold, all, device: device.clone() });
    }
    let door = Door { judges, record };
    let mut pictures = door.knees(data, &folds)?;
    pictures.extend(door.others(data)?);
    pictures.extend(door.adjusted(data, &folds)?);
    let record = GateRecord { pictures, ..door.record };
    for origin in record.pictures.iter().map(|picture| picture.origin).collect::<std::collections::BTreeSet<_>>() {
        let of: Vec<&Gated> = record.pictures.iter().filter(|picture| picture.origin == origin).collect();
        let refused = of.iter().filter(|picture| record.refuses(picture)).count();
        println!("{origin:?}: {refused} of {} refused", of.len());
    }
    predictions::write(out, "gate", &record)
}

fn path(out: &Path, model: ModelId) -> PathBuf {
    out.join(model.id()).join("gate.bpk")
}

/// What `run` fitted for a model.
pub fn read(model: ModelId, out: &Path, empty: KneeGate) -> Result<KneeGate> {
    let path = path(out, model);
    ensure!(path.is_file(), "{} is missing: `cargo run -p train -- gate` writes it", path.display());
    let mut gate = empty;
    gate.load_from(&mut BurnpackStore::from_file(&path)).context("loading the gate")?;
    Ok(gate)
}

fn textures(network: &Network, squares: &Squares, device: &Device) -> Result<Vec<Vec<f32>>> {
    (0..squares.large.len())
        .progress()
        .map(|picture| {
            let values = squares.plain_values(picture);
            let input = osteolens::input::tensor_from_values(values, squares.spec, device);
            network.forward(input).texture.try_into_vec_as::<f32>().context("reading the texture")
        })
        .collect()
}

/// The distance within which [`ACCEPTED`] of the knees of these folds lie, in the source where that
/// is farthest.
fn limit(distances: &[(Origin, usize, f32)], passes: impl Fn(usize) -> bool) -> f32 {
    let farthest = |origin: Origin| {
        let of = distances.iter().filter(|(source, fold, _)| *source == origin && passes(*fold));
        let mut of: Vec<f32> = of.map(|(.., distance)| *distance).collect();
        of.sort_by(f32::total_cmp);
        of.get((of.len() as f32 * ACCEPTED) as usize).copied().unwrap_or(f32::MAX)
    };
    [Origin::Film, Origin::Crop, Origin::Graded].map(farthest).into_iter().fold(0.0, f32::max)
}

/// Sends pictures through the gate as the page does.
struct Door {
    judges: Vec<Judge>,
    record: GateRecord,
}

impl Door {
    /// Every knee of the tables, from its own file.
    fn knees(&self, data: &Path, folds: &BTreeMap<String, usize>) -> Result<Vec<Gated>> {
        let mut pictures = Vec::new();
        for (table, column, origin) in
            [("films", "film", Origin::Film), ("crops", "crop", Origin::Crop), ("knees_oa", "knee", Origin::Graded)]
        {
            for row in rows(&data.join(format!("{table}.csv")))?.iter().progress() {
                pictures.push(self.gated(origin, &row["group"], &decode(data, &row[column])?, folds)?);
            }
        }
        Ok(pictures)
    }

    fn others(&self, data: &Path) -> Result<Vec<Gated>> {
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

    fn adjusted(&self, data: &Path, folds: &BTreeMap<String, usize>) -> Result<Vec<Gated>> {
        let mut pictures = Vec::new();
        for film in rows(&data.join("films.csv"))?.iter().step_by(ADJUSTED_EVERY).progress() {
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
        let distances = self.distances(radiograph, fold)?;
        let mut needs = None;
        let perhaps = refusals.iter().all(|reason| *reason == Refusal::Drawing);
        if perhaps && !(refusals.is_empty() && distances.iter().any(|knee| accepts(limits, *knee))) {
            // As in the analyzer.
            let mut nearest = 1.0;
            for adjustment in Adjustment::ALL {
                let adjusted = radiograph.adjusted(adjustment);
                if !gate::refusals(&adjusted).is_empty() {
                    continue;
                }
                for knee in self.distances(&adjusted, fold)? {
                    let farthest = (knee[0] / limits[0]).max(knee[1] / limits[1]);
                    if farthest <= nearest {
                        nearest = farthest;
                        needs = Some(adjustment);
                    }
                }
            }
        }
        Ok(Gated { origin, group: group.to_owned(), fold, refusals, distances, needs })
    }

    fn distances(&self, picture: &Radiograph, fold: Option<usize>) -> Result<Vec<[f32; 2]>> {
        knees::find(picture.pixels())
            .iter()
            .map(|knee| {
                let mut distances = [0.0; 2];
                for (distance, judge) in distances.iter_mut().zip(&self.judges) {
                    *distance = judge.statistics(fold).distance(&judge.texture(picture.pixels(), knee.region)?);
                }
                Ok(distances)
            })
            .collect()
    }
}

fn rows(table: &Path) -> Result<Vec<BTreeMap<String, String>>> {
    let mut reader = csv::Reader::from_path(table).with_context(|| format!("opening {}", table.display()))?;
    reader.deserialize().collect::<Result<_, _>>().with_context(|| format!("reading {}", table.display()))
}

fn decode(data: &Path, file: &str) -> Result<Radiograph> {
    radiograph::decode(&fs::read(data.join(file))?).with_context(|| format!("decoding {file}"))
}
