//! The networks that are trained, and how.

use analysis::input::InputSpec;
use analysis::prediction::CLASSES;
use anyhow::{Context, Result};
use clap::ValueEnum;
use networks::{Architecture, Plan};
use serde::{Deserialize, Serialize};

/// The networks by the name under which the page knows them, which is that of their architecture too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ModelId {
    /// Learns in all its layers.
    CustomCnn,
    /// Keeps what `ImageNet` taught its earlier layers.
    #[value(name = "resnet18")]
    ResNet18,
}

/// Everything that decides what a training gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingSettings {
    /// Passes over the training pictures.
    pub epochs: usize,
    /// Pictures per step.
    pub batch: usize,
    /// Highest learning rate; it falls along half a cosine.
    pub learning_rate: f64,
    /// Of AdamW.
    pub weight_decay: f32,
    /// Share of the truth given to all classes alike.
    pub label_smoothing: f32,
    /// Seed of order, augmentation and initial weights.
    pub seed: u64,
    /// How a picture becomes an input.
    pub input: InputSpec,
}

impl ModelId {
    /// Every network, the quickest to load first.
    pub const ALL: [Self; 2] = [Self::CustomCnn, Self::ResNet18];

    /// As in `--model`, in names of files and in the manifest.
    pub fn id(self) -> &'static str {
        match self {
            Self::CustomCnn => "custom-cnn",
            Self::ResNet18 => "resnet18",
        }
    }

    /// The stage up to which training leaves a network as its start weights made it; none where all of it learns.
    pub fn frozen_stage(self) -> Option<&'static str> {
        match self {
            Self::CustomCnn => None,
            Self::ResNet18 => Some("layer3"),
        }
    }

    /// The settings of each network, chosen by whether the training loss falls.
    pub fn settings(self, epochs: usize, seed: u64) -> TrainingSettings {
        let contrast_percentiles = [1.0, 99.5];
        match self {
            Self::CustomCnn => TrainingSettings {
                epochs,
                batch: 32,
                learning_rate: 2e-3,
                weight_decay: 1e-2,
                label_smoothing: 0.05,
                seed,
                input: InputSpec { side_px: 224, contrast_percentiles, mean: vec![0.45], std: vec![0.25] },
            },
            Self::ResNet18 => TrainingSettings {
                epochs,
                batch: 32,
                learning_rate: 3e-4,
                weight_decay: 5e-2,
                label_smoothing: 0.1,
                seed,
                input: InputSpec {
                    side_px: 224,
                    contrast_percentiles,
                    mean: vec![0.485, 0.456, 0.406],
                    std: vec![0.229, 0.224, 0.225],
                },
            },
        }
    }

    /// Enough for the training loss to level off: every picture is known by then.
    pub fn file_level_epochs(self) -> usize {
        match self {
            Self::CustomCnn => 60,
            Self::ResNet18 => 15,
        }
    }

    /// Enough for the loss on graded knees to level off.
    pub fn pretraining_epochs(self) -> usize {
        match self {
            Self::CustomCnn => 30,
            Self::ResNet18 => 8,
        }
    }

    /// What kind of network it is.
    pub fn architecture(self) -> Result<Architecture> {
        Architecture::named(self.id()).with_context(|| format!("there is no architecture {}", self.id()))
    }

    /// The network for inputs of this kind.
    pub fn plan(self, input: &InputSpec) -> Result<Plan> {
        Ok(self.architecture()?.plan(input.side_px as usize, CLASSES)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_network_has_a_plan_for_its_input_and_the_stage_that_is_frozen() {
        for model in ModelId::ALL {
            let TrainingSettings { input, .. } = model.settings(1, 1);
            let plan = model.plan(&input).expect("its architecture is known");
            assert_eq!(plan.channels(), input.mean.len(), "{model:?}");
            if let Some(stage) = model.frozen_stage() {
                let found = plan.stage(stage).unwrap_or_else(|| panic!("{model:?} has no stage {stage}"));
                assert!(found.nodes.end <= plan.maps, "{model:?} has nothing to learn");
                assert!(plan.gate < found.nodes.end, "the gate of {model:?} would look at what is learned");
            }
        }
    }
}
