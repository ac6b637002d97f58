//! What a person types into the form, and what is made of it.

#![no_main]

use std::sync::LazyLock;

use analysis::clinical;
use analysis::manifest::Manifest;
use analysis::referral::{Answers, Sex};
use libfuzzer_sys::fuzz_target;

static MANIFEST: LazyLock<Manifest> =
    LazyLock::new(|| Manifest::parse(include_bytes!("../../weights/manifest.json")).expect("committed"));

fuzz_target!(|text: &str| {
    let model = &MANIFEST.clinical;
    let mut fields = text.split('\n');
    let mut field = |range| clinical::typed(fields.next().unwrap_or_default(), range);
    let answers: Vec<f32> = model.inputs.iter().filter_map(|input| field((input.low, input.high))).collect();
    if answers.len() == model.inputs.len() {
        let probabilities = model.probabilities(&answers).expect("each answer lies within its range");
        assert!((probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-3, "{probabilities:?}");
        let joined = model.with_picture(&probabilities, &[0.0, 0.0, 1.0]);
        assert!(joined.iter().all(|one| (0.0..=1.0).contains(one)), "{joined:?}");
    }
    let answers = Answers {
        age_years: field((0.0, 120.0)),
        weight_kg: field((20.0, 300.0)),
        height_cm: field((100.0, 250.0)),
        sex: text.starts_with('w').then_some(Sex::Woman),
        parent_broke_hip: text.ends_with('p'),
        ..Answers::default()
    };
    assert!(answers.body_mass_index().is_none_or(f32::is_finite));
    let _ = answers.reasons();
});
