//! The networks: a grey picture in, [`Activations`] out. They know no files of pictures, no knees and no labels.
//!
//! An architecture is a function in a file of its own that draws a [`Plan`] with a [`Builder`]. Three programs run
//! a plan:
//!
//! 1. [`fuse`] derives from it the steps that the [`kernels`] run, on one core or on a graphics processor: the fast
//!    engine, whose way in is [`Network`];
//! 2. `BurnNetwork` (feature `burn`) is a module of burn with the plan's parameters: it is trained, and PyTorch is
//!    compared with it;
//! 3. the same module on burn's own backends, behind [`Network`] too ([`Processor`]), is the reference engine.

mod activations;
mod architectures;
mod builder;
#[cfg(feature = "burn")]
mod burn_network;
mod executor;
mod failure;
mod folded;
mod fuse;
mod head;
pub mod kernels;
mod network;
mod parameters;
mod plan;
#[cfg(feature = "burn")]
mod reference;

pub use activations::Activations;
pub use architectures::{ARCHITECTURES, Architecture};
pub use builder::Builder;
#[cfg(feature = "burn")]
pub use burn_network::{BatchActivations, BurnNetwork, See, mean_of_maps};
pub use failure::{Error, Result};
pub use folded::{EPSILON, GreyChannels};
pub use fuse::{Fused, Step, Steps, fuse};
pub use head::Head;
#[cfg(feature = "gpu")]
pub use kernels::gpu::Gpu;
pub use network::{Backend, Network, Processor};
pub use parameters::{Array, Arrays, Parameters, safetensors};
pub use plan::{HeadLayer, Node, NodeId, Operation, Parameter, Plan, Shape, Stage, Window};
