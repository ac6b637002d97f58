//! Every picture that is learned from or tried, and what the network makes of its knees.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use analysis::body_part::BodyPart;
use analysis::gate::{self, Refusal};
use analysis::input::{self, Input};
use analysis::knee_head::described;
use analysis::knees::{self, Knee, Position};
use analysis::known_knees::KnownKnees;
use analysis::manifest::ModelEntry;
use analysis::metal;
use analysis::side::{Side, differences};
use anyhow::Result;
use image::GrayImage;
use networks::{Network, Parameters, Processor};
use radiograph::{Adjustment, Radiograph, Region};
use statistics::folds::fold_of_group;

use super::changes::Change;
use super::kinds::{self, Part};
use super::made::made;
use super::recognised::Origin;
use crate::prepare::decode;
use crate::tables;

/// See [`KneeHead::farthest`](analysis::knee_head::KneeHead::farthest): knees of other X-ray machines reach 2.1.
pub const FARTHEST: f32 = 2.5;
/// One of so many people of the cohort is learned from; all of them are tried.
const LEARNED_EVERY: usize = 4;
/// One of so many films, graded knees and knees of the cohort is also changed and turned.
const CHANGED_EVERY: [usize; 3] = [3, 80, 140];
/// Two films of which so few of 64 signs of neighbouring differences are unlike are copies.
const COPY_BITS: u32 = 4;

/// A picture that is looked at.
pub struct Picture {
    /// Where it comes from.
    pub origin: Origin,
    /// What kind, in words.
    pub kind: String,
    /// Its place below the data, or which of the made ones.
    file: Source,
    change: Change,
    fold: Option<usize>,
    part: Option<Part>,
    shows: Option<BodyPart>,
    side: Option<Side>,
}

enum Source {
    File(String),
    Made(usize),
}

/// What was found on it.
pub struct Looked {
    /// Where it comes from.
    pub origin: Origin,
    /// The fold that judges it; none where no head has learned from it.
    pub fold: Option<usize>,
    /// The part of the body that it shows, if that is no knee.
    pub part: Option<Part>,
    /// What it is called, if that has a name.
    pub shows: Option<BodyPart>,
    /// Which knee it is, where a table tells.
    pub side: Option<Side>,
    /// Whether a knee that is found holds something like metal.
    pub has_metal: bool,
    /// What kind, in words.
    pub kind: String,
    /// Whether it is learned from.
    pub is_learned: bool,
    /// What the pixels alone say.
    pub refusals: Vec<Refusal>,
    /// What the network makes of each knee that is found.
    pub knees: Vec<Described>,
}

impl Picture {
    /// Its pixels.
    pub fn radiograph(&self, data: &Path) -> Result<Radiograph> {
        self.change.of(&self.unchanged(data)?)
    }

    /// Its pixels before they were changed.
    pub fn unchanged(&self, data: &Path) -> Result<Radiograph> {
        match &self.file {
            Source::File(file) => decode(data, file),
            Source::Made(number) => Ok(made().swap_remove(*number)),
        }
    }
}

/// What the network makes of a knee.
pub struct Described {
    /// See [`described`].
    pub values: Vec<f64>,
    /// See [`differences`].
    pub differences: Vec<f64>,
    /// Where it lies.
    pub position: Position,
    /// Its distance from the known knees, as a share of the farthest at which a head is believed.
    pub from_known: f32,
}

/// The shipped network; each thread has its own.
pub struct Eye<'a> {
    network: Network,
    known: KnownKnees,
    entry: &'a ModelEntry,
}

impl<'a> Eye<'a> {
    /// Packs the network.
    pub fn open(entry: &'a ModelEntry, parameters: &Parameters) -> Result<Self> {
        let plan = entry.plan()?;
        let network = Network::new(&plan, parameters, &entry.input.channels(), &Processor::Cpu)?;
        Ok(Self { network, known: KnownKnees::read(parameters, plan.gate_features())?, entry })
    }

    /// What it makes of the knees of a picture.
    pub fn look(&self, data: &Path, picture: &Picture) -> Result<Looked> {
        let radiograph = picture.radiograph(data)?;
        let found = knees::find(radiograph.pixels());
        let describe = |knee: &Knee| self.describe(radiograph.pixels(), knee.region, knee.position);
        let knees = found.iter().map(describe).collect::<Result<_>>()?;
        let side_px = self.entry.input.side_px;
        let has_metal = |knee: &Knee| metal::is_seen(&input::seen(radiograph.pixels(), knee.region, side_px).0);
        Ok(Looked {
            origin: picture.origin,
            fold: picture.fold,
            part: picture.part,
            shows: picture.shows,
            side: picture.side,
            has_metal: found.iter().any(has_metal),
            kind: picture.kind.clone(),
            is_learned: picture.is_learned(),
            refusals: gate::refusals(&radiograph),
            knees,
        })
    }

    /// What it makes of a part of a picture.
    pub fn describe(&self, pixels: &GrayImage, region: Region, position: Position) -> Result<Described> {
        let input = Input::prepare(pixels, region, &self.entry.input);
        let activations = pollster::block_on(self.network.forward(input.picture))?;
        Ok(Described {
            values: described(&activations).into_iter().map(f64::from).collect(),
            differences: differences(&activations).into_iter().map(f64::from).collect(),
            position,
            from_known: self.known.distance(&activations.features) / self.entry.gate_limit / FARTHEST,
        })
    }
}

impl Picture {
    fn is_learned(&self) -> bool {
        match self.origin {
            Origin::Made => false,
            Origin::Changed => self.fold.is_some() && self.change.is_learned(),
            _ => self.fold.is_some(),
        }
    }
}

