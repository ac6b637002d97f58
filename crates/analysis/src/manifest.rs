//! The manifest and the weight files it names: bytes → [`Parameters`].
//!
//! All that must agree with a weight file travels with it: classes and their order, input,
//! temperature, operating point, gate, hash and how it was trained. What it scores is in the model
//! card beside it.

use image::{GrayImage, Luma};
use networks::{Architecture, Parameters, Plan, fuse};
use packing::Unpacking;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::body_part::BodyPartHead;
use crate::clinical::ClinicalModel;
use crate::error::{Error, Result};
use crate::input::{self, InputSpec};
use crate::knee_head::KneeHead;
use crate::prediction::{CLASSES, Class, OperatingPoint};
use crate::promises::{Promise, Promises, Share};
use crate::side::SideHead;

/// The version of the manifest's form that this code reads.
pub const FORMAT: u32 = 6;
/// `weights/manifest.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Must be [`FORMAT`].
    pub format: u32,
    /// The class of each logit, in order.
    pub classes: Vec<Class>,
    /// When a class is named from the picture alone.
    pub operating_point: OperatingPoint,
    /// What these verdicts are worth.
    pub promises: Promises,
    /// Share (0..=1) of each class among the people on whom all of it was measured, in the order of [`Class::ALL`].
    pub frequencies: [f32; 3],
    /// What a few answers tell without a picture.
    pub clinical: ClinicalModel,
    /// The models, the quickest to load first.
    pub models: Vec<ModelEntry>,
}

/// One weight file and what belongs to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelEntry {
    /// Stable name, as in `?model=`.
    pub id: String,
    /// Name shown to people.
    pub name: String,
    /// Which network the file holds.
    pub architecture: Architecture,
    /// File name beside the manifest.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256, lower-case hexadecimal.
    pub sha256: String,
    /// How a knee is prepared for it.
    pub input: InputSpec,
    /// Divides the logits before softmax; fitted out of fold.
    pub temperature: f32,
    /// The longest distance from the known knees at which a picture is still judged, where no head decides.
    pub gate_limit: f32,
    /// Tells knees from other films; where all models of the manifest are members, the one that has it decides alone.
    pub knee_head: Option<KneeHead>,
    /// Name what a refused film shows, those of them that are right often enough.
    pub body_parts: Vec<BodyPartHead>,
    /// Tells left knees from right ones.
    pub side_head: Option<SideHead>,
    /// Logits of the golden input, computed by the exporter from this file.
    pub golden_logits: [f32; CLASSES],
    /// How it was trained.
    pub training: TrainingRecord,
    /// In place of the file's own last layer once the self-test is passed ([`crate::own_head`]): `[class][map]` weights, row by
    /// row, then an offset for each class.
    // A type of its own is 1 kB of the engine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_layer: Option<Vec<f32>>,
}

/// How a weight file came about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingRecord {
    /// What the weights were before training.
    pub start: String,
    /// Knees graded for osteoarthritis that all layers but the last were trained on.
    pub graded_knees: usize,
    /// Labelled knees that the last layer was fitted to.
    pub knees: usize,
    /// Films they come from.
    pub films: usize,
    /// Passes over the graded knees.
    pub epochs: usize,
    /// Seed of everything random.
    pub seed: u64,
    /// Where the labels come from.
    pub labels: String,
}

/// A weight file on its way, unpacked as far as it has come.
pub struct Arriving<'a> {
    entry: &'a ModelEntry,
    unpacking: Unpacking,
    bytes: usize,
}

impl<'a> Arriving<'a> {
    /// Nothing has come yet.
    pub fn new(entry: &'a ModelEntry) -> Self {
        Self { entry, unpacking: Unpacking::with_room_for(entry.bytes as usize), bytes: 0 }
    }

    /// All that has come so far; less than before when it came to nothing and begins anew.
    pub fn hear(&mut self, so_far: &[u8]) {
        if so_far.len() < self.bytes {
            *self = Self::new(self.entry);
        }
        self.unpacking.hear(&so_far[self.bytes..]);
        self.bytes = so_far.len();
    }

    /// What the file holds, if this SHA-256 is the one in the manifest. The caller hashes the bytes that arrived.
    ///
    /// # Errors
    /// [`Error::Weights`] when it is another.
    pub fn verified(self, sha256: &str) -> Result<Parameters> {
        let entry = self.entry;
        if sha256 != entry.sha256 {
            return Err(Error::Weights(format!(
                "the file {} has been changed or cut off on its way ({} of {} bytes)",
                entry.file, self.bytes, entry.bytes
            )));
        }
        let unpacked = self.unpacking.finish();
        let unpacked = unpacked.ok_or_else(|| Error::Weights(format!("the file {} cannot be unpacked", entry.file)))?;
        Ok(Parameters::read(unpacked)?)
    }
}

