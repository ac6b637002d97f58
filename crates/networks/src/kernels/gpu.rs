//! The layers of a network on a graphics processor, through WebGPU.
//!
//! A network is walked through once: each layer is recorded as dispatches over buffers that stay on the processor. A
//! pass then writes the image, starts them all at once and waits for one copy of what is read. Every convolution is
//! laid out as rows of matrices (Winograd's tiles where the window is 3×3), multiplied, and laid back.

use bytemuck::{Pod, Zeroable, cast_slice, pod_collect_to_vec};
use futures_channel::oneshot;
use wgpu::{Buffer, BufferUsages, ComputePipeline};

use super::Kernels;
use super::cpu::{Image, Matrices, Method, Weights};
use crate::failure::{Error, Result};
use crate::plan::Window;

/// Columns and rows that a workgroup of `product.wgsl` computes.
const PRODUCT: [usize; 2] = [64, 16];
/// Invocations of a workgroup of all other kernels.
const INVOCATIONS: usize = 64;

/// An open graphics processor, its kernels compiled.
pub struct Gpu {
    #[cfg(feature = "vulkan")]
    name: String,
    device: wgpu::Device,
    queue: wgpu::Queue,
    pipelines: Pipelines,
}

struct Pipelines {
    patches: ComputePipeline,
    small_tiles: ComputePipeline,
    large_tiles: ComputePipeline,
    product: ComputePipeline,
    sum: ComputePipeline,
    from_small_tiles: ComputePipeline,
    from_large_tiles: ComputePipeline,
    max_pool: ComputePipeline,
}

impl Gpu {
    /// Opens the browser's graphics processor with what every such processor has, and has the kernels compiled.
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
        let wanted = wgpu::DeviceDescriptor::default();
        let (device, queue) = adapter.request_device(&wanted).await.map_err(|error| error.to_string())?;
        let pipelines = Pipelines::new(&device);
        Ok(Self {
            #[cfg(feature = "vulkan")]
            name: adapter.get_info().name,
            device,
            queue,
            pipelines,
        })
    }

    /// What its driver calls it.
    #[cfg(feature = "vulkan")]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Walks through a network.
    pub(crate) fn recorder(&self) -> Recorder<'_> {
        Recorder { gpu: self, dispatches: Vec::new(), patches: None, products: None, free: Vec::new() }
    }

    fn buffer(&self, numbers: usize, usage: BufferUsages) -> Buffer {
        let size = (numbers * size_of::<f32>()) as u64;
        self.device.create_buffer(&wgpu::BufferDescriptor { label: None, size, usage, mapped_at_creation: false })
    }

    fn filled<T: Pod>(&self, contents: &[T], usage: BufferUsages) -> Buffer {
        let bytes: &[u8] = cast_slice(contents);
        let buffer = self.buffer(bytes.len() / size_of::<f32>(), usage | BufferUsages::COPY_DST);
        self.queue.write_buffer(&buffer, 0, bytes);
        buffer
    }
}

impl Pipelines {
    fn new(device: &wgpu::Device) -> Self {
        const LAYER: &str = include_str!("gpu/layer.wgsl");
        const IMAGE: &str = include_str!("gpu/image.wgsl");
        const FINISH: &str = include_str!("gpu/finish.wgsl");
        let compiled = |parts: &[&str]| {
            let source = wgpu::ShaderSource::Wgsl(parts.concat().into());
            let module = device.create_shader_module(wgpu::ShaderModuleDescriptor { label: None, source });
            device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: None,
                layout: None,
                module: &module,
                entry_point: Some("main"),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                cache: None,
            })
        };
        Self {
            patches: compiled(&[LAYER, IMAGE, include_str!("gpu/patches.wgsl")]),
            small_tiles: compiled(&[LAYER, IMAGE, include_str!("gpu/small_tiles.wgsl")]),
            large_tiles: compiled(&[LAYER, IMAGE, include_str!("gpu/large_tiles.wgsl")]),
            product: compiled(&[LAYER, include_str!("gpu/product.wgsl")]),
            sum: compiled(&[LAYER, FINISH, include_str!("gpu/sum.wgsl")]),
            from_small_tiles: compiled(&[LAYER, FINISH, include_str!("gpu/from_small_tiles.wgsl")]),
            from_large_tiles: compiled(&[LAYER, FINISH, include_str!("gpu/from_large_tiles.wgsl")]),
            max_pool: compiled(&[LAYER, include_str!("gpu/max_pool.wgsl")]),
        }
    }
}

