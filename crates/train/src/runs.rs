//! What one command leaves for the next: the numbers of a network below `runs/MODEL`, as safetensors that round nothing.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use networks::{Arrays, Parameters, safetensors};

use crate::model_id::ModelId;

/// A file of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All layers, before the last one was fitted to the films.
    Pretrained,
    /// What the network knows of knees.
    Gate,
    /// All layers.
    Trained,
}

impl Part {
    fn file(self) -> &'static str {
        match self {
            Self::Pretrained => "pretrained.safetensors",
            Self::Gate => "gate.safetensors",
            Self::Trained => "weights.safetensors",
        }
    }

    /// The command that writes it.
    fn command(self) -> &'static str {
        match self {
            Self::Pretrained => "pretrain",
            Self::Gate => "gate",
            Self::Trained => "train",
        }
    }
}

/// Reads what another command has written.
pub fn read(runs: &Path, model: ModelId, part: Part) -> Result<Parameters> {
    let path = runs.join(model.id()).join(part.file());
    ensure!(path.is_file(), "{} is missing: `cargo run -p train -- {}` writes it", path.display(), part.command());
    Parameters::read(fs::read(&path)?).with_context(|| format!("reading {}", path.display()))
}

/// Writes it for another command.
pub fn write(runs: &Path, model: ModelId, part: Part, arrays: &Arrays) -> Result<()> {
    let folder = runs.join(model.id());
    fs::create_dir_all(&folder)?;
    let path = folder.join(part.file());
    fs::write(&path, safetensors(arrays, |_| true)?).with_context(|| format!("writing {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use networks::Array;

    #[test]
    fn what_a_command_writes_the_next_one_reads_unrounded() {
        let runs = std::env::temp_dir().join(format!("osteolens-runs-{}", std::process::id()));
        let array = Array { shape: vec![1, 1, 1, 2], values: vec![0.1, 1e-9] };
        write(&runs, ModelId::CustomCnn, Part::Trained, &[("conv1.weight".to_owned(), array.clone())].into())
            .expect("the folder of temporary files can be written");
        let read_again =
            read(&runs, ModelId::CustomCnn, Part::Trained).and_then(|file| Ok(file.array("conv1.weight")?));
        assert_eq!(read_again.expect("written"), array);
        let missing = read(&runs, ModelId::CustomCnn, Part::Gate).err().map(|error| error.to_string());
        assert!(missing.is_some_and(|error| error.contains("train -- gate")));
        fs::remove_dir_all(&runs).expect("the folder was made above");
    }
}
