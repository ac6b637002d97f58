//! What the page asks of the browser.

use js_sys::{Array, Date, Promise, Uint8Array};
use osteolens::incoming::fetch;
use osteolens::launch::{base, window};
use osteolens::protocol::OWN_HEAD;
use osteolens::wire;
use wasm_bindgen::{Clamped, JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, BlobPropertyBag, Cache, CanvasRenderingContext2d, Element, HtmlAnchorElement, HtmlCanvasElement, ImageData,
    Response, Url,
};

/// Takes away what stands there until the program runs.
pub fn cover(id: &str) {
    if let Some(element) = element(id) {
        element.remove();
    }
}

/// The program has ended: says so on the page, which answers no longer.
pub fn break_off(reason: &str) {
    web_sys::console::error_1(&reason.into());
    let say = || -> Option<()> {
        let document = window().document()?;
        let line = document.create_element("p").ok()?;
        line.set_class_name("alert");
        line.set_text_content(Some(&format!(
            "This page has broken off. Load it anew. What was saved is whole. ({reason})"
        )));
        document.body()?.prepend_with_node_1(&line).ok()
    };
    say();
}

fn element(id: &str) -> Option<Element> {
    window().document()?.get_element_by_id(id)
}

/// Brings a part of the page into sight.
pub fn go_to(id: &str) {
    if let Some(element) = element(id) {
        element.scroll_into_view();
    }
}

/// This moment (ISO 8601, UTC).
pub fn iso_date() -> String {
    String::from(Date::new_0().to_iso_string())
}

/// Milliseconds since the page was opened.
pub fn now_ms() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

/// How many films are judged at the same time.
pub fn processors() -> usize {
    (window().navigator().hardware_concurrency() as usize).clamp(1, 4)
}

/// Offers a file to keep.
pub fn save(name: &str, kind: &str, text: &str) {
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    let Ok(blob) = Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), &options) else { return };
    let Ok(address) = Url::create_object_url_with_blob(&blob) else { return };
    let link = window().document().and_then(|document| document.create_element("a").ok());
    if let Some(link) = link.and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok()) {
        link.set_href(&address);
        link.set_download(name);
        link.click();
    }
    let _ = Url::revoke_object_url(&address);
}

pub fn print() {
    let _ = window().print();
}

/// Paints grey values on a canvas.
pub fn paint(canvas: &HtmlCanvasElement, side_px: u32, grey: &[u8]) {
    let rgba: Vec<u8> = grey.iter().flat_map(|value| [*value, *value, *value, 255]).collect();
    let paint = || -> Option<()> {
        canvas.set_width(side_px);
        canvas.set_height(side_px);
        let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        let image = ImageData::new_with_u8_clamped_array(Clamped(&rgba), side_px).ok()?;
        context.put_image_data(&image, 0.0, 0.0).ok()
    };
    paint();
}

/// A file of the site; of weights that the engine keeps on this device, those.
pub async fn file(address: &str) -> Result<Uint8Array, String> {
    let address = format!("{}{address}", base());
    if let Some(kept) = kept(&address).await {
        return Ok(kept);
    }
    fetch(&address).await.map_err(|error| format!("{address} could not be fetched ({error})"))
}

async fn kept(address: &str) -> Option<Uint8Array> {
    let store = store().await?;
    let response: Response = JsFuture::from(store.match_with_str(address)).await.ok()?.dyn_into().ok()?;
    let buffer = JsFuture::from(response.array_buffer().ok()?).await.ok()?;
    Some(Uint8Array::new(&buffer))
}

/// The store of the weights; none where the page is not served securely.
async fn store() -> Option<Cache> {
    let name = format!("osteolens-weights {}", base());
    Some(JsFuture::from(window().caches().ok()?.open(&name)).await.ok()?.unchecked_into())
}

fn head_address(shipped_sha256: &str) -> String {
    format!("{}{OWN_HEAD}{shipped_sha256}", base())
}

/// The addresses of heads that are kept on this device.
async fn heads() -> Vec<String> {
    let heads = async {
        let keys = Array::from(&JsFuture::from(store().await?.keys()).await.ok()?);
        let addresses = keys.iter().map(|request| request.unchecked_into::<web_sys::Request>().url());
        Some(addresses.filter(|address| address.starts_with(&head_address(""))).collect())
    };
    heads.await.unwrap_or_default()
}

/// The manifest with a head that is kept on this device, and whether it takes the place of the shipped one of this hash.
pub async fn kept_head(shipped_sha256: &str) -> Option<(String, bool)> {
    let all = heads().await;
    let current = head_address(shipped_sha256);
    let address = all.iter().find(|address| **address == current).or(all.first())?;
    Some((String::from_utf8_lossy(&kept(address).await?.to_vec()).into_owned(), *address == current))
}

/// Has every page of this site use a manifest with another head in place of the shipped one of this hash.
///
/// # Errors
/// Why the browser does not keep it.
pub async fn use_head(manifest: &str, shipped_sha256: &str) -> Result<(), String> {
    remove_heads().await?;
    let store = store().await.ok_or("this browser keeps nothing for this page")?;
    let keep = || -> Result<Promise, JsValue> {
        Ok(store.put_with_str(&head_address(shipped_sha256), &Response::new_with_opt_str(Some(manifest))?))
    };
    let kept = async { JsFuture::from(keep()?).await };
    kept.await.map(drop).map_err(|exception| wire::reason(&exception))
}

/// The shipped heads are used again.
///
/// # Errors
/// Why the browser does not let it go.
pub async fn remove_heads() -> Result<(), String> {
    let Some(store) = store().await else { return Ok(()) };
    for address in heads().await {
        JsFuture::from(store.delete_with_str(&address)).await.map_err(|exception| wire::reason(&exception))?;
    }
    Ok(())
}
