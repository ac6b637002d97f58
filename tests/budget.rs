//! What an analysis may cost that no clock is needed for. Bytes of the site: `cargo xtask size`; instructions of
//! the kernels: `cargo xtask instructions`; dispatches, pipelines and buffers on a graphics processor:
//! `crates/browser-tests/tests/trust/engine.rs`.

use std::fs;
use std::path::Path;

use analysis::manifest::Manifest;
use networks::{Network, Processor};

/// Of a pass of a network that has run before, input and results included: the model, most allocations, most bytes at
/// a time. Its maps between layers are most of the bytes.
const PASSES: [(&str, u64, u64); 2] = [("custom-cnn", 9, 820_000), ("resnet18", 15, 1_850_000)];

#[test]
fn a_pass_allocates_no_more_than_it_did() {
    let weights = Path::new(env!("CARGO_MANIFEST_DIR")).join("weights");
    let manifest = Manifest::parse(&fs::read(weights.join("manifest.json")).expect("committed")).expect("sound");
    assert_eq!(manifest.models.len(), PASSES.len());
    for (entry, (id, most, most_bytes)) in manifest.models.iter().zip(PASSES) {
        assert_eq!(entry.id, id);
        let file = fs::read(weights.join(&entry.file)).expect("committed");
        let parameters = entry.verified(&file).expect("as exported");
        let plan = entry.plan().expect("sound");
        let network = Network::new(&plan, &parameters, &entry.input.channels(), &Processor::Cpu).expect("its weights");
        let input = entry.golden_input();
        let pass = || _ = pollster::block_on(network.forward(input.clone())).expect("finite");
        pass();
        let measured = allocation_counter::measure(pass);
        println!("{id}: {} allocations, {} bytes at most", measured.count_total, measured.bytes_max);
        assert!(measured.count_total <= most, "{id}: {} allocations", measured.count_total);
        assert!(measured.bytes_max <= most_bytes, "{id}: {} bytes", measured.bytes_max);
        assert_eq!(measured.bytes_current, 0, "{id}: a pass keeps memory");
    }
}
