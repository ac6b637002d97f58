//! What a knee looks like to each network's earlier layers, and how well that tells knees from
//! other pictures.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use burn::store::{BurnpackStore, ModuleSnapshot};
use burn::tensor::{Device, Tensor, TensorData};
use image::{GrayImage, Luma};
use indicatif::ProgressIterator;
use nalgebra::{Cholesky, DMatrix, DVector};
use osteolens::gate::{self, Adjustment, Refusal};
use osteolens::input::{Input, InputSpec};
use osteolens::network::{KneeGate, Network};
use osteolens::{knees, radiograph};
use radiograph::Radiograph;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};

use crate::ModelId;
use crate::dataset::{Dataset, GRADED, GradedKnee, Knee, Source};
use crate::folds::{FOLDS, fold_of_group};
use crate::learn::Squares;
use crate::predictions;
use crate::pretrain;

/// Share of the knees of the least usual source that each model accepts.
const ACCEPTED: f32 = 0.97;
/// Of the covariance, this share is spread evenly over all directions (Ledoit and Wolf, 2004,
/// fit such a share; with 2,000 knees and 128 features theirs is about this).
const SHRINKAGE: f64 = 0.02;
/// Every so-manieth film is inverted and turned.
const ADJUSTED_EVERY: usize = 5;

/// Where a picture comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Whole film.
    Film,
    /// Crop of a film.
    Crop,
    /// Knee graded for osteoarthritis, of other people.
    Graded,
    /// Chest film.
    Chest,
    /// Photograph.
    Photo,
    /// Spine DXA printout.
    Spine,
    /// Made by this program: ramps, noise, text.
    Made,
    /// A film with black and white swapped.
    Inverted,
    /// A film turned by a quarter.
    Sideways,
    /// A film turned by half.
    UpsideDown,
}

impl Origin {
    /// Whether it should be judged.
    pub fn is_knee(self) -> bool {
        matches!(self, Self::Film | Self::Crop | Self::Graded)
    }

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Film => "films",
            Self::Crop => "crops of films by others",
            Self::Graded => "knees graded for osteoarthritis",
            Self::Chest => "chest films",
            Self::Photo => "photographs and graphics",
            Self::Spine => "spine DXA printouts",
            Self::Made => "ramps, noise, stripes, text",
            Self::Inverted => "films inverted",
            Self::Sideways => "films turned by a quarter",
            Self::UpsideDown => "films turned upside down",
        }
    }

    /// Whether the offered adjustment makes the picture right again.
    pub fn is_mended_by(self, needs: Option<Adjustment>) -> bool {
        match self {
            Self::Inverted => needs == Some(Adjustment::Invert),
            Self::Sideways => matches!(needs, Some(Adjustment::TurnLeft | Adjustment::TurnRight)),
            Self::UpsideDown => needs == Some(Adjustment::TurnOver),
            _ => false,
        }
    }
}

/// A picture that has been through the gate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gated {
    /// Where it comes from.
    pub origin: Origin,
    /// Film or person.
    pub group: String,
    /// What the pixels alone say.
    pub refusals: Vec<Refusal>,
    /// Per knee found and per model, by statistics that this group had no part in.
    pub distances: Vec<[f32; 2]>,
    /// What would make a refused picture a knee.
    pub needs: Option<Adjustment>,
}

/// `gate.json`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateRecord {
    /// Longest distance accepted, per model.
    pub limits: [f32; 2],
    /// Every picture tried.
    pub pictures: Vec<Gated>,
}

impl GateRecord {
    /// Whether a picture gets no result.
    pub fn refuses(&self, picture: &Gated) -> bool {
        !picture.refusals.is_empty() || !picture.distances.iter().any(|knee| self.accepts(*knee))
    }

