//! What a network is before it learns.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use burn::tensor::Device;
use networks::{Array, Arrays, BurnNetwork, HeadLayer, Parameter, Parameters, Plan};

use crate::model_id::{ModelId, TrainingSettings};

/// A network's start weights, and how much of it keeps them.
pub struct Start {
    plan: Plan,
    /// The stage up to which it stays as it is.
    pub frozen: Option<&'static str>,
    /// What is not among them is random.
    arrays: Arrays,
}

impl Start {
    /// The start of a network: random where all of it learns, else the weights of `file` (safetensors with torchvision's
    /// names) in every layer but those of the head.
    pub fn of(model: ModelId, settings: &TrainingSettings, file: Option<&Path>) -> Result<Self> {
        let (plan, frozen) = (model.plan(&settings.input)?, model.frozen_stage());
        let arrays = if frozen.is_some() {
            let hint =
                || format!("{} starts from ImageNet weights: name them with --start FILE.safetensors", model.id());
            before_the_head(&plan, file.with_context(hint)?)?
        } else {
            Arrays::new()
        };
        Ok(Self { plan, frozen, arrays })
    }

    /// The network on a device. The stages that learn after a frozen one do so with fixed batch norms.
    pub fn network(&self, device: &Device) -> Result<BurnNetwork> {
        let network = BurnNetwork::new(&self.plan, device).with_arrays(&self.arrays, device)?;
        let learning = self.plan.stages.iter().skip_while(|stage| Some(stage.name.as_str()) != self.frozen).skip(1);
        Ok(learning.fold(network, |network, stage| network.with_fixed_batch_norms(&stage.name)))
    }
}

/// The parameters of a plan, but for its head's, from a file.
fn before_the_head(plan: &Plan, path: &Path) -> Result<Arrays> {
    ensure!(path.is_file(), "{} is missing", path.display());
    let file = Parameters::read(fs::read(path)?).with_context(|| format!("reading {}", path.display()))?;
    let is_head = |parameter: &Parameter| {
        let layer = parameter.name.rsplit_once('.').map(|(layer, _)| layer);
        plan.head.iter().any(|of| matches!(of, HeadLayer::Linear { name, .. } if Some(name.as_str()) == layer))
    };
    let read = |Parameter { name, shape }: Parameter| {
        let values = file.values(&name, &shape).with_context(|| format!("loading {}", path.display()))?;
        Ok((name, Array { shape, values }))
    };
    plan.parameters().into_iter().filter(|parameter| !is_head(parameter)).map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use networks::safetensors;

    #[test]
    fn start_weights_are_taken_in_all_layers_but_the_last() {
        let settings = ModelId::ResNet18.settings(1, 1);
        let plan = ModelId::ResNet18.plan(&settings.input).expect("known");
        let of = |Parameter { name, shape }: Parameter| {
            // The last layer of ImageNet tells a thousand classes apart.
            let shape = if name.starts_with("fc.") { vec![1000] } else { shape };
            let values = vec![0.25; shape.iter().product()];
            (name, Array { shape, values })
        };
        let mut arrays: Arrays = plan.parameters().into_iter().map(of).collect();
        let path = std::env::temp_dir().join(format!("osteolens-start-{}.safetensors", std::process::id()));
        let started = |arrays: &Arrays| {
            fs::write(&path, safetensors(arrays, |_| true).expect("sound")).expect("a temporary file can be written");
            Start::of(ModelId::ResNet18, &settings, Some(&path))
        };
        let start = started(&arrays).expect("the file is whole");
        assert_eq!(start.arrays.len(), plan.parameters().len() - 2);
        assert!(!start.arrays.contains_key("fc.weight"));
        arrays.remove("layer4.1.bn2.bias");
        let error = started(&arrays).err().map(|error| format!("{error:#}"));
        assert!(error.is_some_and(|error| error.contains("layer4.1.bn2.bias is missing")));
        assert!(
            Start::of(ModelId::ResNet18, &settings, None).is_err_and(|error| error.to_string().contains("--start"))
        );
        fs::remove_file(&path).expect("the file was written above");
    }
}
