//! Programs that building and testing need, installed when they are missing.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use xshell::{Shell, cmd};
use xtask::chromium;

use crate::folders;

const AXE: &str = "4.14.1";
const GECKODRIVER: &str = "0.37.1";
const CARGO_FUZZ: &str = "0.13.2";
const CARGO_DENY: &str = "0.20.2";
const CARGO_CYCLONEDX: &str = "0.5.9";

/// At the repository's root, with the tools below first in its path.
fn shell() -> Result<Shell> {
    let shell = Shell::new()?;
    shell.change_dir(folders::root());
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder().join("bin")).chain(std::env::split_paths(&path));
    shell.set_var("PATH", std::env::join_paths(folders)?);
    Ok(shell)
}

/// Where they are installed.
pub fn folder() -> PathBuf {
    folders::target().join("tools")
}

/// Installs a program of crates.io unless this version of it is there.
fn install(shell: &Shell, program: &str, version: &str) -> Result<()> {
    if version_of(shell, program).is_some_and(|found| found == version) {
        println!("{program} {version}: there");
        return Ok(());
    }
    println!("{program} {version}: installing");
    let tools = folder();
    Ok(cmd!(shell, "cargo install --quiet {program} --version {version} --locked --root {tools}").run()?)
}

/// cargo-deny and cargo-cyclonedx.
pub fn for_supply() -> Result<Shell> {
    let shell = shell()?;
    install(&shell, "cargo-deny", CARGO_DENY)?;
    install(&shell, "cargo-cyclonedx", CARGO_CYCLONEDX)?;
    Ok(shell)
}

/// What drives Firefox; the other browsers bring their own driver.
pub fn for_browsers() -> Result<Shell> {
    let shell = shell()?;
    install(&shell, "geckodriver", GECKODRIVER)?;
    Ok(shell)
}

/// A C++ compiler must be there, for libFuzzer.
pub fn for_fuzzing() -> Result<Shell> {
    let shell = shell()?;
    install(&shell, "cargo-fuzz", CARGO_FUZZ)?;
    Ok(shell)
}

/// The wasm target.
pub fn for_building() -> Result<Shell> {
    let shell = shell()?;
    let sysroot = PathBuf::from(cmd!(shell, "rustc --print sysroot").quiet().read()?);
    if sysroot.join("lib/rustlib/wasm32-unknown-unknown").is_dir() {
        println!("wasm32 target: there");
    } else {
        println!("wasm32 target: installing");
        cmd!(shell, "rustup target add wasm32-unknown-unknown").run()?;
    }
    Ok(shell)
}

/// The accessibility checks of the browser tests; none without npm.
pub fn axe() -> Option<PathBuf> {
    let folder = folders::target().join("tools").join(format!("axe-core-{AXE}"));
    let script = folder.join("package/axe.min.js");
    if script.is_file() {
        return Some(script);
    }
    println!("axe-core {AXE}: installing");
    let shell = Shell::new().ok()?;
    shell.create_dir(&folder).ok()?;
    shell.change_dir(&folder);
    let archive = format!("axe-core-{AXE}.tgz");
    let fetched = cmd!(shell, "npm pack --silent axe-core@{AXE}").ignore_stdout().run().is_ok()
        && cmd!(shell, "tar xzf {archive}").run().is_ok();
    fetched.then_some(script)
}

/// A Python with Pillow and pydicom, and what pydicom needs to unpack pixels.
pub fn python() -> Result<PathBuf> {
    const LIBRARIES: [&str; 7] = [
        "numpy==2.4.6",
        "pillow==13.0.0",
        "pydicom==3.0.2",
        "pyjpegls==1.5.1",
        "pylibjpeg==2.1.0",
        "pylibjpeg-libjpeg==2.5.0",
        "pylibjpeg-openjpeg==2.6.0",
    ];
    let shell = Shell::new()?;
    let place = folder().join("python");
    let python = place.join("bin/python");
    if !python.is_file() {
        println!("Python libraries: installing");
        cmd!(shell, "python3 -m venv {place}").run().context("Python 3 with venv is needed")?;
    }
    cmd!(shell, "{python} -m pip install --quiet {LIBRARIES...}").run()?;
    Ok(python)
}

/// The browser of the tests.
pub fn chromium() -> Result<PathBuf> {
    if let Some(browser) = chromium::find() {
        println!("Chromium: {}", browser.display());
        return Ok(browser);
    }
    println!("Chromium: installing");
    let shell = Shell::new()?;
    shell.set_var("DEBIAN_FRONTEND", "noninteractive");
    let root = cmd!(shell, "id -u").quiet().read().is_ok_and(|id| id == "0");
    let sudo: &[&str] = if root { &[] } else { &["sudo", "-n"] };
    let apt = |arguments: &[&str]| cmd!(shell, "env {sudo...} apt-get {arguments...}").run().is_ok();
    let installed =
        apt(&["update", "--quiet"]) && apt(&["install", "--yes", "--quiet", "--no-install-recommends", "chromium"]);
    match chromium::find() {
        Some(browser) if installed => Ok(browser),
        _ => bail!(
            "the browser tests need Chromium and it could not be installed. Install it, for example with\n  \
             sudo apt-get install chromium\nor name it: CHROMIUM=/path/to/chromium cargo xtask test"
        ),
    }
}

fn version_of(shell: &Shell, program: &str) -> Option<String> {
    let said = cmd!(shell, "{program} --version").quiet().ignore_stderr().read().ok()?;
    said.split_whitespace().nth(1).map(str::to_owned)
}