    fn accepts(&self, knee: [f32; 2]) -> bool {
        knee.iter().zip(&self.limits).all(|(distance, limit)| distance <= limit)
    }
}

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
    let mut record = GateRecord { limits: [0.0; 2], pictures: Vec::new() };
    let mut judges = Vec::new();
    let knee_groups: Vec<&String> =
        labelled.rows.iter().map(|knee| &knee.group).chain(graded.rows.iter().map(|knee| &knee.group)).collect();
    let mut distances = vec![[0.0f32; 2]; knee_groups.len()];
    for (at, model) in ModelId::ALL.into_iter().enumerate() {
        let (network, pretraining) = pretrain::read(model, out, device)?;
        let spec = pretraining.settings.input;
        let mut textures = textures(&network, &Squares { squares: &labelled.squares, spec: &spec }, device)?;
        textures.extend(self::textures(&network, &Squares { squares: &graded.squares, spec: &spec }, device)?);
        let of = |passes: &dyn Fn(usize) -> bool| {
            let chosen: Vec<&Vec<f32>> =
                (0..textures.len()).filter(|knee| passes(*knee)).map(|knee| &textures[knee]).collect();
            Statistics::of(&chosen)
        };
        let by_fold =
            (0..FOLDS).map(|fold| of(&|knee| folds[knee_groups[knee]] != fold)).collect::<Result<Vec<Statistics>>>()?;
        for (knee, texture) in textures.iter().enumerate() {
            distances[knee][at] = by_fold[folds[knee_groups[knee]]].distance(texture);
        }
        let all = of(&|_| true)?;
        let mut store = BurnpackStore::from_file(path(out, model)).overwrite(true);
        all.gate(device).save_into(&mut store).context("saving the gate")?;
        judges.push(Judge { network, spec, by_fold, all, device: device.clone() });
        record.limits[at] = limit(&labelled, &distances, at);
    }
    record.pictures = known(&labelled, &graded, &distances);
    record.pictures.extend(others(data, &judges, record.limits)?);
    record.pictures.extend(adjusted(data, &judges, record.limits, &folds)?);
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
    (0..squares.squares.len())
        .progress()
        .map(|picture| {
            let values = squares.plain_values(picture);
            let input = osteolens::input::tensor_from_values(values, squares.spec, device);
            network.forward(input).texture.try_into_vec_as::<f32>().context("reading the texture")
        })
        .collect()
}

/// The distance within which [`ACCEPTED`] of the knees lie, in the source where that is farthest.
fn limit(labelled: &Dataset<Knee>, distances: &[[f32; 2]], model: usize) -> f32 {
    let (labelled_distances, graded) = distances.split_at(labelled.rows.len());
    let of = |source: Source| {
        let pairs = labelled.rows.iter().zip(labelled_distances);
        pairs.filter(|(knee, _)| knee.source == source).map(|(_, distances)| distances[model]).collect::<Vec<_>>()
    };
    let sources = [of(Source::Film), of(Source::Crop), graded.iter().map(|distances| distances[model]).collect()];
    let farthest = |mut distances: Vec<f32>| {
        distances.sort_by(f32::total_cmp);
        distances.get((distances.len() as f32 * ACCEPTED) as usize).copied().unwrap_or(f32::MAX)
    };
    sources.into_iter().map(farthest).fold(0.0, f32::max)
}

fn known(labelled: &Dataset<Knee>, graded: &Dataset<GradedKnee>, distances: &[[f32; 2]]) -> Vec<Gated> {
    let mut pictures = BTreeMap::<(Origin, String), Gated>::new();
    let labelled = labelled.rows.iter().map(|knee| match knee.source {
        Source::Film => (Origin::Film, knee.group.clone(), knee.group.clone()),
        Source::Crop => (Origin::Crop, knee.file.clone(), knee.group.clone()),
    });
    let graded = graded.rows.iter().map(|knee| (Origin::Graded, knee.file.clone(), knee.group.clone()));
    for ((origin, picture, group), distances) in labelled.chain(graded).zip(distances) {
        let empty = Gated { origin, group, refusals: Vec::new(), distances: Vec::new(), needs: None };
        pictures.entry((origin, picture)).or_insert(empty).distances.push(*distances);
    }
    pictures.into_values().collect()
}

fn others(data: &Path, judges: &[Judge], limits: [f32; 2]) -> Result<Vec<Gated>> {
    let mut pictures = Vec::new();
    for (folder, origin) in [("chest", Origin::Chest), ("photos", Origin::Photo), ("spine_dxa", Origin::Spine)] {
        let mut paths: Vec<PathBuf> =
            fs::read_dir(data.join("not_knees").join(folder))?.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            match radiograph::decode(&fs::read(&path)?) {
                Ok(radiograph) => pictures.push(gated(origin, "", &radiograph, judges, limits, None)?),
                Err(error) => println!("{}: {error}", path.display()),
            }
        }
    }
    for radiograph in made() {
        pictures.push(gated(Origin::Made, "", &radiograph, judges, limits, None)?);
    }
    Ok(pictures)
}

