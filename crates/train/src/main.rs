//! Trains, evaluates and exports the networks of OsteoLens.

mod augment;
mod baselines;
mod calibrate;
mod dataset;
mod evaluate;
mod export;
mod fit;
mod folds;
mod metrics;
mod predictions;
mod prepare;
mod samples;
mod start;

use std::path::PathBuf;

use anyhow::Result;
use burn::tensor::Device;
use clap::{Parser, Subcommand, ValueEnum};

/// Trains, evaluates and exports the networks of OsteoLens.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Cut the knees out of a folder of films and write them with their table
    Prepare {
        /// Folder with films.csv, crops.csv and the pictures they name
        #[arg(long)]
        data: PathBuf,
        /// Where the knees go
        #[arg(long, default_value = "runs/prepared")]
        out: PathBuf,
    },
    /// Grouped 5-fold cross-validation, then one training on all groups
    Train {
        /// Which network
        #[arg(long)]
        model: ModelId,
        /// What `prepare` wrote
        #[arg(long, default_value = "runs/prepared")]
        prepared: PathBuf,
        /// ImageNet weights of ResNet18 to start from, safetensors with torchvision's names
        #[arg(long)]
        start: Option<PathBuf>,
        /// Where settings, predictions and weights go; a run that was cut off goes on from there
        #[arg(long, default_value = "runs")]
        out: PathBuf,
        /// Passes over the training knees
        #[arg(long)]
        epochs: Option<usize>,
        /// Seed of everything random
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// What computes
        #[arg(long, default_value = "flex")]
        backend: Backend,
    },
    /// Print and write every score from the saved out-of-fold predictions
    Evaluate {
        /// Folder with the predictions of each model
        #[arg(long, default_value = "crates/train/predictions")]
        predictions: PathBuf,
        /// Where the scores go
        #[arg(long, default_value = "crates/train/predictions/scores.json")]
        out: PathBuf,
    },
    /// Write f16 weights and the manifest
    Export {
        /// What `train` wrote
        #[arg(long, default_value = "runs")]
        runs: PathBuf,
        /// Folder with the predictions that the scores come from
        #[arg(long, default_value = "crates/train/predictions")]
        predictions: PathBuf,
        /// Where the weights go
        #[arg(long, default_value = "weights")]
        out: PathBuf,
    },
    /// Make the page's sample pictures: averages of many knees
    Samples {
        /// What `prepare` wrote
        #[arg(long, default_value = "runs/prepared")]
        prepared: PathBuf,
        /// Weights that say how an average looks
        #[arg(long, default_value = "weights")]
        weights: PathBuf,
        /// Where the pictures go
        #[arg(long, default_value = "public/samples")]
        out: PathBuf,
    },
}

/// The networks by the name under which the page knows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ModelId {
    CustomCnn,
    #[value(name = "resnet18")]
    ResNet18,
}

impl ModelId {
    const ALL: [Self; 2] = [Self::CustomCnn, Self::ResNet18];

    fn id(self) -> &'static str {
        match self {
            Self::CustomCnn => "custom-cnn",
            Self::ResNet18 => "resnet18",
        }
    }
}

/// What computes. Only the CPU is compiled in by default.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Backend {
    Flex,
    #[cfg(feature = "cuda")]
    Cuda,
    #[cfg(feature = "wgpu")]
    Wgpu,
    #[cfg(feature = "tch")]
    Tch,
}

impl Backend {
    fn device(self) -> Device {
        match self {
            Self::Flex => Device::flex(),
            #[cfg(feature = "cuda")]
            Self::Cuda => Device::cuda(0),
            #[cfg(feature = "wgpu")]
            Self::Wgpu => Device::wgpu(burn::tensor::DeviceKind::DefaultDevice),
            #[cfg(feature = "tch")]
            Self::Tch => Device::libtorch(),
        }
    }
}

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Prepare { data, out } => prepare::run(&data, &out),
        Command::Train { model, prepared, start, out, epochs, seed, backend } => {
            let settings = fit::Settings::of(model, epochs, seed);
            fit::run(model, &settings, &prepared, start.as_deref(), &out, &backend.device())
        }
        Command::Evaluate { predictions, out } => evaluate::run(&predictions, &out),
        Command::Samples { prepared, weights, out } => samples::run(&prepared, &weights, &out),
        Command::Export { runs, predictions, out } => export::run(&runs, &predictions, &out),
    }
}