impl Manifest {
    /// Reads and checks `manifest.json`.
    ///
    /// # Errors
    /// [`Error::Weights`] when it is no manifest of this form, or names not each class once.
    pub fn parse(json: &[u8]) -> Result<Self> {
        let manifest: Self = serde_json::from_slice(json)
            .map_err(|error| Error::Weights(format!("the list of models is damaged ({error})")))?;
        if manifest.format != FORMAT {
            return Err(Error::Weights(format!(
                "the list of models has form {}, this page reads form {FORMAT}",
                manifest.format
            )));
        }
        let mut classes = manifest.classes.clone();
        classes.sort();
        if classes != Class::ALL {
            return Err(Error::Weights("the list of models must name each class once".into()));
        }
        let damaged = |reason: String| Error::Weights(format!("the list of models is damaged ({reason})"));
        if !manifest.rules_make_sense() {
            return Err(damaged("numbers of the rules make no sense".to_owned()));
        }
        if manifest.models.iter().filter(|entry| entry.knee_head.is_some()).count() > 1 {
            return Err(damaged("more than one model has a knee_head".to_owned()));
        }
        for entry in &manifest.models {
            if !entry.makes_sense() {
                return Err(damaged(format!("numbers of {} make no sense", entry.name)));
            }
            // What cannot be run is known now, and not when a processor fails.
            let plan = entry.plan().map_err(|error| damaged(format!("{}: {error}", entry.name)))?;
            fuse(&plan).map_err(|error| damaged(format!("{}: {error}", entry.name)))?;
            if plan.channels() != entry.input.mean.len() {
                return Err(damaged(format!("the channels of {} are not those of its network", entry.name)));
            }
            let length = KneeHead::length(plan.gate_features(), plan.last_maps());
            let is_sound = entry.knee_head.iter().all(|head| head.fits(length))
                && entry.body_parts.iter().all(|head| head.fits(length))
                && entry.side_head.iter().all(|head| head.fits(plan.last_maps()));
            if !is_sound {
                return Err(damaged(format!("numbers of the heads of {} make no sense", entry.name)));
            }
        }
        Ok(manifest)
    }

    /// Whether what is said of verdicts are shares, in their order.
    fn rules_make_sense(&self) -> bool {
        const ROUNDED: f32 = 1e-3;
        let is_share = |value: &f32| (0.0..=1.0).contains(value);
        let is_ordered = |share: &Share| share.low >= 0.0 && share.low <= share.value && share.value <= share.high;
        let is_kept = |promise: &Promise| {
            [promise.right, promise.osteoporosis].iter().all(|share| is_ordered(share) && share.high <= 1.0)
                && is_ordered(&promise.osteoporosis_ratio)
                && promise.osteoporosis_ratio.high.is_finite()
        };
        let (sets, by_answers) = (&self.clinical.sets, &self.clinical.promises);
        let all = [&self.promises, by_answers];
        (self.frequencies.iter().sum::<f32>() - 1.0).abs() < ROUNDED
            && self.frequencies.iter().all(is_share)
            && self.operating_point.least.iter().flatten().all(is_share)
            && sets
                .least_80
                .iter()
                .zip(&sets.least_90)
                .all(|(at_80, at_90)| is_share(at_80) && is_share(at_90) && at_90 <= at_80)
            && all.iter().all(|promises| is_share(&promises.coverage) && promises.of.iter().flatten().all(is_kept))
            && (0..CLASSES)
                .all(|class| self.operating_point.least[class].is_some() == self.promises.of[class].is_some())
    }
}

impl Manifest {
    /// The model that tells knees from other films, if one does.
    pub fn gatekeeper(&self) -> Option<&ModelEntry> {
        self.models.iter().find(|entry| entry.knee_head.is_some())
    }
}

impl ModelEntry {
    /// Whether probabilities come out of any logits, and the input has a size that networks have.
    fn makes_sense(&self) -> bool {
        const SIDES_PX: std::ops::RangeInclusive<u32> = 32..=1024;
        let [low, high] = self.input.contrast_percentiles;
        let is_positive = |number: &f32| number.is_finite() && *number > 0.0;
        self.bytes <= packing::MOST_BYTES as u64
            && is_positive(&self.temperature)
            && is_positive(&self.gate_limit)
            && self.golden_logits.iter().all(|logit| logit.is_finite())
            && SIDES_PX.contains(&self.input.side_px)
            && (0.0..high).contains(&low)
            && high <= 100.0
            && self.input.mean.len() == self.input.std.len()
            && self.input.std.iter().all(is_positive)
            && self.input.mean.iter().all(|mean| mean.is_finite())
    }

