//! A worker of an engine, as the page holds it, and the program that it runs.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Promise, Reflect, Uint8Array, WebAssembly};
use leptos::task::spawn_local;
use osteolens::launch::start;
use osteolens::link::{FromWorker, Program};
use osteolens::protocol::Request;
use osteolens::wire;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{AbortController, Event, MessageEvent, RequestInit};

/// A program, once it is asked for.
struct Download {
    /// Its files begin so.
    name: &'static str,
    compiled: Promise,
    fetch: AbortController,
}

thread_local! {
    /// By [`Program`]: each is compiled once for however many workers.
    static DOWNLOADS: RefCell<[Option<Download>; 2]> = const { RefCell::new([None, None]) };
    /// Whether a worker was started: the first one judges, and waits for weights.
    static IS_STARTED: Cell<bool> = const { Cell::new(false) };
}

/// Gets all that comes from a worker.
pub type OnMessage = Rc<dyn Fn(FromWorker<Uint8Array>)>;

/// A running worker; dropping it ends it.
pub struct Worker {
    inner: Rc<web_sys::Worker>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(Event)>,
}

impl Worker {
    /// Starts a program.
    pub fn start(program: Program, on_message: OnMessage) -> Result<Self, String> {
        fetch_program(program);
        let weights = (!IS_STARTED.replace(true)).then(|| super::query_parameter("model").unwrap_or_default());
        let started = DOWNLOADS.with_borrow(|all| {
            let Download { name, compiled, .. } = all[program as usize].as_ref()?;
            Some((start(name, weights.as_deref()), compiled.clone()))
        });
        let (worker, compiled) = started.ok_or("there is no program")?;
        let worker = Rc::new(worker.map_err(|exception| wire::reason(&exception))?);
        hand_program(&worker, compiled, on_message.clone());
        let on_broken = on_message.clone();
        let on_message = Closure::new(move |event: MessageEvent| {
            if let Some((response, bytes)) = wire::unpack(&event.data()) {
                on_message(FromWorker::Message(response, bytes));
            }
        });
        let on_error = Closure::new(move |event: Event| {
            let message = Reflect::get(&event, &"message".into()).ok().and_then(|message| message.as_string());
            let message = message.unwrap_or_else(|| "its program could not be loaded".into());
            // Files are named as the reader knows them: within the site, without the release.
            let message = message.replace(&super::base(), "");
            on_broken(FromWorker::Broken(message.split("?release=").next().unwrap_or_default().to_owned()));
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

    /// Sends a request; the bytes are moved.
    pub fn give(&self, request: &Request, bytes: &Uint8Array) {
        let (message, moved) = wire::pack(request, Some(bytes));
        let _ = self.inner.post_message_with_transfer(&message, &moved);
    }
}

/// Begins to fetch and compile a program, unless it is on its way.
pub fn fetch_program(program: Program) {
    let name = match program {
        Program::Fast => "engine",
        Program::Reference => "engine_reference",
    };
    DOWNLOADS.with_borrow_mut(|all| _ = all[program as usize].get_or_insert_with(|| Download::begin(name)));
}

/// Ends what is on its way; the next worker asks anew.
pub fn forget_program(program: Program) {
    if let Some(download) = DOWNLOADS.with_borrow_mut(|all| all[program as usize].take()) {
        download.fetch.abort();
    }
}

impl Download {
    fn begin(name: &'static str) -> Self {
        let fetch = AbortController::new().expect("every browser with WebAssembly has it");
        let options = RequestInit::new();
        options.set_signal(Some(&fetch.signal()));
        let address = format!("{}{name}_bg.wasm", super::base());
        // Asked for now: what follows waits until the page is built.
        let answer = super::window().fetch_with_str_and_init(&address, &options);
        Self { name, compiled: future_to_promise(compiled(answer)), fetch }
    }
}

async fn compiled(answer: Promise) -> Result<JsValue, JsValue> {
    let answer: web_sys::Response = JsFuture::from(answer).await?.unchecked_into();
    let kind = answer.headers().get("Content-Type")?.unwrap_or_default();
    let compiling = if kind.starts_with("application/wasm") || !answer.ok() {
        WebAssembly::compile_streaming(&Promise::resolve(&JsValue::from(answer)))
    } else {
        // A server that does not know what it sends.
        WebAssembly::compile(&JsFuture::from(answer.array_buffer()?).await?)
    };
    JsFuture::from(compiling).await
}

/// Sends the program to a worker as soon as it is there, if that still lives.
fn hand_program(worker: &Rc<web_sys::Worker>, program: Promise, on_message: OnMessage) {
    let worker = Rc::downgrade(worker);
    spawn_local(async move {
        let fetched = JsFuture::from(program).await;
        let Some(worker) = worker.upgrade() else { return };
        if let Err(exception) = fetched.and_then(|program| worker.post_message(&program)) {
            let reason = format!("the engine's program did not arrive whole ({})", wire::reason(&exception));
            on_message(FromWorker::NotLoaded(reason));
        }
    });
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.inner.set_onmessage(None);
        self.inner.set_onerror(None);
        self.inner.terminate();
    }
}