/// Knees of the tables, other films, both turned, knees changed, and pictures that no camera took.
pub fn all(data: &Path, seed: u64) -> Result<Vec<Picture>> {
    let tables = [
        ("films", "film", Origin::Film),
        ("crops", "crop", Origin::Crop),
        ("knees_oa", "knee", Origin::Graded),
        ("knees_oai", "knee", Origin::Cohort),
    ];
    let mut knees: Vec<(String, String, Origin, Option<Side>)> = Vec::new();
    for (table, column, origin) in tables {
        let rows: Vec<BTreeMap<String, String>> = tables::read(&data.join(format!("{table}.csv")))?;
        // Only the cohort's table names sides.
        let side = |row: &BTreeMap<String, String>| Side::of_dicom(row.get("side")?);
        knees.extend(rows.iter().map(|row| (row[column].clone(), row["group"].clone(), origin, side(row))));
    }
    let others = others(data)?;
    let mut groups: BTreeMap<String, u8> = BTreeMap::new();
    groups.extend(knees.iter().map(|(_, group, origin, _)| (group.clone(), *origin as u8)));
    groups.extend(others.iter().map(|other| (other.group.clone(), u8::MAX)));
    let folds = fold_of_group(&groups, seed);
    let cohort: Vec<&String> =
        groups.iter().filter(|(_, of)| **of == Origin::Cohort as u8).map(|(name, _)| name).collect();
    let is_left = |group: &String| cohort.binary_search(&group).is_ok_and(|at| !at.is_multiple_of(LEARNED_EVERY));
    let fold_of = |group: &String| folds.get(group).copied().filter(|_| !is_left(group));

    let mut pictures = Vec::new();
    let mut counts = BTreeMap::<Origin, usize>::new();
    for (file, group, origin, side) in knees {
        let picture = |origin: Origin, kind: String, change: Change| Picture {
            origin,
            kind,
            file: Source::File(file.clone()),
            change,
            fold: fold_of(&group),
            part: None,
            shows: None,
            side,
        };
        pictures.push(picture(origin, origin.name().to_owned(), Change::None));
        let every = match origin {
            Origin::Film => CHANGED_EVERY[0],
            Origin::Graded => CHANGED_EVERY[1],
            Origin::Cohort if fold_of(&group).is_some() => CHANGED_EVERY[2],
            _ => continue,
        };
        let count = counts.entry(origin).or_default();
        if count.is_multiple_of(every) {
            pictures.extend(Change::harmless().map(|change| picture(Origin::Changed, change.name(), change)));
            pictures.extend(Adjustment::ALL.map(|adjustment| {
                let turned = Origin::of_adjusted(adjustment);
                picture(turned, turned.name().to_owned(), Change::Adjusted(adjustment))
            }));
        }
        *count += 1;
    }
    for OtherFilm { file, group, part, shows, kind } in others {
        let picture = |origin: Origin, change: Change| Picture {
            origin,
            kind: kind.to_owned(),
            file: Source::File(file.clone()),
            change,
            fold: fold_of(&group),
            part: Some(part),
            shows,
            side: None,
        };
        pictures.push(picture(Origin::Other, Change::None));
        pictures.extend(Adjustment::ALL.map(|adjustment| picture(Origin::OtherAdjusted, Change::Adjusted(adjustment))));
    }
    pictures.extend((0..made().len()).map(|number| Picture {
        origin: Origin::Made,
        kind: Origin::Made.name().to_owned(),
        file: Source::Made(number),
        change: Change::None,
        fold: None,
        part: None,
        shows: None,
        side: None,
    }));
    Ok(pictures)
}

/// A film that is no knee.
struct OtherFilm {
    file: String,
    group: String,
    part: Part,
    shows: Option<BodyPart>,
    kind: &'static str,
}

/// The films that are no knees. Copies are one group.
fn others(data: &Path) -> Result<Vec<OtherFilm>> {
    let rows: Vec<BTreeMap<String, String>> = tables::read(&data.join("other_films.csv"))?;
    let mut files: Vec<(String, String)> =
        rows.into_iter().map(|row| (row["picture"].clone(), row["kind"].clone())).collect();
    for folder in ["chest", "photos", "spine_dxa"] {
        let mut names: Vec<String> = fs::read_dir(data.join("not_knees").join(folder))?
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        files.extend(names.into_iter().map(|name| (format!("not_knees/{folder}/{name}"), folder.to_owned())));
    }
    let mut seen: Vec<(u64, String)> = Vec::new();
    let mut others = Vec::new();
    for (file, kind) in files {
        let shows = kinds::shows(&kind, &file);
        let Some((part, kind)) = kinds::of(&kind)? else { continue };
        let Ok(radiograph) = decode(data, &file) else {
            println!("{file} cannot be read and is left out");
            continue;
        };
        let signs = signs(radiograph.pixels());
        let copy = seen.iter().find(|(other, _)| (other ^ signs).count_ones() <= COPY_BITS);
        let group = copy.map_or_else(|| file.clone(), |(_, group)| group.clone());
        seen.push((signs, group.clone()));
        others.push(OtherFilm { file, group, part, shows, kind });
    }
    Ok(others)
}

/// Whether each of 64 places is brighter than its right neighbour (the difference hash of N. Krawetz, 2013).
fn signs(picture: &GrayImage) -> u64 {
    let small = pixels::resized(picture, 9, 8);
    small
        .as_raw()
        .chunks_exact(9)
        .flat_map(|row| row.windows(2))
        .fold(0, |signs, pair| signs << 1 | u64::from(pair[0] > pair[1]))
}
