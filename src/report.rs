//! A result as a file: JSON with a version and a schema (`docs/report.schema.json`), CSV with one row a
//! knee. Neither holds the name of a person, and that of a file only where the reader lets it.

pub mod rows;

use std::io;

use serde::{Deserialize, Serialize};
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

use crate::decimal::fixed;
use crate::measurement::Measured;
use crate::protocol::LoadedModel;
use analysis::Backend;
use analysis::findings::{KneeResult, Timings};
use analysis::prediction::{Class, OperatingPoint, Probabilities, Verdict};
use analysis::quality::Quality;
use analysis::remark::Remark;
use radiograph::{DicomFacts, Edit, Note, PixelSpacing};

/// Raised when a reader of older reports would misread a new one.
pub const VERSION: u32 = 2;
/// Stands in every report.
pub const WARNING: &str = "Research and education. Not a medical device, not a diagnosis.";

/// One file's result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`VERSION`].
    pub version: u32,
    /// [`WARNING`].
    pub warning: String,
    /// When it was written (ISO 8601, UTC).
    pub date: String,
    /// Version of the page.
    pub app_version: String,
    /// Which build of it; older reports do not say.
    #[serde(default)]
    pub release: String,
    /// The order of three numbers that belong to the classes; older reports do not say.
    #[serde(default)]
    pub classes: Vec<Class>,
    /// SHA-256 of the file, in hexadecimal digits.
    pub file_sha256: Option<String>,
    /// What the file is called, where names are ticked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<FileName>,
    /// Which part of the file was judged.
    pub edit: Edit,
    /// Width and height of the picture that was judged.
    pub picture_px: Option<[u32; 2]>,
    /// What a DICOM file says of its picture.
    pub dicom: Option<DicomFacts>,
    /// What was chosen where the file can be read in more than one way; older reports say nothing of it.
    #[serde(default)]
    pub notes: Vec<Note>,
    /// How large a pixel of the picture is, where a DICOM file tells; older reports do not say.
    #[serde(default)]
    pub spacing: Option<PixelSpacing>,
    /// What a person has measured on it; older reports hold nothing of it.
    #[serde(default)]
    pub measurements: Vec<Measured>,
    /// How good the picture is.
    pub quality: Option<Quality>,
    /// What came of it.
    pub outcome: Outcome,
    /// The processor that computed.
    pub backend: Option<Backend>,
    /// When a class is named from the picture alone.
    pub operating_point: Option<OperatingPoint>,
    /// The models, by the hashes of their files.
    pub models: Vec<ReportedModel>,
}

/// What a file is called on the reader's device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileName {
    /// The folder, from the one that was chosen or dropped; empty for a file that came by itself.
    pub folder: String,
    /// Its name.
    pub name: String,
}

/// What came of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Outcome {
    /// The models spoke.
    Judged {
        /// The worst of the knees' verdicts, by the picture alone: with an age the page may say more.
        verdict: Verdict,
        /// Each knee's own.
        knees: Vec<ReportedKnee>,
        /// What to mind beside it; older reports say nothing of it.
        #[serde(default)]
        remarks: Vec<Remark>,
        /// Durations of the stages.
        timings: Timings,
    },
    /// No picture that the models can judge.
    Refused {
        /// Why, in words.
        reasons: Vec<String>,
    },
    /// The file could not be read or judged.
    Failed {
        /// Why, in words.
        reason: String,
    },
    /// Not begun.
    Unread,
}

/// A knee's result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReportedKnee {
    /// `only`, or `left` and `right` of the picture.
    pub position: analysis::knees::Position,
    /// Whether the models take it for a knee; otherwise nothing is said of it.
    pub is_known: bool,
    /// The verdict on it.
    pub verdict: Verdict,
    /// The models' mean, in the order normal, osteopenia, osteoporosis.
    pub combined: Option<Probabilities>,
    /// Each model's id and probabilities.
    pub models: Vec<(String, Probabilities)>,
}

/// A model that spoke.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReportedModel {
    /// Its id.
    pub id: String,
    /// Its name, which also names a head of own films; older reports do not say.
    #[serde(default)]
    pub name: String,
    /// SHA-256 of its file.
    pub sha256: String,
}

impl From<&LoadedModel> for ReportedModel {
    fn from(model: &LoadedModel) -> Self {
        Self { id: model.id.clone(), name: model.name.clone(), sha256: model.sha256.clone() }
    }
}

impl Outcome {
    /// What the models say of a film.
    pub fn judged(verdict: Verdict, knees: &[KneeResult], remarks: &[Remark], timings: Timings) -> Self {
        let knee = |knee: &KneeResult| ReportedKnee {
            position: knee.position,
            is_known: knee.is_known,
            verdict: knee.verdict,
            combined: knee.is_known.then_some(knee.combined),
            models: if knee.is_known { knee.models.clone() } else { Vec::new() },
        };
        Self::Judged { verdict, knees: knees.iter().map(knee).collect(), remarks: remarks.to_vec(), timings }
    }
}

/// As JSON over many lines, with six decimals; none for what JSON cannot say, which reports do not hold.
pub fn json(reports: &impl Serialize) -> Option<String> {
    let mut bytes = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut bytes, Decimals::default());
    let written = reports.serialize(&mut serializer);
    written.ok().and_then(|()| String::from_utf8(bytes).ok())
}

