//! What must be read and accepted on the first visit.

use leptos::html::Dialog;
use leptos::prelude::*;

use super::{browser, text};

const ACCEPTED: &str = "osteolens-intended-use-accepted";

/// A modal dialog on the first visit; nothing on later ones.
#[component]
pub fn Notice() -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move |_| {
        if let Some(dialog) = dialog.get()
            && !browser::is_remembered(ACCEPTED)
            && !dialog.open()
        {
            // Without modal dialogs the text still stands on the page.
            let _ = dialog.show_modal();
        }
    });
    let accept = move |_| {
        browser::remember(ACCEPTED);
        if let Some(dialog) = dialog.get() {
            dialog.close();
        }
    };
    view! {
        <dialog node_ref=dialog id="notice" aria-labelledby="notice-title">
            <h2 id="notice-title">{text::NOTICE_TITLE}</h2>
            <ul>{text::NOTICE_POINTS.map(|point| view! { <li>{point}</li> })}</ul>
            <button type="button" class="button primary" on:click=accept>{text::NOTICE_ACCEPT}</button>
        </dialog>
    }
}
