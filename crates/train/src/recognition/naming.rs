//! Heads that name the part of the body a refused film shows.

use std::collections::BTreeMap;

use analysis::body_part::{BodyPart, BodyPartHead};
use anyhow::Result;
use rayon::prelude::*;

use super::heads::{self, Row};
use super::pictures::Looked;

/// Probabilities below this are not recorded.
const LEAST_RECORDED: f32 = 0.5;
/// Weight penalty, that of a trial in Python (`docs/decisions/0013-recognition.md`).
const PENALTY: f64 = 0.01;

/// A head for each part.
pub struct Naming(Vec<BodyPartHead>);

impl Naming {
    /// Learns from the rows that pass, all of pictures that are refused: only these are asked about.
    pub fn fitted(rows: &[Row], passes: impl Fn(&Row) -> bool) -> Result<Self> {
        let rows: Vec<&Row> = rows.iter().filter(|row| passes(row)).collect();
        let head = |part: BodyPart| {
            let (weights, offset) = heads::logistic(&rows, |row| row.shows == Some(part), |_| 1.0, PENALTY)?;
            Ok(BodyPartHead {
                part,
                is_named: false,
                offset: offset as f32,
                weights: weights.iter().map(|weight| rounded(*weight)).collect(),
            })
        };
        Ok(Self(BodyPart::ALL.into_par_iter().map(head).collect::<Result<_>>()?))
    }

    /// What it takes a picture for, the most probable first.
    pub fn looks(&self, one: &Looked) -> Vec<(BodyPart, f32)> {
        let mut most = BTreeMap::<BodyPart, f32>::new();
        for knee in &one.knees {
            let described: Vec<f32> = knee.values.iter().map(|value| *value as f32).collect();
            for head in &self.0 {
                let probability = head.probability(&described);
                if probability >= LEAST_RECORDED {
                    let most = most.entry(head.part).or_default();
                    *most = most.max(probability);
                }
            }
        }
        let mut looks: Vec<(BodyPart, f32)> = most.into_iter().collect();
        looks.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        looks
    }

    /// All of them, of which these are named.
    pub fn with_named(self, parts: &[BodyPart]) -> Vec<BodyPartHead> {
        self.0.into_iter().map(|head| BodyPartHead { is_named: parts.contains(&head.part), ..head }).collect()
    }
}

/// With two digits, which is what they are good for.
fn rounded(weight: f64) -> f32 {
    format!("{weight:.1e}").parse().unwrap_or(0.0)
}
