//! Our numbers beside those of an independent implementation: PyTorch, Pillow and `NumPy`, by
//! `tests/reference/reference.py`, which wrote `tests/golden/`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor};
use image::GrayImage;
use osteolens::geometry::Region;
use osteolens::grad_cam::grad_cam;
use osteolens::input;
use osteolens::network::{Executor, Model, Processor};
use osteolens::prediction;
use osteolens::weights::{Manifest, ModelEntry};
use serde::Deserialize;

/// f32 sums in another order, through some twenty layers.
const LOGIT_TOLERANCE: f32 = 1e-3;
/// As a share of the strongest place of the map.
const MAP_TOLERANCE: f32 = 1e-3;
/// As a share of the distance.
const GATE_TOLERANCE: f32 = 1e-3;
/// As a share of the largest value: f32 sums in another order, and Winograd's constants.
const EXECUTOR_TOLERANCE: f32 = 1e-4;
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

fn model(entry: &ModelEntry, device: &Device) -> Model {
    let bytes = fs::read(path("weights").join(&entry.file)).expect("weights are committed");
    let bytes = entry.verified(&bytes).expect("the weights are those of the manifest");
    entry.model(bytes, device).expect("the weights fit their network")
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
    let device = Device::flex();
    let golden: BTreeMap<String, Golden> =
        serde_json::from_slice(&fs::read(path("tests/golden/models.json")).expect("committed")).expect("sound");
    let manifest = manifest();
    assert_eq!(golden.len(), manifest.models.len());
    for entry in &manifest.models {
        let golden = &golden[&entry.id];
        assert_eq!(golden.sha256, entry.sha256, "run tests/reference/reference.py for the new weights");
        let model = model(entry, &device);
        let square = grey("tests/golden/phantom_letterboxed.png");
        let phantom = input::tensor_from_values(input::normalised(&square, &entry.input), &entry.input, &device);
        compare(entry, &manifest, &model, entry.golden_input(&device), &golden.pattern);
        compare(entry, &manifest, &model, phantom, &golden.phantom);
    }
}

fn compare(entry: &ModelEntry, manifest: &Manifest, model: &Model, input: Tensor<4>, expected: &Expected) {
    let activations = model.network.forward(input);
    let logits = activations.logits.clone().try_into_vec_as::<f32>().expect("f32");
    let probabilities = prediction::probabilities(&logits, &manifest.classes, entry.temperature);
    for (ours, theirs) in logits.iter().zip(&expected.logits).chain(probabilities.iter().zip(&expected.probabilities)) {
        assert!((ours - theirs).abs() < LOGIT_TOLERANCE, "{}: {ours} against {theirs}", entry.id);
    }
    let distance = model.gate.distance(activations.texture.clone()).try_into_vec_as::<f32>().expect("f32")[0];
    let off = (distance - expected.gate_distance).abs() / expected.gate_distance;
    assert!(off < GATE_TOLERANCE, "{}: {distance} against {}", entry.id, expected.gate_distance);
    let maps = grad_cam(model.network.fc(), &activations);
    assert_eq!(maps.dims(), expected.cam_shape);
    let maps = maps.try_into_vec_as::<f32>().expect("f32");
    let peak = maps.iter().copied().fold(0.0, f32::max);
    for (ours, theirs) in maps.iter().step_by(7).zip(&expected.cam_every_7th) {
        assert!((ours - theirs).abs() <= MAP_TOLERANCE * peak, "{}: {ours} against {theirs}", entry.id);
    }
}

#[test]
fn the_executor_gives_what_burn_gives() {
    compare_with_burn(&Processor::Cpu);
}

/// `cargo test --features vulkan --test golden`, on a machine with a graphics processor.
#[cfg(feature = "vulkan")]
#[test]
fn the_graphics_processor_gives_what_burn_gives() {
    match pollster::block_on(osteolens::network::Gpu::open()) {
        Ok(gpu) => {
            println!("{}", gpu.name());
            compare_with_burn(&Processor::WebGpu(std::rc::Rc::new(gpu)));
        }
        Err(reason) => println!("skipped: {reason}"),
    }
}

fn compare_with_burn(processor: &Processor) {
    let device = Device::flex();
    for entry in &manifest().models {
        let model = model(entry, &device);
        let burn = model.network.forward(entry.golden_input(&device));
        let executor = pollster::block_on(Executor::new(model.network.clone(), &entry.input, processor))
            .expect("the weights can be read");
        let ours = pollster::block_on(executor.forward(entry.golden_input(&device))).expect("the input can be read");
        assert_eq!(ours.maps.dims(), burn.maps.dims());
        let pairs = [
            (ours.maps.flatten::<1>(0, 3), burn.maps.flatten(0, 3)),
            (ours.logits.flatten(0, 1), burn.logits.flatten(0, 1)),
            (ours.texture.flatten(0, 1), burn.texture.flatten(0, 1)),
        ];
        for (ours, burn) in pairs {
            let [ours, burn] = [ours, burn].map(|one| one.try_into_vec_as::<f32>().expect("f32"));
            let largest = burn.iter().fold(0.0f32, |largest, value| largest.max(value.abs()));
            let off = ours.iter().zip(&burn).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            println!("{}: off by {off} of {largest}", entry.id);
            assert!(off <= EXECUTOR_TOLERANCE * largest, "{}: off by {off} of {largest}", entry.id);
        }
    }
}

#[test]
fn the_shipped_weights_reproduce_their_own_golden_logits() {
    let device = Device::flex();
    for entry in &manifest().models {
        let model = model(entry, &device);
        let logits = model.network.forward(entry.golden_input(&device)).logits.try_into_vec_as::<f32>().expect("f32");
        for (ours, stored) in logits.iter().zip(&entry.golden_logits) {
            assert!((ours - stored).abs() < osteolens::weights::GOLDEN_TOLERANCE_CPU, "{}", entry.id);
        }
    }
}
