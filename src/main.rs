//! The page: a thin shell around the engine, which computes in a worker of its own.

mod ui;

fn main() {
    // On its way while the page is built.
    ui::fetch_program();
    leptos::mount::mount_to_body(ui::App);
}
