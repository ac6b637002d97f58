//! What the user sees. Signals in, callbacks out; `browser` alone touches the browser.

mod app;
mod banner;
mod browser;
mod controls;
mod engine;
mod intake;
mod notice;
mod probabilities;
mod scores;
mod session;
mod studies;
mod text;
mod viewer;

pub use app::App;
