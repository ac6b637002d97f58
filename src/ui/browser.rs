//! The one place that touches the browser's interfaces.

use gloo_file::File;
use gloo_file::futures::read_as_bytes;
use js_sys::{Array, Date, Function, Intl, Object, Reflect, Uint8Array, Uint8ClampedArray};
use osteolens::error::Error;
use osteolens::geometry::Region;
use osteolens::protocol::{Opened, Request, Response};
use osteolens::radiograph::{self, MAX_FILE_BYTES};
use osteolens::wire;
use osteolens::words::fill;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
pub use web_sys::HtmlCanvasElement;
use web_sys::{
    Blob, BlobPropertyBag, CanvasRenderingContext2d, DataTransfer, Element, Event, FileList, HtmlAnchorElement,
    HtmlDialogElement, HtmlInputElement, ImageData, MessageEvent, MouseEvent, Url, UrlSearchParams, Window,
    WorkerOptions, WorkerType,
};

use super::text;

/// Of the heat map where it is kept or printed.
const OVERLAY_OPACITY: f64 = 0.6;

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

/// Sets an attribute of the page's root, which styles and tests read.
pub fn set_root(attribute: &str, value: &str) {
    if let Some(root) = window().document().and_then(|document| document.document_element()) {
        let _ = root.set_attribute(attribute, value);
    }
}

/// A parameter of the page's address.
pub fn query_parameter(name: &str) -> Option<String> {
    let search = window().location().search().ok()?;
    UrlSearchParams::new_with_str(&search).ok()?.get(name)
}

/// The languages that the user prefers, the dearest first.
pub fn preferred_languages() -> Vec<String> {
    window().navigator().languages().iter().filter_map(|tag| tag.as_string()).collect()
}

/// A number as a language writes it, with so many decimals, as a percentage or not.
pub fn number(tag: &str, value: f64, decimals: u32, is_percentage: bool) -> String {
    let options = Object::new();
    let set = |key: &str, value: JsValue| Reflect::set(&options, &key.into(), &value).is_ok();
    set("minimumFractionDigits", decimals.into());
    set("maximumFractionDigits", decimals.into());
    if is_percentage {
        set("style", "percent".into());
    }
    let format = Intl::NumberFormat::new(&Array::of1(&tag.into()), &options);
    let written = format.format().call1(&JsValue::UNDEFINED, &value.into());
    written.ok().and_then(|written| written.as_string()).unwrap_or_else(|| format!("{value:.0}"))
}

/// The plural category (CLDR) of a count: `one`, `few`, `other`, …
pub fn plural(tag: &str, count: f64) -> String {
    Intl::PluralRules::new(&Array::of1(&tag.into()), &Object::new()).select(count).into()
}

/// Now, in ISO 8601 and UTC.
pub fn iso_date() -> String {
    Date::new_0().to_iso_string().into()
}

/// Now, as the language writes it.
pub fn local_date(tag: &str) -> String {
    Date::new_0().to_locale_string(tag, &Object::new()).into()
}

/// Which browser this is.
pub fn user_agent() -> String {
    window().navigator().user_agent().unwrap_or_default()
}

/// Puts words on the clipboard; whether the browser let us.
pub async fn copy(words: &str) -> bool {
    wasm_bindgen_futures::JsFuture::from(window().navigator().clipboard().write_text(words)).await.is_ok()
}

/// Prints after the next two frames, when what was just shown is painted.
pub fn print_when_painted() {
    let print = Closure::once_into_js(|| {
        let again = Closure::once_into_js(|| {
            let _ = window().print();
        });
        let _ = window().request_animation_frame(again.unchecked_ref());
    });
    let _ = window().request_animation_frame(print.unchecked_ref());
}

/// Offers bytes as a file to keep.
pub fn save(name: &str, kind: &str, bytes: &[u8]) {
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    let parts = Array::of1(&Uint8Array::from(bytes));
    if let Ok(blob) = Blob::new_with_u8_array_sequence_and_options(&parts, &options) {
        save_blob(name, &blob);
    }
}

