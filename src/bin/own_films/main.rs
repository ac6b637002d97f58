//! The page of own films: a folder and a table go in, and what the models are worth on them comes out; nothing leaves the device.
//!
//! It is a program of its own, so that the first page stays small. It speaks English only, as the command line does.

mod choosing;
mod column_choice;
mod crew;
mod figure_tables;
mod glue;
mod head_panel;
mod judging_panel;
mod open_questions;
mod refit_panel;
mod steps;
mod workshop;

fn main() {
    std::panic::set_hook(Box::new(|panic| glue::break_off(&panic.to_string())));
    glue::cover("start");
    leptos::mount::mount_to_body(steps::Steps);
}
