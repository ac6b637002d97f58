//! What the user sees. Signals in, callbacks out; `browser` alone touches the browser.

mod advice;
mod app;
mod banner;
mod batch;
mod browser;
mod charts;
mod controls;
mod crop;
mod derived;
mod detail_canvas;
mod details;
mod engine;
mod engine_check;
mod gestures;
mod heat;
mod history;
mod intake;
mod measured;
mod measuring;
mod model_card;
mod notice;
mod offline;
mod part_controls;
mod parts;
mod print;
mod probabilities;
mod questions;
mod rules;
mod saving;
mod session;
mod settings;
mod straighten;
mod studies;
mod text;
mod ticks;
mod toolbar;
mod traffic;
mod viewer;
mod viewer_state;
mod with_age;
mod worth;

/// Shows the page, in a language that its reader speaks.
pub fn show() {
    browser::take_turns();
    // On their way while the page is built; the engine finds the list of models in the browser's cache then.
    if let Ok(wanted) = engine::of_address() {
        browser::fetch_program(wanted.program);
    }
    browser::fetch_ahead("weights/manifest.json");
    leptos::task::spawn_local(async {
        // Where its words cannot be had English is shown, and the choice says so.
        let _ = text::speak(settings::first_language(), text::FIRST_PATIENCE_MS).await;
        browser::cover("start");
        leptos::mount::mount_to_body(app::App);
    });
}
