//! A head that was fitted to own films: a last layer for each network, and the rules that go with it.
//!
//! It is used only on the very networks that it was fitted on, and whoever reads a verdict of it is told so
//! ([`Remark::OwnHead`](crate::remark::Remark::OwnHead), [`ModelEntry::name`](crate::manifest::ModelEntry)).

use networks::HeadLayer;
use serde::{Deserialize, Serialize};

use crate::clinical::ClinicalModel;
use crate::manifest::{Manifest, ModelEntry};
use crate::prediction::{CLASSES, Class, OperatingPoint};
use crate::promises::Promises;

/// The version of the form that this code reads; raised when a reader of older heads would misread a new one.
pub const VERSION: u32 = 1;
/// Letters that the name of a head has at most: it stands in every verdict.
pub const LONGEST_NAME: usize = 60;
/// Between the name of a network and that of its head.
const SEPARATOR: &str = " · ";

/// What of a `*.osteolens-head.json` is used; the file also says how it was trained and what it scores.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OwnHead {
    /// [`VERSION`].
    pub version: u32,
    /// What its makers call it.
    pub name: String,
    /// When it was fitted (ISO 8601, UTC).
    pub date: String,
    /// One for each network.
    pub layers: Vec<OwnLayer>,
    /// When a class is named from the picture alone.
    pub operating_point: OperatingPoint,
    /// What these verdicts are worth.
    pub promises: Promises,
    /// Share (0..=1) of each class among the people that it was fitted to.
    pub frequencies: [f32; 3],
    /// What age says; that of the shipped models where too few ages were known.
    pub clinical: ClinicalModel,
}

/// The last layer of one network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OwnLayer {
    /// The id of the network.
    pub model: String,
    /// SHA-256 of the weight file whose other layers it follows.
    pub backbone_sha256: String,
    /// In place of that file's last layer.
    pub layer: LastLayer,
    /// Divides the logits before softmax; fitted out of fold.
    pub temperature: f32,
}

/// Why a head is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeadFault {
    /// It is none.
    #[error("this is no head of OsteoLens ({0})")]
    NoHead(String),
    /// It has another form.
    #[error("the head has form {0}, this program reads form {VERSION}")]
    OtherForm(u32),
    /// It does not fit these networks, or its numbers make no sense.
    #[error("the head «{name}» cannot be used: {reason}")]
    NotUsed {
        /// What it is called.
        name: String,
        /// Why.
        reason: String,
    },
}

/// Scores from the means of the last feature maps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LastLayer {
    /// `[class][map]`, row by row, in the order of [`Class::ALL`].
    pub weights: Vec<f32>,
    /// Score of each class where all means are 0.
    pub offsets: [f32; CLASSES],
}

impl OwnHead {
    /// Reads a head.
    ///
    /// # Errors
    /// [`HeadFault`] when it is none.
    pub fn parse(json: &[u8]) -> Result<Self, HeadFault> {
        let head: Self = serde_json::from_slice(json).map_err(|error| HeadFault::NoHead(error.to_string()))?;
        if head.version == VERSION { Ok(head) } else { Err(HeadFault::OtherForm(head.version)) }
    }

    /// The manifest of the networks that it was fitted on, with this head in place of theirs.
    ///
    /// # Errors
    /// [`HeadFault::NotUsed`] when one of the networks is another, or numbers make no sense.
    pub fn on(&self, manifest: &Manifest) -> Result<Manifest, HeadFault> {
        let refused = |reason: String| HeadFault::NotUsed { name: self.name.clone(), reason };
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > LONGEST_NAME {
            return Err(refused(format!("its name must have 1 to {LONGEST_NAME} letters")));
        }
        if manifest.classes != Class::ALL {
            return Err(refused("the networks have their classes in another order".to_owned()));
        }
        if self.layers.len() != manifest.models.len() {
            return Err(refused(format!("it is for {} networks of {}", self.layers.len(), manifest.models.len())));
        }
        let mut own = manifest.clone();
        for entry in &mut own.models {
            let layer = self.layers.iter().find(|layer| layer.model == entry.id);
            let layer = layer.ok_or_else(|| refused(format!("it has no layer for {}", entry.id)))?;
            if layer.backbone_sha256 != entry.sha256 {
                return Err(refused(format!("it was fitted on other weights of {} than these", entry.name)));
            }
            let numbers = layer.layer.weights.iter().chain(&layer.layer.offsets);
            let maps = entry.plan().map_or(0, |plan| plan.last_maps());
            if !can_follow(entry) || layer.layer.weights.len() != CLASSES * maps {
                return Err(refused(format!("its layer for {} has another shape", entry.name)));
            }
            if !numbers.clone().all(|number| number.is_finite()) {
                return Err(refused(format!("numbers of its layer for {} make no sense", entry.name)));
            }
            entry.last_layer = Some(numbers.copied().collect());
            entry.temperature = layer.temperature;
            // Of a head that was there before nothing stays.
            let network = entry.name.split(SEPARATOR).next().unwrap_or_default();
            entry.name = [network, name].join(SEPARATOR);
        }
        own.operating_point = self.operating_point;
        own.promises = self.promises.clone();
        own.frequencies = self.frequencies;
        own.clinical = self.clinical.clone();
        // As strictly as any other manifest.
        let json = serde_json::to_vec(&own).map_err(|error| refused(error.to_string()))?;
        Manifest::parse(&json).map_err(|error| refused(error.to_string()))
    }
}