/// What is written as [`PrettyFormatter`] writes it.
macro_rules! as_pretty {
    ($($part:ident($($first:ident)?),)*) => {
        $(fn $part<W: ?Sized + io::Write>(&mut self, writer: &mut W $(, $first: bool)?) -> io::Result<()> {
            self.0.$part(writer $(, $first)?)
        })*
    };
}

/// As [`PrettyFormatter`], but for floats.
#[derive(Default)]
struct Decimals(PrettyFormatter<'static>);

impl Formatter for Decimals {
    fn write_f32<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f32) -> io::Result<()> {
        self.write_f64(writer, value.into())
    }

    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        let written = fixed(value, 6);
        let short = written.trim_end_matches('0');
        writer.write_all(if short.ends_with('.') { &written[..=short.len()] } else { short }.as_bytes())
    }

    as_pretty! {
        begin_array(), end_array(), begin_array_value(first), end_array_value(),
        begin_object(), end_object(), begin_object_key(first), begin_object_value(), end_object_value(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measurement::{Kind, Measurement};
    use analysis::knees::Position;
    use radiograph::SpacingPlane;

    pub(super) fn report(outcome: Outcome) -> Report {
        let line = Measurement { kind: Kind::Length, points_px: vec![[1.0, 2.5], [4.0, 6.5]] };
        Report {
            version: VERSION,
            warning: WARNING.into(),
            date: "2026-01-02T03:04:05Z".into(),
            app_version: "0.1.0".into(),
            release: "0123456789ab".into(),
            classes: Class::ALL.to_vec(),
            file: Some(FileName { folder: "disc/IMAGES".into(), name: "=IM\"1.dcm".into() }),
            file_sha256: Some("ab".repeat(32)),
            edit: Edit::default(),
            picture_px: Some([800, 600]),
            dicom: Some(DicomFacts { modality: Some("DX".into()), frames: 1, ..DicomFacts::default() }),
            notes: vec![Note::Shutter, Note::Page { number: 2, of: 3 }],
            spacing: Some(PixelSpacing { mm: 0.14, plane: SpacingPlane::Detector }),
            measurements: vec![line.measured(None).expect("whole")],
            quality: Some(Quality { is_large: true, is_well_exposed: true, is_sharp: false, knee_px: 400 }),
            outcome,
            backend: Some(Backend::Cpu),
            operating_point: Some(OperatingPoint { least: [None, Some(0.5), Some(0.4)] }),
            models: vec![ReportedModel { id: "resnet18".into(), name: "ResNet18".into(), sha256: "cd".repeat(32) }],
        }
    }

    pub(super) fn judged() -> Report {
        let knee = |position, is_known| ReportedKnee {
            position,
            is_known,
            verdict: if is_known { Verdict::Osteopenia } else { Verdict::Uncertain },
            combined: is_known.then_some([0.2, 0.5, 0.3]),
            models: if is_known { vec![("resnet18".into(), [0.2, 0.5, 0.3])] } else { Vec::new() },
        };
        report(Outcome::Judged {
            verdict: Verdict::Osteopenia,
            knees: vec![knee(Position::Left, true), knee(Position::Right, false)],
            remarks: vec![Remark::Metal, Remark::OtherSide],
            timings: Timings::default(),
        })
    }

    /// The committed schema: what must be there, and of what type.
    #[test]
    fn every_kind_of_report_fits_the_schema() {
        let schema = include_str!("../docs/report.schema.json");
        let schema: serde_json::Value = serde_json::from_str(schema).expect("sound");
        let validator = jsonschema::validator_for(&schema).expect("a schema");
        let all = [
            judged(),
            report(Outcome::Refused { reasons: vec!["It is blank.".into()] }),
            report(Outcome::Failed { reason: "cut off".into() }),
            Report {
                file_sha256: None,
                file: None,
                picture_px: None,
                dicom: None,
                quality: None,
                ..report(Outcome::Unread)
            },
        ];
        for one in all {
            let json: serde_json::Value = serde_json::from_str(&json(&one).expect("plain data")).expect("sound");
            let faults: Vec<String> = validator.iter_errors(&json).map(|fault| fault.to_string()).collect();
            assert!(faults.is_empty(), "{faults:?}: {json}");
            let mut more = json.clone();
            more["patient_name"] = "X".into();
            assert!(!validator.is_valid(&more), "the schema lets a name through");
        }
    }

    #[test]
    fn what_is_written_can_be_read_and_has_six_decimals() {
        let mut report = judged();
        if let Outcome::Judged { knees, timings, .. } = &mut report.outcome {
            knees[0].combined = Some([1.0 / 3.0, 0.0, 1.0]);
            timings.inference_ms = 123.456_789_01;
        }
        let written = json(&vec![&report]).expect("plain data");
        for part in ["0.333333,", "0.0,", "1.0\n", "123.456789,"] {
            assert!(written.contains(part), "no {part} in {written}");
        }
        let read: Vec<Report> = serde_json::from_str(&written).expect("sound");
        assert_eq!(read[0].models, report.models);
    }
}
