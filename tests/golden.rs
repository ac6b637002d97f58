//! Our numbers beside those of an independent implementation: PyTorch, Pillow and `NumPy`, by
//! `tests/reference/reference.py`, which wrote `tests/golden/`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use analysis::grad_cam::class_maps;
use analysis::input;
use analysis::known_knees::KnownKnees;
use analysis::manifest::{Manifest, ModelEntry};
#[cfg(feature = "vulkan")]
use analysis::model::{GOLDEN_TOLERANCE_GPU, Model};
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
/// The same with factors of f16, which have 11 significant bits.
#[cfg(feature = "vulkan")]
const GPU_F16_TOLERANCE: f32 = 5e-3;
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

/// The machine's graphics processor: `cargo test --features vulkan --test golden`. First with factors of f16, if it has
/// them, then with f32.
#[cfg(feature = "vulkan")]
fn graphics_processor() -> (Option<Processor>, Processor) {
    let gpu = pollster::block_on(networks::Gpu::open()).expect("a graphics processor");
    println!("{}", gpu.name());
    let processor = Processor::WebGpu(std::rc::Rc::new(gpu));
    match processor.in_full() {
        Some(in_full) => (Some(processor), in_full),
        None => {
            println!("It has no f16: that is not tested.");
            (None, processor)
        }
    }
}

#[cfg(feature = "vulkan")]
#[test]
fn the_graphics_processor_gives_what_burn_gives() {
    let (in_half, in_full) = graphics_processor();
    compare_with_burn(&in_full, GPU_TOLERANCE);
    if let Some(in_half) = in_half {
        compare_with_burn(&in_half, GPU_F16_TOLERANCE);
    }
}

#[cfg(feature = "vulkan")]
#[test]
fn factors_of_f16_give_what_those_of_f32_give() {
    let (Some(in_half), in_full) = graphics_processor() else { return };
    let square = grey("tests/golden/phantom_letterboxed.png");
    for entry in &manifest().models {
        let phantom = input::normalised(&square, &entry.input);
        let (half, full) = (network(entry, &in_half), network(entry, &in_full));
        assert_close(entry, &half, &full, &phantom, GPU_F16_TOLERANCE);
    }
}

/// The first layer writes, and the second one divides by, so much that f16 holds neither the numbers nor the weights.
#[cfg(feature = "vulkan")]
const BEYOND_F16: f32 = 1e6;

#[cfg(feature = "vulkan")]
#[test]
fn a_network_that_f16_cannot_hold_is_computed_in_f32() {
    let (Some(in_half), _) = graphics_processor() else { return };
    let entry = &manifest().models[0];
    let plan = entry.plan().expect("sound");
    let mut arrays = parameters(entry).of_plan(&plan).expect("they are in the file");
    for gate in KnownKnees::NAMES {
        arrays.insert(gate.into(), parameters(entry).array(gate).expect("it is in the file"));
    }
    let mut scale = |name: &str, by: f32| {
        arrays.get_mut(name).expect("a batch norm").values.iter_mut().for_each(|value| *value *= by);
    };
    scale("bn1.weight", BEYOND_F16);
    scale("bn1.bias", BEYOND_F16);
    scale("bn2.running_mean", BEYOND_F16);
    scale("bn2.weight", 1.0 / BEYOND_F16);
    let bytes = networks::safetensors(&arrays, |name| name.starts_with("gate.")).expect("sound");
    let parameters = Parameters::read(bytes).expect("sound");
    let in_f16 = Network::new(&plan, &parameters, &entry.input.channels(), &in_half).expect("its own weights");
    let answer = pollster::block_on(in_f16.forward(entry.golden_input()));
    let is_right = |answer: Activations| (answer.scores[0] - entry.golden_logits[0]).abs() < GOLDEN_TOLERANCE_GPU;
    assert!(!answer.is_ok_and(is_right), "f16 holds it");
    let tested = Model::tested(entry, &parameters, &in_half);
    assert!(pollster::block_on(tested).is_ok(), "the self-test has not passed");
}

fn compare_with_burn(processor: &Processor, tolerance: f32) {
    for entry in &manifest().models {
        let (ours, burn) = (network(entry, processor), network(entry, &Processor::burn_cpu()));
        assert_close(entry, &ours, &burn, &entry.golden_input(), tolerance);
    }
}

/// Maps, logits and features of two networks; `tolerance` is a share of the largest of each.
fn assert_close(entry: &ModelEntry, one: &Network, other: &Network, picture: &[f32], tolerance: f32) {
    let (one, other) = (forward(one, picture.to_vec()), forward(other, picture.to_vec()));
    let size = |of: &Activations| (of.maps.channels, of.maps.height, of.maps.width);
    assert_eq!(size(&one), size(&other));
    for (ours, theirs) in
        [(&one.maps.values, &other.maps.values), (&one.scores, &other.scores), (&one.features, &other.features)]
    {
        assert_eq!(ours.len(), theirs.len());
        let largest = theirs.iter().fold(0.0f32, |largest, value| largest.max(value.abs()));
        let off = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        println!("{}: off by {off} of {largest}", entry.id);
        assert!(off <= tolerance * largest, "{}: off by {off} of {largest}", entry.id);
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
