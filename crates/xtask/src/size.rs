//! What a visitor downloads, and the most that it may be.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use flate2::Compression;
use flate2::write::GzEncoder;

/// File, what it is, most bytes, whether they are counted compressed as a server sends them.
const BUDGETS: [(&str, &str, usize, bool); 7] = [
    ("page_bg.wasm", "page", 300_000, true),
    ("engine_bg.wasm", "engine", 650_000, true),
    ("engine_reference_bg.wasm", "reference", 2_600_000, true),
    ("own_films_bg.wasm", "own films", 490_000, true),
    ("own_films_worker_bg.wasm", "its worker", 740_000, true),
    ("weights/custom-cnn.weights", "custom CNN", 250_000, false),
    ("weights/resnet18.weights", "ResNet18", 6_500_000, false),
];

/// Prints the sizes of a built site.
pub fn run(site: &Path) -> Result<()> {
    let mut over = Vec::new();
    for (file, name, budget, compressed) in BUDGETS {
        let bytes = fs::read(site.join(file)).with_context(|| format!("reading {file} of the site"))?;
        let size = if compressed { gzipped(&bytes)? } else { bytes.len() };
        let unit = if compressed { "bytes gz" } else { "bytes" };
        println!("{name:>12} {size:>10} {unit:<8} of {budget:>10}  ({file}, {} bytes plain)", bytes.len());
        if size > budget {
            over.push(name);
        }
    }
    ensure!(over.is_empty(), "over budget: {}", over.join(", "));
    Ok(())
}

fn gzipped(bytes: &[u8]) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}