fn adjusted(data: &Path, judges: &[Judge], limits: [f32; 2], folds: &BTreeMap<String, usize>) -> Result<Vec<Gated>> {
    let mut reader = csv::Reader::from_path(data.join("films.csv"))?;
    let films: Vec<BTreeMap<String, String>> = reader.deserialize().collect::<Result<_, _>>()?;
    let mut pictures = Vec::new();
    for film in films.iter().step_by(ADJUSTED_EVERY).progress() {
        let (path, group) = (&film["film"], &film["group"]);
        let radiograph = radiograph::decode(&fs::read(data.join(path))?).with_context(|| format!("decoding {path}"))?;
        for (origin, adjustment) in [
            (Origin::Inverted, Adjustment::Invert),
            (Origin::Sideways, Adjustment::TurnLeft),
            (Origin::Sideways, Adjustment::TurnRight),
            (Origin::UpsideDown, Adjustment::TurnOver),
        ] {
            let fold = Some(folds[group]);
            pictures.push(gated(origin, group, &radiograph.adjusted(adjustment), judges, limits, fold)?);
        }
    }
    Ok(pictures)
}

/// Sends a picture through the gate as the page does.
fn gated(
    origin: Origin,
    group: &str,
    radiograph: &Radiograph,
    judges: &[Judge],
    limits: [f32; 2],
    fold: Option<usize>,
) -> Result<Gated> {
    let distances_of = |picture: &Radiograph| -> Result<Vec<[f32; 2]>> {
        knees::find(picture.pixels())
            .iter()
            .map(|knee| {
                let mut distances = [0.0; 2];
                for (distance, judge) in distances.iter_mut().zip(judges) {
                    *distance = judge.statistics(fold).distance(&judge.texture(picture.pixels(), knee.region)?);
                }
                Ok(distances)
            })
            .collect()
    };
    let refusals = gate::refusals(radiograph);
    let distances = distances_of(radiograph)?;
    let accepts = |knees: &[[f32; 2]]| knees.iter().any(|knee| knee[0] <= limits[0] && knee[1] <= limits[1]);
    let mut needs = None;
    let perhaps = refusals.iter().all(|reason| *reason == Refusal::Drawing);
    if perhaps && !(refusals.is_empty() && accepts(&distances)) {
        // As in the analyzer.
        let mut nearest = 1.0;
        for adjustment in Adjustment::ALL {
            for knee in distances_of(&radiograph.adjusted(adjustment))? {
                let farthest = (knee[0] / limits[0]).max(knee[1] / limits[1]);
                if farthest <= nearest {
                    nearest = farthest;
                    needs = Some(adjustment);
                }
            }
        }
    }
    Ok(Gated { origin, group: group.to_owned(), refusals, distances, needs })
}

/// Pictures that no camera took: ramps, noise of several grains, stripes, rings, lines of text.
fn made() -> Vec<Radiograph> {
    const SIDE: u32 = 400;
    let mut random = StdRng::seed_from_u64(1);
    let mut pictures: Vec<GrayImage> = vec![
        GrayImage::from_fn(SIDE, SIDE, |x, _| Luma([(x * 255 / SIDE) as u8])),
        GrayImage::from_fn(SIDE, SIDE, |_, y| Luma([(y * 255 / SIDE) as u8])),
        GrayImage::from_fn(SIDE, SIDE, |x, y| Luma([((x + y) * 255 / (2 * SIDE)) as u8])),
        GrayImage::from_fn(SIDE, SIDE, |x, y| {
            let away = (x as f32 - 200.0).hypot(y as f32 - 200.0);
            Luma([(255.0 - away).clamp(0.0, 255.0) as u8])
        }),
        GrayImage::from_fn(SIDE, SIDE, |x, y| {
            let away = (x as f32 - 200.0).hypot(y as f32 - 200.0);
            Luma([(127.0 + 100.0 * (away / 9.0).sin()) as u8])
        }),
        GrayImage::from_fn(SIDE, SIDE, |x, _| Luma([if x / 25 % 2 == 0 { 40 } else { 190 }])),
        GrayImage::from_fn(SIDE, SIDE, |x, y| Luma([if (x / 40 + y / 40) % 2 == 0 { 30 } else { 120 }])),
        GrayImage::from_fn(SIDE, SIDE, |x, y| {
            Luma([if y % 24 < 14 && (x / 5 * 7 + y / 24 * 13) % 11 < 6 { 200 } else { 20 }])
        }),
    ];
    for grain in [1, 4, 16, 64] {
        let cells: Vec<u8> = (0..SIDE * SIDE).map(|_| random.random()).collect();
        pictures.push(GrayImage::from_fn(SIDE, SIDE, |x, y| Luma([cells[(y / grain * SIDE + x / grain) as usize]])));
        let soft = image::imageops::blur(pictures.last().unwrap_or(&GrayImage::new(1, 1)), grain as f32);
        pictures.push(soft);
    }
    pictures.into_iter().map(Radiograph::from).collect()
}
