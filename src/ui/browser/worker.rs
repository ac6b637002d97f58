//! The engine's worker, as the page holds it, and the program that it runs.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Promise, Reflect, Uint8Array, WebAssembly};
use osteolens::protocol::{Request, Response};
use osteolens::wire;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, BlobPropertyBag, Event, MessageEvent, Url, WorkerOptions, WorkerType};

/// A program of one function with an instruction of relaxed SIMD: a browser that does not know it finds it invalid.
const RELAXED_SIMD: &[u8] = include_bytes!("../../../public/relaxed_simd.wasm");

thread_local! {
    /// The engine's program, compiled once for however many workers.
    static PROGRAM: RefCell<Option<Promise>> = const { RefCell::new(None) };
}

/// What is heard of a worker.
pub enum FromWorker {
    /// A message of ours.
    Message(Response, Option<Uint8Array>),
    /// Its program could not be loaded, or ended.
    Broken(String),
}

/// A running worker; dropping it ends it.
pub struct Worker {
    inner: Rc<web_sys::Worker>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(Event)>,
}

impl Worker {
    /// Starts the engine's program; `hear` gets all that comes from it.
    pub fn start(hear: impl Fn(FromWorker) + Clone + 'static) -> Result<Self, String> {
        let worker = Rc::new(start().map_err(|exception| wire::reason(&exception))?);
        hand_program(&worker, hear.clone());
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

/// Which of the engine's programs this browser runs.
fn program_name() -> &'static str {
    let probe = Uint8Array::from(RELAXED_SIMD);
    if WebAssembly::validate(&probe).unwrap_or(false) { "engine_relaxed" } else { "engine" }
}

/// Begins to fetch and compile the engine's program, unless it is on its way.
pub fn fetch_program() -> Promise {
    PROGRAM.with_borrow_mut(|program| {
        let fetch = || {
            let address = format!("{}{}_bg.wasm", super::base(), program_name());
            WebAssembly::compile_streaming(&super::window().fetch_with_str(&address))
        };
        program.get_or_insert_with(fetch).clone()
    })
}

/// Sends the program to a worker as soon as it is there, if that still lives.
fn hand_program(worker: &Rc<web_sys::Worker>, hear: impl Fn(FromWorker) + 'static) {
    let (worker, program) = (Rc::downgrade(worker), fetch_program());
    spawn_local(async move {
        let fetched = JsFuture::from(program).await;
        if fetched.is_err() {
            // The next worker asks again.
            PROGRAM.set(None);
        }
        let Some(worker) = worker.upgrade() else { return };
        if let Err(exception) = fetched.and_then(|program| worker.post_message(&program)) {
            hear(FromWorker::Broken(format!("its program could not be loaded ({})", wire::reason(&exception))));
        }
    });
}

/// A worker that starts from a blob is held by the page's content security policy, which one that starts
/// from an address is not; its name tells it where the site is. The release stands in the address of what it imports:
/// where another has taken this one's place it gets nothing.
fn start() -> Result<web_sys::Worker, JsValue> {
    let base = super::base();
    let release = super::root_attribute("data-release").unwrap_or_default();
    let program = program_name();
    let script = format!("import \"{base}engine_loader.js?release={release}&program={program}\";");
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
