//! Where the site is, and how its workers start.

use js_sys::{Array, encode_uri_component};
use wasm_bindgen::JsValue;
use web_sys::{Blob, BlobPropertyBag, Url, Window, WorkerOptions, WorkerType};

/// The page's window.
///
/// # Panics
/// In a worker, which has none.
pub fn window() -> Window {
    web_sys::window().expect("the page runs in a window")
}

/// The address of the page's folder, with a slash at its end.
pub fn base() -> String {
    let address = window().location().href().unwrap_or_default();
    let address = address.split(['?', '#']).next().unwrap_or_default();
    address.rsplit_once('/').map(|(folder, _)| format!("{folder}/")).unwrap_or_default()
}

/// What stands on the page's root element.
pub fn root_attribute(attribute: &str) -> Option<String> {
    window().document()?.document_element()?.get_attribute(attribute)
}

/// The address of a file of the site. The release stands in it: where another has taken this one's place it gets nothing.
pub fn of_this_release(file: &str) -> String {
    format!("{}{file}?release={}", base(), root_attribute("data-release").unwrap_or_default())
}

/// A worker that starts from a blob is held by the page's content security policy, which one that starts
/// from an address is not; its name tells it where the site is. Firefox does not ask the service worker for a worker's static imports: the
/// loader is imported later, and the program may come before it. With `weights`, a model's id or nothing for all, the loader
/// asks for weights that are not kept here while the program is on its way.
///
/// # Errors
/// The browser's own.
pub fn start(program: &str, weights: Option<&str>) -> Result<web_sys::Worker, JsValue> {
    let base = base();
    let weights = weights.map(|model| format!("&weights={}", encode_uri_component(model))).unwrap_or_default();
    let loader = format!("{}&program={program}{weights}", of_this_release("engine_loader.js"));
    let script = format!(
        "self.handed=new Promise(r=>addEventListener(\"message\",function f(e){{if(e.data instanceof WebAssembly.Module)\
         {{removeEventListener(\"message\",f);r(e.data)}}}}));await import(\"{loader}\")"
    );
    let kind = BlobPropertyBag::new();
    kind.set_type("text/javascript");
    let blob = Blob::new_with_str_sequence_and_options(&Array::of1(&script.into()), &kind)?;
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    options.set_name(&base);
    web_sys::Worker::new_with_options(&Url::create_object_url_with_blob(&blob)?, &options)
}
