//! What the user sees. Signals in, callbacks out; `browser` alone touches the browser.

mod advice;
mod app;
mod banner;
mod batch;
mod browser;
mod charts;
mod clinical;
mod controls;
mod crop;
mod details;
mod engine;
mod export;
mod heat;
mod history;
mod intake;
mod model_card;
mod notice;
mod offline;
mod print;
mod probabilities;
mod quality;
mod session;
mod settings;
mod studies;
mod text;
mod tools;
mod traffic;
mod view;
mod viewer;

pub use app::App;
pub use browser::fetch_program;