    /// The plan of its network.
    ///
    /// # Errors
    /// [`networks::Error::Weights`] when its input is too small for the network.
    pub fn plan(&self) -> networks::Result<Plan> {
        self.architecture.plan(self.input.side_px as usize, CLASSES)
    }

    /// What a whole file holds.
    ///
    /// # Errors
    /// See [`Arriving::verified`].
    pub fn verified(&self, bytes: &[u8]) -> Result<Parameters> {
        let mut arriving = Arriving::new(self);
        arriving.hear(bytes);
        arriving.verified(&sha256_hex(bytes))
    }

    /// A fixed pattern of edges and ramps in whole numbers, the same on every machine.
    ///
    /// # Shapes
    /// - output: `[side, side]`, normalised as the first channel is
    pub fn golden_input(&self) -> Vec<f32> {
        let square = GrayImage::from_fn(self.input.side_px, self.input.side_px, |x, y| {
            let (across, down) = (x.abs_diff(self.input.side_px / 2), y.abs_diff(self.input.side_px / 2));
            let bone = if across < 60 && !(6..14).contains(&down) { 150 } else { 60 };
            Luma([(bone + (x * 7 + y * 3) % 32 + (x * y / 64) % 24) as u8])
        });
        input::normalised(&square, &self.input)
    }
}

/// SHA-256 as lower-case hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        text.extend([byte >> 4, byte & 15].map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)])));
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_fips_180() {
        assert_eq!(sha256_hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn a_manifest_whose_numbers_make_no_sense_is_refused() {
        let json = include_str!("../../../weights/manifest.json");
        assert!(Manifest::parse(json.as_bytes()).is_ok());
        let mut manifest: serde_json::Value = serde_json::from_str(json).expect("committed");
        for (field, value) in [
            ("/models/0/temperature", serde_json::json!(0.0)),
            ("/models/0/gate_limit", serde_json::json!(-1.0)),
            ("/models/1/bytes", serde_json::json!(u64::from(u32::MAX))),
            ("/models/1/input/side_px", serde_json::json!(1_000_000)),
            ("/models/1/input/contrast_percentiles", serde_json::json!([99.0, 1.0])),
            ("/models/1/input/std", serde_json::json!([])),
            ("/models/1/knee_head/typical", serde_json::json!(0.0)),
            ("/models/1/knee_head/farthest", serde_json::json!(0.5)),
            ("/models/1/knee_head/weights", serde_json::json!([1.0])),
            ("/models/1/body_parts/0/weights", serde_json::json!([1.0])),
            ("/models/1/side_head/weights", serde_json::json!([1.0])),
            ("/frequencies/0", serde_json::json!(0.9)),
            ("/operating_point/least/0", serde_json::json!(0.5)),
            ("/clinical/sets/least_90/1", serde_json::json!(0.99)),
            ("/clinical/promises/of/0/right/low", serde_json::json!(0.99)),
        ] {
            let number = manifest.pointer_mut(field).unwrap_or_else(|| panic!("{field}"));
            let sound = std::mem::replace(number, value);
            let error = Manifest::parse(manifest.to_string().as_bytes()).expect_err(field).to_string();
            assert!(error.contains("numbers of"), "{field}: {error}");
            *manifest.pointer_mut(field).expect("as before") = sound;
        }
    }

    #[test]
    fn a_network_that_cannot_be_run_is_refused_with_its_reason() {
        let json = include_str!("../../../weights/manifest.json");
        let mut manifest: serde_json::Value = serde_json::from_str(json).expect("committed");
        for (field, value, reason) in [
            ("/models/1/architecture", serde_json::json!("resnet1"), "no architecture «resnet1»; known are"),
            ("/models/1/architecture", serde_json::json!("custom-cnn"), "channels of ResNet18"),
        ] {
            let sound = manifest.pointer(field).cloned().expect("committed");
            *manifest.pointer_mut(field).expect("committed") = value;
            let error = Manifest::parse(manifest.to_string().as_bytes()).expect_err(reason).to_string();
            assert!(error.contains(reason), "{error}");
            *manifest.pointer_mut(field).expect("as before") = sound;
        }
    }

    #[test]
    fn broken_manifests_are_refused_with_a_reason() {
        for json in ["", "{}", "<!doctype html><title>404</title>", "[1,2"] {
            let error = Manifest::parse(json.as_bytes()).expect_err("no manifest");
            assert!(matches!(error, Error::Weights(_)), "{json}: {error}");
        }
    }
}