/// What the kernels are told of a layer: `Layer` in `gpu/layer.wgsl`.
#[derive(Clone, Copy, Default, Pod, Zeroable)]
#[repr(C)]
struct Uniform {
    height: u32,
    width: u32,
    channels: u32,
    rows: u32,
    columns: u32,
    outputs: u32,
    side: u32,
    stride: u32,
    padding: u32,
    parts: u32,
    tiles: u32,
    depth: u32,
    lanes: u32,
    across: u32,
    has_shortcut: u32,
    has_relu: u32,
}

/// An image on the processor: rows of pixels of channels.
#[derive(Clone)]
pub(crate) struct GpuImage {
    height: usize,
    width: usize,
    channels: usize,
    values: Buffer,
}

impl GpuImage {
    fn numbers(&self) -> usize {
        self.height * self.width * self.channels
    }
}

impl Uniform {
    /// Of a layer from one image to another, without its window.
    fn between(image: &GpuImage, into: &GpuImage) -> Self {
        Self {
            height: image.height as u32,
            width: image.width as u32,
            channels: image.channels as u32,
            rows: into.height as u32,
            columns: into.width as u32,
            outputs: into.channels as u32,
            ..Self::default()
        }
    }
}

/// A convolution whose weights are on the processor.
pub(crate) struct Layer {
    method: Method,
    side: usize,
    stride: usize,
    outputs: usize,
    /// Without its values.
    matrices: Matrices,
    weights: Buffer,
    shift: Buffer,
}

struct Dispatch {
    pipeline: ComputePipeline,
    bind_group: wgpu::BindGroup,
    workgroups: [u32; 3],
}

/// Writes down what a network's layers dispatch.
pub(crate) struct Recorder<'a> {
    gpu: &'a Gpu,
    dispatches: Vec<Dispatch>,
    /// Each layer's in turn; as large as the largest so far.
    patches: Option<Buffer>,
    products: Option<Buffer>,
    /// Images that no later dispatch reads.
    free: Vec<Buffer>,
}

impl Recorder<'_> {
    /// Room for an image: that of one of the same size which nobody reads any more, or a new one.
    pub fn image(&mut self, height: usize, width: usize, channels: usize) -> GpuImage {
        let numbers = height * width * channels;
        let bytes = (numbers * size_of::<f32>()) as u64;
        let values = if let Some(at) = self.free.iter().position(|buffer| buffer.size() == bytes) {
            self.free.swap_remove(at)
        } else {
            let usage = BufferUsages::STORAGE | BufferUsages::COPY_SRC | BufferUsages::COPY_DST;
            self.gpu.buffer(numbers, usage)
        };
        GpuImage { height, width, channels, values }
    }

    fn dispatch(&mut self, pipeline: &ComputePipeline, layer: &Uniform, buffers: &[&Buffer], workgroups: [usize; 3]) {
        let uniform = self.gpu.filled(&[*layer], BufferUsages::UNIFORM);
        let entries: Vec<wgpu::BindGroupEntry> = [&uniform]
            .into_iter()
            .chain(buffers.iter().copied())
            .zip(0..)
            .map(|(buffer, binding)| wgpu::BindGroupEntry { binding, resource: buffer.as_entire_binding() })
            .collect();
        let layout = &pipeline.get_bind_group_layout(0);
        let bind_group =
            self.gpu.device.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout, entries: &entries });
        let workgroups = workgroups.map(|count| count as u32);
        self.dispatches.push(Dispatch { pipeline: pipeline.clone(), bind_group, workgroups });
    }

    /// What was written down, from an image to two that are read.
    pub fn program(self, gpu: std::rc::Rc<Gpu>, input: GpuImage, outputs: [GpuImage; 2]) -> Program {
        let numbers = outputs.iter().map(GpuImage::numbers).sum();
        let read = self.gpu.buffer(numbers, BufferUsages::MAP_READ | BufferUsages::COPY_DST);
        Program { gpu, dispatches: self.dispatches, input, outputs, read }
    }
}

