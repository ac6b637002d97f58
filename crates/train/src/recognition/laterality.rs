//! The head that tells left knees from right ones.

use std::collections::BTreeMap;

use analysis::knees::Position;
use analysis::side::{Side, SideHead};
use anyhow::Result;

use super::pictures::Looked;
use super::recognised::{Origin, SideTried};
use crate::ridge::{Curve, Fitted};

/// Weight penalty, that of a trial in Python (`docs/decisions/0013-recognition.md`).
const PENALTY: f64 = 0.03;

/// A knee whose side is known: by the table of the cohort, or because a film of two knees shows the left one at the right.
pub struct Sided<'a> {
    fold: Option<usize>,
    origin: Origin,
    side: Side,
    differences: &'a [f64],
}

/// The knees of a picture whose side is known.
pub fn sided(one: &Looked) -> impl Iterator<Item = Sided<'_>> {
    let of_film = |position: Position| match position {
        Position::Left => Some(Side::Right),
        Position::Right => Some(Side::Left),
        Position::Only => None,
    };
    one.knees.iter().filter_map(move |knee| {
        let side = match one.origin {
            Origin::Film => of_film(knee.position),
            Origin::Cohort => one.side,
            _ => None,
        }?;
        Some(Sided { fold: one.fold, origin: one.origin, side, differences: &knee.differences })
    })
}

/// A head that learns from the knees that pass, of both sources alike.
pub fn fitted(knees: &[Sided], passes: impl Fn(&Sided) -> bool) -> Result<SideHead> {
    let knees: Vec<&Sided> = knees.iter().filter(|knee| passes(knee)).collect();
    let mut counts = BTreeMap::<Origin, f64>::new();
    for knee in &knees {
        *counts.entry(knee.origin).or_default() += 1.0;
    }
    // Each knee once as it is and once mirrored: no side is the commoner, and the offset is none.
    let mirrored: Vec<Vec<f64>> =
        knees.iter().map(|knee| knee.differences.iter().map(|value| -value).collect()).collect();
    let rows: Vec<&[f64]> =
        knees.iter().map(|knee| knee.differences).chain(mirrored.iter().map(Vec::as_slice)).collect();
    let is_left = |knee: &Sided| knee.side == Side::Left;
    let number = |is: bool| f64::from(u8::from(is));
    let targets: Vec<f64> =
        knees.iter().map(|knee| number(is_left(knee))).chain(knees.iter().map(|knee| number(!is_left(knee)))).collect();
    let share = |knee: &&Sided| 1.0 / counts[&knee.origin];
    let shares: Vec<f64> = knees.iter().chain(&knees).map(share).collect();
    let (weights, _) = Fitted::fit_weighted(&rows, &targets, &shares, PENALTY, Curve::Logistic)?.into_parts();
    // Three digits move a score by less than 0.01.
    let rounded = |weight: &f64| format!("{weight:.2e}").parse().unwrap_or(0.0);
    Ok(SideHead { weights: weights.iter().map(rounded).collect() })
}

impl Sided<'_> {
    /// Whether the head that judges a fold may learn from it; that of no fold learns from all.
    pub fn may_teach(&self, fold: usize) -> bool {
        self.fold.is_some_and(|own| own != fold)
    }

    /// The score by a head of which it was no part, and the truth.
    pub fn tried(&self, head: &SideHead) -> SideTried {
        let score =
            self.differences.iter().zip(&head.weights).map(|(value, weight)| value * f64::from(*weight)).sum::<f64>();
        SideTried { side: self.side, score: score as f32 }
    }
}
