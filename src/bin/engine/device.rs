//! Which processor computes.

use std::rc::Rc;

use js_sys::{Array, Function, Promise, Reflect};
use osteolens::error::{Error, Result};
use osteolens::network::{Gpu, Processor};
use osteolens::protocol::{Backend, NoGpu};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::worker;

/// A driver that hangs must not hold the page up.
const ADAPTER_PATIENCE_MS: i32 = 10_000;

/// An open device and what to expect of it.
pub struct Opened {
    pub processor: Processor,
    /// Why it is not the GPU, if that was not asked for.
    pub no_gpu: Option<NoGpu>,
}

/// Opens the backend asked for, or the GPU if there is a real one, else the CPU.
///
/// # Errors
/// [`Error::Compute`] when a backend was asked for that cannot be had.
pub async fn open(backend: Option<Backend>) -> Result<Opened> {
    let cpu = |no_gpu| Opened { processor: Processor::Cpu, no_gpu };
    if backend == Some(Backend::Cpu) {
        return Ok(cpu(None));
    }
    let is_forced = backend == Some(Backend::WebGpu);
    match open_gpu(is_forced).await {
        Ok(gpu) => Ok(Opened { processor: Processor::WebGpu(Rc::new(gpu)), no_gpu: None }),
        Err(reason) if is_forced => Err(Error::Compute(format!("WebGPU was asked for, but {reason}"))),
        Err(reason) => Ok(cpu(Some(reason))),
    }
}

async fn open_gpu(is_forced: bool) -> std::result::Result<Gpu, NoGpu> {
    // Asked by hand first: a driver may hang, and what is emulated is told apart here.
    let navigator = Reflect::get(&worker::scope(), &"navigator".into()).unwrap_or_default();
    let gpu = Reflect::get(&navigator, &"gpu".into()).unwrap_or_default();
    if gpu.is_falsy() {
        return Err(NoGpu::NoWebGpu);
    }
    match request_adapter(&gpu).await {
        // One that is emulated on the CPU takes 20 times as long as the CPU does by itself.
        Ok(adapter) if !is_forced && is_emulated(&adapter) => return Err(NoGpu::Software),
        Ok(adapter) if adapter.is_truthy() => {}
        Ok(_) => return Err(NoGpu::NoAdapter),
        Err(_) => return Err(NoGpu::Silent),
    }
    Gpu::open().await.map_err(NoGpu::NotOpened)
}

/// Where the specification has it, and where it had it before.
fn is_emulated(adapter: &JsValue) -> bool {
    let said = |of: &JsValue| Reflect::get(of, &"isFallbackAdapter".into()).is_ok_and(|said| said.is_truthy());
    said(adapter) || Reflect::get(adapter, &"info".into()).is_ok_and(|info| said(&info))
}

async fn request_adapter(gpu: &JsValue) -> std::result::Result<JsValue, JsValue> {
    let request: Function = Reflect::get(gpu, &"requestAdapter".into())?.dyn_into()?;
    let adapter: Promise = request.call0(gpu)?.dyn_into()?;
    let late = Promise::new(&mut |_, reject| {
        let _ = worker::scope().set_timeout_with_callback_and_timeout_and_arguments_0(&reject, ADAPTER_PATIENCE_MS);
    });
    JsFuture::from(Promise::race(&Array::of2(&adapter, &late))).await
}
