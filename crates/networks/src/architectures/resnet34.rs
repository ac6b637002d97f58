//! `ResNet34`: the same blocks as `ResNet18`, more of them. 21.3 million parameters.

use super::resnet18::resnet;
use crate::builder::Builder;

/// Three channels → classes.
///
/// # Shapes
/// As [`resnet`].
pub fn draw(b: &Builder, classes: usize) {
    resnet(b, [3, 4, 6, 3], classes);
}
