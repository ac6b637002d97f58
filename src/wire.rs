//! A message of [`protocol`](crate::protocol) as a browser carries it between page and worker:
//! `[json, bytes or undefined]`, the bytes moved and not copied.

use js_sys::{Array, JSON, Uint8Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};

/// The message and the list of what is moved with it.
///
/// # Panics
/// Never: the messages of the protocol are plain data, which JSON can always hold.
pub fn pack<T: Serialize>(body: &T, bytes: Option<&Uint8Array>) -> (JsValue, Array) {
    let json = serde_json::to_string(body).expect("messages are plain data without maps");
    let moved = bytes.map(|bytes| Array::of1(&bytes.buffer())).unwrap_or_default();
    let bytes = bytes.map_or(JsValue::UNDEFINED, |bytes| bytes.clone().into());
    (Array::of2(&JsValue::from_str(&json), &bytes).into(), moved)
}

/// The message in what arrived; none when it is not one of ours.
pub fn unpack<T: DeserializeOwned>(message: &JsValue) -> Option<(T, Option<Uint8Array>)> {
    let parts: &Array = message.dyn_ref()?;
    let body = serde_json::from_str(&parts.get(0).as_string()?).ok()?;
    Some((body, parts.get(1).dyn_into().ok()))
}

/// What a JavaScript exception says.
pub fn reason(exception: &JsValue) -> String {
    js_sys::Reflect::get(exception, &JsValue::from_str("message"))
        .ok()
        .and_then(|message| message.as_string())
        .or_else(|| exception.as_string())
        .or_else(|| JSON::stringify(exception).ok().map(String::from))
        .unwrap_or_else(|| "unknown reason".into())
}
