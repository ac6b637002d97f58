//! Rows, what each counts, and the heads fitted to them.

use std::collections::BTreeMap;

use analysis::knee_head::KneeHead;
use anyhow::Result;

use super::kinds::Part;
use super::pictures::{Described, FARTHEST, Looked};
use super::recognised::Origin;
use crate::ridge::{Curve, Fitted};

/// No source loses more of its knees.
pub const LOST: f64 = 0.015;
/// Weight penalty, chosen by looking at the figures of several; ten times more or less moves none by more than its interval.
const PENALTY: f64 = 0.02;
/// What knees changed, knees turned and other films turned each count, where knees as they are count 1.
const CHANGED_SHARE: f64 = 0.5;

/// A knee, or what was found in place of one, that is learned from.
pub struct Row<'a> {
    /// As that of its picture.
    pub fold: Option<usize>,
    /// As that of its picture.
    pub part: Option<Part>,
    values: &'a [f64],
    is_knee: bool,
    set: String,
    /// How it counts within its set.
    share: f64,
}

/// A head in double precision, without limit.
pub struct Head {
    weights: Vec<f64>,
    offset: f64,
}

impl Head {
    fn score(&self, values: &[f64]) -> f64 {
        self.weights.iter().zip(values).map(|(weight, value)| weight * value).sum::<f64>() + self.offset
    }

    /// As the page reads it, with four digits of each weight.
    pub fn exported(&self, limit: f64, typical: f64) -> KneeHead {
        let rounded = |weight: &f64| format!("{weight:.3e}").parse().unwrap_or(0.0);
        KneeHead {
            offset: (self.offset - limit) as f32,
            farthest: FARTHEST,
            typical: (typical - limit) as f32,
            weights: self.weights.iter().map(rounded).collect(),
        }
    }
}

/// As [`Model::distance`](analysis::model::Model::distance).
pub fn distance(head: &KneeHead, knee: &Described) -> f32 {
    let score = knee.values.iter().zip(&head.weights).map(|(value, weight)| value * f64::from(*weight)).sum::<f64>();
    let by_head = (1.0 - (score + f64::from(head.offset)) / f64::from(head.typical)) as f32;
    by_head.max(knee.from_known)
}

/// What is learned from. Sources of knees count alike, kinds of other films by the root of how many there are.
pub fn rows(looked: &[Looked]) -> Vec<Row<'_>> {
    let learned = looked.iter().filter(|one| one.is_learned && one.refusals.is_empty());
    let mut rows: Vec<Row> = learned
        .flat_map(|one| {
            one.knees.iter().map(|knee| Row {
                fold: one.fold,
                part: one.part,
                values: &knee.values,
                is_knee: one.origin.is_knee(),
                set: if one.origin == Origin::Other { one.kind.clone() } else { format!("{:?}", one.origin) },
                share: 1.0,
            })
        })
        .collect();
    let mut counts = BTreeMap::<String, f64>::new();
    for row in &rows {
        *counts.entry(row.set.clone()).or_default() += 1.0;
    }
    let is_other = |set: &str| !Origin::ALL.iter().any(|origin| format!("{origin:?}") == set);
    let roots: f64 = counts.iter().filter(|(set, _)| is_other(set)).map(|(_, count)| count.sqrt()).sum();
    let turned: f64 = Origin::TURNED.iter().filter_map(|origin| counts.get(&format!("{origin:?}"))).sum();
    for row in &mut rows {
        let count = counts[&row.set];
        row.share = match row.set.as_str() {
            "Film" | "Crop" | "Graded" | "Cohort" => 0.25 / count,
            "Changed" | "OtherAdjusted" => CHANGED_SHARE / count,
            set if is_other(set) => count.sqrt() / roots / count,
            _ => CHANGED_SHARE / turned,
        };
    }
    rows
}

/// Fits heads to parts of the rows.
pub struct Fit<'a> {
    rows: &'a [Row<'a>],
}

impl<'a> Fit<'a> {
    /// To these rows.
    pub fn new(rows: &'a [Row<'a>]) -> Self {
        Self { rows }
    }

    /// A head that learns from the rows that pass.
    pub fn head(&self, passes: impl Fn(&Row) -> bool) -> Result<Head> {
        let rows: Vec<&Row> = self.rows.iter().filter(|row| passes(row)).collect();
        let values: Vec<&[f64]> = rows.iter().map(|row| row.values).collect();
        let targets: Vec<f64> = rows.iter().map(|row| f64::from(u8::from(row.is_knee))).collect();
        let shares: Vec<f64> = rows.iter().map(|row| row.share).collect();
        let fitted = Fitted::fit_weighted(&values, &targets, &shares, PENALTY, Curve::Logistic)?;
        let (weights, offset) = fitted.into_parts();
        Ok(Head { weights, offset })
    }
}

/// The best score of each picture, by the head that is to judge it.
pub fn scores<'a>(looked: &'a [Looked], head: impl Fn(&Looked) -> &'a Head) -> Vec<(&'a Looked, f64)> {
    let best = |one: &Looked| one.knees.iter().map(|knee| head(one).score(&knee.values)).fold(f64::MIN, f64::max);
    looked.iter().map(|one| (one, best(one))).collect()
}

/// Scores of the knees of a source that were learned from.
fn of_source(scored: &[(&Looked, f64)], origin: Origin, passes: &dyn Fn(&Looked) -> bool) -> Vec<f64> {
    let of = scored.iter().filter(|(one, _)| one.origin == origin && one.is_learned && passes(one));
    let mut scores: Vec<f64> = of.map(|(_, score)| *score).collect();
    scores.sort_by(f64::total_cmp);
    scores
}

const SOURCES: [Origin; 4] = [Origin::Film, Origin::Crop, Origin::Graded, Origin::Cohort];

/// The lowest of the sources' scores below which [`LOST`] of their knees lie.
pub fn limit(scored: &[(&Looked, f64)], passes: impl Fn(&Looked) -> bool) -> f64 {
    let lowest = |origin| {
        let scores = of_source(scored, origin, &passes);
        scores.get((scores.len() as f64 * LOST) as usize).copied()
    };
    SOURCES.into_iter().filter_map(lowest).fold(f64::MAX, f64::min)
}

/// The score of a knee in the middle.
pub fn typical(scored: &[(&Looked, f64)]) -> f64 {
    let mut all: Vec<f64> = SOURCES.into_iter().flat_map(|origin| of_source(scored, origin, &|_| true)).collect();
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or(1.0)
}
