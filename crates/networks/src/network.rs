//! A network with its weights on a processor: one grey picture in, [`Activations`] out.

use std::cell::RefCell;

use serde::{Deserialize, Serialize};

use crate::activations::Activations;
use crate::executor::Executor;
use crate::failure::{Error, Result};
use crate::folded::GreyChannels;
use crate::head::Head;
use crate::kernels::Core;
use crate::kernels::cpu::{Image, mean};
#[cfg(feature = "gpu")]
use crate::kernels::gpu::{Gpu, Program, Recorder};
use crate::parameters::Parameters;
use crate::plan::Plan;
#[cfg(feature = "burn")]
use crate::reference::{self, Device, Reference};

/// The kind of processor that computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Backend {
    /// The graphics processor, through WebGPU.
    WebGpu,
    /// The main processor, with 128-bit SIMD.
    Cpu,
}

impl Backend {
    /// As in `?backend=` and `html[data-engine]`.
    pub fn id(self) -> &'static str {
        match self {
            Self::WebGpu => "webgpu",
            Self::Cpu => "cpu",
        }
    }
}

/// What computes.
#[derive(Clone)]
pub enum Processor {
    /// One core, by the kernels of this crate.
    Cpu,
    /// A graphics processor, by the kernels of this crate.
    #[cfg(feature = "gpu")]
    WebGpu(std::rc::Rc<Gpu>),
    /// burn's own layers, on a device of burn's.
    #[cfg(feature = "burn")]
    Burn(Device, Backend),
}

impl Processor {
    /// A graphics processor with the kernels of this crate, as [`Gpu::open`].
    ///
    /// # Errors
    /// As [`Gpu::open`].
    #[cfg(feature = "gpu")]
    pub async fn webgpu() -> std::result::Result<Self, String> {
        Ok(Self::WebGpu(std::rc::Rc::new(Gpu::open().await?)))
    }

    /// The same processor with factors of f32, if those of this one are f16: more exact, in twice the memory.
    pub fn in_full(&self) -> Option<Self> {
        match self {
            #[cfg(feature = "gpu")]
            Self::WebGpu(gpu) => gpu.in_full().map(|gpu| Self::WebGpu(std::rc::Rc::new(gpu))),
            _ => None,
        }
    }

    /// burn's CPU backend.
    #[cfg(feature = "burn")]
    pub fn burn_cpu() -> Self {
        Self::Burn(reference::cpu(), Backend::Cpu)
    }

    /// burn's wgpu backend, on the browser's graphics processor.
    ///
    /// # Errors
    /// What burn says when it cannot be opened.
    #[cfg(feature = "burn-webgpu")]
    pub async fn burn_webgpu() -> std::result::Result<Self, String> {
        Ok(Self::Burn(reference::webgpu().await?, Backend::WebGpu))
    }

    /// Its kind.
    pub fn backend(&self) -> Backend {
        match self {
            Self::Cpu => Backend::Cpu,
            #[cfg(feature = "gpu")]
            Self::WebGpu(_) => Backend::WebGpu,
            #[cfg(feature = "burn")]
            Self::Burn(_, backend) => *backend,
        }
    }
}

/// A network for inference only.
pub struct Network {
    side: usize,
    kind: Kind,
    head: Head,
    #[cfg_attr(not(feature = "burn"), allow(dead_code, reason = "only burn scores by a layer of its own"))]
    has_other_layer: bool,
}

enum Kind {
    Cpu(Executor<Core>, Box<RefCell<Core>>),
    #[cfg(feature = "gpu")]
    WebGpu(Box<Program>),
    #[cfg(feature = "burn")]
    Burn(Box<Reference>),
}

impl Network {
    /// Packs the weights of a plan and takes them to the processor, for grey pictures of which its input has
    /// `channels`.
    ///
    /// # Errors
    /// [`Error::Weights`] when the processor's kernels do not run the plan, or a parameter is missing.
    pub fn new(plan: &Plan, parameters: &Parameters, channels: &GreyChannels, processor: &Processor) -> Result<Self> {
        let kind = match processor {
            Processor::Cpu => {
                let mut core = Core::default();
                Kind::Cpu(Executor::new(plan, parameters, channels, &mut core)?, Box::new(RefCell::new(core)))
            }
            #[cfg(feature = "gpu")]
            Processor::WebGpu(gpu) => {
                let mut recorder = Recorder::new(gpu);
                let executor = Executor::new(plan, parameters, channels, &mut recorder)?;
                let input = recorder.image(plan.side(), plan.side(), 1);
                let (maps, gate) = executor.run(input.clone(), &mut recorder);
                Kind::WebGpu(Box::new(recorder.program(gpu.clone(), input, [maps, gate])))
            }
            #[cfg(feature = "burn")]
            Processor::Burn(device, _) => Kind::Burn(Box::new(Reference::new(plan, parameters, channels, device)?)),
        };
        Ok(Self { side: plan.side(), kind, head: Head::read(plan, parameters)?, has_other_layer: false })
    }

    /// One pass.
    ///
    /// # Shapes
    /// - picture: `[side, side]`, normalised as the first channel is
    ///
    /// # Errors
    /// [`Error::Compute`] when the picture has another size, the processor is lost, or what it gives is no number.
    #[cfg_attr(
        not(any(feature = "gpu", feature = "burn")),
        allow(clippy::unused_async, reason = "one core answers at once")
    )]
    pub async fn forward(&self, picture: Vec<f32>) -> Result<Activations> {
        if picture.len() != self.side * self.side {
            return Err(Error::Compute("the picture does not have the size of the network's input".into()));
        }
        let picture = Image { height: self.side, width: self.side, channels: 1, values: picture };
        let (maps, gate) = match &self.kind {
            Kind::Cpu(executor, core) => executor.run(picture, &mut core.borrow_mut()),
            #[cfg(feature = "gpu")]
            Kind::WebGpu(program) => program.run(&picture).await?,
            #[cfg(feature = "burn")]
            Kind::Burn(reference) => {
                let activations = reference.forward(&picture.values).await?;
                return self.scored(activations).require_numbers();
            }
        };
        Activations { scores: self.head.scores(&maps), features: mean(&gate), maps }.require_numbers()
    }

    /// burn scores by its own last layer, unless another one was put in its place.
    #[cfg(feature = "burn")]
    fn scored(&self, activations: Activations) -> Activations {
        if self.has_other_layer {
            return Activations { scores: self.head.scores(&activations.maps), ..activations };
        }
        activations
    }

    /// Puts another last layer in place of the network's own: see [`Head::set_last_layer`].
    ///
    /// # Errors
    /// As there.
    pub fn set_last_layer(&mut self, weight: &[f32], bias: &[f32]) -> Result<()> {
        self.head.set_last_layer(weight, bias)?;
        self.has_other_layer = true;
        Ok(())
    }

    /// What follows the last feature maps.
    pub fn head(&self) -> &Head {
        &self.head
    }
}
