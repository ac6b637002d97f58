//! The worker's ends of the wire and its clock.

use js_sys::{Float32Array, Promise, Uint8Array};
use osteolens::protocol::Fetched;
use osteolens::wire;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel, MessageEvent};

/// So the name of a helper ends.
const HELPER: &str = "#helper";

/// The worker's global object.
pub fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Whether this is the helper of another worker.
pub fn is_helper() -> bool {
    scope().name().ends_with(HELPER)
}

/// The name of this worker's helper.
pub fn name_of_helper() -> String {
    format!("{}{HELPER}", scope().name())
}

/// Hands every message to `handle`, as long as the worker lives.
pub fn listen<T: DeserializeOwned>(mut handle: impl FnMut(T, Option<Uint8Array>) + 'static) {
    let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        if let Some((message, bytes)) = wire::unpack(&event.data()) {
            handle(message, bytes);
        }
    });
    scope().set_onmessage(Some(listener.as_ref().unchecked_ref()));
    listener.forget();
}

/// Sends a message to who has started this worker; `bytes` are moved.
pub fn send<T: Serialize>(message: &T, bytes: Option<&Uint8Array>) {
    let (message, moved) = wire::pack(message, bytes);
    if let Err(exception) = scope().post_message_with_transfer(&message, &moved) {
        web_sys::console::error_1(&JsValue::from_str(&wire::reason(&exception)));
    }
}

/// A file of the site; the worker itself starts from a blob, whose address leads nowhere.
pub fn address(file: &str) -> String {
    format!("{}{file}", scope().name().trim_end_matches(HELPER))
}

/// Numbers as they lie in memory.
pub fn bytes_of(numbers: &[f32]) -> Uint8Array {
    Uint8Array::new(&Float32Array::from(numbers).buffer())
}

/// The other way round, on the same machine.
pub fn numbers_in(bytes: &Uint8Array) -> Vec<f32> {
    Float32Array::new(&bytes.buffer()).to_vec()
}

/// Lets what has come meanwhile be heard.
pub async fn breathe() {
    let Ok(channel) = MessageChannel::new() else { return };
    let (out, back) = (channel.port1(), channel.port2());
    let heard = Promise::new(&mut |done, _| back.set_onmessage(Some(&done)));
    if out.post_message(&JsValue::NULL).is_ok() {
        let _ = JsFuture::from(heard).await;
    }
    back.close();
}

/// Waits.
pub async fn pause(ms: i32) {
    let waited = Promise::new(&mut |done, _| {
        let _ = scope().set_timeout_with_callback_and_timeout_and_arguments_0(&done, ms);
    });
    let _ = JsFuture::from(waited).await;
}

/// What this worker has fetched since the last time.
pub fn fetched() -> Vec<Fetched> {
    let Some(performance) = scope().performance() else { return Vec::new() };
    let fetched = wire::fetched(&performance);
    // The browser lists entries by the start of a fetch and adds each at its end, so a new one may stand amid the old
    // ones: what was told is cleared.
    performance.clear_resource_timings();
    fetched
}

/// Milliseconds since the worker started.
pub fn now_ms() -> f64 {
    scope().performance().map_or(0.0, |performance| performance.now())
}
