//! `weights/manifest.json`.

#![no_main]

use analysis::manifest::Manifest;
use analysis::prediction::{self, Class};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(manifest) = Manifest::parse(bytes) else { return };
    for class in Class::ALL {
        assert!(manifest.classes.contains(&class));
    }
    // Whatever the numbers are, a person is told of a probability or of nothing.
    for entry in &manifest.models {
        let probabilities = prediction::probabilities(&[1.0, 2.0, 3.0], &manifest.classes, entry.temperature);
        let _ = prediction::verdict(&[probabilities], &manifest.operating_point);
    }
});
