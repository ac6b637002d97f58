//! Which processor computes.

use burn::tensor::Device;
use js_sys::{Array, Function, Promise, Reflect};
use osteolens::error::{Error, Result};
use osteolens::protocol::Backend;
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
    pub note: Option<String>,
}

/// Opens the backend asked for, or the GPU if there is one, else the CPU.
///
/// # Errors
/// [`Error::Compute`] when a backend was asked for that cannot be had.
pub async fn open(backend: Option<Backend>) -> Result<Opened> {
    let cpu =
        |note| Opened { device: Device::flex(), backend: Backend::Cpu, golden_tolerance: GOLDEN_TOLERANCE_CPU, note };
    if backend == Some(Backend::Cpu) {
        return Ok(cpu(None));
    }
    match open_gpu().await {
        Ok(device) => {
            Ok(Opened { device, backend: Backend::WebGpu, golden_tolerance: GOLDEN_TOLERANCE_GPU, note: None })
        }
        Err(reason) if backend == Some(Backend::WebGpu) => {
            Err(Error::Compute(format!("WebGPU was asked for, but {reason}")))
        }
        Err(reason) => Ok(cpu(Some(reason))),
    }
}

async fn open_gpu() -> std::result::Result<Device, String> {
    // Asked by hand first: without an adapter burn's set-up panics in some browsers.
    let navigator = Reflect::get(&worker::scope(), &"navigator".into()).unwrap_or_default();
    let gpu = Reflect::get(&navigator, &"gpu".into()).unwrap_or_default();
    if gpu.is_falsy() {
        return Err("this browser has no WebGPU".into());
    }
    match request_adapter(&gpu).await {
        Ok(adapter) if adapter.is_truthy() => {}
        Ok(_) => return Err("WebGPU finds no graphics processor here".into()),
        Err(_) => return Err("the graphics processor does not answer".into()),
    }
    Device::wgpu_options().init_async().await.map_err(|error| format!("WebGPU could not be opened ({error})"))
}

async fn request_adapter(gpu: &JsValue) -> std::result::Result<JsValue, JsValue> {
    let request: Function = Reflect::get(gpu, &"requestAdapter".into())?.dyn_into()?;
    let adapter: Promise = request.call0(gpu)?.dyn_into()?;
    let late = Promise::new(&mut |_, reject| {
        let _ = worker::scope().set_timeout_with_callback_and_timeout_and_arguments_0(&reject, ADAPTER_PATIENCE_MS);
    });
    JsFuture::from(Promise::race(&Array::of2(&adapter, &late))).await
}
