//! Learns to tell knees from other films, by what the shipped ResNet18 makes of both, and tries it on every picture.
//!
//! A logistic regression with a ridge penalty reads [`described`](analysis::knee_head::described). Its limit is fitted too: no
//! source loses more than [`LOST`] of its knees. Every picture is judged by a regression and a limit in which its film, person
//! or copies had no part, and other films once more by a regression that knows nothing of that part of the body.

mod changes;
mod heads;
mod kinds;
mod made;
mod pictures;
pub mod recognised;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use analysis::analyzer;
use analysis::gate::Refusal;
use anyhow::{Context, Result, anyhow};
use image::GrayImage;
use rayon::prelude::*;
use statistics::folds::FOLDS;

use recognised::Recognised;
pub use recognised::Recognition;

use crate::model_id::ModelId;
use crate::{predictions, shipped};
use kinds::Part;
use pictures::{Eye, Looked};

/// A thread's network, or why it has none.
fn opened<'a>(eye: &'a Result<Eye<'a>>) -> Result<&'a Eye<'a>> {
    eye.as_ref().map_err(|error| anyhow!("{error:#}"))
}

/// The network that decides.
pub const GATEKEEPER: ModelId = ModelId::ResNet18;

/// Fits the head, judges every picture and writes `recognition.json`.
pub fn run(data: &Path, weights: &Path, out: &Path, seed: u64) -> Result<()> {
    let manifest = shipped::manifest(weights)?;
    let entry =
        manifest.models.iter().find(|entry| entry.id == GATEKEEPER.id()).context("the manifest lacks ResNet18")?;
    let parameters = entry.verified(&std::fs::read(weights.join(&entry.file))?)?;
    let eye = || Eye::open(entry, &parameters);
    let wanted = pictures::all(data, seed)?;
    let looked: Vec<Looked> =
        wanted.par_iter().map_init(eye, |eye, picture| opened(eye)?.look(data, picture)).collect::<Result<_>>()?;
    let rows = heads::rows(&looked);

    let all = heads::fitted(&rows, |_| true)?;
    let by_fold = (0..FOLDS)
        .into_par_iter()
        .map(|fold| heads::fitted(&rows, |row| row.fold != Some(fold)))
        .collect::<Result<Vec<_>>>()?;
    let scored = heads::scores(&looked, |one| one.fold.map_or(&all, |fold| &by_fold[fold]));
    let limit = heads::limit(&scored, |_| true);
    let typical = heads::typical(&scored);
    let limits: Vec<f64> = (0..FOLDS).map(|fold| heads::limit(&scored, |one| one.fold != Some(fold))).collect();
    let exported = all.exported(limit, typical);
    let by_fold: Vec<_> = by_fold.iter().zip(&limits).map(|(head, limit)| head.exported(*limit, typical)).collect();

    // Heads that know nothing of a part of the body.
    let parts: Vec<Part> = looked.iter().filter_map(|one| one.part).collect::<BTreeSet<_>>().into_iter().collect();
    let unseen: BTreeMap<Part, _> = parts
        .into_par_iter()
        .map(|part| {
            let without = heads::fitted(&rows, |row| row.part != Some(part))?;
            Ok((part, without.exported(limit, typical)))
        })
        .collect::<Result<_>>()?;

    let pictures = looked
        .par_iter()
        .zip(&wanted)
        .map_init(eye, |eye, (one, picture)| {
            let head = one.fold.map_or(&exported, |fold| &by_fold[fold]);
            let distances = |head| one.knees.iter().map(move |knee| heads::distance(head, knee));
            let mut tried = Recognised {
                origin: one.origin,
                kind: one.kind.clone(),
                fold: one.fold,
                refusals: one.refusals.clone(),
                unseen: one.part.and_then(|part| distances(unseen.get(&part)?).min_by(f32::total_cmp)),
                distances: distances(head).collect(),
                needs: None,
            };
            let may_be_mended = tried.is_refused() && one.refusals.iter().all(|reason| *reason == Refusal::Drawing);
            if may_be_mended && one.origin.is_tried_for_remedies() {
                let eye = opened(eye)?;
                let farthest = async |pixels: &GrayImage, region| {
                    Ok::<f32, anyhow::Error>(heads::distance(head, &eye.describe(pixels, region)?))
                };
                tried.needs = pollster::block_on(analyzer::remedy(&picture.radiograph(data)?, farthest))?;
            }
            Ok(tried)
        })
        .collect::<Result<_>>()?;
    let record = Recognition { seed, sha256: entry.sha256.clone(), head: exported, pictures };
    print!("{}", recognised::summary(&record));
    predictions::write(out, "recognition", &record)
}
