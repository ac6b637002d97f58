//! A page without a browser, to rehearse orders of events on: files and bytes are their names, and a clock is turned on by
//! each event.

use analysis::error::Error;
use analysis::findings::{KneeResult, OverlayView, Timings};
use analysis::heatmap::ColourMap;
use analysis::knees::Position;
use analysis::prediction::{Class, Verdict};
use analysis::quality::Quality;
use radiograph::{Edit, PersonFacts, Region};

use super::{Came, Effect, Event, Platform, Stage, State, Study};
use crate::protocol::{Judged, Opened, Response, StudyId};

/// Files and bytes are their names.
#[derive(Clone)]
pub enum Names {}

impl Platform for Names {
    type File = &'static str;
    type Bytes = &'static str;

    fn smaller(_: &&'static str, _: u32, _: u32) -> &'static str {
        "small"
    }

    fn may_keep() -> bool {
        true
    }

    fn remembered_race() -> Option<String> {
        None
    }

    fn processors() -> u32 {
        2
    }
}

/// The page with what it was told to do.
#[derive(Default)]
pub struct Page {
    pub state: State<Names>,
    pub effects: Vec<Effect<Names>>,
    pub now_ms: f64,
}

/// Studies, and which part of each.
pub type Edits = Vec<(StudyId, Edit)>;

pub const WHOLE: Edit = Edit { frame: 0, adjustment: None, corners: None, crop: None };
pub const PART: Edit = Edit { crop: Some(Region { x_px: 10, y_px: 10, width_px: 200, height_px: 200 }), ..WHOLE };
pub const OTHER_PART: Edit = Edit { crop: Some(Region { x_px: 0, y_px: 0, width_px: 150, height_px: 150 }), ..WHOLE };

pub fn gone() -> Error {
    Error::Compute("gone".into())
}

impl Page {
    /// With so many files, numbered from 1.
    pub fn with_files(count: usize) -> Self {
        let mut page = Self::default();
        page.drop(count);
        page
    }

    pub fn tell(&mut self, event: Event<Names>) {
        self.now_ms += 1.0;
        let effects = self.state.on(event, self.now_ms);
        self.effects.extend(effects);
    }

    pub fn drop(&mut self, count: usize) {
        let file = || Came { folder: String::new(), name: "knee.png".into(), file: "knee" };
        self.tell(Event::Came((0..count).map(|_| file()).collect(), 0));
    }

    pub fn say(&mut self, response: Response) {
        let bytes = match response {
            Response::Opened(_) | Response::Looked { .. } | Response::Overlay { .. } => Some("pixels"),
            _ => None,
        };
        self.tell(Event::Said(response, bytes));
    }

    pub fn read(&mut self, study: StudyId, edit: Edit) {
        self.tell(Event::Read(study, edit, Ok("bytes"), Some("hash".into())));
    }

    pub fn open(&mut self, study: StudyId, edit: Edit) {
        self.say(Response::Opened(Box::new(Opened {
            study,
            width_px: 400,
            height_px: 400,
            source_width_px: 400,
            source_height_px: 400,
            knees: Vec::new(),
            edit,
            dicom: None,
            person: PersonFacts { age_years: Some(70), is_female: None },
            windows: Vec::new(),
            spacing: None,
            notes: Vec::new(),
            quality: Quality { is_large: true, is_well_exposed: true, is_sharp: true, knee_px: 400 },
            is_tinted: false,
            decode_ms: 1.0,
        })));
    }

    pub fn judge(&mut self, study: StudyId, edit: Edit) {
        let knee = KneeResult {
            position: Position::Only,
            is_known: true,
            verdict: Verdict::Uncertain,
            combined: [0.3, 0.4, 0.3],
            models: vec![("net".into(), [0.3, 0.4, 0.3])],
            side: None,
        };
        self.say(Response::Judged(Judged {
            study,
            edit,
            verdict: Verdict::Uncertain,
            knees: vec![knee],
            remarks: Vec::new(),
            timings: Timings::default(),
        }));
    }

    pub fn explain(&mut self, study: StudyId, edit: Edit) {
        self.say(Response::Explained { study, edit, class: Class::Normal, timings: Timings::default() });
    }

    pub fn paint(&mut self, study: StudyId, edit: Edit) {
        let view = OverlayView { model: "net".into(), class: Class::Normal, colours: ColourMap::default() };
        self.say(Response::Overlay { study, edit, view, is_on_border: false, peak: None, empty: false });
    }

    pub fn fail(&mut self, study: StudyId, edit: Edit) {
        self.say(Response::StudyFailed { study, edit, error: gone() });
    }

    /// From the file to its heat map.
    pub fn finish(&mut self, study: StudyId, edit: Edit) {
        self.read(study, edit);
        self.open(study, edit);
        self.judge(study, edit);
        self.explain(study, edit);
        self.paint(study, edit);
    }

    pub fn study(&self, id: StudyId) -> &Study<Names> {
        self.state.of(id).expect("it is on the page")
    }

    pub fn stages(&self) -> Vec<&'static str> {
        let name = |study: &Study<Names>| match study.stage {
            Stage::Waiting => "waiting",
            Stage::Working => "working",
            Stage::Judged(_) => "judged",
            Stage::Refused(_) => "refused",
            Stage::Failed(_) => "failed",
            Stage::Stopped => "stopped",
        };
        self.state.all.iter().map(name).collect()
    }

    /// The files that it asked to be read, and those that it gave to the engine, since the last call.
    pub fn take_asked(&mut self) -> (Edits, Edits) {
        let (mut read, mut judged) = (Vec::new(), Vec::new());
        for effect in self.effects.drain(..) {
            match effect {
                Effect::Read(study, edit, _) => read.push((study, edit)),
                Effect::Judge(study, edit, _) => judged.push((study, edit)),
                _ => {}
            }
        }
        (read, judged)
    }
}
