//! The kernels, compiled. They are when a device is opened, while the weights are on their way.

use wgpu::ComputePipeline;

use super::factors::Factors;

pub(super) struct Pipelines {
    pub patches: ComputePipeline,
    pub small_tiles: ComputePipeline,
    pub large_tiles: ComputePipeline,
    pub product: ComputePipeline,
    pub sum: ComputePipeline,
    pub from_small_tiles: ComputePipeline,
    pub from_large_tiles: ComputePipeline,
    pub max_pool: ComputePipeline,
}

impl Pipelines {
    /// Compiles the kernels for factors of one type.
    pub fn new(device: &wgpu::Device, factors: Factors) -> Self {
        const LAYER: &str = include_str!("layer.wgsl");
        const IMAGE: &str = include_str!("image.wgsl");
        const FINISH: &str = include_str!("finish.wgsl");
        let compiled = |parts: &[&str]| {
            let source = wgpu::ShaderSource::Wgsl([&[factors.wgsl()], parts].concat().concat().into());
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
            patches: compiled(&[LAYER, IMAGE, include_str!("patches.wgsl")]),
            small_tiles: compiled(&[LAYER, IMAGE, include_str!("small_tiles.wgsl")]),
            large_tiles: compiled(&[LAYER, IMAGE, include_str!("large_tiles.wgsl")]),
            product: compiled(&[LAYER, include_str!("product.wgsl")]),
            sum: compiled(&[LAYER, FINISH, include_str!("sum.wgsl")]),
            from_small_tiles: compiled(&[LAYER, FINISH, include_str!("from_small_tiles.wgsl")]),
            from_large_tiles: compiled(&[LAYER, FINISH, include_str!("from_large_tiles.wgsl")]),
            max_pool: compiled(&[LAYER, include_str!("max_pool.wgsl")]),
        }
    }
}
