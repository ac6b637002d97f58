//! What the programs of this package share. Each is a stage of the engine on fixed numbers: compiled for a browser and
//! run by an interpreter, it takes the same instructions on every machine.

use std::hint::black_box;

use networks::kernels::cpu::{Convolution, Image, Scratch, Weights};

/// Packs a layer of `ResNet18` and runs it once on a square image.
///
/// # Panics
/// When it writes nothing.
pub fn layer(inputs: usize, outputs: usize, side: usize, stride: usize, image_side: usize) {
    let number = |at: usize| (at % 251) as f32 / 251.0 - 0.5;
    let values: Vec<f32> = (0..outputs * inputs * side * side).map(number).collect();
    let (scale, shift) = (vec![1.0; outputs], vec![0.0; outputs]);
    let weights = Weights { values: &values, inputs, outputs, side, stride, scale: &scale, shift: &shift };
    let convolution = Convolution::new(&weights, image_side);
    let mut image = Image::new(image_side, image_side, inputs);
    for (at, value) in image.values.iter_mut().enumerate() {
        *value = number(at);
    }
    let written = convolution.run(black_box(&image), None, true, &mut Scratch::default());
    assert!(black_box(written).values.iter().any(|value| *value > 0.0));
}
