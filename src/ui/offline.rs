//! Whether the page works without a network, what it keeps for that, and newer releases.

use leptos::prelude::*;
use leptos::task::spawn_local;
use osteolens::link::Status;
use osteolens::words::fill;

use super::browser::{self, Offline};
use super::parts::{changing, effect, truth, view};
use super::text;

/// What is known of it, for the whole visit.
#[derive(Clone, Copy)]
pub struct OfflineState {
    now: RwSignal<Offline>,
    stored_bytes: RwSignal<Option<f64>>,
    is_removed: RwSignal<bool>,
}

impl OfflineState {
    /// Begins once the models are loaded: what they need comes first.
    pub fn new(status: RwSignal<Status, LocalStorage>) -> Self {
        let state = Self {
            now: RwSignal::new(Offline::No),
            stored_bytes: RwSignal::new(None),
            is_removed: RwSignal::new(!browser::may_keep()),
        };
        let is_ready = truth(move || status.with(|status| matches!(status, Status::Ready(_))));
        effect(move || {
            if is_ready.get() && !state.is_removed.get() {
                state.begin();
            }
        });
        // Removed, or kept again, in another tab.
        let _ = window_event_listener(leptos::ev::storage, move |_| {
            let is_removed = !browser::may_keep();
            if is_removed != state.is_removed.get_untracked() {
                state.is_removed.set(is_removed);
                if is_removed {
                    state.tell_removed();
                }
            }
        });
        state
    }

    fn begin(self) {
        browser::keep_offline(move |now| {
            spawn_local(self.hear(now));
        });
    }

    async fn hear(self, of_worker: Offline) {
        self.stored_bytes.set(browser::stored_bytes().await);
        // Without the weights the page opens, and judges nothing.
        let is_whole = browser::weights_are_kept().await;
        if self.is_removed.get_untracked() {
            return;
        }
        let now = if is_whole { of_worker } else { Offline::No };
        self.now.set(now);
        browser::set_root(
            "data-offline",
            match now {
                Offline::No => "no",
                Offline::Ready => "ready",
                Offline::Update => "update",
            },
        );
    }

    fn remove(self) {
        spawn_local(async move {
            self.is_removed.set(true);
            browser::remove_stored().await;
            self.tell_removed();
        });
    }

    fn tell_removed(self) {
        self.now.set(Offline::No);
        browser::set_root("data-offline", "removed");
    }

    /// The page at once, the weights when they are next fetched.
    fn keep_again(self) {
        browser::let_keep();
        self.is_removed.set(false);
    }
}

/// A line at the page's foot; a newer release is offered there, never forced.
#[component]
pub fn OfflineLine(offline: OfflineState) -> impl IntoView {
    let w = text::words();
    let kept = move || {
        // Not every browser tells how much it keeps.
        let bytes = offline.stored_bytes.get().filter(|bytes| *bytes > 0.0);
        if bytes.is_none() && offline.now.get() == Offline::No {
            return None;
        }
        let told = bytes.map(|bytes| fill(w.offline_stored(), [text::number(bytes / 1e6, 0)]));
        Some(view! {
            " "<span data-role="stored">{told}</span>" "
            <button type="button" class="button" id="offline-remove" on:click=move |_| offline.remove()>
                {w.offline_remove()}
            </button>
        })
    };
    let removed = move || {
        view! {
            <button type="button" class="button" id="offline-keep" on:click=move |_| offline.keep_again()>
                {w.offline_keep()}
            </button>
        }
    };
    changing(move || {
        Some(view! {
            <p class="offline" role="status">
                {(offline.now.get() != Offline::No).then_some(w.offline_ready())}
                {if offline.is_removed.get() { Some(removed()) } else { kept() }}
            </p>
            {(offline.now.get() == Offline::Update).then(|| view! {
                <p class="offline" role="status" data-role="update">
                    {w.update_there()}" "
                    <button type="button" class="button primary" on:click=move |_| browser::take_update()>
                        {w.update_take()}
                    </button>
                </p>
            })}
        })
    })
}
