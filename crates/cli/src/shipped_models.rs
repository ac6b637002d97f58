//! The models that come with the program, or those of a folder.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Instant;

use analysis::analyzer::Analyzer;
use analysis::manifest::Manifest;
use analysis::{Parameters, Processor};
use anyhow::{Context, Result};
use validation::head_file::HeadFile;

/// What the page fetches, within the program: it needs no file beside it.
const SHIPPED: [(&str, &[u8]); 3] = [
    ("manifest.json", include_bytes!("../../../weights/manifest.json")),
    ("custom-cnn.weights", include_bytes!("../../../weights/custom-cnn.weights")),
    ("resnet18.weights", include_bytes!("../../../weights/resnet18.weights")),
];

/// The manifest and the weights that it names, unpacked once for all threads.
pub struct Models {
    /// Rules, promises, what age says.
    pub manifest: Manifest,
    parameters: Vec<Parameters>,
}

impl Models {
    /// Those of a folder with a `manifest.json`, or those of the program; with the head of a file in place of theirs.
    ///
    /// # Errors
    /// When a file is missing or damaged, or the head is of other networks.
    pub fn read(folder: Option<&Path>, head: Option<&Path>) -> Result<Self> {
        let file = |name: &str| -> Result<Vec<u8>> {
            if let Some(folder) = folder {
                let path = folder.join(name);
                return fs::read(&path).with_context(|| format!("reading {}", path.display()));
            }
            let shipped = SHIPPED.iter().find(|(shipped, _)| *shipped == name);
            Ok(shipped.with_context(|| format!("{name} is not part of this program"))?.1.to_vec())
        };
        let mut manifest = Manifest::parse(&file("manifest.json")?)?;
        if let Some(path) = head {
            let json = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
            manifest = HeadFile::parse(&json)?.head.on(&manifest)?;
        }
        let parameters = manifest.models.iter().map(|entry| Ok(entry.verified(&file(&entry.file)?)?));
        Ok(Self { parameters: parameters.collect::<Result<_>>()?, manifest })
    }

    /// Loaded and tested, for one thread.
    ///
    /// # Errors
    /// When the self-test of a model fails on this machine.
    pub fn analyzer(&self) -> Result<Analyzer> {
        let members = self.manifest.models.len();
        let mut analyzer = Analyzer::new(self.manifest.clone(), members, Processor::Cpu, now_ms);
        for (entry, parameters) in self.manifest.models.iter().zip(&self.parameters) {
            pollster::block_on(analyzer.load(entry, parameters))?;
        }
        Ok(analyzer)
    }
}

/// Milliseconds since it was first asked.
pub fn now_ms() -> f64 {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_holds_every_file_that_its_manifest_names() {
        let models = Models::read(None, None).expect("whole");
        assert_eq!(models.parameters.len(), models.manifest.models.len());
    }

    #[test]
    fn a_folder_without_a_manifest_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let error = Models::read(Some(folder.path()), None).err().expect("nothing is there");
        assert!(format!("{error:#}").contains("manifest.json"));
    }
}
