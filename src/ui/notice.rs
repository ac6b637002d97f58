//! What must be read and accepted on the first visit.

use leptos::html::Dialog;
use leptos::prelude::*;

use super::parts::{attribute, effect, view};
use super::settings::{LanguageChoice, Settings};
use super::{browser, text};

/// A modal dialog on the first visit; nothing on later ones.
#[component]
pub fn Notice(settings: Settings) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    effect(move || {
        if let Some(dialog) = dialog.get()
            && !settings.is_accepted.get_untracked()
        {
            browser::open(Some(dialog));
        }
    });
    let accept = move |_| {
        settings.accept();
        browser::close(dialog.get_untracked());
    };
    view! {
        <dialog node_ref=dialog id="notice" {..attribute("aria-labelledby", "notice-title")}>
            <LanguageChoice settings id="notice-language"/>
            <h2 id="notice-title">{text::words().notice_title()}</h2>
            <ul>
                {[text::words().notice_research(), text::words().notice_weak(), text::words().notice_treatment()]
                    .into_iter().map(|point| view! { <li>{point}</li> }).collect_view()}
            </ul>
            <button type="button" class="button primary" on:click=accept>{text::words().notice_accept()}</button>
        </dialog>
    }
}
