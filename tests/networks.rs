//! Architectures beside torchvision, and the derivative of heads beside burn's autodiff.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use image::{GrayImage, Luma};
use networks::kernels::cpu::Image;
use networks::{
    Architecture, Array, Arrays, Builder, BurnNetwork, GreyChannels, Head, Network, Parameters, Plan, Processor,
    Window, safetensors,
};
use serde::Deserialize;

/// f32 sums in another order, through some twenty to forty layers; as a share of the largest value.
const TOLERANCE: f32 = 1e-4;
/// The same of the kernels on a CPU, which round both factors to 16 bits (`docs/decisions/0003-cpu-kernels.md`).
const CPU_TOLERANCE: f32 = 1e-3;

/// What `tests/reference/reference.py` has PyTorch say of a network of torchvision.
#[derive(Deserialize)]
struct Golden {
    parameters: BTreeMap<String, Vec<usize>>,
    logits: Vec<f32>,
    gate: Vec<f32>,
}

/// Numbers that both sides make by the same formula, as `made_parameters` in `reference.py`.
fn made(plan: &Plan) -> Arrays {
    let mut shapes: Vec<_> = plan.parameters();
    shapes.sort_by(|a, b| a.name.cmp(&b.name));
    let array = |(number, parameter): (usize, networks::Parameter)| {
        let networks::Parameter { name, shape } = parameter;
        let noise = |at: usize| {
            let state = (at as u64).wrapping_mul(2_654_435_761).wrapping_add(number as u64 * 40_503) % (1 << 32);
            state as f64 / 4_294_967_296.0 - 0.5
        };
        let is_scale = name.ends_with("running_var") || name.ends_with("weight");
        let value = |at: usize| match shape[..] {
            [_, inputs, height, width] => noise(at) * 12f64.sqrt() * (2.0 / (inputs * height * width) as f64).sqrt(),
            [_, _] => noise(at) * 0.1,
            _ => noise(at) * 0.2 + f64::from(u8::from(is_scale)),
        };
        let values = (0..shape.iter().product()).map(|at| value(at) as f32).collect();
        (name, Array { shape, values })
    };
    shapes.into_iter().enumerate().map(array).collect()
}

/// As weights that were rounded to f16 would not be those of the formula, all stay f32.
fn parameters(arrays: &Arrays) -> Parameters {
    Parameters::read(safetensors(arrays, |_| true).expect("sound")).expect("as written")
}

/// The pattern of `golden_square` in `reference.py`, stretched from its 1st to its 99.5th percentile and normalised as
/// ImageNet's first channel is.
fn golden_picture() -> (Vec<f32>, GreyChannels) {
    let spec = analysis::input::InputSpec {
        side_px: 224,
        contrast_percentiles: [1.0, 99.5],
        mean: vec![0.485, 0.456, 0.406],
        std: vec![0.229, 0.224, 0.225],
    };
    let square = GrayImage::from_fn(224, 224, |x, y| {
        let (across, down) = (x.abs_diff(112), y.abs_diff(112));
        let bone = if across < 60 && !(6..14).contains(&down) { 150 } else { 60 };
        Luma([(bone + (x * 7 + y * 3) % 32 + (x * y / 64) % 24) as u8])
    });
    (analysis::input::normalised(&square, &spec), spec.channels())
}

fn assert_close(ours: &[f32], theirs: &[f32], what: &str) {
    assert_within(TOLERANCE, ours, theirs, what);
}

fn assert_within(tolerance: f32, ours: &[f32], theirs: &[f32], what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let largest = theirs.iter().fold(0.0f32, |largest, value| largest.max(value.abs()));
    assert!(largest > 0.0, "{what}: nothing is compared");
    let off = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(off <= tolerance * largest, "{what}: off by {off} of {largest}");
}

