//! A visit of the built site in a real Chromium, and files to drop on it: what the tests of this crate share.
//!
//! The tests compile only with the feature `in-browser`, and fail without a built site (`OSTEOLENS_SITE`) and a
//! browser (`CHROMIUM`): none of them passes by not running. `cargo xtask test` has both.

#![allow(
    missing_docs,
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "what fails here fails its test"
)]

pub mod accessibility;
pub mod elements;
pub mod message_kinds;
pub mod requests;
pub mod test_files;
pub mod visit;

use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use anyhow::Result;

/// A file of the repository.
pub fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// The built site.
///
/// # Panics
/// Without one.
pub fn site() -> PathBuf {
    let site = std::env::var_os("OSTEOLENS_SITE").map(PathBuf::from);
    site.filter(|site| site.join("index.html").is_file())
        .expect("OSTEOLENS_SITE names no built site: `cargo xtask test` builds one and runs these tests")
}

/// A test that measures times, or has a graphics processor computed in software, has the machine to itself; the others share it, one to a thread of the test program.
static MACHINE: RwLock<()> = RwLock::new(());

/// Runs a test against the built site.
///
/// # Panics
/// When the page does not do what the test describes, or there is no site.
pub fn with_site(test: impl Fn(&Path) -> Result<()>) {
    let _shared = MACHINE.read().unwrap_or_else(PoisonError::into_inner);
    test(&site()).expect("the page does what this test describes");
}

/// Runs a test against the built site that no other test runs beside.
///
/// # Panics
/// When the page does not do what the test describes, or there is no site.
pub fn with_site_alone(test: impl Fn(&Path) -> Result<()>) {
    let _alone = MACHINE.write().unwrap_or_else(PoisonError::into_inner);
    test(&site()).expect("the page does what this test describes");
}
