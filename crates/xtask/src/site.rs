//! The static site: how it is built.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};
use xshell::{Shell, cmd};

use crate::folders::{root, target};
use crate::{seal, strip, tools};

/// The engine's other programs and their features: trunk builds one.
const ENGINES: [(&str, &str); 2] = [
    // For browsers with relaxed SIMD.
    ("engine_relaxed", "engine,relaxed-simd"),
    // The networks run by burn.
    ("engine_reference", "reference"),
];

/// Builds the release site into `folder`.
pub fn build(folder: &Path) -> Result<()> {
    build_in(folder, &target())
}

/// The same with the programs built in another folder than the usual one.
pub fn build_in(folder: &Path, target: &Path) -> Result<()> {
    ensure!(
        root().join("weights/manifest.json").is_file(),
        "weights/manifest.json is missing: `cargo run -p train -- export` writes it"
    );
    card_belongs_to_weights()?;
    let shell = tools::for_building()?;
    println!("site: building into {} (the first time takes some minutes)", folder.display());
    let started = Instant::now();
    // trunk reads NO_COLOR as a bool of its own and stops at the customary "1".
    shell.set_var("NO_COLOR", "true");
    shell.set_var("CARGO_TARGET_DIR", target);
    shell.set_var("CARGO_ENCODED_RUSTFLAGS", rustflags(target)?);
    // trunk builds offline, and cargo has so far fetched only what `xtask` itself needs.
    cmd!(shell, "cargo fetch --locked").run()?;
    cmd!(shell, "trunk build --release --offline --locked --dist {folder}").run()?;
    // One after the other: cargo gives all of them the same file.
    for (name, features) in ENGINES {
        engine(&shell, folder, target, name, features)?;
    }
    // For people and tests: no page asks for them.
    for file in ["weights/README.md", "weights/model_card.json"] {
        std::fs::remove_file(folder.join(file)).with_context(|| format!("removing {file} of the site"))?;
    }
    strip::run(folder)?;
    seal::run(folder)?;
    documents(folder)?;
    println!("site: built in {} s", started.elapsed().as_secs());
    Ok(())
}

/// Lays what stands about the page beside it, as plain text, which every server knows. It is fetched when somebody follows a
/// link, and not kept offline.
fn documents(folder: &Path) -> Result<()> {
    let read = |file: &str| std::fs::read_to_string(root().join(file)).with_context(|| format!("reading {file}"));
    let licence = format!(
        "OsteoLens may be used under the MIT licence or under the Apache licence 2.0, as you choose.\n\n{}\n\n{}",
        read("LICENSE-MIT")?,
        read("LICENSE-APACHE")?
    );
    for (name, text) in
        [("LICENSE.txt", licence), ("CITATION.txt", read("CITATION.cff")?), ("HOSTING.txt", read("HOSTING.md")?)]
    {
        std::fs::write(folder.join(name), text).with_context(|| format!("writing {name} into the site"))?;
    }
    Ok(())
}

/// Builds the engine with other features than trunk does, into files of that name.
fn engine(shell: &Shell, folder: &Path, target: &Path, name: &str, features: &str) -> Result<()> {
    const TRIPLE: &str = "wasm32-unknown-unknown";
    let features = ["--no-default-features", "--features", features];
    cmd!(shell, "cargo build --release --offline --locked --target {TRIPLE} --bin engine {features...}").run()?;
    let program = target.join(TRIPLE).join("release/engine.wasm");
    cmd!(shell, "wasm-bindgen --target web --no-typescript --out-name {name} --out-dir {folder} {program}").run()?;
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
    // Of the repository itself cargo names relative paths: its folder is no flag, and no reason to build anew.
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
