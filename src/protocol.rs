//! What page and engine say to each other, in plain data.
//!
//! Beside a message go pixel buffers, which are moved and not copied.

use analysis::Backend;
use analysis::clinical::ClinicalModel;
use analysis::error::Error;
use analysis::findings::{Difference, Evidence, KneeResult, OverlayView, Timings};
use analysis::gate::Refusal;
use analysis::knees::Position;
use analysis::prediction::{Class, OperatingPoint, Verdict};
use analysis::promises::Promises;
use analysis::quality::Quality;
use analysis::remark::Remark;
use radiograph::{DicomFacts, Edit, Note, PersonFacts, PixelSpacing, ProposedWindow, Region, Window};
use serde::{Deserialize, Serialize};

use crate::detail::Detail;

/// Identifies one opened file within a visit. In this code a “study” is one such file; it is not a study of DICOM.
pub type StudyId = u32;

/// So begins the address of a manifest with a head of own films, in the store of the weights; the SHA-256 of the shipped
/// manifest that it takes the place of follows. The engine uses it in place of that very one.
pub const OWN_HEAD: &str = "weights/own-head.json?";

/// From page to engine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Request {
    /// First message: open a device, fetch and check the models.
    Start {
        /// A backend that must be used; none lets the engine choose.
        backend: Option<Backend>,
        /// The only model to load; none loads all.
        model: Option<String>,
        /// Whether weights may be kept on this device.
        keep_weights: bool,
        /// What an engine had measured on an earlier visit, as it told it.
        race: Option<String>,
    },
    /// Judge a file; its bytes are the first buffer.
    Analyze {
        /// Chosen by the page.
        study: StudyId,
        /// Which part of the file is judged.
        edit: Edit,
    },
    /// Read a file for another engine to judge; its bytes are the first buffer. Answered by [`Response::Opened`],
    /// [`Response::Seen`] and [`Response::Read`], or by [`Response::StudyFailed`].
    Read {
        /// Which study.
        study: StudyId,
        /// Which part of the file.
        edit: Edit,
    },
    /// Judge what another engine has read; the first buffer is that of [`Response::Read`].
    Judge {
        /// Which study.
        study: StudyId,
        /// Which part of the file.
        edit: Edit,
    },
    /// Show a part of a file with another VOI window; its bytes are the first buffer. No model sees it.
    Look {
        /// Which study.
        study: StudyId,
        /// Which part of the file.
        edit: Edit,
        /// Which grey values are spread from black to white.
        window: Window,
    },
    /// Paint the heat map of a class and a model for a study judged before.
    Overlay {
        /// Which study.
        study: StudyId,
        /// What to paint.
        view: OverlayView,
    },
    /// Drop what is kept for a study.
    Forget {
        /// Which study.
        study: StudyId,
    },
    /// Tell what was fetched since the last time.
    Traffic,
    /// Tell what the models made of a study in numbers, and hand the film over. Answered by [`Response::Evidence`].
    Evidence {
        /// Which study.
        study: StudyId,
    },
    /// Judge a film, which is the first buffer of [`Response::Evidence`], and compare with what another engine made of
    /// it. Answered by [`Response::Checked`], or by [`Response::StudyFailed`].
    Check {
        /// Which study.
        study: StudyId,
        /// Which part of the file.
        edit: Edit,
        /// What the other engine made of it.
        evidence: Vec<Evidence>,
    },
    /// Show a part of a film in the file's own pixels, with a VOI window with which it was looked at last. Answered by
    /// [`Response::Detail`].
    Detail {
        /// Which study.
        study: StudyId,
        /// Which part of the file.
        edit: Edit,
        /// Which grey values are spread from black to white.
        window: Window,
        /// What of it.
        detail: Detail,
    },
}

