//! The layers of a network on a graphics processor, through WebGPU.
//!
//! A network is walked through once: each layer is recorded as dispatches over buffers that stay on the processor. A
//! pass then writes the image, starts them all at once and waits for one copy of what is read. Every convolution is
//! laid out as rows of matrices (Winograd's tiles where the window is 3×3), multiplied, and laid back.

mod adapter;
mod factors;
mod pipelines;
mod program;
mod recorder;

pub use adapter::Gpu;
pub(crate) use program::Program;
pub(crate) use recorder::Recorder;
