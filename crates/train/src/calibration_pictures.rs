//! Pictures on which it is seen what a network's layers read: knees of every source, other films, some turned or inverted.
//! No label has a part in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use analysis::input::{Input, InputSpec};
use analysis::knees;
use anyhow::{Context, Result};
use radiograph::Adjustment;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};

use crate::prepare::decode;
use crate::tables;

/// Tables of pictures, the column with their names, and how many are taken.
const TABLES: [(&str, &str, usize); 5] = [
    ("films", "film", 80),
    ("crops", "crop", 70),
    ("knees_oa", "knee", 110),
    ("knees_oai", "knee", 130),
    ("other_films", "picture", 90),
];
/// How many are taken of the pictures that are in no table.
const OF_NO_KNEE: usize = 20;
/// One of so many is turned or inverted.
const ADJUSTED_EVERY: usize = 8;

/// What the network reads of a knee of each: `[pictures][side · side]`, in an order without meaning.
pub fn read(data: &Path, spec: &InputSpec, seed: u64) -> Result<Vec<Vec<f32>>> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut all = Vec::new();
    for (mut files, count) in sources(data)? {
        files.shuffle(&mut random);
        // Some of the other films cannot be decoded.
        all.extend(files.iter().filter_map(|file| decode(data, file).ok()).take(count));
    }
    all.shuffle(&mut random);
    let mut inputs = Vec::new();
    for (at, mut radiograph) in all.into_iter().enumerate() {
        if at.is_multiple_of(ADJUSTED_EVERY) {
            radiograph = radiograph.adjusted(*Adjustment::ALL.choose(&mut random).context("there are some")?);
        }
        let found = knees::find(radiograph.pixels());
        let knee = found.choose(&mut random).context("something is always found")?;
        inputs.push(Input::prepare(radiograph.pixels(), knee.region, spec).picture);
    }
    Ok(inputs)
}

/// Files of each source, and how many of them are taken.
fn sources(data: &Path) -> Result<Vec<(Vec<String>, usize)>> {
    let mut sources = Vec::new();
    for (table, column, count) in TABLES {
        let rows: Vec<BTreeMap<String, String>> = tables::read(&data.join(format!("{table}.csv")))?;
        sources.push((rows.iter().map(|row| row[column].clone()).collect(), count));
    }
    let mut others = Vec::new();
    for folder in fs::read_dir(data.join("not_knees"))? {
        for file in fs::read_dir(folder?.path())? {
            let path = file?.path();
            others.push(path.strip_prefix(data)?.to_str().context("a name is not Unicode")?.to_owned());
        }
    }
    others.sort();
    sources.push((others, OF_NO_KNEE));
    Ok(sources)
}