/// From engine to page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Response {
    /// The engine's program runs and waits for [`Request::Start`].
    Awake,
    /// Weights on their way.
    Progress {
        /// Bytes that have arrived.
        loaded_bytes: u64,
        /// Bytes in all.
        total_bytes: u64,
    },
    /// Analyses can start; sent again with each further model.
    Ready(Box<EngineState>),
    /// The engine cannot work; nothing will be computed until it is started anew.
    Failed {
        /// Why.
        error: Error,
    },
    /// The engine begins with a study: should it end here, this is the one that it had in hand.
    Begun {
        /// Which study.
        study: StudyId,
    },
    /// A study is decoded. Its RGBA pixels are the first buffer.
    Opened(Box<Opened>),
    /// A study with another VOI window. Its RGBA pixels, of the size of the study's picture, are the first buffer;
    /// none when it could not be read so.
    Looked {
        /// Which study.
        study: StudyId,
        /// Which part of the file.
        edit: Edit,
        /// Which grey values are spread from black to white.
        window: Window,
    },
    /// What the networks look at. Its RGBA pixels are the first buffer.
    Seen {
        /// Which study.
        study: StudyId,
        /// Which part of the file.
        edit: Edit,
        /// Which knee.
        position: Position,
        /// Width and height of the picture in the buffer.
        side_px: u32,
    },
    /// A file is read; the first buffer is for [`Request::Judge`], and means nothing to the page.
    Read {
        /// Which study.
        study: StudyId,
        /// Which part of the file.
        edit: Edit,
    },
    /// Probabilities and verdict, once every model has spoken.
    Judged(Judged),
    /// The heat maps can be asked for.
    Explained {
        /// Which study.
        study: StudyId,
        /// Which part of the file.
        edit: Edit,
        /// The class to show first.
        class: Class,
        /// Durations so far.
        timings: Timings,
    },
    /// A study ended without a result.
    Refused {
        /// Which study.
        study: StudyId,
        /// Which part of the file.
        edit: Edit,
        /// Why it is not judged; never empty.
        reasons: Vec<Refusal>,
    },
    /// A study ended with an error.
    StudyFailed {
        /// Which study.
        study: StudyId,
        /// Which part of the file.
        edit: Edit,
        /// Why.
        error: Error,
    },
    /// A heat map. Its RGBA pixels, of the size of the study's picture, are the first buffer;
    /// none for an empty map.
    Overlay {
        /// Which study.
        study: StudyId,
        /// Which part of the file.
        edit: Edit,
        /// What is painted.
        view: OverlayView,
        /// Whether every knee's map is empty.
        empty: bool,
        /// Whether most of the heat of a knee lies on the border of what the network looks at, or its strongest place in a
        /// corner.
        is_on_border: bool,
        /// Where it is strongest, from the left and from the top in shares of the picture's sides.
        peak: Option<[f32; 2]>,
    },
    /// What the engine has fetched since it was last asked, by the browser's own record.
    Traffic(Vec<Fetched>),
    /// What the models made of a study in numbers; nothing when it is not judged. The first buffer is for
    /// [`Request::Check`], and means nothing to the page; there is none when the engine does not hold the study.
    Evidence {
        /// Which study.
        study: StudyId,
        /// Which part of the file.
        edit: Edit,
        /// One for each model and knee.
        evidence: Vec<Evidence>,
    },
    /// How far this engine is from the one whose evidence it was given.
    Checked {
        /// Which study.
        study: StudyId,
        /// Which part of the file.
        edit: Edit,
        /// None when they did not look at the same knees by the same models.
        difference: Option<Difference>,
    },
    /// A part of a film. Its RGBA pixels are the first buffer; none when the engine does not hold the film so.
    Detail {
        /// Which study.
        study: StudyId,
        /// Which part of the file.
        edit: Edit,
        /// Which grey values are spread from black to white.
        window: Window,
        /// What of it.
        detail: Detail,
    },
}

/// A file that was asked of the network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetched {
    /// Its whole address.
    pub address: String,
    /// Bytes that came over the network; 0 for what this device had.
    pub bytes: u64,
}

