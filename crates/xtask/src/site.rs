//! The static site: where it is and how it is built.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Result, ensure};
use xshell::cmd;

use crate::tools;

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Where cargo puts what it builds.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Where `serve` and `test` put the site.
pub fn folder() -> PathBuf {
    target().join("site")
}

/// Builds the release site into `folder`.
pub fn build(folder: &Path) -> Result<()> {
    ensure!(
        root().join("weights/manifest.json").is_file(),
        "weights/manifest.json is missing: `cargo run -p train -- export` writes it"
    );
    let shell = tools::for_building()?;
    println!("site: building into {} (the first time takes some ten minutes)", folder.display());
    let started = Instant::now();
    // trunk reads NO_COLOR as a bool of its own and stops at the customary "1".
    shell.set_var("NO_COLOR", "true");
    // trunk builds offline, and cargo has so far fetched only what `xtask` itself needs.
    cmd!(shell, "cargo fetch --locked").run()?;
    cmd!(shell, "trunk build --release --offline --locked --dist {folder}").run()?;
    println!("site: built in {} s", started.elapsed().as_secs());
    Ok(())
}
