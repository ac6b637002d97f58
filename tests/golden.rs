//! Our numbers beside those of an independent implementation: PyTorch, Pillow and `NumPy`, by
//! `tests/reference/reference.py`, which wrote `tests/golden/`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use analysis::grad_cam::class_maps;
use analysis::input;
use analysis::known_knees::KnownKnees;
use analysis::manifest::{Manifest, ModelEntry};
use analysis::prediction;
use image::GrayImage;
use networks::{Activations, Network, Parameters, Processor};
use radiograph::Region;
use serde::Deserialize;

/// f32 sums in another order, through some twenty layers.
const LOGIT_TOLERANCE: f32 = 1e-3;
/// As a share of the strongest place of the map.
const MAP_TOLERANCE: f32 = 1e-3;
/// As a share of the distance.
const GATE_TOLERANCE: f32 = 1e-3;
/// As a share of the largest value: f32 sums in another order, and Winograd's constants.
#[cfg(feature = "vulkan")]
const GPU_TOLERANCE: f32 = 1e-4;
/// The same on a CPU, whose kernels round both factors to 16 bits (`docs/decisions/0003-cpu-kernels.md`).
const CPU_TOLERANCE: f32 = 1e-3;
/// Both filters round to whole grey values, each in its own way.
const GREY_TOLERANCE: u8 = 1;

#[derive(Deserialize)]
struct Golden {
    sha256: String,
    pattern: Expected,
    phantom: Expected,
}

#[derive(Deserialize)]
struct Expected {
    logits: Vec<f32>,
    probabilities: Vec<f32>,
    gate_distance: f32,
    cam_shape: [usize; 3],
    cam_every_7th: Vec<f32>,
}

fn path(below: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(below)
}

fn grey(below: &str) -> GrayImage {
    image::open(path(below)).expect("the golden pictures are committed").into_luma8()
}

fn manifest() -> Manifest {
    Manifest::parse(&fs::read(path("weights/manifest.json")).expect("weights are committed")).expect("sound")
}

fn parameters(entry: &ModelEntry) -> Parameters {
    let bytes = fs::read(path("weights").join(&entry.file)).expect("weights are committed");
    entry.verified(&bytes).expect("the weights are those of the manifest")
}

fn network(entry: &ModelEntry, processor: &Processor) -> Network {
    let plan = entry.plan().expect("the manifest is sound");
    Network::new(&plan, &parameters(entry), &entry.input.channels(), processor).expect("the weights fit their network")
}

fn forward(network: &Network, picture: Vec<f32>) -> Activations {
    pollster::block_on(network.forward(picture)).expect("finite")
}

#[test]
fn the_letterbox_is_that_of_pillow() {
    let phantom = grey("tests/golden/phantom.png");
    let whole = Region::whole(phantom.width(), phantom.height());
    let (ours, _) = input::letterbox(&phantom, whole, 224);
    let theirs = grey("tests/golden/phantom_letterboxed.png");
    let worst = ours.pixels().zip(theirs.pixels()).map(|(ours, theirs)| ours[0].abs_diff(theirs[0])).max();
    assert!(worst <= Some(GREY_TOLERANCE), "off by up to {worst:?} grey values");
}

#[test]
fn logits_probabilities_and_heat_maps_are_those_of_pytorch() {
    let golden: BTreeMap<String, Golden> =
        serde_json::from_slice(&fs::read(path("tests/golden/models.json")).expect("committed")).expect("sound");
    let manifest = manifest();
    assert_eq!(golden.len(), manifest.models.len());
    for entry in &manifest.models {
        let golden = &golden[&entry.id];
        assert_eq!(golden.sha256, entry.sha256, "run tests/reference/reference.py for the new weights");
        let square = grey("tests/golden/phantom_letterboxed.png");
        for processor in [Processor::Cpu, Processor::burn_cpu()] {
            let network = network(entry, &processor);
            compare(entry, &manifest, &network, entry.golden_input(), &golden.pattern);
            compare(entry, &manifest, &network, input::normalised(&square, &entry.input), &golden.phantom);
        }
    }
}

fn compare(entry: &ModelEntry, manifest: &Manifest, network: &Network, picture: Vec<f32>, expected: &Expected) {
    let activations = forward(network, picture);
    let logits = &activations.scores;
    let probabilities = prediction::probabilities(logits, &manifest.classes, entry.temperature);
    for (ours, theirs) in logits.iter().zip(&expected.logits).chain(probabilities.iter().zip(&expected.probabilities)) {
        assert!((ours - theirs).abs() < LOGIT_TOLERANCE, "{}: {ours} against {theirs}", entry.id);
    }
    let known = KnownKnees::read(&parameters(entry), activations.features.len()).expect("they are in the file");
    let distance = known.distance(&activations.features);
    let off = (distance - expected.gate_distance).abs() / expected.gate_distance;
    assert!(off < GATE_TOLERANCE, "{}: {distance} against {}", entry.id, expected.gate_distance);
    let maps = class_maps(network.head(), &activations.maps);
    assert_eq!([maps.values.len(), maps.height, maps.width], expected.cam_shape);
    let maps = maps.values.concat();
    let peak = maps.iter().copied().fold(0.0, f32::max);
    for (ours, theirs) in maps.iter().step_by(7).zip(&expected.cam_every_7th) {
        assert!((ours - theirs).abs() <= MAP_TOLERANCE * peak, "{}: {ours} against {theirs}", entry.id);
    }
}

#[test]
fn the_kernels_give_what_burn_gives() {
    compare_with_burn(&Processor::Cpu, CPU_TOLERANCE);
}

/// `cargo test --features vulkan --test golden`, on a machine with a graphics processor.
#[cfg(feature = "vulkan")]
#[test]
fn the_graphics_processor_gives_what_burn_gives() {
    let gpu = pollster::block_on(networks::Gpu::open()).expect("a graphics processor");
    println!("{}", gpu.name());
    compare_with_burn(&Processor::WebGpu(std::rc::Rc::new(gpu)), GPU_TOLERANCE);
}

fn compare_with_burn(processor: &Processor, tolerance: f32) {
    for entry in &manifest().models {
        let burn = forward(&network(entry, &Processor::burn_cpu()), entry.golden_input());
        let ours = forward(&network(entry, processor), entry.golden_input());
        let size = |of: &Activations| (of.maps.channels, of.maps.height, of.maps.width);
        assert_eq!(size(&ours), size(&burn));
        for (ours, burn) in
            [(&ours.maps.values, &burn.maps.values), (&ours.scores, &burn.scores), (&ours.features, &burn.features)]
        {
            assert_eq!(ours.len(), burn.len());
            let largest = burn.iter().fold(0.0f32, |largest, value| largest.max(value.abs()));
            let off = ours.iter().zip(burn).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            println!("{}: off by {off} of {largest}", entry.id);
            assert!(off <= tolerance * largest, "{}: off by {off} of {largest}", entry.id);
        }
    }
}

#[test]
fn the_shipped_weights_reproduce_their_own_golden_logits() {
    for entry in &manifest().models {
        let logits = forward(&network(entry, &Processor::Cpu), entry.golden_input()).scores;
        for (ours, stored) in logits.iter().zip(&entry.golden_logits) {
            assert!((ours - stored).abs() < analysis::model::GOLDEN_TOLERANCE_CPU, "{}", entry.id);
        }
    }
}
