//! The helper's worker, as the engine holds it: a worker within this one, which runs the same program.

use std::rc::Rc;

use js_sys::{Promise, Reflect, Uint8Array};
use osteolens::helper::{Answer, Errand};
use osteolens::wire;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Event, MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::worker;

/// A running helper; dropping it ends it.
pub struct HelperWorker {
    inner: Rc<Worker>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(Event)>,
}

impl HelperWorker {
    /// Starts one, where the browser can: Safari before 15.5 has no workers within workers. `hear` gets its answers, and none
    /// when it has ended.
    pub fn start(hear: impl Fn(Option<(Answer, Option<Uint8Array>)>) + Clone + 'static) -> Option<Self> {
        let scope = worker::scope();
        let field = |of: &JsValue, name: &str| Reflect::get(of, &name.into()).unwrap_or_default();
        // What the page has handed over (`launch::start`).
        let program: Promise = field(&scope, "handed").dyn_into().ok()?;
        // The same script, of the page's own making: the page never revokes its address, and its policy holds for what starts from
        // there.
        let script = field(&field(&scope, "location"), "href").as_string()?;
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        options.set_name(&worker::name_of_helper());
        let inner = Rc::new(Worker::new_with_options(&script, &options).ok()?);
        let on_broken = hear.clone();
        let on_message = Closure::new(move |event: MessageEvent| {
            if let Some(answer) = wire::unpack(&event.data()) {
                hear(Some(answer));
            }
        });
        let on_error = Closure::new(move |event: Event| {
            // An error that nobody takes in hand becomes one of this worker, and the page would replace it.
            event.prevent_default();
            on_broken(None);
        });
        inner.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        inner.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let worker = inner.clone();
        spawn_local(async move {
            if let Ok(program) = JsFuture::from(program).await {
                // One that does not get it is silent, and given up.
                let _ = worker.post_message(&program);
            }
        });
        Some(Self { inner, _on_message: on_message, _on_error: on_error })
    }

    /// Sends an errand; the bytes are moved.
    pub fn send(&self, errand: &Errand, bytes: &Uint8Array) {
        let (message, moved) = wire::pack(errand, Some(bytes));
        let _ = self.inner.post_message_with_transfer(&message, &moved);
    }
}

impl Drop for HelperWorker {
    fn drop(&mut self) {
        self.inner.set_onmessage(None);
        self.inner.set_onerror(None);
        self.inner.terminate();
    }
}
