//! The service worker, as the page holds it, and what is stored on this device.

use js_sys::Reflect;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Cache, CacheStorage, Event, ServiceWorkerContainer, ServiceWorkerRegistration, StorageEstimate};

use super::{base, forget, is_remembered, remember, window};

/// Remembers that the reader has removed what was kept.
const REMOVED: &str = "osteolens-keep-nothing";

/// How far the page is from working without a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offline {
    /// The browser offers nothing, or not yet.
    No,
    /// Everything but the weights is kept on this device.
    Ready,
    /// Another release is there and waits to be chosen.
    Update,
}

impl From<&ServiceWorkerRegistration> for Offline {
    fn from(registration: &ServiceWorkerRegistration) -> Self {
        match (registration.active(), registration.waiting()) {
            (Some(_), Some(_)) => Self::Update,
            (Some(_), None) => Self::Ready,
            (None, _) => Self::No,
        }
    }
}

/// Not there in private windows of some browsers, and where the page is not served securely.
fn container() -> Option<ServiceWorkerContainer> {
    // Where site data are blocked some browsers throw.
    let container = Reflect::get(&window().navigator(), &"serviceWorker".into()).ok();
    container.filter(JsValue::is_truthy).map(JsCast::unchecked_into)
}

async fn registration() -> Option<ServiceWorkerRegistration> {
    JsFuture::from(container()?.get_registration()).await.ok()?.dyn_into().ok()
}

/// Registers the service worker and reports every change.
pub fn keep_offline(report: impl Fn(Offline) + Clone + 'static) {
    let Some(container) = container() else { return };
    spawn_local(async move {
        // A browser that refuses works online as before.
        let Ok(registration) = JsFuture::from(container.register("sw.js")).await else { return };
        let registration: ServiceWorkerRegistration = registration.unchecked_into();
        let look = {
            let registration = registration.clone();
            move || report(Offline::from(&registration))
        };
        look();
        let watch = {
            let registration = registration.clone();
            move || {
                let Some(worker) = registration.installing() else { return };
                let look = look.clone();
                let changed = Closure::<dyn FnMut(Event)>::new(move |_| look());
                worker.set_onstatechange(Some(changed.as_ref().unchecked_ref()));
                changed.forget();
            }
        };
        watch();
        let found = Closure::<dyn FnMut(Event)>::new(move |_| watch());
        registration.set_onupdatefound(Some(found.as_ref().unchecked_ref()));
        found.forget();
    });
}

/// Takes the release that waits, and loads the page anew as soon as it is active.
pub fn take_update() {
    let Some(container) = container() else { return };
    let reload = Closure::<dyn FnMut(Event)>::new(|_| {
        let _ = window().location().reload();
    });
    container.set_oncontrollerchange(Some(reload.as_ref().unchecked_ref()));
    reload.forget();
    spawn_local(async move {
        if let Some(waiting) = registration().await.and_then(|registration| registration.waiting()) {
            let _ = waiting.post_message(&JsValue::from_str("activate"));
        }
    });
}

/// Bytes that this site keeps on this device; none where the browser does not tell.
pub async fn stored_bytes() -> Option<f64> {
    let estimate = window().navigator().storage().estimate().ok()?;
    let estimate: StorageEstimate = JsFuture::from(estimate).await.ok()?.unchecked_into();
    estimate.get_usage()
}

/// Whether files and weights may be kept on this device: until the reader has removed them.
pub fn may_keep() -> bool {
    !is_remembered(REMOVED)
}

/// They may be kept again.
pub fn let_keep() {
    forget(REMOVED);
}

/// Whether the engine has kept its weights.
pub async fn weights_are_kept() -> bool {
    let Ok(caches): Result<CacheStorage, _> = window().caches() else { return false };
    let name = format!("osteolens-weights {}", base());
    // To open a store is to make it.
    if !JsFuture::from(caches.has(&name)).await.is_ok_and(|has| has.is_truthy()) {
        return false;
    }
    let Ok(store) = JsFuture::from(caches.open(&name)).await else { return false };
    let keys = JsFuture::from(store.unchecked_into::<Cache>().keys()).await;
    keys.is_ok_and(|keys| js_sys::Array::from(&keys).length() > 0)
}

/// Deletes everything that was kept so that the page works offline, and keeps nothing more.
pub async fn remove_stored() {
    remember(REMOVED, "1");
    if let Some(registration) = registration().await {
        if let Some(worker) = registration.active() {
            let _ = worker.post_message(&JsValue::from_str("removed"));
        }
        if let Ok(gone) = registration.unregister() {
            let _ = JsFuture::from(gone).await;
        }
    }
    let Ok(caches): Result<CacheStorage, _> = window().caches() else { return };
    // Other sites may share the origin.
    for store in ["osteolens-files", "osteolens-weights"] {
        let _ = JsFuture::from(caches.delete(&format!("{store} {}", base()))).await;
    }
}
