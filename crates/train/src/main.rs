//! Trains, evaluates and exports the networks of OsteoLens.

mod answers;
mod augment;
mod baselines;
mod batches;
mod calibration_pictures;
mod card;
mod cell;
mod dataset;
mod evaluate;
mod file_level;
mod fixtures;
mod gate_fit;
mod gptq;
mod grouped;
mod hessians;
mod learn;
mod model_id;
mod page_card;
mod predictions;
mod prepare;
mod pretrain;
mod progress;
mod promised;
mod questionnaire;
mod recognition;
mod ridge;
mod round;
mod rounding;
mod runs;
mod saliency;
mod samples;
mod shipped;
mod shipping;
mod start;
mod tables;
mod treated;

use std::path::{Path, PathBuf};

use anyhow::Result;
use burn::tensor::Device;
use clap::{Args, Parser, Subcommand, ValueEnum};
use model_id::ModelId;

/// Trains, evaluates and exports the networks of OsteoLens.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// What a command needs that learns from what the shipped networks make of pictures.
#[derive(Args)]
struct OfShipped {
    /// Folder with the tables of knees and of other films, and the pictures they name
    #[arg(long)]
    data: PathBuf,
    /// Where the networks are, as they are shipped
    #[arg(long, default_value = "weights")]
    weights: PathBuf,
    /// Where the record goes
    #[arg(long, default_value = "crates/train/predictions")]
    out: PathBuf,
    /// Seed of the folds
    #[arg(long, default_value_t = 1)]
    seed: u64,
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
    /// Teach a network to grade knees for osteoarthritis, before it learns from the labelled films
    Pretrain {
        /// Which network
        #[arg(long)]
        model: ModelId,
        /// What `prepare` wrote
        #[arg(long, default_value = "runs/prepared")]
        prepared: PathBuf,
        /// ImageNet weights of ResNet18 to start from, safetensors with torchvision's names
        #[arg(long)]
        start: Option<PathBuf>,
        /// Where settings and weights go
        #[arg(long, default_value = "runs")]
        out: PathBuf,
        /// Passes over the graded knees
        #[arg(long)]
        epochs: Option<usize>,
        /// Seed of everything random
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// What computes
        #[arg(long, default_value = "flex")]
        backend: TrainingBackend,
    },
    /// Train on the labelled films and write predictions on those a model has not seen
    Train {
        /// Which network
        #[arg(long)]
        model: ModelId,
        /// How the data are split
        #[arg(long)]
        protocol: Protocol,
        /// What `prepare` wrote
        #[arg(long, default_value = "runs/prepared")]
        prepared: PathBuf,
        /// As for `pretrain`; only for ResNet18 by file
        #[arg(long)]
        start: Option<PathBuf>,
        /// Where predictions and weights go
        #[arg(long, default_value = "runs")]
        out: PathBuf,
        /// Repeats of the grouped cross-validation, each with other folds
        #[arg(long, default_value_t = 5)]
        repeats: u64,
        /// Seed of everything random
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// What computes
        #[arg(long, default_value = "flex")]
        backend: TrainingBackend,
    },
    /// Learn how far knees lie from each other in each network's earlier layers
    Gate {
        /// What `prepare` wrote
        #[arg(long, default_value = "runs/prepared")]
        prepared: PathBuf,
        /// What `pretrain` wrote, and where the gate goes
        #[arg(long, default_value = "runs")]
        out: PathBuf,
        /// Seed of the folds
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// What computes
        #[arg(long, default_value = "flex")]
        backend: TrainingBackend,
    },
    /// Learn to tell knees from other films, and try which pictures are refused
    Recognition(OfShipped),
    /// Fit the questionnaire's models in the folds of the pictures
    Clinical {
        /// Folder with films.csv
        #[arg(long)]
        data: PathBuf,
        /// Where the grouped predictions are and the clinical ones go
        #[arg(long, default_value = "runs")]
        out: PathBuf,
        /// Seed of everything random
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Learn from people treated for osteoporosis, and try what was learned on the films
    Treated(OfShipped),
    /// Check that the heat maps depend on what was learned and point at what is used
    Saliency {
        /// What `prepare` wrote
        #[arg(long, default_value = "runs/prepared")]
        prepared: PathBuf,
        /// Where the trained weights are and the record goes
        #[arg(long, default_value = "runs")]
        out: PathBuf,
        /// Seed of everything random
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// What computes
        #[arg(long, default_value = "flex")]
        backend: TrainingBackend,
    },
    /// Write the weights and the manifest
    Export {
        /// Where the trained weights are
        #[arg(long, default_value = "runs")]
        runs: PathBuf,
        /// Folder with the saved predictions
        #[arg(long, default_value = "crates/train/predictions")]
        predictions: PathBuf,
        /// Where the weights go
        #[arg(long, default_value = "weights")]
        out: PathBuf,
    },
    /// Round ResNet18's exported weights, if every picture gets the same answer
    Round {
        /// Folder with the pictures
        #[arg(long)]
        data: PathBuf,
        /// Where the weights are
        #[arg(long, default_value = "weights")]
        weights: PathBuf,
        /// Where the record goes
        #[arg(long, default_value = "crates/train/predictions")]
        out: PathBuf,
    },
    /// What the shipped models say of every film, crop and picture of no knee
    Answers {
        /// Folder with the pictures
        #[arg(long)]
        data: PathBuf,
        /// Where the weights are
        #[arg(long, default_value = "weights")]
        weights: PathBuf,
        /// Where the answers go, as JSON
        #[arg(long)]
        out: Option<PathBuf>,
        /// Answers of another time: the command fails where they are others
        #[arg(long)]
        against: Option<PathBuf>,
    },
    /// Every score from the saved predictions: model card, its JSON, the README's part
    Evaluate {
        /// Print one protocol's scores as JSON instead, and write them beside the predictions
        #[arg(long)]
        protocol: Option<Protocol>,
        /// Folder with the saved predictions
        #[arg(long, default_value = "crates/train/predictions")]
        predictions: PathBuf,
        /// The repository, whose weights are described and whose README is written
        #[arg(long, default_value = ".")]
        root: PathBuf,
    },
    /// Make pictures for the browser tests: the samples photographed, askew, with metal, and drawings
    Fixtures {
        /// What `samples` wrote
        #[arg(long, default_value = "public/samples")]
        samples: PathBuf,
        /// Where the pictures go
        #[arg(long, default_value = "tests/films")]
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

/// How the data are split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Protocol {
    /// A film and every picture cut from it on one side: the numbers to believe
    Grouped,
    /// Files at random, copies and all: only to reproduce the numbers of others
    FileLevel,
}

/// What computes. Only the CPU is compiled in by default.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum TrainingBackend {
    Flex,
    #[cfg(feature = "cuda")]
    Cuda,
    #[cfg(feature = "wgpu")]
    Wgpu,
    #[cfg(feature = "tch")]
    Tch,
}

impl TrainingBackend {
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
        Command::Pretrain { model, prepared, start, out, epochs, seed, backend } => {
            let settings = model.settings(epochs.unwrap_or(model.pretraining_epochs()), seed);
            pretrain::run(model, &settings, &prepared, start.as_deref(), &out, &backend.device())
        }
        Command::Train { model, protocol, prepared, start, out, repeats, seed, backend } => match protocol {
            Protocol::Grouped => grouped::run(model, repeats, seed, &prepared, &out, &backend.device()),
            Protocol::FileLevel => {
                let settings = model.settings(model.file_level_epochs(), seed);
                file_level::run(model, &settings, &prepared, start.as_deref(), &out, &backend.device())
            }
        },
        Command::Gate { prepared, out, seed, backend } => gate_fit::run(&prepared, &out, seed, &backend.device()),
        Command::Recognition(OfShipped { data, weights, out, seed }) => recognition::run(&data, &weights, &out, seed),
        Command::Clinical { data, out, seed } => questionnaire::run(&data, &out, seed),
        Command::Treated(OfShipped { data, weights, out, seed }) => treated::run(&data, &weights, &out, seed),
        Command::Saliency { prepared, out, seed, backend } => saliency::run(&prepared, &out, seed, &backend.device()),
        Command::Export { runs, predictions, out } => shipping::run(&runs, &predictions, &out),
        Command::Round { data, weights, out } => round::run(&data, &weights, &out),
        Command::Answers { data, weights, out, against } => {
            answers::run(&data, &weights, out.as_deref(), against.as_deref())
        }
        Command::Evaluate { protocol, predictions, root } => evaluate(protocol, &predictions, &root),
        Command::Samples { prepared, weights, out } => samples::run(&prepared, &weights, &out),
        Command::Fixtures { samples, out } => fixtures::run(&samples, &out),
    }
}

fn evaluate(protocol: Option<Protocol>, predictions: &Path, root: &Path) -> Result<()> {
    let saved = evaluate::Saved::read(predictions)?;
    let card = saved.card(shipped::hashes(&root.join("weights"))?);
    let (name, json) = match protocol {
        None => {
            print!("{}", card::summary(&card));
            card::write(&card, &saved.rounding, &saved.treated, &saved.recognition, root)?;
            return shipping::recalibrate(&saved, &root.join("weights"));
        }
        Some(Protocol::Grouped) => ("grouped", serde_json::to_string_pretty(&card.grouped)?),
        Some(Protocol::FileLevel) => ("file-level", serde_json::to_string_pretty(&card.file_level)?),
    };
    println!("{json}");
    std::fs::write(predictions.join(format!("scores-{name}.json")), json + "\n")?;
    Ok(())
}