/// What is ready.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EngineState {
    /// The processor in use.
    pub backend: Backend,
    /// Why it is not the GPU, if it is not by choice.
    pub no_gpu: Option<NoGpu>,
    /// What was measured on this visit, for the next one.
    pub race: Option<String>,
    /// Models loaded and checked so far.
    pub models: Vec<LoadedModel>,
    /// Whether all models wanted are loaded.
    pub complete: bool,
    /// When a class is named from the picture alone.
    pub operating_point: OperatingPoint,
    /// What these verdicts are worth.
    pub promises: Promises,
    /// Share (0..=1) of each class among the people of all figures.
    pub frequencies: [f32; 3],
    /// What age says without a picture.
    pub clinical: Option<ClinicalModel>,
}

/// A contest of the two processors: how long the models take for one picture on each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Race {
    /// What the browser tells of the graphics processor.
    pub adapter: String,
    /// On the graphics processor, in ms.
    pub gpu_ms: u32,
    /// On one core, in ms.
    pub cpu_ms: u32,
}

impl Race {
    /// The faster one. Of equals the graphics processor, which leaves the core to others.
    pub fn winner(&self) -> Backend {
        if self.cpu_ms < self.gpu_ms { Backend::Cpu } else { Backend::WebGpu }
    }
}

/// Why the GPU is not used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum NoGpu {
    /// The browser has no WebGPU.
    #[error("this browser has no WebGPU")]
    NoWebGpu,
    /// It has, and finds no adapter.
    #[error("WebGPU finds no graphics processor here")]
    NoAdapter,
    /// The adapter is emulated on the CPU, which is faster by itself.
    #[error("the graphics processor here is a software one")]
    Software,
    /// It was measured to be slower.
    #[error("the graphics processor takes {} ms for a picture and one core {} ms", .0.gpu_ms, .0.cpu_ms)]
    Slower(Race),
    /// The adapter does not answer.
    #[error("the graphics processor does not answer")]
    Silent,
    /// The device could not be opened; the driver's reason.
    #[error("WebGPU could not be opened ({0})")]
    NotOpened(String),
}

/// A model that passed its self-test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoadedModel {
    /// Stable id.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// SHA-256 of its file.
    pub sha256: String,
}

/// A decoded study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    /// Which study.
    pub study: StudyId,
    /// Width of the picture in the buffer.
    pub width_px: u32,
    /// Height of the picture in the buffer.
    pub height_px: u32,
    /// Width of the file's picture.
    pub source_width_px: u32,
    /// Height of the file's picture.
    pub source_height_px: u32,
    /// The knees found, on the picture in the buffer.
    pub knees: Vec<(Position, Region)>,
    /// Which part of the file this is.
    pub edit: Edit,
    /// What a DICOM file says of its picture.
    pub dicom: Option<DicomFacts>,
    /// Age and sex of the person, where a DICOM file says so. They stay in the page's memory.
    pub person: PersonFacts,
    /// The windows that a DICOM file proposes.
    pub windows: Vec<ProposedWindow>,
    /// How large a pixel of the file's picture is, where a DICOM file tells.
    pub spacing: Option<PixelSpacing>,
    /// What was chosen where the file can be read in more than one way.
    pub notes: Vec<Note>,
    /// How good it is.
    pub quality: Quality,
    /// Whether it has colours, as screenshots and photographs have.
    pub is_tinted: bool,
    /// Duration of decoding.
    pub decode_ms: f64,
}

impl Opened {
    /// Which part of the file's picture, after it was turned, is shown.
    pub fn shown_part(&self) -> Region {
        self.edit.crop.unwrap_or_else(|| Region::whole(self.source_width_px, self.source_height_px))
    }
}

/// What the models say of a study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// Which study.
    pub study: StudyId,
    /// Which part of the file.
    pub edit: Edit,
    /// The worst of its knees' verdicts.
    pub verdict: Verdict,
    /// Each knee's own.
    pub knees: Vec<KneeResult>,
    /// What to mind beside it.
    pub remarks: Vec<Remark>,
    /// Durations so far.
    pub timings: Timings,
}
