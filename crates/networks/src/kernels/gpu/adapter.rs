//! An open graphics processor.

use wgpu::{Buffer, BufferUsages, Features};

use super::factors::Factors;
use super::pipelines::Pipelines;

/// An open graphics processor, its kernels compiled.
pub struct Gpu {
    #[cfg(feature = "vulkan")]
    name: String,
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    pub(super) pipelines: Pipelines,
    pub(super) factors: Factors,
}

impl Gpu {
    /// Opens the browser's graphics processor with what every such processor has, and with f16 where it has that, and
    /// has the kernels compiled.
    ///
    /// # Errors
    /// What the browser says when there is none, or none that can be opened.
    pub async fn open() -> std::result::Result<Self, String> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let options = wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..wgpu::RequestAdapterOptions::default()
        };
        let adapter = instance.request_adapter(&options).await.map_err(|error| error.to_string())?;
        let half = adapter.features() & Features::SHADER_F16;
        let wanted = wgpu::DeviceDescriptor { required_features: half, ..wgpu::DeviceDescriptor::default() };
        let (device, queue) = adapter.request_device(&wanted).await.map_err(|error| error.to_string())?;
        let factors = if half.is_empty() { Factors::F32 } else { Factors::F16 };
        let pipelines = Pipelines::new(&device, factors);
        Ok(Self {
            #[cfg(feature = "vulkan")]
            name: adapter.get_info().name,
            device,
            queue,
            pipelines,
            factors,
        })
    }

    /// The same processor with factors of f32, if those of this one are f16.
    pub fn in_full(&self) -> Option<Self> {
        (self.factors == Factors::F16).then(|| Self {
            #[cfg(feature = "vulkan")]
            name: self.name.clone(),
            device: self.device.clone(),
            queue: self.queue.clone(),
            pipelines: Pipelines::new(&self.device, Factors::F32),
            factors: Factors::F32,
        })
    }

    /// What its driver calls it.
    #[cfg(feature = "vulkan")]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Room for so many bytes, a multiple of four.
    pub(super) fn buffer(&self, bytes: usize, usage: BufferUsages) -> Buffer {
        let size = bytes as u64;
        self.device.create_buffer(&wgpu::BufferDescriptor { label: None, size, usage, mapped_at_creation: false })
    }

    /// A buffer with these bytes, a multiple of four.
    pub(super) fn filled(&self, bytes: &[u8], usage: BufferUsages) -> Buffer {
        let buffer = self.buffer(bytes.len(), usage | BufferUsages::COPY_DST);
        self.queue.write_buffer(&buffer, 0, bytes);
        buffer
    }
}
