//! What the release is made of: licences, sources and advisories of every crate, and the SBOM.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use xshell::cmd;

use crate::{folders, seal, site, tools};

/// The list of parts, beside the site's other files (`CycloneDX`).
const PARTS: &str = "sbom.cdx.json";

/// Checks every crate against `deny.toml` and writes the list of those in page and engines into `folder`.
///
/// # Errors
/// When a crate has a licence, a source or a known fault that `deny.toml` does not allow.
pub fn run(folder: &Path) -> Result<()> {
    let shell = tools::for_supply()?;
    cmd!(shell, "cargo deny --locked check licenses bans sources").run()?;
    // The list of known faults is a repository of its own, which cannot be had everywhere.
    if cmd!(shell, "cargo deny --locked fetch db").quiet().ignore_stderr().run().is_ok() {
        cmd!(shell, "cargo deny --locked check --disable-fetch advisories").run()?;
    } else {
        println!("advisories: NOT CHECKED, their database cannot be fetched here");
    }
    parts(&shell, folder)
}

fn parts(shell: &xshell::Shell, folder: &Path) -> Result<()> {
    // It writes beside the manifest.
    let written = folders::root().join("sbom.json");
    cmd!(
        shell,
        "cargo cyclonedx --format json --spec-version 1.5 --override-filename sbom --target wasm32-unknown-unknown
         --manifest-path Cargo.toml --no-default-features --features page,engine,reference"
    )
    .run()?;
    let list = fs::read_to_string(&written).context("reading the list of parts")?;
    let crates = fs::read_dir(folders::root().join("crates"))?.map(|one| Ok(one?.path()));
    for folder in crates.chain([Ok(folders::root())]).collect::<Result<Vec<_>>>()? {
        // Those of the other programs of the workspace are not part of the site.
        let _ = fs::remove_file(folder.join("sbom.json"));
    }
    // Where this checkout lies is nobody's business.
    let list = list.replace(&*folders::root().canonicalize()?.to_string_lossy(), "/osteolens");
    let list: serde_json::Value = serde_json::from_str(&list)?;
    let count = list["components"].as_array().map_or(0, Vec::len);
    ensure!(count > 50, "the list of parts names {count} crates");
    fs::create_dir_all(folder)?;
    let file = folder.join(PARTS);
    fs::write(&file, serde_json::to_string_pretty(&list)?)?;
    println!("parts: {count} crates in {}", file.display());
    Ok(())
}

/// Builds the site twice from nothing, in folders of their own, and compares every file.
///
/// # Errors
/// When a file of the two builds differs.
pub fn reproducible() -> Result<()> {
    let target = folders::target();
    let mut sites = Vec::new();
    for name in ["first", "second"] {
        let place = target.join("reproducible").join(name);
        if place.exists() {
            fs::remove_dir_all(&place)?;
        }
        let folder = place.join("site");
        site::build_elsewhere(&folder, &place.join("target"))?;
        sites.push(seal::hashes(&folder)?);
    }
    for (name, sha256) in &sites[0] {
        println!("{sha256}  {name}");
        ensure!(sites[1].get(name) == Some(sha256), "{name} differs between the two builds");
    }
    ensure!(sites[0].len() == sites[1].len(), "one build has more files than the other");
    println!("reproducible: {} files are the same in two builds from nothing", sites[0].len());
    Ok(())
}
