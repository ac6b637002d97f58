//! Temperature and operating point, both chosen on predictions on unseen films.

use std::collections::{BTreeMap, BTreeSet};

use analysis::prediction::{self, Class, OperatingPoint, Probabilities};

use crate::judgement::Judgement;
use crate::metrics;

/// The temperature (0.3 to 112) that makes probabilities of logits likeliest (Guo et al., "On Calibration of Modern Neural
/// Networks", 2017), each class counting alike: the networks are trained so, and the page states it as "equal thirds".
pub fn temperature(predictions: &[([f32; 3], Class)]) -> f32 {
    /// 0.3 to 112 in steps of 2 %: there every answer is "a third each".
    const STEPS: i32 = 300;
    let count = |class: Class| predictions.iter().filter(|(_, of)| *of == class).count().max(1) as f32;
    let counts = Class::ALL.map(count);
    let loss = |temperature: f32| -> f32 {
        let of = |(logits, class): &([f32; 3], Class)| {
            let probabilities = prediction::probabilities(logits, &Class::ALL, temperature);
            -probabilities[*class as usize].max(1e-9).ln() / counts[*class as usize]
        };
        predictions.iter().map(of).sum()
    };
    let candidates = (0..STEPS).map(|step| 0.3 * 1.02_f32.powi(step));
    candidates.min_by(|a, b| loss(*a).total_cmp(&loss(*b))).unwrap_or(1.0)
}

/// Fewest films that must get a verdict before its class may be named.
pub const FEWEST_FILMS: f64 = 10.0;

/// For each class by itself, the lowest threshold on its probability (steps of 1 %) at which the lower end of the Wilson
/// interval of the precision ("Probable Inference", 1927) is above the class's frequency. A film gets the verdict of its worse
/// knee.
pub fn operating_point(judgements: &[&Judgement]) -> OperatingPoint {
    let mut films = BTreeMap::<(&str, usize), (Class, Vec<Probabilities>)>::new();
    for one in judgements {
        films.entry((&one.group, one.repeat)).or_insert((one.class, Vec::new())).1.push(one.combined);
    }
    let repeats = judgements.iter().map(|one| one.repeat).collect::<BTreeSet<_>>().len().max(1) as f64;
    let frequency =
        |class: Class| films.values().filter(|(of, _)| *of == class).count() as f64 / films.len().max(1) as f64;
    let keeps = |class: Class, least: f32| {
        let mut rule = OperatingPoint { least: [None; 3] };
        rule.least[class as usize] = Some(least);
        let is_called = |knees: &[Probabilities]| {
            prediction::worst(knees.iter().map(|knee| prediction::verdict(&[*knee], &rule))) == class.into()
        };
        let called: Vec<Class> =
            films.values().filter(|(_, knees)| is_called(knees)).map(|(class, _)| *class).collect();
        let right = called.iter().filter(|of| **of == class).count() as f64 / repeats;
        let count = called.len() as f64 / repeats;
        count >= FEWEST_FILMS && metrics::least_share(right, count) > frequency(class)
    };
    OperatingPoint {
        least: Class::ALL
            .map(|class| (34..90).map(|percent| percent as f32 / 100.0).find(|least| keeps(class, *least))),
    }
}

/// For each class, the probability threshold at which the class stays possible for `share` (0..=1) of the people who are of
/// it. `said` has one entry for each person and each of the `repeats`.
pub fn conformal(said: &[(Probabilities, Class)], repeats: usize, share: f64) -> Probabilities {
    Class::ALL.map(|class| {
        let mut own: Vec<f32> =
            said.iter().filter(|(_, of)| *of == class).map(|(said, _)| said[class as usize]).collect();
        own.sort_by(|a, b| b.total_cmp(a));
        // The rank is one of people, not of their repeats; the 1 is the conformal correction.
        let rank = ((own.len() / repeats.max(1) + 1) as f64 * share).ceil() as usize;
        // Of too few people nothing is ruled out.
        own.get(rank * repeats.max(1) - 1).copied().unwrap_or(0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overconfident_logits_get_a_temperature_above_one() {
        // Right two times of three, always with the confidence of a logit of 8.
        let predictions: Vec<([f32; 3], Class)> = (0..90)
            .map(|at| {
                let class = Class::ALL[at % 3];
                let said = if at % 9 < 6 { class as usize } else { (class as usize + 1) % 3 };
                let mut logits = [0.0; 3];
                logits[said] = 8.0;
                (logits, class)
            })
            .collect();
        // Two thirds right means p = 2/3, so logit/T = ln(4): T = 8 / 1.386 = 5.77.
        let fitted = temperature(&predictions);
        assert!((fitted - 5.77).abs() < 0.2, "{fitted}");
    }

    fn film(at: usize, class: Class, said: Probabilities) -> Judgement {
        Judgement::new(&format!("G{at}"), class, 0, vec![said])
    }

    #[test]
    fn a_class_is_named_only_where_it_is_truer_than_of_everybody() {
        // One of five has osteoporosis; of 20 films called so 15 have it.
        let said = |at: usize| if (15..95).contains(&at) { [0.5, 0.3, 0.2] } else { [0.1, 0.3, 0.6] };
        let class = |at: usize| if at < 20 { Class::Osteoporosis } else { Class::Osteopenia };
        let films: Vec<Judgement> = (0..100).map(|at| film(at, class(at), said(at))).collect();
        let rule = operating_point(&films.iter().collect::<Vec<_>>());
        assert_eq!(rule.least, [None, None, Some(0.34)], "green is never right, yellow never leads");
        // The same answers by chance.
        let films: Vec<Judgement> = (0..100).map(|at| film(at, class(at * 7 % 100), said(at))).collect();
        let rule = operating_point(&films.iter().collect::<Vec<_>>());
        assert_eq!(rule.least, [None; 3]);
    }

    #[test]
    fn a_film_is_called_by_its_worse_knee() {
        let red = [0.1, 0.2, 0.7];
        let mut films: Vec<Judgement> = (0..100).map(|at| film(at, Class::ALL[at % 2 + 1], [0.5, 0.3, 0.2])).collect();
        films.extend((0..100).filter(|at| at % 2 == 1).map(|at| film(at, Class::Osteoporosis, red)));
        let rule = operating_point(&films.iter().collect::<Vec<_>>());
        assert_eq!(rule.least[2], Some(0.34));
    }

    #[test]
    fn of_each_class_the_asked_share_stays_possible() {
        let said: Vec<(Probabilities, Class)> =
            (0..99).flat_map(|at| Class::ALL.map(|class| ([at as f32 / 100.0; 3], class))).collect();
        let least = conformal(&said, 1, 0.8);
        for class in Class::ALL {
            let kept = said.iter().filter(|(said, of)| *of == class && said[class as usize] >= least[class as usize]);
            assert_eq!(kept.count(), 80, "80 of 99, so that of a hundredth person it is 80 %");
        }
        let repeated: Vec<(Probabilities, Class)> = (0..5).flat_map(|_| said.clone()).collect();
        let again = conformal(&repeated, 5, 0.8);
        assert!(
            least.iter().zip(&again).all(|(once, repeated)| (once - repeated).abs() < 1e-6),
            "{least:?}, {again:?}"
        );
        assert!(conformal(&said[..6], 1, 0.9).iter().all(|least| *least <= 0.0), "of two people nothing is ruled out");
    }
}
