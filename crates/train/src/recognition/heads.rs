//! Rows, what each counts, and the heads fitted to them.

use std::collections::BTreeMap;

use analysis::body_part::BodyPart;
use analysis::knee_head::KneeHead;
use anyhow::Result;

use super::kinds::Part;
use super::pictures::{Described, FARTHEST, Looked};
use super::recognised::Origin;
use crate::ridge::{Curve, Fitted};

/// No source loses more of its knees.
pub const LOST: f64 = 0.015;
/// Weight penalty, that of a trial in Python (`docs/decisions/0013-recognition.md`).
const PENALTY: f64 = 0.02;
/// What knees changed, knees turned and other films turned each count, where knees as they are count 1.
const CHANGED_SHARE: f64 = 0.5;

/// A knee, or what was found in place of one, that is learned from.
pub struct Row<'a> {
    /// As that of its picture.
    pub fold: Option<usize>,
    /// As that of its picture.
    pub part: Option<Part>,
    /// What it shows, if that has a name.
    pub shows: Option<BodyPart>,
    values: &'a [f64],
    /// Where it comes from, and of other films which kind; knees turned one way or another are one set.
    set: (Origin, String),
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

/// Of what is learned from. Sources of knees count alike, kinds of other films by the root of how many there are.
pub fn rows<'a>(learned: impl Iterator<Item = &'a Looked>) -> Vec<Row<'a>> {
    let mut rows: Vec<Row> = learned
        .filter(|one| one.refusals.is_empty())
        .flat_map(|one| {
            let (fold, part, shows, set) = (one.fold, one.part, one.shows, set_of(one));
            let row = move |values| Row { fold, part, shows, values, set: set.clone(), share: 1.0 };
            one.knees.iter().map(move |knee| row(&knee.values[..]))
        })
        .collect();
    let mut counts = BTreeMap::<(Origin, String), f64>::new();
    for row in &rows {
        *counts.entry(row.set.clone()).or_default() += 1.0;
    }
    let kinds = counts.iter().filter(|((origin, _), _)| *origin == Origin::Other);
    let roots: f64 = kinds.map(|(_, count)| count.sqrt()).sum();
    for row in &mut rows {
        let count = counts[&row.set];
        row.share = match row.set.0 {
            origin if SOURCES.contains(&origin) => 1.0 / SOURCES.len() as f64 / count,
            Origin::Other => count.sqrt() / roots / count,
            _ => CHANGED_SHARE / count,
        };
    }
    rows
}

/// See [`Row::set`].
fn set_of(one: &Looked) -> (Origin, String) {
    match one.origin {
        Origin::Other => (Origin::Other, one.kind.clone()),
        turned if Origin::TURNED.contains(&turned) => (Origin::TURNED[0], String::new()),
        origin => (origin, String::new()),
    }
}

/// A head that learns from the rows that pass.
pub fn fitted(rows: &[Row], passes: impl Fn(&Row) -> bool) -> Result<Head> {
    let rows: Vec<&Row> = rows.iter().filter(|row| passes(row)).collect();
    let (weights, offset) = logistic(&rows, |row| row.set.0.is_knee(), |row| row.share, PENALTY)?;
    Ok(Head { weights, offset })
}

/// Weights and offset of a logistic regression that tells some rows from the others, each of which counts so much.
pub fn logistic(
    rows: &[&Row],
    is_one: impl Fn(&Row) -> bool,
    share: impl Fn(&Row) -> f64,
    penalty: f64,
) -> Result<(Vec<f64>, f64)> {
    let values: Vec<&[f64]> = rows.iter().map(|row| row.values).collect();
    let targets: Vec<f64> = rows.iter().map(|row| f64::from(u8::from(is_one(row)))).collect();
    let shares: Vec<f64> = rows.iter().map(|row| share(row)).collect();
    Ok(Fitted::fit_weighted(&values, &targets, &shares, penalty, Curve::Logistic)?.into_parts())
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

#[cfg(test)]
mod tests {
    use analysis::knees::Position;

    use super::*;

    fn looked(origin: Origin, kind: &str, knees: usize) -> Looked {
        let knee =
            || Described { values: vec![1.0], differences: Vec::new(), from_known: 0.0, position: Position::Only };
        Looked {
            origin,
            fold: Some(0),
            part: None,
            shows: None,
            side: None,
            has_metal: false,
            kind: kind.to_owned(),
            is_learned: true,
            refusals: Vec::new(),
            knees: (0..knees).map(|_| knee()).collect(),
        }
    }

    #[test]
    fn sources_count_alike_and_kinds_by_the_root_of_how_many_there_are() {
        let mut all = vec![looked(Origin::Film, "", 3), looked(Origin::Film, "", 5), looked(Origin::Graded, "", 2)];
        all.extend([looked(Origin::Other, "hands", 9), looked(Origin::Other, "feet", 1)]);
        all.extend([
            looked(Origin::Inverted, "", 1),
            looked(Origin::UpsideDown, "", 3),
            looked(Origin::Changed, "", 7),
        ]);
        let rows = rows(all.iter());
        let sum =
            |passes: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| passes(row)).map(|row| row.share).sum::<f64>();
        let near = |is: f64, wanted: f64| assert!((is - wanted).abs() < 1e-12, "{is} for {wanted}");
        near(sum(&|row| row.set.0 == Origin::Film), 0.25);
        near(sum(&|row| row.set.0 == Origin::Graded), 0.25);
        near(sum(&|row| row.set.1 == "hands"), 0.75);
        near(sum(&|row| row.set.1 == "feet"), 0.25);
        near(sum(&|row| row.set.0 == Origin::Changed), CHANGED_SHARE);
        near(sum(&|row| row.set.0 == Origin::Inverted), CHANGED_SHARE);
    }
}
