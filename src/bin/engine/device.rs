//! Which processor computes.

use burn::tensor::Device;
use js_sys::{Array, Function, Promise, Reflect};
use osteolens::error::{Error, Result};
use osteolens::protocol::{Backend, NoGpu};
use osteolens::weights::{GOLDEN_TOLERANCE_CPU, GOLDEN_TOLERANCE_GPU};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::worker;

/// A driver that hangs must not hold the page up.
const ADAPTER_PATIENCE_MS: i32 = 10_000;

/// An open device and what to expect of it.
pub struct Opened {
    pub device: Device,
    pub backend: Backend,
    /// How far the golden logits may be off.
    pub golden_tolerance: f32,
    /// Why it is not the GPU, if that was not asked for.
    pub no_gpu: Option<NoGpu>,
}

/// Opens the backend asked for, or the GPU if there is one, else the CPU.
///
/// # Errors
/// [`Error::Compute`] when a backend was asked for that cannot be had.
pub async fn open(backend: Option<Backend>) -> Result<Opened> {
    let cpu = |no_gpu| Opened {
        device: Device::flex(),
        backend: Backend::Cpu,
        golden_tolerance: GOLDEN_TOLERANCE_CPU,
        no_gpu,
    };
    if backend == Some(Backend::Cpu) {
        return Ok(cpu(None));
    }
    match open_gpu().await {
        Ok(device) => {
            Ok(Opened { device, backend: Backend::WebGpu, golden_tolerance: GOLDEN_TOLERANCE_GPU, no_gpu: None })
        }
        Err(reason) if backend == Some(Backend::WebGpu) => {
            Err(Error::Compute(format!("WebGPU was asked for and cannot be had: {reason:?}")))
        }
        Err(reason) => Ok(cpu(Some(reason))),
    }
}

async fn open_gpu() -> std::result::Result<Device, NoGpu> {
    // Asked by hand first: without an adapter burn's set-up panics in some browsers.
    let navigator = Reflect::get(&worker::scope(), &"navigator".into()).unwrap_or_default();
    let gpu = Reflect::get(&navigator, &"gpu".into()).unwrap_or_default();
    if gpu.is_falsy() {
        return Err(NoGpu::NoWebGpu);
    }
    match request_adapter(&gpu).await {
        Ok(adapter) if adapter.is_truthy() => {}
        Ok(_) => return Err(NoGpu::NoAdapter),
        Err(_) => return Err(NoGpu::Silent),
    }
    Device::wgpu_options().init_async().await.map_err(|error| NoGpu::NotOpened(error.to_string()))
}

async fn request_adapter(gpu: &JsValue) -> std::result::Result<JsValue, JsValue> {
    let request: Function = Reflect::get(gpu, &"requestAdapter".into())?.dyn_into()?;
    let adapter: Promise = request.call0(gpu)?.dyn_into()?;
    let late = Promise::new(&mut |_, reject| {
        let _ = worker::scope().set_timeout_with_callback_and_timeout_and_arguments_0(&reject, ADAPTER_PATIENCE_MS);
    });
    JsFuture::from(Promise::race(&Array::of2(&adapter, &late))).await
}
