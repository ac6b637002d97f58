//! A model of the manifest on a processor, after its self-test.

use networks::{Activations, Backend, Head, Network, Parameters, Processor};

use crate::body_part::{self, BodyPartHead};
use crate::error::{Error, Result};
use crate::known_knees::KnownKnees;
use crate::manifest::ModelEntry;
use crate::prediction::CLASSES;
use crate::side::Side;

/// How far a logit of the golden input may be from the stored one on the CPU: f32 sums in
/// another order.
pub const GOLDEN_TOLERANCE_CPU: f32 = 1e-3;
/// The same on a GPU, whose multiplications may be fused or of lower precision.
pub const GOLDEN_TOLERANCE_GPU: f32 = 1e-2;

/// A network and what it knows of knees.
pub struct Model {
    entry: ModelEntry,
    network: Network,
    known: KnownKnees,
}

impl Model {
    /// Packs the weights, takes them to the processor, and runs the golden input. A graphics processor that fails this
    /// with factors of f16 gets them as f32.
    ///
    /// # Errors
    /// [`Error::Weights`] when the file does not fit the network, [`Error::Compute`] when the processor does not
    /// reproduce the golden logits.
    pub async fn tested(entry: &ModelEntry, parameters: &Parameters, processor: &Processor) -> Result<Self> {
        let tested = Self::tested_on(processor, entry, parameters).await;
        if matches!(tested, Err(Error::Compute(_)))
            && let Some(in_full) = processor.in_full()
        {
            return Self::tested_on(&in_full, entry, parameters).await;
        }
        tested
    }

    async fn tested_on(processor: &Processor, entry: &ModelEntry, parameters: &Parameters) -> Result<Self> {
        let plan = entry.plan()?;
        let network = Network::new(&plan, parameters, &entry.input.channels(), processor)?;
        let known = KnownKnees::read(parameters, plan.gate_features())?;
        let mut model = Self { entry: entry.clone(), network, known };
        let tolerance = match processor.backend() {
            Backend::Cpu => GOLDEN_TOLERANCE_CPU,
            Backend::WebGpu => GOLDEN_TOLERANCE_GPU,
        };
        let golden = model.forward(entry.golden_input()).await?.scores;
        let worst =
            golden.iter().zip(&entry.golden_logits).map(|(here, stored)| (here - stored).abs()).fold(0.0, f32::max);
        if golden.len() != entry.golden_logits.len() || worst > tolerance {
            return Err(Error::Compute(format!(
                "self-test failed: {} differs by {worst:.4} from its stored answer, no results will be shown",
                entry.name
            )));
        }
        if let Some(layer) = &entry.last_layer {
            let (weights, offsets) = layer.split_at(layer.len().saturating_sub(CLASSES));
            model.network.set_last_layer(weights, offsets)?;
        }
        Ok(model)
    }

    /// What the manifest says of it.
    pub fn entry(&self) -> &ModelEntry {
        &self.entry
    }

    /// One pass; see [`Network::forward`].
    ///
    /// # Errors
    /// [`Error::Compute`] when the processor fails.
    pub async fn forward(&self, picture: Vec<f32>) -> Result<Activations> {
        Ok(self.network.forward(picture).await?)
    }

    /// What follows the last feature maps.
    pub fn head(&self) -> &Head {
        self.network.head()
    }

    /// How far a picture is from a knee, by its head for that or by the distance from the knees it knows: above 1 it is
    /// none.
    pub fn distance(&self, activations: &Activations) -> f32 {
        let from_known = self.known.distance(&activations.features) / self.entry.gate_limit;
        match &self.entry.knee_head {
            Some(head) => head.distance(activations, from_known),
            None => from_known,
        }
    }

    /// The head of the part of the body that a picture shows which is no knee, and its probability, if that is high enough.
    pub fn body_part(&self, activations: &Activations) -> Option<(&BodyPartHead, f32)> {
        body_part::most_probable(&self.entry.body_parts, activations)
    }

    /// Which knee a picture shows, if that can be said.
    pub fn side(&self, activations: &Activations) -> Option<Side> {
        Side::of_score(self.entry.side_head.as_ref()?.score(activations))
    }
}
