//! The service worker, as the page holds it, and what is stored on this device.

use js_sys::Reflect;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{CacheStorage, Event, ServiceWorkerContainer, ServiceWorkerRegistration, StorageEstimate};

use super::window;

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
    let navigator = window().navigator();
    Reflect::has(&navigator, &"serviceWorker".into()).unwrap_or(false).then(|| navigator.service_worker())
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

/// Deletes everything that was kept so that the page works offline.
pub async fn remove_stored() {
    if let Some(registration) = registration().await
        && let Ok(gone) = registration.unregister()
    {
        let _ = JsFuture::from(gone).await;
    }
    let Ok(caches): Result<CacheStorage, _> = window().caches() else { return };
    let Ok(names) = JsFuture::from(caches.keys()).await else { return };
    for name in js_sys::Array::from(&names).iter().filter_map(|name| name.as_string()) {
        let _ = JsFuture::from(caches.delete(&name)).await;
    }
}
