//! The project's own small network: four convolutions, their mean, one linear layer. 0.1 million parameters.

use crate::builder::Builder;
use crate::plan::Window;

/// Grey → classes. The gate looks at the third layer: the last one already sees knees only.
///
/// # Shapes
/// For an input of 224 pixels the last feature maps are `[128, 14, 14]`; the gate sees 64 features.
pub fn draw(b: &Builder, classes: usize) {
    let halved = Window::square(2).stride(2);
    let next = Window::square(3).padding(1);
    b.stage("conv1");
    let x = b.input(1).conv("conv1", Window::square(5).stride(2).padding(2), 16).norm("bn1").relu(); // [16, 112, 112]
    b.stage("conv2");
    let x = x.max_pool(halved).conv("conv2", next, 32).norm("bn2").relu(); // [32, 56, 56]
    b.stage("conv3");
    let x = x.max_pool(halved).conv("conv3", next, 64).norm("bn3").relu().seen_by_gate(); // [64, 28, 28]
    b.stage("conv4");
    let x = x.max_pool(halved).conv("conv4", next, 128).norm("bn4").relu(); // [128, 14, 14]
    let _ = x.head().mean().linear("fc", classes);
}
