//! The page: a thin shell around the engine, which computes in a worker of its own.

mod ui;

fn main() {
    ui::show();
}
