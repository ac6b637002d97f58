//! `osteolens adopt`: a head → the manifest of a site's weights.

use std::fs;
use std::path::PathBuf;

use analysis::manifest::Manifest;
use anyhow::{Context, Result};
use clap::Args;
use validation::head_file::HeadFile;

/// Which head, and where.
#[derive(Args)]
pub struct Options {
    /// A file that `refit`, or the page, has written
    head: PathBuf,
    /// The folder with the site's weights and their `manifest.json`, which is rewritten
    #[arg(long)]
    weights: PathBuf,
}

/// Puts the head in place of that of the networks in the folder; these stay as they are.
///
/// # Errors
/// When the head is none, is of other networks, or the manifest cannot be read or written.
pub fn run(options: &Options) -> Result<()> {
    let read = |path: &PathBuf| fs::read(path).with_context(|| format!("reading {}", path.display()));
    let path = options.weights.join("manifest.json");
    let manifest = Manifest::parse(&read(&path)?)?;
    let file = HeadFile::parse(&read(&options.head)?)?;
    let adopted = file.head.on(&manifest)?;
    let json = serde_json::to_string_pretty(&adopted).context("writing the manifest as JSON")?;
    fs::write(&path, json + "\n").with_context(|| format!("writing {}", path.display()))?;
    println!(
        "{} now uses the head «{}». The model card still tells of the shipped one.",
        path.display(),
        file.head.name
    );
    Ok(())
}
