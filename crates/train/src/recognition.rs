//! Learns to tell knees from other films, by what the shipped ResNet18 makes of both, and tries it on every picture.
//!
//! A logistic regression with a ridge penalty reads [`described`](analysis::knee_head::described). Its limit is fitted too: no
//! source loses more than [`LOST`] of its knees. Every picture is judged by a regression and a limit in which its film, person
//! or copies had no part, and other films once more by a regression that knows nothing of that part of the body.
//!
//! Further heads name what a refused film shows, and tell left knees from right ones; they are tried in the same way.

mod changes;
mod heads;
mod kinds;
mod laterality;
mod made;
mod naming;
mod photograph;
mod pictures;
pub mod recognised;
pub mod said;
mod surroundings;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use analysis::analyzer::{self, Analyzer};
use analysis::film::Film;
use analysis::findings::{KneeResult, Outcome};
use analysis::gate::Refusal;
use analysis::knees::Position;
use anyhow::{Context, Result, anyhow};
use image::GrayImage;
use radiograph::Radiograph;
use rayon::prelude::*;
use statistics::folds::FOLDS;

pub use changes::Change;
pub use photograph::Scene;
pub use recognised::Recognition;
use recognised::{Origin, Recognised};
pub use surroundings::Surrounding;

use crate::model_id::ModelId;
use crate::{predictions, shipped};
use kinds::Part;
use laterality::Sided;
use naming::Naming;
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
    let rows = heads::rows(looked.iter().filter(|one| one.is_learned));

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

    // Films that are asked for their name: those that a head refuses in which they had no part, and the knees among them.
    let is_refused = |one: &&Looked| {
        let are_far = |fold: usize| one.knees.iter().all(|knee| heads::distance(&by_fold[fold], knee) > 1.0);
        one.fold.is_some_and(are_far)
    };
    let rows = heads::rows(looked.iter().filter(is_refused));
    let naming = Naming::fitted(&rows, |_| true)?;
    let naming_by_fold =
        (0..FOLDS).map(|fold| Naming::fitted(&rows, |row| row.fold != Some(fold))).collect::<Result<Vec<_>>>()?;
    let sided: Vec<Sided> = looked.iter().flat_map(laterality::sided).collect();
    let side_head = laterality::fitted(&sided, |knee| knee.may_teach(FOLDS))?;
    let side_by_fold = (0..FOLDS)
        .into_par_iter()
        .map(|fold| laterality::fitted(&sided, |knee| knee.may_teach(fold)))
        .collect::<Result<Vec<_>>>()?;

    let tools = || (eye(), shipped::analyzer(&manifest, weights));
    let pictures = looked
        .par_iter()
        .zip(&wanted)
        .map_init(tools, |(eye, analyzer), (one, picture)| {
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
                is_straightened: false,
                shows: one.shows,
                looks: Vec::new(),
                sides: laterality::sided(one)
                    .map(|knee| knee.tried(one.fold.map_or(&side_head, |fold| &side_by_fold[fold])))
                    .collect(),
                has_metal: one.has_metal,
                moved: None,
            };
            if tried.is_refused() && one.refusals.is_empty() {
                tried.looks = one.fold.map_or(&naming, |fold| &naming_by_fold[fold]).looks(one);
            }
            if one.origin == Origin::Changed {
                let analyzer = analyzer.as_ref().map_err(|error| anyhow!("{error:#}"))?;
                tried.moved = moved(analyzer, [picture.unchanged(data)?, picture.radiograph(data)?])?;
            }
            let may_be_mended = tried.is_refused() && one.refusals.iter().all(|reason| *reason == Refusal::Drawing);
            if may_be_mended {
                let eye = opened(eye)?;
                let farthest = async |pixels: &GrayImage, region| {
                    Ok::<f32, anyhow::Error>(heads::distance(head, &eye.describe(pixels, region, Position::Only)?))
                };
                let radiograph = picture.radiograph(data)?;
                if one.origin.is_tried_for_remedies() {
                    tried.needs = pollster::block_on(analyzer::adjustment(&radiograph, &farthest))?;
                }
                let straightening = analyzer::straightening(&radiograph, farthest);
                tried.is_straightened = tried.needs.is_none() && pollster::block_on(straightening)?.is_some();
            }
            Ok(tried)
        })
        .collect::<Result<_>>()?;
    let mut record =
        Recognition { seed, sha256: entry.sha256.clone(), head: exported, body_parts: Vec::new(), side_head, pictures };
    record.body_parts = naming.with_named(&record.parts_named_well());
    print!("{}{}", recognised::summary(&record), said::tables(&record));
    predictions::write(out, "recognition", &record)
}

/// How far the shown probabilities of a film move when it is changed; nothing where one of both is not judged, or shows
/// another number of knees.
fn moved(analyzer: &Analyzer, before_and_after: [Radiograph; 2]) -> Result<Option<f32>> {
    let judged = |radiograph| {
        let mut film = Film::of(radiograph);
        film.find_knees(|| 0.0);
        Ok::<Vec<KneeResult>, analysis::error::Error>(match pollster::block_on(analyzer.judge(&mut film))? {
            Outcome::Judged(verdict) if verdict.knees.iter().all(|knee| knee.is_known) => verdict.knees,
            _ => Vec::new(),
        })
    };
    let [before, after] = before_and_after.map(judged);
    let (before, after) = (before?, after?);
    if before.is_empty() || before.len() != after.len() {
        return Ok(None);
    }
    let numbers = |knees: &[KneeResult]| knees.iter().flat_map(|knee| knee.combined).collect::<Vec<f32>>();
    let moves = numbers(&before).into_iter().zip(numbers(&after)).map(|(before, after)| (before - after).abs());
    Ok(moves.reduce(f32::max))
}
