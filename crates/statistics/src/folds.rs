//! Stratified group k-fold (Kohavi, 1995): a film and its crops stay together, classes are spread evenly.

use std::collections::{BTreeMap, BTreeSet};

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

/// The number of folds.
pub const FOLDS: usize = 5;

/// The fold (0..[`FOLDS`]) in which each group is held out, from each group's class. The same seed gives the same folds.
pub fn fold_of_group<C: Copy + Ord>(groups: &BTreeMap<String, C>, seed: u64) -> BTreeMap<String, usize> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut folds = BTreeMap::new();
    for class in groups.values().copied().collect::<BTreeSet<C>>() {
        let mut names: Vec<&String> = groups.iter().filter(|(_, of)| **of == class).map(|(name, _)| name).collect();
        names.shuffle(&mut random);
        // Each class starts where the one before ended, so that the folds stay of one size.
        let before = folds.len();
        folds.extend(names.into_iter().enumerate().map(|(at, name)| (name.clone(), (before + at) % FOLDS)));
    }
    folds
}

#[cfg(test)]
mod tests {
    use super::*;
    use analysis::prediction::Class;

    #[test]
    fn every_group_is_held_out_once_and_classes_are_even() {
        let class = |at: usize| {
            if at < 24 {
                Class::Normal
            } else if at < 135 {
                Class::Osteopenia
            } else {
                Class::Osteoporosis
            }
        };
        let groups: BTreeMap<String, Class> = (0..170).map(|at| (format!("G{at:04}"), class(at))).collect();
        let folds = fold_of_group(&groups, 1);
        assert_eq!(folds.len(), 170);
        for fold in 0..FOLDS {
            let held_out: Vec<Class> =
                groups.iter().filter(|(name, _)| folds[*name] == fold).map(|(_, class)| *class).collect();
            let count = |class: Class| held_out.iter().filter(|of| **of == class).count();
            assert!((33..=35).contains(&held_out.len()), "{}", held_out.len());
            assert!((4..=5).contains(&count(Class::Normal)) && (7..=7).contains(&count(Class::Osteoporosis)));
        }
    }
}
