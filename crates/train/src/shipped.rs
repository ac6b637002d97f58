//! The models that are shipped, as the page reads them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use analysis::Processor;
use analysis::analyzer::Analyzer;
use analysis::manifest::Manifest;
use anyhow::{Context, Result};

/// The manifest in a folder.
pub fn manifest(weights: &Path) -> Result<Manifest> {
    Ok(Manifest::parse(&fs::read(weights.join("manifest.json")).context("reading the manifest")?)?)
}

/// Writes the manifest of a folder.
pub fn write_manifest(manifest: &Manifest, weights: &Path) -> Result<()> {
    fs::write(weights.join("manifest.json"), serde_json::to_string_pretty(manifest)? + "\n")?;
    Ok(())
}

/// The hash of each weight file that the manifest in `folder` names.
pub fn hashes(folder: &Path) -> Result<BTreeMap<String, String>> {
    Ok(manifest(folder)?.models.into_iter().map(|entry| (entry.id, entry.sha256)).collect())
}

/// All models of a manifest, as the page runs them.
pub fn analyzer(manifest: &Manifest, weights: &Path) -> Result<Analyzer> {
    let mut analyzer = Analyzer::new(manifest.clone(), manifest.models.len(), Processor::Cpu, || 0.0);
    for entry in &manifest.models {
        let parameters = entry.verified(&fs::read(weights.join(&entry.file))?)?;
        pollster::block_on(analyzer.load(entry, &parameters))?;
    }
    Ok(analyzer)
}
