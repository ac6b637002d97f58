//! The folders that the tasks work in.

use std::path::{Path, PathBuf};

/// The root of the repository, from `cargo run`: in a target folder that checkouts share this program may come from
/// another one.
pub fn root() -> PathBuf {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&manifest).join("../..")
}

/// Where cargo puts what it builds.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Where `serve` and `test` put the site.
pub fn site() -> PathBuf {
    target().join("site")
}