fn save_blob(name: &str, blob: &Blob) {
    let Ok(address) = Url::create_object_url_with_blob(blob) else { return };
    let link = window().document().and_then(|document| document.create_element("a").ok());
    if let Some(link) = link.and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok()) {
        link.set_href(&address);
        link.set_download(name);
        link.click();
    }
    let _ = Url::revoke_object_url(&address);
}

/// Offers the radiograph with the heat map as a PNG, with words burned into its lower edge.
pub fn save_overlay(name: &str, words: &str) {
    let find = |role: &str| -> Option<HtmlCanvasElement> {
        let found = window().document()?.query_selector(&format!("canvas[data-role={role}]")).ok()??;
        found.dyn_into().ok()
    };
    let draw = || -> Option<HtmlCanvasElement> {
        let (radiograph, heatmap) = (find("radiograph")?, find("heatmap")?);
        let canvas: HtmlCanvasElement = window().document()?.create_element("canvas").ok()?.dyn_into().ok()?;
        canvas.set_width(radiograph.width());
        canvas.set_height(radiograph.height());
        let (width, height) = (f64::from(canvas.width()), f64::from(canvas.height()));
        let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        context.draw_image_with_html_canvas_element(&radiograph, 0.0, 0.0).ok()?;
        context.set_global_alpha(OVERLAY_OPACITY);
        context.draw_image_with_html_canvas_element(&heatmap, 0.0, 0.0).ok()?;
        context.set_global_alpha(1.0);
        let band = (height * 0.06).max(18.0);
        context.set_fill_style_str("#000");
        context.fill_rect(0.0, height - band, width, band);
        context.set_fill_style_str("#fff");
        context.set_font(&format!("bold {:.0}px sans-serif", band * 0.55));
        context.set_text_align("center");
        context.fill_text_with_max_width(words, width / 2.0, height - band * 0.3, width * 0.96).ok()?;
        Some(canvas)
    };
    let Some(canvas) = draw() else { return };
    let name = name.to_owned();
    let keep = Closure::once_into_js(move |blob: JsValue| {
        if let Ok(blob) = blob.dyn_into::<Blob>() {
            save_blob(&name, &blob);
        }
    });
    let _ = canvas.to_blob(keep.unchecked_ref());
}

/// A square of RGBA pixels, made smaller by taking every so-manieth.
pub fn smaller(pixels: &Uint8Array, side_px: u32, to_px: u32) -> Uint8Array {
    let all = pixels.to_vec();
    let at = |place: u32| place * side_px / to_px;
    let pixel = |x: u32, y: u32| 4 * (at(y) * side_px + at(x)) as usize;
    let taken: Vec<u8> = (0..to_px * to_px)
        .flat_map(|place| {
            let from = pixel(place % to_px, place / to_px);
            all.get(from..from + 4).unwrap_or(&[0; 4]).to_vec()
        })
        .collect();
    Uint8Array::from(taken.as_slice())
}

/// What was remembered on this device under a key.
pub fn remembered(key: &str) -> Option<String> {
    window().local_storage().ok().flatten()?.get_item(key).ok().flatten()
}

/// Whether something was remembered on this device.
pub fn is_remembered(key: &str) -> bool {
    remembered(key).is_some()
}

