//! The engine's worker, as the page holds it.

use js_sys::{Array, Reflect, Uint8Array};
use osteolens::protocol::{Request, Response};
use osteolens::wire;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, Event, MessageEvent, Url, WorkerOptions, WorkerType};

/// What is heard of a worker.
pub enum FromWorker {
    /// A message of ours.
    Message(Response, Option<Uint8Array>),
    /// Its program could not be loaded, or ended.
    Broken(String),
}

/// A running worker; dropping it ends it.
pub struct Worker {
    inner: web_sys::Worker,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(Event)>,
}

impl Worker {
    /// Starts the engine's program; `hear` gets all that comes from it.
    pub fn start(hear: impl Fn(FromWorker) + Clone + 'static) -> Result<Self, String> {
        let worker = start().map_err(|exception| wire::reason(&exception))?;
        let hear_error = hear.clone();
        let on_message = Closure::new(move |event: MessageEvent| {
            if let Some((response, bytes)) = wire::unpack(&event.data()) {
                hear(FromWorker::Message(response, bytes));
            }
        });
        let on_error = Closure::new(move |event: Event| {
            let message = Reflect::get(&event, &"message".into()).ok().and_then(|message| message.as_string());
            hear_error(FromWorker::Broken(message.unwrap_or_else(|| "its program could not be loaded".into())));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Self { inner: worker, _on_message: on_message, _on_error: on_error })
    }

    /// Sends a request; the bytes are copied, so that it can be sent again to another worker.
    pub fn send(&self, request: &Request, bytes: Option<&Uint8Array>) {
        let (message, _) = wire::pack(request, bytes);
        let _ = self.inner.post_message(&message);
    }
}

/// A worker that starts from a blob is held by the page's content security policy, which one that starts
/// from an address is not; its name tells it where the site is.
fn start() -> Result<web_sys::Worker, JsValue> {
    let base = super::base();
    let release = super::root_attribute("data-release").map(|release| format!("?release={release}"));
    let script = format!("import \"{base}engine_loader.js{}\";", release.unwrap_or_default());
    let kind = BlobPropertyBag::new();
    kind.set_type("text/javascript");
    let blob = Blob::new_with_str_sequence_and_options(&Array::of1(&script.into()), &kind)?;
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    options.set_name(&base);
    web_sys::Worker::new_with_options(&Url::create_object_url_with_blob(&blob)?, &options)
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.inner.set_onmessage(None);
        self.inner.set_onerror(None);
        self.inner.terminate();
    }
}