/// Names and shapes of all parameters, scores, and the features that the gate looks at: by the kernels and by burn.
fn is_that_of_torchvision(name: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.json"));
    let golden: Golden = serde_json::from_slice(&fs::read(file).expect("committed")).expect("sound");
    let plan = Architecture::named(name).expect("it is in the list").plan(224, 3).expect("large enough");
    let parameters_by_name: BTreeMap<String, Vec<usize>> =
        plan.parameters().into_iter().map(|parameter| (parameter.name, parameter.shape)).collect();
    assert_eq!(parameters_by_name, golden.parameters);

    let parameters = parameters(&made(&plan));
    let (picture, channels) = golden_picture();
    for (processor, tolerance) in [(Processor::Cpu, CPU_TOLERANCE), (Processor::burn_cpu(), TOLERANCE)] {
        let network = Network::new(&plan, &parameters, &channels, &processor).expect("all kernels are known");
        let said = pollster::block_on(network.forward(picture.clone())).expect("finite");
        assert_within(tolerance, &said.scores, &golden.logits, "scores");
        assert_within(tolerance, &said.features, &golden.gate, "the gate's features");
    }
}

#[test]
fn resnet18_is_that_of_torchvision() {
    is_that_of_torchvision("resnet18");
}

#[test]
fn resnet34_is_that_of_torchvision() {
    is_that_of_torchvision("resnet34");
}

#[test]
fn every_architecture_can_be_run_by_the_kernels() {
    for architecture in networks::ARCHITECTURES {
        let plan = architecture.plan(224, 3).expect("large enough");
        assert!(networks::fuse(&plan).is_ok(), "{architecture:?}");
        assert!(!plan.stages.is_empty() && plan.classes() == 3, "{architecture:?}");
        assert_eq!(Architecture::named(architecture.name()), Some(*architecture));
    }
}

#[test]
fn an_input_that_is_too_small_is_an_error() {
    let error = Architecture::named("custom-cnn").expect("known").plan(4, 3).expect_err("too small").to_string();
    assert!(error.contains("too small"), "{error}");
}

/// A small network with this head, and the importance of its maps by our walk and by burn's tape.
fn head_beside_autodiff(draw: fn(&Builder)) {
    let plan = Builder::plan(draw, 16).expect("sound");
    let arrays = made(&plan);
    let head = Head::read(&plan, &parameters(&arrays)).expect("all weights are there");
    let shape = plan.nodes[plan.maps].shape;
    let planes: Vec<f32> = (0..shape.numbers()).map(|at| ((at * 37 % 101) as f32 / 101.0 - 0.3).max(0.0)).collect();
    let image = Image::from_planes(&planes, shape.channels, shape.height, shape.width);

    let device = Device::flex().autodiff();
    let network = BurnNetwork::new(&plan, &device).with_arrays(&arrays, &device).expect("all weights fit");
    let data = TensorData::new(planes, [1, shape.channels, shape.height, shape.width]);
    for class in 0..plan.classes() {
        let leaf = Tensor::<4>::from_data(data.clone(), &device).require_grad();
        let scores = network.head(leaf.clone()); // [1, classes]
        let taped = leaf.grad(&scores.clone().narrow(1, class, 1).sum().backward()).expect("the maps are a leaf");
        let taped = taped.mean_dim(3).mean_dim(2); // [1, channels, 1, 1]
        assert_close(&head.importance(&image, class), &taped.try_into_vec_as::<f32>().expect("f32"), "importance");
        assert_close(&head.scores(&image), &scores.inner().try_into_vec_as::<f32>().expect("f32"), "scores");
    }
}

#[test]
fn the_derivative_of_a_mean_and_a_linear_layer_is_that_of_autodiff() {
    head_beside_autodiff(|b| {
        let x = b.input(1).conv("conv", Window::square(3).padding(1).stride(2), 8).relu().seen_by_gate();
        let _ = x.head().mean().linear("fc", 3);
    });
}

#[test]
fn the_derivative_of_flattened_maps_and_two_linear_layers_is_that_of_autodiff() {
    head_beside_autodiff(|b| {
        let x = b.input(1).conv("conv", Window::square(3).padding(1).stride(2), 8).relu().seen_by_gate();
        let _ = x.head().flatten().linear("fc1", 32).relu().linear("fc2", 3);
    });
}
