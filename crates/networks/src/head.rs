//! What follows the last feature maps, and its derivative.
//!
//! Grad-CAM needs how each class score changes with the maps. Only a few small layers follow them, so their
//! derivative is walked through by hand and no autodiff tape is needed; a test compares it with burn's.

use crate::failure::{Error, Result};
use crate::kernels::cpu::{Image, mean};
use crate::parameters::Parameters;
use crate::plan::{HeadLayer, Plan};

/// The layers after the last feature maps, with their weights.
pub struct Head {
    layers: Vec<Layer>,
}

enum Layer {
    Mean,
    Flatten,
    Linear {
        /// `[outputs, inputs]`
        weight: Vec<f32>,
        bias: Vec<f32>,
    },
    Relu,
}

impl Head {
    /// The head of a plan.
    ///
    /// # Errors
    /// [`Error::Weights`](crate::failure::Error::Weights) when a parameter is missing or has another shape.
    pub fn read(plan: &Plan, parameters: &Parameters) -> Result<Self> {
        let read = |layer: &HeadLayer| {
            Ok(match layer {
                HeadLayer::Mean => Layer::Mean,
                HeadLayer::Flatten => Layer::Flatten,
                HeadLayer::Relu => Layer::Relu,
                HeadLayer::Linear { name, inputs, outputs } => Layer::Linear {
                    weight: parameters.values(&format!("{name}.weight"), &[*outputs, *inputs])?,
                    bias: parameters.values(&format!("{name}.bias"), &[*outputs])?,
                },
            })
        };
        Ok(Self { layers: plan.head.iter().map(read).collect::<Result<_>>()? })
    }

    /// Puts another last layer in place of its own.
    ///
    /// # Shapes
    /// - weight: `[outputs, inputs]`, row by row
    /// - bias: `[outputs]`
    ///
    /// # Errors
    /// [`Error::Weights`](crate::failure::Error::Weights) when the last layer is no linear one of this shape.
    pub fn set_last_layer(&mut self, weight: &[f32], bias: &[f32]) -> Result<()> {
        match self.layers.last_mut() {
            Some(Layer::Linear { weight: own, bias: own_bias })
                if own.len() == weight.len() && own_bias.len() == bias.len() =>
            {
                own.copy_from_slice(weight);
                own_bias.copy_from_slice(bias);
                Ok(())
            }
            _ => Err(Error::Weights("the last layer does not fit".into())),
        }
    }

    /// The score of each class, before softmax.
    pub fn scores(&self, maps: &Image) -> Vec<f32> {
        self.written(maps).pop().unwrap_or_default()
    }

    /// How much each map counts for a class (Selvaraju et al. 2017): the mean over the map of the derivative of the
    /// class's score.
    ///
    /// # Shapes
    /// - output: `[channels]`
    pub fn importance(&self, maps: &Image, class: usize) -> Vec<f32> {
        let written = self.written(maps);
        let scores = written.last().map_or(0, Vec::len);
        let mut slope: Vec<f32> = (0..scores).map(|score| f32::from(u8::from(score == class))).collect();
        let pixels = (maps.height * maps.width).max(1);
        for (layer, written) in self.layers.iter().zip(&written).rev() {
            slope = match layer {
                Layer::Linear { weight, bias } => {
                    let inputs = weight.len() / bias.len();
                    let mut before = vec![0.0; inputs];
                    for (row, slope) in weight.chunks_exact(inputs).zip(&slope) {
                        before.iter_mut().zip(row).for_each(|(sum, weight)| *sum += weight * slope);
                    }
                    before
                }
                Layer::Relu => {
                    slope.iter().zip(written).map(|(slope, out)| if *out > 0.0 { *slope } else { 0.0 }).collect()
                }
                Layer::Mean => slope.iter().map(|slope| slope / pixels as f32).collect(),
                Layer::Flatten => {
                    slope.chunks_exact(pixels).map(|map| map.iter().sum::<f32>() / pixels as f32).collect()
                }
            };
        }
        slope
    }

    /// What each layer writes.
    fn written(&self, maps: &Image) -> Vec<Vec<f32>> {
        let mut all: Vec<Vec<f32>> = Vec::with_capacity(self.layers.len());
        for layer in &self.layers {
            let numbers = all.last().map_or(&[][..], Vec::as_slice);
            let next = match layer {
                Layer::Mean => mean(maps),
                Layer::Flatten => maps.to_planes(),
                Layer::Linear { weight, bias } => {
                    let rows = weight.chunks_exact(weight.len() / bias.len());
                    rows.zip(bias)
                        .map(|(row, bias)| row.iter().zip(numbers).map(|(a, b)| a * b).sum::<f32>() + bias)
                        .collect()
                }
                Layer::Relu => numbers.iter().map(|number| number.max(0.0)).collect(),
            };
            all.push(next);
        }
        all
    }
}
