//! The models that are shipped, as the page reads them.

use std::fs;
use std::path::Path;

use analysis::Processor;
use analysis::analyzer::Analyzer;
use analysis::manifest::{Manifest, ModelEntry};
use anyhow::{Context, Result};
use statistics::record::WeightFile;

/// The manifest in a folder.
pub fn manifest(weights: &Path) -> Result<Manifest> {
    Ok(Manifest::parse(&fs::read(weights.join("manifest.json")).context("reading the manifest")?)?)
}

/// Writes the manifest of a folder.
pub fn write_manifest(manifest: &Manifest, weights: &Path) -> Result<()> {
    fs::write(weights.join("manifest.json"), numbers_in_line(&serde_json::to_string_pretty(manifest)?) + "\n")?;
    Ok(())
}

/// JSON as it is written over many lines, with each list of numbers on one.
fn numbers_in_line(json: &str) -> String {
    let mut written = String::with_capacity(json.len());
    let (mut rest, is_number) =
        (json, |letter: char| letter.is_ascii_digit() || letter.is_whitespace() || "+-.,e".contains(letter));
    // Within a text a line's end is written as two letters, so that this is never amid one.
    while let Some(place) = rest.find("[\n") {
        let (before, list) = rest.split_at(place);
        written += before;
        let end = list.find(']').map_or(list.len(), |end| end + 1);
        let (list, after) = list.split_at(end);
        if list.trim_matches(['[', ']']).chars().all(is_number) {
            let numbers: Vec<&str> = list.trim_matches(['[', ']']).split(',').map(str::trim).collect();
            written.extend(["[", &numbers.join(", "), "]"]);
            rest = after;
        } else {
            written.push('[');
            rest = &rest[place + 1..];
        }
    }
    written + rest
}

/// The hash of each weight file that the manifest in `folder` names.
pub fn hashes(folder: &Path) -> Result<Vec<WeightFile>> {
    let file = |entry: ModelEntry| WeightFile { model: entry.id, sha256: entry.sha256 };
    Ok(manifest(folder)?.models.into_iter().map(file).collect())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_numbers_stand_on_one_line_and_say_the_same() {
        let value = serde_json::json!({ "a": [0.5, -1e-7, 3], "b": ["x", 1], "c": [[1, 2], []], "d": "[1,2]" });
        let written = numbers_in_line(&serde_json::to_string_pretty(&value).expect("plain"));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&written).expect("sound"), value);
        assert!(written.contains("[0.5, -1e-7, 3]"), "{written}");
    }
}
