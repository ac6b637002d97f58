//! Runs the steps of a network by kernels.

use crate::failure::{Error, Result};
use crate::folded::{Folded, GreyChannels};
use crate::fuse::{Fused, Step, Steps, fuse};
use crate::kernels::Kernels;
use crate::parameters::Parameters;
use crate::plan::{NodeId, Plan, Window};

/// A network whose weights are laid out for its kernels.
pub(crate) struct Executor<K: Kernels> {
    steps: Vec<(Ready<K>, Vec<NodeId>)>,
    images: usize,
    gate: NodeId,
    maps: NodeId,
}

/// A step with its weights.
enum Ready<K: Kernels> {
    /// With an image that is added to its result, where a network reads one grey picture as several channels: what the
    /// layer writes for a picture of zeros ([`Folded::grey`]).
    Convolution(K::Layer, Fused, Option<K::Image>),
    MaxPool {
        window: Window,
        input: NodeId,
        output: NodeId,
    },
}

impl<K: Kernels> Executor<K> {
    /// Lays out the weights of every step, one after the other, for grey pictures of which the input has `channels`.
    ///
    /// # Errors
    /// [`Error::Weights`] when no kernel runs the plan, or a parameter is missing.
    pub fn new(plan: &Plan, parameters: &Parameters, channels: &GreyChannels, kernels: &mut K) -> Result<Self> {
        let Steps { steps, images, gate, maps } = fuse(plan)?;
        let mut ready = |step: Step| -> Result<Ready<K>> {
            let fused = match step {
                Step::Convolution(fused) => fused,
                Step::MaxPool { window, input, output } => return Ok(Ready::MaxPool { window, input, output }),
            };
            let folded = Folded::read(&fused, parameters)?;
            if fused.input != 0 || plan.channels() == 1 {
                return Ok(Ready::Convolution(kernels.pack(&folded.weights(), fused.rows), fused, None));
            }
            if fused.shortcut.is_some() {
                return Err(Error::Weights(format!("no kernel runs {}, with a shortcut, on a picture", fused.name)));
            }
            let (grey, of_nothing) = folded.grey(channels, plan.side())?;
            let of_nothing = kernels.take(of_nothing);
            Ok(Ready::Convolution(kernels.pack(&grey.weights(), fused.rows), fused, Some(of_nothing)))
        };
        let steps = steps.into_iter().map(|(step, freed)| Ok((ready(step)?, freed))).collect::<Result<_>>()?;
        Ok(Self { steps, images, gate, maps })
    }

    /// The last feature maps of a grey picture, and those that the gate looks at.
    pub fn run(&self, picture: K::Image, kernels: &mut K) -> (K::Image, K::Image) {
        let mut images: Vec<Option<K::Image>> = vec![None; self.images];
        images[0] = Some(picture);
        let missing = "a plan's nodes read what earlier ones have written";
        for (step, freed) in &self.steps {
            let (output, image) = match step {
                Ready::Convolution(layer, fused, of_nothing) => {
                    let input = images[fused.input].as_ref().expect(missing);
                    let shortcut = of_nothing.as_ref().or_else(|| images[fused.shortcut?].as_ref());
                    let image = match fused.pool {
                        Some(window) => kernels.pooled_convolution(layer, input, window, shortcut, fused.relu),
                        None => kernels.convolution(layer, input, shortcut, fused.relu),
                    };
                    (fused.output, image)
                }
                Ready::MaxPool { window, input, output } => {
                    (*output, kernels.max_pool(images[*input].as_ref().expect(missing), *window))
                }
            };
            images[output] = Some(image);
            freed.iter().filter_map(|image| images[*image].take()).for_each(|image| kernels.free(image));
        }
        let maps = images[self.maps].take().expect(missing);
        // Both may be the same.
        let gate = images[self.gate].take().unwrap_or_else(|| maps.clone());
        (maps, gate)
    }
}
