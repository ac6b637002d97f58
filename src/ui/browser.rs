//! The one place that touches the browser's interfaces.

use gloo_file::File;
use gloo_file::futures::read_as_bytes;
use js_sys::{Function, Object, Reflect, Uint8Array, Uint8ClampedArray};
use osteolens::protocol::{Request, Response};
use osteolens::wire;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    CanvasRenderingContext2d, DataTransfer, Event, FileList, HtmlCanvasElement, HtmlInputElement, ImageData,
    MessageEvent, UrlSearchParams, Window, WorkerOptions, WorkerType,
};

fn window() -> Window {
    web_sys::window().expect("the page runs in a window")
}

/// Milliseconds since the page was opened.
pub fn now_ms() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

/// Adds an entry to the browser's performance timeline.
pub fn measure(name: &str, start_ms: f64, duration_ms: f64) {
    // web-sys knows only the older forms of `measure`, which take marks and no times.
    let times = Object::new();
    let call = || -> Result<(), JsValue> {
        Reflect::set(&times, &"start".into(), &start_ms.max(0.0).into())?;
        Reflect::set(&times, &"duration".into(), &duration_ms.max(0.0).into())?;
        let performance = window().performance().ok_or(JsValue::UNDEFINED)?;
        let measure: Function = Reflect::get(&performance, &"measure".into())?.dyn_into()?;
        measure.call2(&performance, &name.into(), &times).map(drop)
    };
    // A measure that cannot be kept is no reason to trouble anybody.
    let _ = call();
}

/// Sets `html[data-engine]`, which styles and tests read.
pub fn set_engine_state(state: &str) {
    if let Some(root) = window().document().and_then(|document| document.document_element()) {
        let _ = root.set_attribute("data-engine", state);
    }
}

/// A parameter of the page's address.
pub fn query_parameter(name: &str) -> Option<String> {
    let search = window().location().search().ok()?;
    UrlSearchParams::new_with_str(&search).ok()?.get(name)
}

/// Whether something was remembered on this device.
pub fn is_remembered(key: &str) -> bool {
    let storage = window().local_storage().ok().flatten();
    storage.and_then(|storage| storage.get_item(key).ok().flatten()).is_some()
}

/// Remembers something on this device, if the browser lets us.
pub fn remember(key: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(key, "1");
    }
}

/// The files chosen in an `input`, which is emptied so that the same file can be chosen again.
pub fn files_of_input(event: &Event) -> Vec<File> {
    let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else {
        return Vec::new();
    };
    let files = files(input.files());
    input.set_value("");
    files
}

/// The files dropped or pasted.
pub fn files_of_transfer(transfer: Option<DataTransfer>) -> Vec<File> {
    files(transfer.and_then(|transfer| transfer.files()))
}

fn files(list: Option<FileList>) -> Vec<File> {
    list.map(|list| gloo_file::FileList::from(list).to_vec()).unwrap_or_default()
}

/// Reads a file into memory.
pub async fn read(file: &File) -> Result<Uint8Array, String> {
    let bytes = read_as_bytes(file).await.map_err(|error| error.to_string())?;
    Ok(Uint8Array::from(bytes.as_slice()))
}

/// Fetches a file of the page's own, such as a sample.
pub async fn fetch(address: &str) -> Result<Uint8Array, String> {
    use wasm_bindgen_futures::JsFuture;
    let failed = |exception: JsValue| wire::reason(&exception);
    let response: web_sys::Response =
        JsFuture::from(window().fetch_with_str(address)).await.map_err(failed)?.unchecked_into();
    if !response.ok() {
        return Err(format!("status {}", response.status()));
    }
    let buffer = JsFuture::from(response.array_buffer().map_err(failed)?).await.map_err(failed)?;
    Ok(Uint8Array::new(&buffer))
}

/// Paints RGBA pixels on a canvas of their size.
pub fn paint(canvas: &HtmlCanvasElement, width_px: u32, height_px: u32, pixels: Option<&Uint8Array>) {
    canvas.set_width(width_px);
    canvas.set_height(height_px);
    let Ok(Some(context)) = canvas.get_context("2d") else { return };
    let context: CanvasRenderingContext2d = context.unchecked_into();
    if let Some(pixels) = pixels {
        let clamped = Uint8ClampedArray::new(&pixels.buffer());
        if let Ok(image) = ImageData::new_with_js_u8_clamped_array_and_sh(&clamped, width_px, height_px) {
            let _ = context.put_image_data(&image, 0.0, 0.0);
        }
    }
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
    inner: web_sys::Worker,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(Event)>,
}

impl Worker {
    /// Starts the engine's program; `hear` gets all that comes from it.
    pub fn start(hear: impl Fn(FromWorker) + Clone + 'static) -> Result<Self, String> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = web_sys::Worker::new_with_options("./engine_loader.js", &options)
            .map_err(|exception| wire::reason(&exception))?;
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

impl Drop for Worker {
    fn drop(&mut self) {
        self.inner.set_onmessage(None);
        self.inner.set_onerror(None);
        self.inner.terminate();
    }
}
