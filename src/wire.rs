//! A message of [`protocol`](crate::protocol) as a browser carries it between page and worker:
//! `[message, bytes or undefined]`, the message packed by postcard (<https://postcard.jamesmunns.com/wire-format>), the
//! bytes moved and not copied. Page and engine are of one release: no field is named on the way.

use js_sys::{Array, Function, JSON, Reflect, Uint8Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Crypto;

use crate::protocol::Fetched;

/// The message and the list of what is moved with it. Messages are plain data of known lengths, which can always be
/// packed.
pub fn pack<T: Serialize>(message: &T, bytes: Option<&Uint8Array>) -> (JsValue, Array) {
    let message = postcard::to_allocvec(message).unwrap_or_default();
    let moved = bytes.map(|bytes| Array::of1(&bytes.buffer())).unwrap_or_default();
    let bytes = bytes.map_or(JsValue::UNDEFINED, |bytes| bytes.clone().into());
    (Array::of2(&Uint8Array::from(message.as_slice()), &bytes).into(), moved)
}

/// The message in what arrived; none when it is not one of ours.
pub fn unpack<T: DeserializeOwned>(message: &JsValue) -> Option<(T, Option<Uint8Array>)> {
    let parts: &Array = message.dyn_ref()?;
    let message: Uint8Array = parts.get(0).dyn_into().ok()?;
    Some((postcard::from_bytes(&message.to_vec()).ok()?, parts.get(1).dyn_into().ok()))
}

/// What the browser has on record as fetched from a page or worker (W3C Resource Timing).
pub fn fetched(performance: &JsValue) -> Vec<Fetched> {
    let list = || -> Result<Array, JsValue> {
        let entries: Function = Reflect::get(performance, &"getEntriesByType".into())?.dyn_into()?;
        entries.call1(performance, &"resource".into())?.dyn_into()
    };
    let field = |entry: &JsValue, name: &str| Reflect::get(entry, &name.into()).unwrap_or_default();
    let fetched = |entry: JsValue| {
        let address = field(&entry, "name").as_string()?;
        // The worker itself is a blob of the page's own making.
        let is_asked = !address.starts_with("blob:");
        is_asked.then(|| Fetched { address, bytes: field(&entry, "transferSize").as_f64().unwrap_or(0.0) as u64 })
    };
    list().map(|entries| entries.iter().filter_map(fetched).collect()).unwrap_or_default()
}

/// SHA-256 of bytes, lower-case hexadecimal. The browser begins with it now, on a thread of its own; none where it
/// offers none: to a page that was not served securely.
pub fn sha256(bytes: &Uint8Array) -> impl Future<Output = Option<String>> + use<> {
    let crypto = Reflect::get(&js_sys::global(), &"crypto".into()).unwrap_or_default().unchecked_into::<Crypto>();
    let begun = crypto.is_truthy().then(|| crypto.subtle().digest_with_str_and_buffer_source("SHA-256", bytes));
    async move {
        let digest = Uint8Array::new(&JsFuture::from(begun?.ok()?).await.ok()?);
        let digits: Vec<String> = digest.to_vec().iter().map(|byte| format!("{byte:02x}")).collect();
        Some(digits.concat())
    }
}

/// What a JavaScript exception says.
pub fn reason(exception: &JsValue) -> String {
    Reflect::get(exception, &JsValue::from_str("message"))
        .ok()
        .and_then(|message| message.as_string())
        .or_else(|| exception.as_string())
        .or_else(|| JSON::stringify(exception).ok().map(String::from))
        .unwrap_or_else(|| "unknown reason".into())
}
