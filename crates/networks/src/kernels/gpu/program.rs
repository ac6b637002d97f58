//! A network that was written down, and a pass of it.

use std::rc::Rc;

use bytemuck::{cast_slice, pod_collect_to_vec};
use futures_channel::oneshot;
use wgpu::{BindGroup, Buffer, ComputePipeline};

use super::adapter::Gpu;
use crate::failure::{Error, Result};
use crate::kernels::cpu::Image;

/// An image on the processor: rows of pixels of channels.
#[derive(Clone)]
pub(crate) struct GpuImage {
    pub height: usize,
    pub width: usize,
    pub channels: usize,
    pub values: Buffer,
}

impl GpuImage {
    pub fn numbers(&self) -> usize {
        self.height * self.width * self.channels
    }
}

/// A kernel with what it reads and writes.
pub(super) struct Dispatch {
    pub pipeline: ComputePipeline,
    pub bind_group: BindGroup,
    pub workgroups: [u32; 3],
}

/// A network on the processor.
pub(crate) struct Program {
    pub(super) gpu: Rc<Gpu>,
    pub(super) dispatches: Vec<Dispatch>,
    pub(super) input: GpuImage,
    pub(super) outputs: [GpuImage; 2],
    pub(super) read: Buffer,
}

impl Program {
    /// One pass: both images that are read.
    ///
    /// # Errors
    /// [`Error::Compute`] when the processor is lost.
    pub async fn run(&self, image: &Image) -> Result<(Image, Image)> {
        let Self { gpu, dispatches, input, outputs, read } = self;
        gpu.queue.write_buffer(&input.values, 0, cast_slice(&image.values));
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        for Dispatch { pipeline, bind_group, workgroups: [x, y, z] } in dispatches {
            pass.set_pipeline(pipeline);
            pass.set_bind_group(0, bind_group, &[]);
            pass.dispatch_workgroups(*x, *y, *z);
        }
        drop(pass);
        let mut at = 0;
        for output in outputs {
            encoder.copy_buffer_to_buffer(&output.values, 0, read, at, output.values.size());
            at += output.values.size();
        }
        gpu.queue.submit([encoder.finish()]);
        let failed = |why: String| Error::Compute(format!("the graphics processor gave no result ({why})"));
        let (done, is_done) = oneshot::channel();
        read.map_async(wgpu::MapMode::Read, .., |mapped| _ = done.send(mapped));
        // A browser sees to it by itself; outside one somebody must wait.
        gpu.device.poll(wgpu::PollType::wait_indefinitely()).map_err(|error| failed(error.to_string()))?;
        is_done.await.map_err(|error| failed(error.to_string()))?.map_err(|error| failed(error.to_string()))?;
        let mut values: Vec<f32> = {
            let mapped = read.get_mapped_range(..).map_err(|error| failed(error.to_string()))?;
            pod_collect_to_vec(&mapped)
        };
        read.unmap();
        let [first, second] = outputs;
        if values.len() != first.numbers() + second.numbers() {
            return Err(failed(format!("{} numbers", values.len())));
        }
        let of_second = values.split_off(first.numbers());
        let taken = |of: &GpuImage, values| Image { height: of.height, width: of.width, channels: of.channels, values };
        Ok((taken(first, values), taken(second, of_second)))
    }
}
