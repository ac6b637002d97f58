//! `ResNet18` after He et al., "Deep Residual Learning for Image Recognition" (2015), with the names of torchvision's
//! layers. 11.2 million parameters.

use crate::builder::{Builder, Maps};
use crate::plan::Window;

/// Three channels → classes.
pub fn draw(b: &Builder, classes: usize) {
    resnet(b, [2, 2, 2, 2], classes);
}

/// A network of basic blocks: so many in each of its four layers. The gate looks at `layer2`, which training leaves as
/// ImageNet made it.
///
/// # Shapes
/// For an input of 224 pixels the last feature maps are `[512, 7, 7]`; the gate sees 128 features.
pub(super) fn resnet(b: &Builder, blocks: [usize; 4], classes: usize) {
    b.stage("stem");
    let x = b.input(3).conv("conv1", Window::square(7).stride(2).padding(3), 64).norm("bn1").relu(); // [64, 112, 112]
    let mut x = x.max_pool(Window::square(3).stride(2).padding(1)); // [64, 56, 56]
    for (layer, (count, outputs)) in (1..).zip(blocks.into_iter().zip([64, 128, 256, 512])) {
        let name = format!("layer{layer}");
        b.stage(&name);
        for at in 0..count {
            let stride = if layer > 1 && at == 0 { 2 } else { 1 };
            x = basic_block(&format!("{name}.{at}"), x, outputs, stride);
        }
        if layer == 2 {
            x = x.seen_by_gate();
        }
    }
    let _ = x.head().mean().linear("fc", classes);
}

/// Two 3×3 convolutions and a shortcut.
fn basic_block<'b>(name: &str, input: Maps<'b>, outputs: usize, stride: usize) -> Maps<'b> {
    let named = |layer: &str| format!("{name}.{layer}");
    let window = Window::square(3).padding(1);
    let x = input.conv(&named("conv1"), window.stride(stride), outputs).norm(&named("bn1")).relu();
    let x = x.conv(&named("conv2"), window, outputs).norm(&named("bn2"));
    let shortcut = if stride > 1 {
        let halved = input.conv(&named("downsample.0"), Window::square(1).stride(stride), outputs);
        halved.norm(&named("downsample.1"))
    } else {
        input
    };
    x.add(shortcut).relu()
}
