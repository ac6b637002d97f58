//! The one place that touches the browser's interfaces.

mod canvas;
mod engine_worker;
mod handles;
mod service_worker;
mod turns;

use js_sys::{Array, Date, Function, Intl, JsString, Object, Reflect, Uint8Array};
use leptos::task::spawn_local;
use osteolens::decimal::fixed;
use osteolens::detail::Pane;
use osteolens::protocol::Fetched;
use osteolens::wire;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
pub use web_sys::HtmlSelectElement;
use web_sys::{
    Blob, BlobPropertyBag, DomRect, Element, HtmlAnchorElement, HtmlDialogElement, HtmlElement, KeyboardEvent,
    MouseEvent, ResizeObserver, ShadowRootInit, ShadowRootMode, Url, UrlSearchParams,
};

pub use canvas::{Line, draw_lines, paint, paint_lines, paint_over, paint_part, place, save_overlay, smaller};
pub use engine_worker::{Worker, fetch_program, forget_program};
pub use handles::{Handles, RACE};
pub use osteolens::incoming::{
    Found, fetch, fetch_within, files_of_drop, files_of_input, files_of_transfer, is_into_field, read,
};
use osteolens::launch::window;
pub use osteolens::launch::{base, of_this_release, root_attribute};
pub use service_worker::{
    Offline, keep_offline, let_keep, may_keep, remove_stored, stored_bytes, take_update, weights_are_kept,
};
pub use turns::{at_once, print_when_painted, take_turns};

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

/// What the page itself has fetched; its engine keeps a record of its own.
pub fn fetched() -> Vec<Fetched> {
    window().performance().map(|performance| wire::fetched(&performance)).unwrap_or_default()
}

/// Sets an attribute of the page's root, which styles and tests read.
pub fn set_root(attribute: &str, value: &str) {
    if let Some(root) = window().document().and_then(|document| document.document_element()) {
        let _ = root.set_attribute(attribute, value);
    }
}

/// Whether the browser has translated the page (Chromium, and scripts of Google's service, mark it so).
pub fn is_translated() -> bool {
    root_attribute("class").is_some_and(|class| class.starts_with("translated-"))
}

/// Shows an element's children no longer. They stay in the document, so that a copy of the page that somebody saves begins with
/// them: what is attached here is not saved.
pub fn cover(id: &str) {
    if let Some(element) = element(id) {
        let _ = element.attach_shadow(&ShadowRootInit::new(ShadowRootMode::Open));
    }
}

/// Whether a key means nothing where it was pressed: in no dialog, no field and not on the picture.
pub fn is_for_page(event: &KeyboardEvent) -> bool {
    const WITH_OWN_KEYS: &str = "dialog, input, select, .panes";
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|target| target.closest(WITH_OWN_KEYS).is_ok_and(|found| found.is_none()))
}

/// Asks the reader.
pub fn agrees(question: &str) -> bool {
    window().confirm_with_message(question).unwrap_or(true)
}

/// Opens what is folded up, and takes the focus there.
pub fn unfold(id: &str) {
    if let Some(element) = element(id) {
        let _ = element.set_attribute("open", "");
        let summary = element.query_selector("summary").ok().flatten();
        if let Some(summary) = summary.and_then(|summary| summary.dyn_into::<HtmlElement>().ok()) {
            // The browser brings it into view.
            let _ = summary.focus();
        }
    }
}

fn element(id: &str) -> Option<Element> {
    window().document()?.get_element_by_id(id)
}

/// A parameter of the page's address.
pub fn query_parameter(name: &str) -> Option<String> {
    let search = window().location().search().ok()?;
    UrlSearchParams::new_with_str(&search).ok()?.get(name)
}

/// The languages that the user prefers, the most preferred first.
pub fn preferred_languages() -> Vec<String> {
    window().navigator().languages().iter().filter_map(|tag| tag.as_string()).collect()
}

/// A letter as a capital. The browser has the tables of Unicode, which would be a twentieth of the page.
pub fn upper_case(letter: char) -> String {
    JsString::from(letter).to_upper_case().into()
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
    written.ok().and_then(|written| written.as_string()).unwrap_or_else(|| fixed(value, 0))
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
    date_of(tag, &iso_date())
}

/// A moment in ISO 8601, as the language writes it.
pub fn date_of(tag: &str, iso: &str) -> String {
    let options = Object::new();
    // The month as a word: what stands first among numbers differs from country to country.
    let _ = Reflect::set(&options, &"dateStyle".into(), &"medium".into());
    let _ = Reflect::set(&options, &"timeStyle".into(), &"short".into());
    Date::new(&iso.into()).to_locale_string(tag, &options).into()
}

/// Which browser this is.
pub fn user_agent() -> String {
    window().navigator().user_agent().unwrap_or_default()
}

/// Puts words on the clipboard; whether the browser let us. It begins at once: browsers allow it amid a click alone.
pub fn copy(words: &str) -> impl Future<Output = bool> + use<> {
    let copying = window().navigator().clipboard().write_text(words);
    async move { wasm_bindgen_futures::JsFuture::from(copying).await.is_ok() }
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

/// What was remembered on this device under a key.
pub fn remembered(key: &str) -> Option<String> {
    window().local_storage().ok().flatten()?.get_item(key).ok().flatten()
}

/// Whether something was remembered on this device.
pub fn is_remembered(key: &str) -> bool {
    remembered(key).is_some()
}

/// Forgets what was remembered under a key.
pub fn forget(key: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.remove_item(key);
    }
}

/// Remembers something on this device, if the browser lets us.
pub fn remember(key: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(key, value);
    }
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

/// The size of an element and of the screen's pixels.
pub fn pane(element: &Element) -> Pane {
    let area = element.get_bounding_client_rect();
    Pane { size: (area.width(), area.height()), density: window().device_pixel_ratio() }
}

/// Tells whenever an element has got another size, as long as it is on the page.
pub fn on_resize(element: &Element, act: impl FnMut() + 'static) {
    let act = Closure::<dyn FnMut()>::new(act).into_js_value();
    if let Ok(observer) = ResizeObserver::new(act.unchecked_ref()) {
        observer.observe(element);
    }
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

/// Whether result and picture stand side by side, as in the style.
pub fn is_wide() -> bool {
    window().match_media("(min-width: 60rem)").is_ok_and(|found| found.is_some_and(|found| found.matches()))
}

/// Scrolls the row that an element stands in, so that it is seen in the row's middle.
pub fn show_in_row(element: &Element) {
    if let Some(row) = element.parent_element() {
        let (seen, whole) = (element.get_bounding_client_rect(), row.get_bounding_client_rect());
        let middle = |area: DomRect| area.left() + area.width() / 2.0;
        row.scroll_by_with_x_and_y(middle(seen) - middle(whole), 0.0);
    }
}

/// Scrolls the page until an element stands at its lower end; where the page would have to go up beyond its beginning it
/// stays.
pub fn bring_into_sight(element: &Element) {
    element.scroll_into_view_with_bool(false);
}

/// Goes on at an element that takes the keyboard's focus, as a link to it does.
pub fn go_to(id: &str) {
    if let Some(element) = element(id).and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
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

/// Has a file of the site on its way to the browser's cache.
pub fn fetch_ahead(file: &str) {
    let address = format!("{}{file}", base());
    // Read to its end: Chromium lets nobody else read what one request is still putting into its cache. Whoever needs it
    // asks again, and hears what went wrong.
    spawn_local(async move { _ = fetch(&address).await });
}
