//! What the user sees. Signals in, callbacks out; `browser` alone touches the browser.

mod app;
mod banner;
mod browser;
mod charts;
mod controls;
mod engine;
mod intake;
mod model_card;
mod notice;
mod probabilities;
mod session;
mod studies;
mod text;
mod viewer;

pub use app::App;