/// As large as is needed from now on.
fn room(gpu: &Gpu, kept: &mut Option<Buffer>, numbers: usize) -> Buffer {
    let bytes = (numbers * size_of::<f32>()) as u64;
    match kept {
        Some(buffer) if buffer.size() >= bytes => buffer.clone(),
        _ => kept.insert(gpu.buffer(numbers, BufferUsages::STORAGE)).clone(),
    }
}

/// Workgroups of one invocation for each number.
fn one_each(numbers: usize) -> [usize; 3] {
    [numbers.div_ceil(INVOCATIONS), 1, 1]
}

impl Kernels for Recorder<'_> {
    type Layer = Layer;
    type Image = GpuImage;

    fn take(&mut self, image: Image) -> GpuImage {
        let Image { height, width, channels, values } = image;
        GpuImage { height, width, channels, values: self.gpu.filled(&values, BufferUsages::STORAGE) }
    }

    fn pack(&mut self, weights: &Weights, image_side: usize) -> Layer {
        let method = weights.method(image_side);
        let mut matrices = weights.matrices(method, PRODUCT[0]);
        let values = std::mem::take(&mut matrices.values);
        Layer {
            method,
            side: weights.side,
            stride: weights.stride,
            outputs: weights.outputs,
            matrices,
            weights: self.gpu.filled(&values, BufferUsages::STORAGE),
            shift: self.gpu.filled(weights.shift, BufferUsages::STORAGE),
        }
    }

    fn convolution(&mut self, layer: &Layer, image: &GpuImage, shortcut: Option<&GpuImage>, relu: bool) -> GpuImage {
        let Pipelines { patches, small_tiles, large_tiles, product, sum, from_small_tiles, from_large_tiles, .. } =
            &self.gpu.pipelines;
        let Matrices { parts, depth, lanes, .. } = layer.matrices;
        let into = self.image(image.height.div_ceil(layer.stride), image.width.div_ceil(layer.stride), layer.outputs);
        let tile = layer.method.tile_side();
        let across = into.width.div_ceil(tile);
        let tiles = into.height.div_ceil(tile) * across;
        let uniform = Uniform {
            side: layer.side as u32,
            stride: layer.stride as u32,
            padding: (layer.side / 2) as u32,
            parts: parts as u32,
            tiles: tiles as u32,
            depth: depth as u32,
            lanes: lanes as u32,
            across: across as u32,
            has_shortcut: shortcut.is_some().into(),
            has_relu: relu.into(),
            ..Uniform::between(image, &into)
        };
        let (forth, invocations, back) = match layer.method {
            Method::Direct => (patches, parts * tiles * depth, sum),
            Method::SmallTiles => (small_tiles, tiles * depth, from_small_tiles),
            Method::LargeTiles => (large_tiles, tiles * depth, from_large_tiles),
        };
        let rows = room(self.gpu, &mut self.patches, parts * tiles * depth);
        let products = room(self.gpu, &mut self.products, parts * tiles * lanes);
        self.dispatch(forth, &uniform, &[&image.values, &rows], one_each(invocations));
        let groups = [lanes / PRODUCT[0], tiles.div_ceil(PRODUCT[1]), parts];
        self.dispatch(product, &uniform, &[&rows, &layer.weights, &products], groups);
        // What is not there is not read.
        let shortcut = shortcut.map_or(&products, |shortcut| &shortcut.values);
        let buffers = [&products, &layer.shift, shortcut, &into.values];
        self.dispatch(back, &uniform, &buffers, one_each(tiles * layer.outputs));
        into
    }

    fn max_pool(&mut self, image: &GpuImage, window: Window) -> GpuImage {
        let Window { side, stride, padding } = window;
        let reach = |length: usize| (length + 2 * padding - side) / stride + 1;
        let into = self.image(reach(image.height), reach(image.width), image.channels);
        let uniform = Uniform {
            side: side as u32,
            stride: stride as u32,
            padding: padding as u32,
            ..Uniform::between(image, &into)
        };
        let max_pool = &self.gpu.pipelines.max_pool;
        self.dispatch(max_pool, &uniform, &[&image.values, &into.values], one_each(into.numbers()));
        into
    }

    fn free(&mut self, image: GpuImage) {
        self.free.push(image.values);
    }
}

/// A network on the processor.
pub(crate) struct Program {
    gpu: std::rc::Rc<Gpu>,
    dispatches: Vec<Dispatch>,
    input: GpuImage,
    outputs: [GpuImage; 2],
    read: Buffer,
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