/// Whether a network ends with the mean of each of its last maps and a linear layer, of which a head can take the place.
pub fn can_follow(entry: &ModelEntry) -> bool {
    entry.plan().is_ok_and(|plan| matches!(&plan.head[..], [HeadLayer::Mean, HeadLayer::Linear { .. }]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shipped() -> Manifest {
        Manifest::parse(include_bytes!("../../../weights/manifest.json")).expect("committed")
    }

    fn head() -> OwnHead {
        let manifest = shipped();
        let layer = |entry: &ModelEntry| {
            let maps = entry.plan().expect("known").last_maps();
            let weights = vec![0.1; 3 * maps];
            OwnLayer {
                model: entry.id.clone(),
                backbone_sha256: entry.sha256.clone(),
                layer: LastLayer { weights, offsets: [0.0; 3] },
                temperature: 1.5,
            }
        };
        OwnHead {
            version: VERSION,
            name: "St. Anna, Graz".into(),
            date: "2026-11-30T00:00:00Z".into(),
            layers: manifest.models.iter().map(layer).collect(),
            operating_point: manifest.operating_point,
            promises: manifest.promises.clone(),
            frequencies: [0.2, 0.5, 0.3],
            clinical: manifest.clinical,
        }
    }

    #[test]
    fn a_head_replaces_the_last_layers_and_the_rules_and_is_named() {
        let own = head().on(&shipped()).expect("it fits");
        assert!(own.models.iter().all(|entry| entry.last_layer.is_some() && entry.name.ends_with("· St. Anna, Graz")));
        assert_eq!((own.models[1].temperature, own.frequencies), (1.5, [0.2, 0.5, 0.3]));
        assert_eq!(head().on(&own).expect("once more"), own, "a head takes the place of another");
    }

    #[test]
    fn a_head_of_other_networks_or_without_sense_is_refused_with_its_reason() {
        type Change = fn(&mut OwnHead);
        let changes: [(Change, &str); 8] = [
            (|head| _ = head.layers[0].layer.weights.pop(), "another shape"),
            (|head| head.layers[1].backbone_sha256 = "0".into(), "other weights of ResNet18"),
            (|head| _ = head.layers.pop(), "1 networks of 2"),
            (|head| head.layers[0].model = "vgg".into(), "no layer for custom-cnn"),
            (|head| head.layers[0].layer.offsets[0] = f32::NAN, "make no sense"),
            (|head| head.layers[0].temperature = 0.0, "make no sense"),
            (|head| head.frequencies = [0.9; 3], "make no sense"),
            (|head| head.name = " ".into(), "1 to 60 letters"),
        ];
        for (change, reason) in changes {
            let mut head = head();
            change(&mut head);
            let error = head.on(&shipped()).expect_err(reason).to_string();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn what_is_no_head_is_told() {
        for (json, reason) in [("{}", "no head of OsteoLens"), ("[1", "no head of OsteoLens")] {
            assert!(OwnHead::parse(json.as_bytes()).expect_err("none").to_string().contains(reason));
        }
        let json = serde_json::to_string(&OwnHead { version: 9, ..head() }).expect("plain data");
        assert!(OwnHead::parse(json.as_bytes()).expect_err("another form").to_string().contains("has form 9"));
    }
}
