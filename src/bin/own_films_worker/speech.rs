//! The worker's end of the wire, and its clock.

use osteolens::task::Answer;
use osteolens::wire;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::DedicatedWorkerGlobalScope;

/// The worker's global object.
pub fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Tells the page.
pub fn say(answer: &Answer) {
    let (message, _) = wire::pack(answer, None);
    if let Err(exception) = scope().post_message(&message) {
        web_sys::console::error_1(&JsValue::from_str(&wire::reason(&exception)));
    }
}

/// Milliseconds since the worker started.
pub fn now_ms() -> f64 {
    scope().performance().map_or(0.0, |performance| performance.now())
}
