//! The weights that training starts from.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use burn::store::{ModuleSnapshot, PyTorchToBurnAdapter, SafetensorsStore};
use burn::tensor::Device;
use osteolens::network::ResNet18;

/// ResNet18 with ImageNet weights in every layer but `fc`, which is new.
pub fn resnet18(path: Option<&Path>, device: &Device) -> Result<ResNet18> {
    let Some(path) = path else {
        bail!("ResNet18 starts from ImageNet weights: name them with --start FILE.safetensors");
    };
    ensure!(path.is_file(), "{} is missing", path.display());
    let mut network = ResNet18::new(device);
    let mut store = SafetensorsStore::from_file(path)
        .with_from_adapter(PyTorchToBurnAdapter)
        .with_key_remapping(r"downsample\.0\.", "downsample.conv.")
        .with_key_remapping(r"downsample\.1\.", "downsample.bn.")
        .with_predicate(|name, _| !name.starts_with("fc."))
        .allow_partial(true);
    let applied = network.load_from(&mut store).with_context(|| format!("loading {}", path.display()))?;
    let missing: Vec<&str> =
        applied.missing.iter().map(|(name, _)| name.as_str()).filter(|name| !name.starts_with("fc.")).collect();
    ensure!(
        missing.is_empty() && applied.errors.is_empty(),
        "{} lacks {missing:?}; {:?}",
        path.display(),
        applied.errors
    );
    Ok(network)
}
