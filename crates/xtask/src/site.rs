//! The static site: how it is built.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;
use xshell::{Shell, cmd};

use crate::folders::{root, target};
use crate::{seal, tools};

const TRIPLE: &str = "wasm32-unknown-unknown";

/// One of the site's programs.
#[derive(Clone, Copy)]
pub struct Program {
    /// Its files are called so.
    name: &'static str,
    /// The binary that cargo builds, and with which features.
    bin: &'static str,
    features: &'static str,
}

/// What every visit needs.
const FIRST: [Program; 2] = [
    Program { name: "page", bin: "page", features: "page" },
    Program { name: "engine", bin: "engine", features: "engine" },
];

/// The page of own films, and the worker that computes for it: fetched by those who open it.
const OWN_FILMS: [Program; 2] = [
    Program { name: "own_films", bin: "own_films", features: "own-films" },
    Program { name: "own_films_worker", bin: "own_films_worker", features: "own-films-worker" },
];

/// The networks run by burn: fetched only when somebody asks for a second engine, and the longest to build.
const REFERENCE: Program = Program { name: "engine_reference", bin: "engine", features: "reference" };

/// Builds the release site into `folder`.
pub fn build(folder: &Path) -> Result<()> {
    build_in(folder, &target(), &[&FIRST[..], &OWN_FILMS, &[REFERENCE]].concat())
}

/// The same without the second engine: enough to look at the page, in half of the time.
pub fn build_to_look_at(folder: &Path) -> Result<()> {
    build_in(folder, &target(), &[&FIRST[..], &OWN_FILMS].concat())
}

/// The whole site with its programs built in another folder than the usual one.
pub fn build_elsewhere(folder: &Path, target: &Path) -> Result<()> {
    build_in(folder, target, &[&FIRST[..], &OWN_FILMS, &[REFERENCE]].concat())
}

fn build_in(folder: &Path, target: &Path, programs: &[Program]) -> Result<()> {
    ensure!(
        root().join("weights/manifest.json").is_file(),
        "weights/manifest.json is missing: `cargo run -p train -- export` writes it"
    );
    card_belongs_to_weights()?;
    let staging = cleared(folder)?;
    let shell = tools::for_building()?;
    println!("site: building into {} (the first time takes some minutes)", folder.display());
    let started = Instant::now();
    shell.set_var("CARGO_TARGET_DIR", target);
    shell.set_var("CARGO_ENCODED_RUSTFLAGS", rustflags(target)?);
    // cargo has so far fetched only what `xtask` itself needs.
    cmd!(shell, "cargo fetch --locked").run()?;
    // One after the other: cargo writes all engines to one file.
    for program in programs {
        compile(&shell, &staging, target, *program)?;
    }
    copy(&root().join("public"), &staging)?;
    copy(&root().join("weights"), &staging.join("weights"))?;
    for page in seal::PAGES {
        std::fs::copy(root().join(page), staging.join(page)).with_context(|| format!("copying {page}"))?;
    }
    // For people and tests: no page asks for them.
    for file in ["weights/README.md", "weights/model_card.json"] {
        std::fs::remove_file(staging.join(file)).with_context(|| format!("removing {file} of the site"))?;
    }
    seal::run(&staging)?;
    documents(&staging)?;
    std::fs::remove_dir_all(folder).with_context(|| format!("removing the site in {}", folder.display()))?;
    std::fs::rename(&staging, folder).with_context(|| format!("moving the site to {}", folder.display()))?;
    println!("site: built in {} s", started.elapsed().as_secs());
    Ok(())
}

/// An empty folder beside that of the site: the site before stays until the new one is whole. Nothing but such a site is replaced.
fn cleared(folder: &Path) -> Result<PathBuf> {
    std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let is_empty = std::fs::read_dir(folder)?.next().is_none();
    let worker = std::fs::read_to_string(folder.join("sw.js")).unwrap_or_default();
    let is_site = worker.starts_with(seal::RELEASE) && !folder.join(".git").exists();
    ensure!(is_empty || is_site, "{} holds other files than a site: name an empty folder", folder.display());
    let staging = folder.with_extension("new");
    if staging.exists() {
        std::fs::remove_dir_all(&staging).with_context(|| format!("removing {}", staging.display()))?;
    }
    std::fs::create_dir_all(&staging).with_context(|| format!("making {}", staging.display()))?;
    Ok(staging)
}

