//! Whether the page works without a network, what it keeps for that, and newer releases.

use leptos::prelude::*;
use leptos::task::spawn_local;
use osteolens::words::fill;

use super::browser::{self, Offline};
use super::engine::Status;
use super::text;

/// A line at the page's foot; a newer release is offered there, never forced.
#[component]
pub fn OfflineLine(status: RwSignal<Status, LocalStorage>) -> impl IntoView {
    let offline = RwSignal::new(Offline::No);
    let stored = RwSignal::new(None::<f64>);
    let measure = move || spawn_local(async move { stored.set(browser::stored_bytes().await) });
    let is_ready = Memo::new(move |_| status.with(|status| matches!(status, Status::Ready(state) if state.complete)));
    let begun = StoredValue::new(false);
    // What the models need comes first.
    Effect::new(move |_| {
        if !is_ready.get() || begun.get_value() {
            return;
        }
        begun.set_value(true);
        browser::keep_offline(move |now| {
            offline.set(now);
            browser::set_root(
                "data-offline",
                match now {
                    Offline::No => "no",
                    Offline::Ready => "ready",
                    Offline::Update => "update",
                },
            );
            measure();
        });
        measure();
    });
    let remove = move |_| {
        spawn_local(async move {
            browser::remove_stored().await;
            offline.set(Offline::No);
            browser::set_root("data-offline", "removed");
            stored.set(browser::stored_bytes().await);
        });
    };
    let kept = move || stored.get().filter(|bytes| *bytes > 0.0);
    move || {
        let w = text::words();
        view! {
            <p class="offline" role="status">
                {(offline.get() != Offline::No).then_some(w.offline_ready)}
                {move || kept().map(|bytes| {
                    let told = fill(w.offline_stored, [text::number(bytes / 1e6, 0)]);
                    view! { " " <span data-role="stored">{told}</span> }
                })}
                " "
                {move || kept().map(|_| view! {
                    <button type="button" class="button" id="offline-remove" on:click=remove>{w.offline_remove}</button>
                })}
            </p>
            {(offline.get() == Offline::Update).then(|| view! {
                <p class="offline" role="status" data-role="update">
                    {w.update_there}" "
                    <button type="button" class="button primary" on:click=move |_| browser::take_update()>
                        {w.update_take}
                    </button>
                </p>
            })}
        }
    }
}
