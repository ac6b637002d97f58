//! What is reached without looking at the picture.

use std::collections::BTreeMap;

use statistics::judgement::Judgement;
use statistics::weighting::class_weights;

use crate::predictions::JudgedKnee;

/// The class shares of the other folds' films of the same width, which tells the machine that
/// took them: a model that does no better may have learned the machine.
pub fn by_scanner(knees: &[JudgedKnee]) -> Vec<Judgement> {
    let repeats = knees.first().map_or(0, |knee| knee.repeats.len());
    let mut judgements = Vec::new();
    for repeat in 0..repeats {
        for knee in knees {
            let fold = knee.repeats[repeat].fold;
            let others: Vec<&JudgedKnee> = knees.iter().filter(|other| other.repeats[repeat].fold != fold).collect();
            let weights = class_weights(others.iter().map(|other| other.class as usize)).map(|weight| weight as f32);
            let mut counts = BTreeMap::<Option<u32>, [f32; 3]>::new();
            for other in others {
                // One of each class beforehand, so that a rare width says little.
                counts.entry(other.film_width_px).or_insert([1.0; 3])[other.class as usize] +=
                    weights[other.class as usize];
            }
            let counts = counts.get(&knee.film_width_px).copied().unwrap_or([1.0; 3]);
            let sum: f32 = counts.iter().sum();
            judgements.push(Judgement::new(&knee.group, knee.class, repeat, vec![counts.map(|count| count / sum)]));
        }
    }
    judgements
}
