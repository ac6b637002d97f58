//! The worker's ends of the wire and its clock.

use js_sys::{Promise, Uint8Array};
use osteolens::protocol::{Fetched, Request, Response};
use osteolens::wire;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// The worker's global object.
pub fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Hands every request to `handle`, as long as the worker lives.
pub fn listen(mut handle: impl FnMut(Request, Option<Uint8Array>) + 'static) {
    let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        if let Some((request, bytes)) = wire::unpack(&event.data()) {
            handle(request, bytes);
        }
    });
    scope().set_onmessage(Some(listener.as_ref().unchecked_ref()));
    listener.forget();
}

/// Sends a message to the page; `pixels` are moved.
pub fn send(response: &Response, pixels: Option<&Uint8Array>) {
    let (message, moved) = wire::pack(response, pixels);
    if let Err(exception) = scope().post_message_with_transfer(&message, &moved) {
        web_sys::console::error_1(&JsValue::from_str(&wire::reason(&exception)));
    }
}

/// A file of the site; the worker itself starts from a blob, whose address leads nowhere.
pub fn address(file: &str) -> String {
    format!("{}{file}", scope().name())
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