/// Remembers something on this device, if the browser lets us.
pub fn remember(key: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(key, value);
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
pub async fn read(file: &File) -> Result<Uint8Array, Error> {
    if file.size() > MAX_FILE_BYTES as u64 {
        return Err(radiograph::too_many_bytes(file.size()));
    }
    let not_read = |reason: String| Error::Unreadable(fill(text::words().not_read, [reason]));
    let bytes = read_as_bytes(file).await.map_err(|error| not_read(error.to_string()))?;
    Ok(Uint8Array::from(bytes.as_slice()))
}

/// SHA-256 of bytes, in hexadecimal digits; none where the browser offers none.
pub async fn sha256(bytes: &Uint8Array) -> Option<String> {
    let digest = window().crypto().ok()?.subtle().digest_with_str_and_buffer_source("SHA-256", bytes).ok()?;
    let digest = Uint8Array::new(&wasm_bindgen_futures::JsFuture::from(digest).await.ok()?);
    let digits: Vec<String> = digest.to_vec().iter().map(|byte| format!("{byte:02x}")).collect();
    Some(digits.concat())
}

/// Fetches a file of the page's own, such as a sample.
pub async fn fetch(address: &str) -> Result<Uint8Array, Error> {
    use wasm_bindgen_futures::JsFuture;
    let not_read = |reason: String| Error::Unreadable(fill(text::words().not_read, [reason]));
    let failed = |exception: JsValue| not_read(wire::reason(&exception));
    let response: web_sys::Response =
        JsFuture::from(window().fetch_with_str(address)).await.map_err(failed)?.unchecked_into();
    if !response.ok() {
        return Err(not_read(format!("status {}", response.status())));
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

/// Paints RGBA pixels over what a canvas shows, half transparent.
pub fn paint_over(canvas: &HtmlCanvasElement, width_px: u32, height_px: u32, pixels: &Uint8Array) {
    let over = window().document().and_then(|document| document.create_element("canvas").ok());
    let Some(over) = over.and_then(|over| over.dyn_into::<HtmlCanvasElement>().ok()) else { return };
    paint(&over, width_px, height_px, Some(pixels));
    if let Ok(Some(context)) = canvas.get_context("2d") {
        let context: CanvasRenderingContext2d = context.unchecked_into();
        context.set_global_alpha(OVERLAY_OPACITY);
        let _ = context.draw_image_with_html_canvas_element(&over, 0.0, 0.0);
    }
}

/// Paints a part of a picture on a square canvas, as large as it will go.
pub fn paint_part(canvas: &HtmlCanvasElement, side_px: u32, pixels: &Uint8Array, of: &Opened, part: Region) {
    let Ok(Some(context)) = canvas.get_context("2d") else { return };
    let context: CanvasRenderingContext2d = context.unchecked_into();
    let Some(whole) = window().document().and_then(|document| document.create_element("canvas").ok()) else { return };
    let whole: HtmlCanvasElement = whole.unchecked_into();
    paint(&whole, of.width_px, of.height_px, Some(pixels));
    let (width, height) = (f64::from(part.width_px.max(1)), f64::from(part.height_px.max(1)));
    let scale = f64::from(side_px) / width.max(height);
    let (across, down) = (width * scale, height * scale);
    let (left, top) = ((f64::from(side_px) - across) / 2.0, (f64::from(side_px) - down) / 2.0);
    context.clear_rect(0.0, 0.0, f64::from(side_px), f64::from(side_px));
    let (x, y) = (f64::from(part.x_px), f64::from(part.y_px));
    let _ = context.draw_image_with_html_canvas_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
        &whole, x, y, width, height, left, top, across, down,
    );
}

/// How far the pointer is from the middle of what listens to it, in CSS pixels.
pub fn from_middle(event: &MouseEvent) -> (f64, f64) {
    let target = event.current_target().and_then(|target| target.dyn_into::<Element>().ok());
    target.map_or((0.0, 0.0), |target| {
        let area = target.get_bounding_client_rect();
        (
            f64::from(event.client_x()) - area.left() - area.width() / 2.0,
            f64::from(event.client_y()) - area.top() - area.height() / 2.0,
        )
    })
}

/// Where the pointer is on an element, in shares (0..=1) of it.
pub fn share_of(element: &Element, event: &MouseEvent) -> Option<(f64, f64)> {
    let area = element.get_bounding_client_rect();
    let share = |at: f64, from: f64, length: f64| (length > 0.0).then(|| (at - from) / length);
    Some((
        share(f64::from(event.client_x()), area.left(), area.width())?,
        share(f64::from(event.client_y()), area.top(), area.height())?,
    ))
}

/// Opens a dialog above the page.
pub fn open(dialog: Option<HtmlDialogElement>) {
    if let Some(dialog) = dialog.filter(|dialog| !dialog.open()) {
        // Without modal dialogs its text still stands on the page.
        let _ = dialog.show_modal();
    }
}

/// Closes a dialog.
pub fn close(dialog: Option<HtmlDialogElement>) {
    if let Some(dialog) = dialog {
        dialog.close();
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
