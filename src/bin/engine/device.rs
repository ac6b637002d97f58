//! Which processor computes.

use analysis::error::{Error, Result};
use analysis::{Backend, Processor};
use js_sys::{Array, Function, Object, Promise, Reflect};
use osteolens::protocol::{NoGpu, Race};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::worker;

/// A driver that hangs must not hold the page up.
const ADAPTER_PATIENCE_MS: i32 = 10_000;
/// Of a device with a helper, which holds the networks once more.
const LEAST_GB: f64 = 4.0;

/// An open device and what to expect of it.
pub struct Device {
    pub processor: Processor,
    /// Why it is not the GPU, if that was not asked for.
    pub no_gpu: Option<NoGpu>,
    /// The name of the GPU, if nobody has measured it yet nor asked for it.
    pub unknown_adapter: Option<String>,
}

/// Opens the backend asked for, or the GPU if there is a real one that was not slower before, else the CPU.
///
/// # Errors
/// [`Error::Compute`] when a backend was asked for that cannot be had.
pub async fn open(backend: Option<Backend>, race: Option<Race>) -> Result<Device> {
    let cpu = |no_gpu| Device { processor: cpu(), no_gpu, unknown_adapter: None };
    if backend == Some(Backend::Cpu) {
        return Ok(cpu(None));
    }
    let is_forced = backend == Some(Backend::WebGpu);
    match open_gpu(is_forced, race.as_ref()).await {
        Ok((processor, adapter)) => {
            // The reference engine is there to check, not to be fast.
            let is_known = cfg!(feature = "reference") || is_forced || race.is_some_and(|race| race.adapter == adapter);
            let unknown_adapter = (!is_known).then_some(adapter);
            Ok(Device { processor, no_gpu: None, unknown_adapter })
        }
        Err(reason) if is_forced => Err(Error::Compute(format!("WebGPU was asked for, but {reason}"))),
        Err(reason) => Ok(cpu(Some(reason))),
    }
}

/// The CPU as this program uses it: the fast engine by kernels of its own, the reference engine by burn.
#[cfg(not(feature = "reference"))]
fn cpu() -> Processor {
    Processor::Cpu
}

#[cfg(feature = "reference")]
fn cpu() -> Processor {
    Processor::burn_cpu()
}

/// Whether a second worker can compute beside this one: there is a processor for it, and memory where the browser tells.
pub fn has_room_for_two() -> bool {
    let navigator = Reflect::get(&worker::scope(), &"navigator".into()).unwrap_or_default();
    let number = |of: &str| Reflect::get(&navigator, &of.into()).ok().and_then(|number| number.as_f64());
    number("hardwareConcurrency").is_some_and(|processors| processors > 1.0)
        && number("deviceMemory").is_none_or(|gigabytes| gigabytes >= LEAST_GB)
}

/// The GPU as this program uses it.
#[cfg(not(feature = "reference"))]
async fn webgpu() -> std::result::Result<Processor, String> {
    Processor::webgpu().await
}

#[cfg(feature = "reference")]
async fn webgpu() -> std::result::Result<Processor, String> {
    Processor::burn_webgpu().await
}

/// The GPU and its name.
async fn open_gpu(is_forced: bool, race: Option<&Race>) -> std::result::Result<(Processor, String), NoGpu> {
    // Asked by hand first: a driver may hang, and what is emulated is told apart here.
    let navigator = Reflect::get(&worker::scope(), &"navigator".into()).unwrap_or_default();
    let gpu = Reflect::get(&navigator, &"gpu".into()).unwrap_or_default();
    if gpu.is_falsy() {
        return Err(NoGpu::NoWebGpu);
    }
    let adapter = request_adapter(&gpu).await.map_err(|_| NoGpu::Silent)?;
    if adapter.is_falsy() {
        return Err(NoGpu::NoAdapter);
    }
    // One that is emulated on the CPU takes some 15 times as long as the CPU does by itself.
    if !is_forced && is_emulated(&adapter) {
        return Err(NoGpu::Software);
    }
    let name = name(&adapter);
    match race {
        Some(race) if !is_forced && race.adapter == name && race.winner() == Backend::Cpu => {
            Err(NoGpu::Slower(race.clone()))
        }
        _ => Ok((webgpu().await.map_err(NoGpu::NotOpened)?, name)),
    }
}

/// The adapter as the browser describes it; browsers say little, to prevent fingerprinting.
fn name(adapter: &JsValue) -> String {
    let info = Reflect::get(adapter, &"info".into()).unwrap_or_default();
    let told = |what: &str| Reflect::get(&info, &what.into()).ok().and_then(|told| told.as_string());
    ["vendor", "architecture", "device", "description"].into_iter().filter_map(told).collect::<Vec<_>>().join(" ")
}

/// Where the specification has it, and where it had it before.
fn is_emulated(adapter: &JsValue) -> bool {
    let said = |of: &JsValue| Reflect::get(of, &"isFallbackAdapter".into()).is_ok_and(|said| said.is_truthy());
    said(adapter) || Reflect::get(adapter, &"info".into()).is_ok_and(|info| said(&info))
}

async fn request_adapter(gpu: &JsValue) -> std::result::Result<JsValue, JsValue> {
    let request: Function = Reflect::get(gpu, &"requestAdapter".into())?.dyn_into()?;
    // The one that `webgpu` gets.
    let options = Object::new();
    Reflect::set(&options, &"powerPreference".into(), &"high-performance".into())?;
    let adapter: Promise = request.call1(gpu, &options)?.dyn_into()?;
    let late = Promise::new(&mut |_, reject| {
        let _ = worker::scope().set_timeout_with_callback_and_timeout_and_arguments_0(&reject, ADAPTER_PATIENCE_MS);
    });
    JsFuture::from(Promise::race(&Array::of2(&adapter, &late))).await
}
