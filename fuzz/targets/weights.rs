//! A weight file whose hash is that of the manifest and which unpacks, but to no file of weights.

#![no_main]

use std::sync::LazyLock;

use analysis::known_knees::KnownKnees;
use analysis::manifest::{Manifest, ModelEntry, sha256_hex};
use libfuzzer_sys::fuzz_target;
use networks::{Network, Processor};

static ENTRY: LazyLock<ModelEntry> = LazyLock::new(|| {
    let manifest = Manifest::parse(include_bytes!("../../weights/manifest.json")).expect("committed");
    let smallest = manifest.models.into_iter().min_by_key(|entry| entry.bytes);
    smallest.expect("the manifest names a model")
});

fuzz_target!(|bytes: &[u8]| {
    // Numbers of 16 bits.
    let (bytes, _) = bytes.as_chunks::<2>();
    let file = packing::packed(bytes.as_flattened());
    let entry = ModelEntry { sha256: sha256_hex(&file), ..ENTRY.clone() };
    let Ok(parameters) = entry.verified(&file) else { return };
    let plan = entry.plan().expect("the manifest is sound");
    let _ = Network::new(&plan, &parameters, &entry.input.channels(), &Processor::Cpu);
    let _ = KnownKnees::read(&parameters, plan.gate_features());
});