/// Builds a program, and what binds it to a browser.
fn compile(shell: &Shell, folder: &Path, target: &Path, Program { name, bin, features }: Program) -> Result<()> {
    let features = ["--no-default-features", "--features", features];
    cmd!(shell, "cargo build --release --offline --locked --target {TRIPLE} --bin {bin} {features...}").run()?;
    // The names of functions and the list of tools are for debuggers: 1.0 kB of the page, compressed.
    Bindgen::new()
        .input_path(target.join(TRIPLE).join("release").join(bin).with_extension("wasm"))
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .out_name(name)
        .generate(folder)
        .with_context(|| format!("binding {name}"))
}

/// Copies a folder and all below it.
fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from).with_context(|| format!("reading {}", from.display()))? {
        let entry = entry?;
        let place = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &place)?;
        } else {
            std::fs::copy(entry.path(), &place).with_context(|| format!("copying {}", entry.path().display()))?;
        }
    }
    Ok(())
}

/// Adds licence, citation and hosting notes to the site, as plain text, which every server knows. They are fetched when
/// somebody follows a link, and not kept offline.
fn documents(folder: &Path) -> Result<()> {
    let read = |file: &str| std::fs::read_to_string(root().join(file)).with_context(|| format!("reading {file}"));
    let licence = format!(
        "OsteoLens may be used under the MIT licence or under the Apache licence 2.0, as you choose.\n\n{}\n\n{}\n\n{}",
        read("LICENSE-MIT")?,
        read("LICENSE-APACHE")?,
        read("weights/LICENSE-BSD")?
    );
    for (name, text) in
        [("LICENSE.txt", licence), ("CITATION.txt", read("CITATION.cff")?), ("HOSTING.txt", read("HOSTING.md")?)]
    {
        // A server that names no encoding leaves it to the byte-order mark.
        std::fs::write(folder.join(name), format!("\u{feff}{text}"))
            .with_context(|| format!("writing {name} into the site"))?;
    }
    Ok(())
}

/// The flags of `.cargo/config.toml`, and such as keep this machine's folders out of the programs: what is built
/// elsewhere is the same to the byte.
fn rustflags(target: &Path) -> Result<String> {
    let config = std::fs::read_to_string(root().join(".cargo/config.toml")).context("reading .cargo/config.toml")?;
    // A list of plain strings is the same in TOML and JSON.
    let list = config.lines().find_map(|line| line.strip_prefix("rustflags = "));
    let mut flags: Vec<String> = serde_json::from_str(list.context(".cargo/config.toml has no rustflags")?)?;
    let cargo = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo = cargo.or_else(|| Some(std::env::home_dir()?.join(".cargo"))).context("cargo's home is not known")?;
    // Paths in the repository are relative already: its folder needs no flag, and causes no rebuild.
    for (folder, name) in [(cargo, "/cargo"), (target.to_owned(), "/target")] {
        let folder = std::path::absolute(folder.canonicalize().unwrap_or(folder))?;
        flags.push(format!("--remap-path-prefix={}={name}", folder.display()));
    }
    Ok(flags.join("\u{1f}"))
}

/// The page shows the figures of its model card: they must be those of the weights beside it.
fn card_belongs_to_weights() -> Result<()> {
    let weights = root().join("weights");
    let card = std::fs::read(weights.join("model_card.json"))
        .context("weights/model_card.json is missing: `cargo run -p train -- evaluate` writes it")?;
    let card: serde_json::Value = serde_json::from_slice(&card).context("reading the model card")?;
    let named = card["weights"].as_array().context("the model card names no weights")?;
    ensure!(!named.is_empty(), "the model card names no weights");
    for named in named {
        let (id, sha256) = (named["model"].as_str().unwrap_or_default(), &named["sha256"]);
        let file = weights.join(format!("{id}.weights"));
        let bytes = std::fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
        let found = seal::hex(&Sha256::digest(&bytes));
        ensure!(
            sha256 == &found,
            "the model card was written for other weights than {}: run `cargo run -p train -- evaluate`",
            file.display()
        );
    }
    Ok(())
}
