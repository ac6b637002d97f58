//! What an early stage of a shipped network makes of a knee: mean and deviation of each map.

use std::fs;
use std::path::Path;

use analysis::input::{InputSpec, normalised};
use analysis::manifest::Manifest;
use anyhow::{Context, Result};
use image::GrayImage;
use networks::{HeadLayer, Network, Parameters, Plan, Processor};

use crate::model_id::ModelId;

/// A network that ends at each of these stages; it is the shipped one, so the page could read the same.
pub struct Describer {
    /// The stages.
    pub stages: &'static [&'static str],
    /// Of the weight file.
    pub sha256: String,
    plans: Vec<Plan>,
    parameters: Parameters,
    spec: InputSpec,
}

impl Describer {
    /// Reads the shipped network. The stages are those that training on films left as they were, or the last but one.
    pub fn of(model: ModelId, manifest: &Manifest, weights: &Path) -> Result<Self> {
        let stages: &[&str] = match model {
            ModelId::CustomCnn => &["conv3", "conv4"],
            ModelId::ResNet18 => &["layer2", "layer3"],
        };
        let entry =
            manifest.models.iter().find(|entry| entry.id == model.id()).context("the manifest lacks a model")?;
        let parameters = entry.verified(&fs::read(weights.join(&entry.file))?)?;
        let plan = entry.plan()?;
        let plans = stages.iter().map(|stage| up_to(&plan, stage)).collect::<Result<_>>()?;
        Ok(Self { stages, sha256: entry.sha256.clone(), plans, parameters, spec: entry.input.clone() })
    }

    /// The networks, packed. Each thread needs its own.
    fn ready(&self) -> Result<Ready<'_>> {
        let network = |plan: &Plan| Ok(Network::new(plan, &self.parameters, &self.spec.channels(), &Processor::Cpu)?);
        Ok(Ready { spec: &self.spec, networks: self.plans.iter().map(network).collect::<Result<_>>()? })
    }
}

/// The networks of several, packed.
pub fn ready(describers: &[Describer]) -> Result<Vec<Ready<'_>>> {
    describers.iter().map(Describer::ready).collect()
}

/// The networks of a [`Describer`].
pub struct Ready<'a> {
    spec: &'a InputSpec,
    networks: Vec<Network>,
}

impl Ready<'_> {
    /// The mean of what it makes of several pictures.
    pub fn mean_of(&self, squares: &[GrayImage]) -> Result<Vec<f64>> {
        let all: Vec<Vec<f64>> = squares.iter().map(|square| self.of(square)).collect::<Result<_>>()?;
        let sum = |at: usize| all.iter().map(|one| one[at]).sum::<f64>();
        Ok((0..all.first().map_or(0, Vec::len)).map(|at| sum(at) / all.len() as f64).collect())
    }

    /// Mean of each map, then deviation of each map, stage by stage.
    ///
    /// # Shapes
    /// - square: as the network's input
    /// - output: `[2 · channels]` for each stage, one after the other
    fn of(&self, square: &GrayImage) -> Result<Vec<f64>> {
        let picture = normalised(square, self.spec);
        let mut features = Vec::new();
        for network in &self.networks {
            let maps = pollster::block_on(network.forward(picture.clone()))?.maps;
            let pixels = (maps.height * maps.width) as f64;
            let mut sums = vec![(0.0, 0.0); maps.channels];
            for pixel in maps.values.chunks_exact(maps.channels) {
                for ((sum, squares), value) in sums.iter_mut().zip(pixel) {
                    *sum += f64::from(*value);
                    *squares += f64::from(*value).powi(2);
                }
            }
            features.extend(sums.iter().map(|(sum, _)| sum / pixels));
            let deviation = |(sum, squares): &(f64, f64)| (squares / pixels - (sum / pixels).powi(2)).max(0.0).sqrt();
            features.extend(sums.iter().map(deviation));
        }
        Ok(features)
    }
}

/// The same network, whose last maps are those of an earlier stage.
fn up_to(plan: &Plan, stage: &str) -> Result<Plan> {
    let end = plan.stage(stage).with_context(|| format!("there is no stage {stage}"))?.nodes.end;
    Ok(Plan {
        nodes: plan.nodes[..end].to_vec(),
        stages: plan.stages.iter().filter(|stage| stage.nodes.end <= end).cloned().collect(),
        gate: end - 1,
        maps: end - 1,
        head: vec![HeadLayer::Mean],
    })
}
