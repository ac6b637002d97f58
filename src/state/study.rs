//! What is known of each file.

use std::cmp::Ordering;

use analysis::Backend;
use analysis::error::Error;
use analysis::findings::{Difference, KneeResult, OverlayView};
use analysis::gate::Refusal;
use analysis::heatmap::ColourMap;
use analysis::knees::Position;
use analysis::prediction::{Class, Verdict};
use radiograph::{Adjustment, Corners, Edit, Note, PersonFacts, PixelSpacing, Window};

use super::platform::Platform;
use crate::measurement::{Measured, Measurement};
use crate::protocol::{Judged, Opened, StudyId};

/// A file and how far its analysis is.
#[derive(Clone)]
pub struct Study<P: Platform> {
    /// Chosen by the page.
    pub id: StudyId,
    /// Another one after every change.
    pub version: u64,
    /// The file's name.
    pub file: String,
    /// The folder that it was found in; empty where none is known.
    pub folder: String,
    /// The first of the files that came together with it.
    pub came_with: StudyId,
    /// Where its bytes are.
    pub source: Source<P>,
    /// Which part of it is judged.
    pub edit: Edit,
    /// The part that was judged before, if that went well.
    pub before: Option<Edit>,
    /// Whether it is to be shown as soon as it is decoded.
    pub wanted: bool,
    /// When it was dropped, in the page's milliseconds.
    pub dropped_ms: f64,
    /// SHA-256 of the file, once read.
    pub sha256: Option<String>,
    /// The decoded picture, once there; of many files the older ones go.
    pub picture: Option<Picture<P>>,
    /// Age and sex of the file's person. It stays when the picture goes.
    pub person_told: PersonFacts,
    /// How the file was read. It stays when the picture goes.
    pub notes: Vec<Note>,
    /// The VOI window that was chosen.
    pub window: Window,
    /// The picture with another VOI window than the file's own, which may not be the one that was chosen last.
    pub in_window: Option<(Window, P::Bytes)>,
    /// How large a pixel of the file's picture is. It stays when the picture goes.
    pub spacing: Option<PixelSpacing>,
    /// What a person has measured on it.
    pub measurements: Vec<Measurement>,
    /// What the networks look at, knee by knee.
    pub seen: Vec<Seen<P>>,
    /// Side and RGBA pixels of a small square of its first knee.
    pub thumbnail: Option<(u32, P::Bytes)>,
    /// How far it is.
    pub stage: Stage,
    /// The class whose heat map is looked at first, once there are maps.
    pub explained: Option<Class>,
    /// The heat map last painted.
    pub overlay: Option<Overlay<P>>,
    /// Of the verdict on this edit.
    pub check: Check,
}

/// Where a file's bytes are.
#[derive(Clone)]
pub enum Source<P: Platform> {
    /// On the user's device.
    File(P::File),
    /// Among the page's own samples.
    Sample(&'static str),
}

/// How far an analysis is.
#[derive(Clone, PartialEq)]
pub enum Stage {
    /// Not begun.
    Waiting,
    /// Being read and judged.
    Working,
    /// At least one model has spoken.
    Judged(Judged),
    /// Not judged, with reasons.
    Refused(Vec<Refusal>),
    /// Ended with an error.
    Failed(Error),
    /// Not begun, and never will be.
    Stopped,
}

/// How far the check of a result by a second engine is.
#[derive(Clone, PartialEq)]
pub enum Check {
    /// Nobody has asked for it.
    Idle,
    /// Under way.
    Running,
    /// Both agree within the tolerance; the backend of the second one.
    Agrees(Difference, Backend),
    /// They differ; `None` if they did not judge the same knees by the same models.
    Differs(Option<Difference>, Backend),
    /// The second engine could not be fetched, or ended; the browser's reason.
    Lost(String),
    /// One of both came to no result.
    Failed(Error),
    /// The first engine was restarted since it judged the film, and no longer holds it.
    Forgotten,
}

/// A decoded picture: RGBA pixels of the size in `opened`.
#[derive(Clone)]
pub struct Picture<P: Platform> {
    /// Sizes, knees, quality.
    pub opened: Opened,
    /// Row by row.
    pub pixels: P::Bytes,
}

/// What the networks look at: RGBA pixels of a square.
#[derive(Clone)]
pub struct Seen<P: Platform> {
    /// Which knee.
    pub position: Position,
    /// Width and height.
    pub side_px: u32,
    /// Row by row.
    pub pixels: P::Bytes,
}

/// A painted heat map.
#[derive(Clone)]
pub struct Overlay<P: Platform> {
    /// What it shows.
    pub view: OverlayView,
    /// RGBA of the picture's size; none when the map is empty.
    pub pixels: Option<P::Bytes>,
    /// Whether most of the heat lies on the border of what the network looks at, or its strongest place in a corner.
    pub is_on_border: bool,
    /// Where it is strongest, from the left and from the top in shares of the picture's sides.
    pub peak: Option<[f32; 2]>,
}

impl<P: Platform> Study<P> {
    /// Not begun.
    pub fn new(id: StudyId, file: String, source: Source<P>, wanted: bool, now_ms: f64) -> Self {
        Self {
            id,
            version: 0,
            file,
            folder: String::new(),
            came_with: id,
            source,
            edit: Edit::default(),
            before: None,
            wanted,
            dropped_ms: now_ms,
            sha256: None,
            picture: None,
            notes: Vec::new(),
            window: Window::Own,
            in_window: None,
            spacing: None,
            person_told: PersonFacts::default(),
            measurements: Vec::new(),
            seen: Vec::new(),
            thumbnail: None,
            stage: Stage::Waiting,
            explained: None,
            overlay: None,
            check: Check::Idle,
        }
    }

