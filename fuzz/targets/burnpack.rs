//! A weight file whose hash is that of the manifest and which unpacks, but to no burnpack.

#![no_main]

use std::sync::LazyLock;

use burn::tensor::Device;
use libfuzzer_sys::fuzz_target;
use osteolens::weights::{Manifest, ModelEntry, sha256_hex};

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
    let verified = entry.verified(&file).expect("the hash is that of the bytes");
    let _ = entry.model(verified, &Device::flex());
});
