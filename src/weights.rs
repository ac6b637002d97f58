//! The manifest and the weight files it names: bytes → [`Model`].
//!
//! All that must agree with a weight file travels with it: classes and their order, input,
//! temperature, operating point, gate, hash and how it was trained. What it scores is in the model
//! card beside it.

pub mod stored;

use burn::store::{BurnpackStore, ModuleSnapshot};
use burn::tensor::{Bytes, Device, Tensor};
use image::{GrayImage, Luma};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::clinical::ClinicalModel;
use crate::error::{Error, Result};
use crate::grad_cam;
use crate::input::{self, InputSpec};
use crate::network::{Architecture, CLASSES, Model, Processor, Runner};
use crate::prediction::{Class, OperatingPoint};
use crate::protocol::Backend;
use crate::record::TrainingRecord;
use packing::Unpacking;

/// The version of the manifest's form that this code reads.
pub const FORMAT: u32 = 3;
/// How far a logit of the golden input may be from the stored one on the CPU: f32 sums in
/// another order.
pub const GOLDEN_TOLERANCE_CPU: f32 = 1e-3;
/// The same on a GPU, whose multiplications may be fused or of lower precision.
pub const GOLDEN_TOLERANCE_GPU: f32 = 1e-2;

/// `weights/manifest.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Must be [`FORMAT`].
    pub format: u32,
    /// The class of each logit, in order.
    pub classes: Vec<Class>,
    /// When an answer is given.
    pub operating_point: OperatingPoint,
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
    /// The longest distance from the known knees at which a picture is still judged.
    pub gate_limit: f32,
    /// Logits of the golden input, computed by the exporter from this file.
    pub golden_logits: [f32; CLASSES],
    /// How it was trained.
    pub training: TrainingRecord,
}

/// What a weight file holds, which is the one that was exported.
pub struct Verified {
    /// Words of eight bytes.
    burnpack: Vec<u64>,
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

    /// What the file holds, if this is the SHA-256 of the manifest. The caller has made it of the very bytes that came.
    ///
    /// # Errors
    /// [`Error::Weights`] when it is another.
    pub fn verified(self, sha256: &str) -> Result<Verified> {
        let entry = self.entry;
        if sha256 != entry.sha256 {
            return Err(Error::Weights(format!(
                "the file {} has been changed or cut off on its way ({} of {} bytes)",
                entry.file, self.bytes, entry.bytes
            )));
        }
        let burnpack = self.unpacking.finish();
        let burnpack = burnpack.ok_or_else(|| Error::Weights(format!("the file {} cannot be unpacked", entry.file)))?;
        Ok(Verified { burnpack })
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
        match manifest.models.iter().find(|entry| !entry.makes_sense()) {
            Some(entry) => Err(Error::Weights(format!("the list of models is damaged (numbers of {})", entry.name))),
            None => Ok(manifest),
        }
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
            && [&self.input.mean, &self.input.std].iter().all(|one| one.len() == self.architecture.channels())
            && self.input.std.iter().all(is_positive)
            && self.input.mean.iter().all(|mean| mean.is_finite())
    }

    /// Readies a model and runs the golden input.
    ///
    /// # Errors
    /// [`Error::Compute`] when the processor does not reproduce the golden logits.
    pub async fn tested(&self, model: Model, processor: &Processor) -> Result<Runner> {
        let tolerance = match processor.backend() {
            Backend::Cpu => GOLDEN_TOLERANCE_CPU,
            Backend::WebGpu => GOLDEN_TOLERANCE_GPU,
        };
        let runner = Box::pin(Runner::new(model, &self.input, processor)).await?;
        // Prepared and looked at on the CPU; between lies the network.
        let device = &Device::flex();
        let golden = grad_cam::values(runner.forward(self.golden_input(device)).await?.logits).await?;
        let worst =
            golden.iter().zip(&self.golden_logits).map(|(here, stored)| (here - stored).abs()).fold(0.0, f32::max);
        if golden.len() == CLASSES && worst <= tolerance {
            Ok(runner)
        } else {
            Err(Error::Compute(format!(
                "self-test failed: {} differs by {worst:.4} from its stored answer, no results will be shown",
                self.name
            )))
        }
    }

    /// What a whole file holds.
    ///
    /// # Errors
    /// See [`Arriving::verified`].
    pub fn verified(&self, bytes: &[u8]) -> Result<Verified> {
        let mut arriving = Arriving::new(self);
        arriving.hear(bytes);
        arriving.verified(&sha256_hex(bytes))
    }

    /// The network and its gate in a file as [`stored`] says.
    ///
    /// # Errors
    /// [`Error::Weights`] when it holds another architecture.
    pub fn model(&self, Verified { burnpack }: Verified, device: &Device) -> Result<Model> {
        let burnpack = Bytes::from_elems(burnpack);
        let mut store = BurnpackStore::from_bytes(Some(burnpack)).with_from_adapter(stored::when_read());
        let mut model = Model::new(self.architecture, device);
        model
            .load_from(&mut store)
            .map_err(|error| Error::Weights(format!("the file {} does not fit its network ({error})", self.file)))?;
        Ok(model)
    }

    /// A fixed pattern of edges and ramps in whole numbers, the same on every machine.
    ///
    /// # Shapes
    /// - output: `[1, channels, side, side]`
    pub fn golden_input(&self, device: &Device) -> Tensor<4> {
        let square = GrayImage::from_fn(self.input.side_px, self.input.side_px, |x, y| {
            let (across, down) = (x.abs_diff(self.input.side_px / 2), y.abs_diff(self.input.side_px / 2));
            let bone = if across < 60 && !(6..14).contains(&down) { 150 } else { 60 };
            Luma([(bone + (x * 7 + y * 3) % 32 + (x * y / 64) % 24) as u8])
        });
        input::tensor_from_values(input::normalised(&square, &self.input), &self.input, device)
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
        let json = include_str!("../weights/manifest.json");
        assert!(Manifest::parse(json.as_bytes()).is_ok());
        let mut manifest: serde_json::Value = serde_json::from_str(json).expect("committed");
        for (field, value) in [
            ("/models/0/temperature", serde_json::json!(0.0)),
            ("/models/0/gate_limit", serde_json::json!(-1.0)),
            ("/models/1/bytes", serde_json::json!(u64::from(u32::MAX))),
            ("/models/1/input/side_px", serde_json::json!(1_000_000)),
            ("/models/1/input/contrast_percentiles", serde_json::json!([99.0, 1.0])),
            ("/models/1/input/std", serde_json::json!([])),
        ] {
            let number = manifest.pointer_mut(field).unwrap_or_else(|| panic!("{field}"));
            let sound = std::mem::replace(number, value);
            let error = Manifest::parse(manifest.to_string().as_bytes()).expect_err(field).to_string();
            assert!(error.contains("numbers of"), "{field}: {error}");
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