    /// As if it had just been dropped; the picture stays until the engine sends it anew.
    pub fn begin_again(&mut self, edit: Edit, now_ms: f64) {
        // What is on the screen has been read without error.
        self.before = self.picture.as_ref().map(|picture| picture.opened.edit);
        self.edit = edit;
        self.wanted = true;
        self.dropped_ms = now_ms;
        self.stage = Stage::Working;
        self.look_as_the_file_asks();
        self.explained = None;
        self.overlay = None;
        self.check = Check::Idle;
    }

    /// In the file's own window.
    pub fn look_as_the_file_asks(&mut self) {
        self.window = Window::Own;
        self.in_window = None;
    }

    /// The window of the picture on the page.
    pub fn shown_window(&self) -> Window {
        self.in_window.as_ref().map_or(Window::Own, |(window, _)| *window)
    }

    /// Whether the picture on the page is of the edit and in the window that were asked for last.
    pub fn is_shown_as_asked(&self) -> bool {
        self.shown_window() == self.window
            && self.picture.as_ref().is_some_and(|picture| picture.opened.edit == self.edit)
    }

    /// What was measured, in the file's own unit.
    pub fn measured(&self) -> Vec<Measured> {
        self.measurements.iter().filter_map(|one| one.measured(self.spacing)).collect()
    }

    /// Only what was said stays.
    pub fn let_pictures_go(&mut self) {
        self.person_told = self.person();
        self.picture = None;
        self.look_as_the_file_asks();
        self.seen.clear();
        self.explained = None;
        self.overlay = None;
    }

    /// Age and sex of its person, as far as the file or the sample tells.
    pub fn person(&self) -> PersonFacts {
        match self.source {
            Source::Sample(file) => PersonFacts { age_years: age_of_sample(file), is_female: None },
            Source::File(_) => self.picture.as_ref().map_or(self.person_told, |picture| picture.opened.person),
        }
    }

    /// The knee that decides, if the models know one; see [`deciding`].
    pub fn deciding_knee(&self) -> Option<&KneeResult> {
        if let Stage::Judged(judged) = &self.stage { deciding(judged) } else { None }
    }

    /// As in `data-verdict`; none while nothing can be said.
    pub fn verdict_id(&self) -> Option<&'static str> {
        match &self.stage {
            Stage::Waiting | Stage::Working | Stage::Stopped => None,
            Stage::Judged(judged) => Some(verdict_id(judged.verdict)),
            Stage::Refused(_) => Some("refused"),
            Stage::Failed(_) => Some("error"),
        }
    }

    /// What would make a refused picture a knee.
    pub fn adjustment(&self) -> Option<Adjustment> {
        let Stage::Refused(reasons) = &self.stage else { return None };
        reasons.iter().find_map(|reason| if let Refusal::Needs(how) = reason { Some(*how) } else { None })
    }

    /// The corners of the film on a refused picture that shows a knee once it is straightened.
    pub fn film_inside(&self) -> Option<Corners> {
        let Stage::Refused(reasons) = &self.stage else { return None };
        reasons.iter().find_map(|reason| if let Refusal::Askew(corners) = reason { Some(*corners) } else { None })
    }

    /// Whether it may have been refused because it is a photograph, which its corners can mend.
    pub fn may_be_photo(&self) -> bool {
        let Stage::Refused(reasons) = &self.stage else { return false };
        reasons.iter().any(|reason| matches!(reason, Refusal::Askew(_) | Refusal::Colour))
    }

    /// The heat map that is asked for first.
    pub fn first_view(&self) -> Option<OverlayView> {
        let Stage::Judged(judged) = &self.stage else { return None };
        let (model, _) = judged.knees.first()?.models.last()?;
        Some(OverlayView { model: model.clone(), class: self.explained?, colours: ColourMap::default() })
    }

    /// Whether the file could not be read or judged.
    pub fn is_failed(&self) -> bool {
        matches!(self.stage, Stage::Failed(_))
    }

    /// Whether something is still to come.
    pub fn is_at_work(&self) -> bool {
        matches!(self.stage, Stage::Waiting | Stage::Working)
    }
}

/// The made-up age of a sample: with these each verdict is seen once.
pub fn age_of_sample(file: &str) -> Option<u8> {
    [("sample-a.png", 30), ("sample-b.png", 50), ("sample-c.png", 72)]
        .into_iter()
        .find_map(|(name, age)| (name == file).then_some(age))
}

/// The knee that decides, if the models know one: the most serious.
pub fn deciding(judged: &Judged) -> Option<&KneeResult> {
    judged.knees.iter().filter(|knee| knee.is_known).max_by(|a, b| by_seriousness(a, b))
}

/// By the verdict; of equals the more serious is that in which the models find osteoporosis the likelier.
pub fn by_seriousness(a: &KneeResult, b: &KneeResult) -> Ordering {
    let ill = |knee: &KneeResult| knee.combined[Class::Osteoporosis as usize];
    a.verdict.cmp(&b.verdict).then(ill(a).total_cmp(&ill(b)))
}

/// As in `data-verdict`.
pub fn verdict_id(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Normal => "normal",
        Verdict::Osteopenia => "osteopenia",
        Verdict::Osteoporosis => "osteoporosis",
        Verdict::Uncertain => "uncertain",
    }
}
