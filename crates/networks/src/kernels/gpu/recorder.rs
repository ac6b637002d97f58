//! Walks through a network once and writes down what its layers dispatch.

use std::rc::Rc;

use bytemuck::{Pod, Zeroable, bytes_of, cast_slice};
use wgpu::{Buffer, BufferUsages, ComputePipeline};

use super::adapter::Gpu;
use super::pipelines::Pipelines;
use super::program::{Dispatch, GpuImage, Program};
use crate::kernels::Kernels;
use crate::kernels::cpu::{Image, Matrices, Method, Weights};
use crate::plan::Window;

/// Columns and rows that a workgroup of `product.wgsl` computes.
const PRODUCT: [usize; 2] = [64, 16];
/// Invocations of a workgroup of all other kernels.
const INVOCATIONS: usize = 64;

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

impl<'a> Recorder<'a> {
    /// Nothing is written down yet.
    pub fn new(gpu: &'a Gpu) -> Self {
        Self { gpu, dispatches: Vec::new(), patches: None, products: None, free: Vec::new() }
    }

    /// Room for an image: that of one of the same size which nobody reads any more, or a new one.
    pub fn image(&mut self, height: usize, width: usize, channels: usize) -> GpuImage {
        let bytes = height * width * channels * size_of::<f32>();
        let values = if let Some(at) = self.free.iter().position(|buffer| buffer.size() == bytes as u64) {
            self.free.swap_remove(at)
        } else {
            let usage = BufferUsages::STORAGE | BufferUsages::COPY_SRC | BufferUsages::COPY_DST;
            self.gpu.buffer(bytes, usage)
        };
        GpuImage { height, width, channels, values }
    }

    fn dispatch(&mut self, pipeline: &ComputePipeline, layer: &Uniform, buffers: &[&Buffer], workgroups: [usize; 3]) {
        let uniform = self.gpu.filled(bytes_of(layer), BufferUsages::UNIFORM);
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
    pub fn program(self, gpu: Rc<Gpu>, input: GpuImage, outputs: [GpuImage; 2]) -> Program {
        let bytes = outputs.iter().map(|output| output.values.size() as usize).sum();
        let read = self.gpu.buffer(bytes, BufferUsages::MAP_READ | BufferUsages::COPY_DST);
        Program { gpu, dispatches: self.dispatches, input, outputs, read }
    }
}

/// As large as is needed from now on.
fn room(gpu: &Gpu, kept: &mut Option<Buffer>, bytes: usize) -> Buffer {
    match kept {
        Some(buffer) if buffer.size() >= bytes as u64 => buffer.clone(),
        _ => kept.insert(gpu.buffer(bytes, BufferUsages::STORAGE)).clone(),
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
        GpuImage { height, width, channels, values: self.gpu.filled(cast_slice(&values), BufferUsages::STORAGE) }
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
            weights: self.gpu.filled(&self.gpu.factors.packed(&values), BufferUsages::STORAGE),
            shift: self.gpu.filled(cast_slice(weights.shift), BufferUsages::STORAGE),
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
        let rows = room(self.gpu, &mut self.patches, self.gpu.factors.bytes(parts * tiles * depth));
        let products = room(self.gpu, &mut self.products, parts * tiles * lanes * size_of::<f32>());
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
