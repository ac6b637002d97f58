//! A convolution's weights with its batch norm, as kernels take them.

use crate::failure::{Error, Result};
use crate::fuse::Fused;
use crate::kernels::cpu::{Convolution, Image, Scratch, Weights};
use crate::parameters::Parameters;

/// Added to a variance before its root is taken; torchvision's and burn's.
pub const EPSILON: f32 = 1e-5;

/// How one grey picture, normalised as the first channel is, becomes every channel of an input:
/// `channel = grey · stretch + shift`.
#[derive(Clone, Debug, PartialEq)]
pub struct GreyChannels {
    /// Of each channel; that of the first one is 1.
    pub stretch: Vec<f32>,
    /// Of each channel; that of the first one is 0.
    pub shift: Vec<f32>,
}

impl GreyChannels {
    /// Channels that are all the same picture, less their `mean`, divided by their `std`.
    pub fn new(mean: &[f32], std: &[f32]) -> Self {
        let (first_mean, first_std) = (mean.first().copied().unwrap_or(0.0), std.first().copied().unwrap_or(1.0));
        Self {
            stretch: std.iter().map(|std| first_std / std).collect(),
            shift: mean.iter().zip(std).map(|(mean, std)| (first_mean - mean) / std).collect(),
        }
    }

    /// All channels of a grey picture: `[channels, numbers]`.
    pub fn of(&self, grey: &[f32]) -> Vec<f32> {
        let channels = self.stretch.iter().zip(&self.shift);
        channels.flat_map(|(stretch, shift)| grey.iter().map(move |value| value * stretch + shift)).collect()
    }
}

/// A convolution's weights and what its batch norm does.
pub struct Folded {
    values: Vec<f32>,
    inputs: usize,
    outputs: usize,
    side: usize,
    stride: usize,
    scale: Vec<f32>,
    shift: Vec<f32>,
}

impl Folded {
    /// Reads the parameters of a step.
    ///
    /// # Errors
    /// [`Error::Weights`] when one is missing or has another shape.
    pub fn read(step: &Fused, parameters: &Parameters) -> Result<Self> {
        let Fused { name, window, inputs, outputs, norm, .. } = step;
        let values = parameters.values(&format!("{name}.weight"), &[*outputs, *inputs, window.side, window.side])?;
        let (scale, shift) = match norm {
            Some(norm) => {
                let of = |part: &str| parameters.values(&format!("{norm}.{part}"), &[*outputs]);
                batch_norm(&of("weight")?, &of("bias")?, &of("running_mean")?, &of("running_var")?)
            }
            None => (vec![1.0; *outputs], vec![0.0; *outputs]),
        };
        Ok(Self { values, inputs: *inputs, outputs: *outputs, side: window.side, stride: window.stride, scale, shift })
    }

    /// As kernels take them.
    pub fn weights(&self) -> Weights<'_> {
        let Self { ref values, inputs, outputs, side, stride, ref scale, ref shift } = *self;
        Weights { values, inputs, outputs, side, stride, scale, shift }
    }

    /// The same layer for the grey picture that all of its channels are, and what it writes where that is zero.
    ///
    /// Stretching goes into the weights. A shift is no number to add after them, since the border is zero in every
    /// channel: it makes an image of its own, which the kernel adds as a shortcut.
    ///
    /// # Errors
    /// [`Error::Weights`] when the layer has another number of channels.
    pub fn grey(self, channels: &GreyChannels, image_side: usize) -> Result<(Self, Image)> {
        let Self { inputs, outputs, side, stride, .. } = self;
        if channels.stretch.len() != inputs {
            return Err(Error::Weights(format!("{} channels are described of {inputs}", channels.stretch.len())));
        }
        let pixels = image_side * image_side;
        let nothing =
            Image { height: image_side, width: image_side, channels: inputs, values: channels.shift.repeat(pixels) };
        let written = image_side.div_ceil(stride);
        let of_nothing = Convolution::new(&self.weights(), written).run(&nothing, None, false, &mut Scratch::default());

        let places = side * side;
        let mut values = vec![0.0; outputs * places];
        for (at, kernel) in self.values.chunks_exact(places).enumerate() {
            let stretch = channels.stretch[at % inputs];
            for (sum, value) in values[at / inputs * places..].iter_mut().zip(kernel) {
                *sum += stretch * value;
            }
        }
        Ok((Self { values, inputs: 1, shift: vec![0.0; outputs], ..self }, of_nothing))
    }
}

/// Scale and shift that do what a batch norm does with its stored statistics.
fn batch_norm(gamma: &[f32], beta: &[f32], mean: &[f32], variance: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let scale: Vec<f32> =
        gamma.iter().zip(variance).map(|(gamma, variance)| gamma / (variance + EPSILON).sqrt()).collect();
    let shift = beta.iter().zip(mean).zip(&scale).map(|((beta, mean), scale)| beta - mean * scale).collect();
    (scale, shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batch_norm_is_its_definition() {
        let (scale, shift) = batch_norm(&[2.0], &[1.0], &[3.0], &[4.0]);
        // (5 − 3) / 2 · 2 + 1
        assert!((5.0 * scale[0] + shift[0] - 3.0).abs() < 1e-4);
    }

    #[test]
    fn grey_channels_are_those_of_the_definition() {
        let (mean, std) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);
        let grey = 0.3f32;
        let all = GreyChannels::new(&mean, &std).of(&[(grey - mean[0]) / std[0]]);
        for (channel, value) in all.into_iter().enumerate() {
            assert!((value - (grey - mean[channel]) / std[channel]).abs() < 1e-6);
        }
    }
}
