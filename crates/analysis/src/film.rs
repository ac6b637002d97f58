//! One file: its picture, the knees on it, and what models have said of them so far.

use image::GrayImage;
use networks::Activations;
use networks::kernels::cpu::mean;
use radiograph::{
    Decoded, DicomFacts, Edit, Note, PersonFacts, PixelSpacing, Placement, ProposedWindow, Radiograph, Window,
    grey_pixels,
};
use serde::{Deserialize, Serialize};

use crate::body_part::BodyPart;
use crate::error::Result;
use crate::findings::{Descriptor, Evidence, KneeResult, Timings};
use crate::gate::{self, Refusal};
use crate::grad_cam::ClassMaps;
use crate::input;
use crate::knees::{self, Knee, Position};
use crate::metal;
use crate::pass::Parts;
use crate::prediction::{self, Class, Probabilities};
use crate::quality::Quality;
use crate::remark::{self, Remark};
use crate::side::Side;

/// The longest side of the picture of a whole film that is shown; a phone holds it, and what is enlarged is asked for.
const SHOWN_SIDE_PX: u32 = 1600;

/// One file, decoded, with the models' opinions so far; only those are not serialised.
#[derive(Serialize, Deserialize)]
pub struct Film {
    pub(crate) radiograph: Radiograph,
    /// What its pixels alone say against it.
    refusals: Vec<Refusal>,
    edit: Edit,
    dicom: Option<DicomFacts>,
    person: PersonFacts,
    windows: Vec<ProposedWindow>,
    spacing: Option<PixelSpacing>,
    notes: Vec<Note>,
    pub(crate) knees: Vec<Knee>,
    /// Each knee as networks see it, of the sizes asked for so far.
    squares: Vec<Square>,
    pub(crate) shown_from_source: f32,
    #[serde(skip)]
    pub(crate) opinions: Vec<Opinion>,
    /// Passes that were made before a model is asked for its opinion: of which model, over which knee.
    #[serde(skip)]
    made: Vec<(String, usize, Activations)>,
    pub(crate) timings: Timings,
}

/// A knee as networks see it, before its grey values are stretched.
#[derive(Serialize, Deserialize)]
struct Square {
    knee: usize,
    side_px: u32,
    #[serde(with = "grey_pixels")]
    pixels: GrayImage,
    image_from_input: Placement,
}

/// What one model says of one knee.
pub(crate) struct Opinion {
    pub(crate) model: String,
    pub(crate) knee: usize,
    /// From a knee, 1 being the limit.
    pub(crate) distance: f32,
    /// Whether that distance decides what is a knee.
    pub(crate) decides: bool,
    /// What it takes it for instead of a knee.
    pub(crate) body_part: Option<Shown>,
    pub(crate) side: Option<Side>,
    pub(crate) probabilities: Probabilities,
    pub(crate) activations: Option<Activations>,
    pub(crate) maps: Option<ClassMaps>,
    pub(crate) image_from_input: Placement,
    pub(crate) input_side_px: u32,
}

/// A part of the body in place of a knee.
pub(crate) struct Shown {
    pub(crate) part: BodyPart,
    /// Whether the classifier of this part is right often enough for its answer to be shown.
    pub(crate) is_named: bool,
    pub(crate) probability: f32,
}

impl Film {
    /// Decodes a file, and turns, inverts and crops its picture. No knee is looked for yet.
    ///
    /// # Errors
    /// See [`radiograph::open`].
    pub fn open(bytes: &[u8], edit: Edit) -> Result<Self> {
        let Decoded { radiograph, dicom, person, windows, spacing, notes } =
            radiograph::open(bytes, edit, Window::Own)?;
        let mut film = Self { edit, dicom, person, windows, spacing, notes, ..Self::of(radiograph) };
        // Who has shown where the film lies has said that it is one: its colour is that of the light.
        film.refusals.retain(|reason| *reason != Refusal::Colour || edit.corners.is_none());
        Ok(film)
    }

    /// A picture that is decoded already. No knee is looked for yet.
    pub fn of(radiograph: Radiograph) -> Self {
        Self {
            shown_from_source: shown_from(radiograph.width_px(), radiograph.height_px()),
            refusals: gate::refusals(&radiograph),
            radiograph,
            edit: Edit::default(),
            dicom: None,
            person: PersonFacts::default(),
            windows: Vec::new(),
            spacing: None,
            notes: Vec::new(),
            knees: Vec::new(),
            squares: Vec::new(),
            opinions: Vec::new(),
            made: Vec::new(),
            timings: Timings::default(),
        }
    }

    /// The same part of the file with another VOI window, of the size of the file's picture. No model sees it.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn look(bytes: &[u8], edit: Edit, window: Window) -> Result<GrayImage> {
        Ok(radiograph::open(bytes, edit, window)?.radiograph.into_pixels())
    }

    /// The file's picture, as it was turned and cut.
    pub fn pixels(&self) -> &GrayImage {
        self.radiograph.pixels()
    }

    /// Whether every model that decides takes this for a knee.
    pub(crate) fn is_knee(&self, knee: usize) -> bool {
        let mut deciding = self.opinions.iter().filter(|opinion| opinion.knee == knee && opinion.decides);
        deciding.all(|opinion| opinion.distance <= 1.0)
    }

    pub(crate) fn shows_a_knee(&self) -> bool {
        (0..self.knees.len()).any(|knee| self.is_knee(knee))
    }

    /// The part of the body that it shows instead of a knee, by the models that decide, if that can be said.
    fn body_part(&self) -> Option<BodyPart> {
        let deciding = self.opinions.iter().filter(|opinion| opinion.decides);
        let shown = deciding.filter_map(|opinion| opinion.body_part.as_ref());
        let most = shown.max_by(|a, b| a.probability.total_cmp(&b.probability));
        most.filter(|shown| shown.is_named).map(|shown| shown.part)
    }

    /// Why it is not judged, if no model that decides takes it for a knee. What holds metal is not called by a name, but for
    /// teeth, which often do: a knee with a prosthesis can look like many a thing.
    pub(crate) fn no_knee(&self) -> Vec<Refusal> {
        let has_metal = self.has_metal();
        match self.body_part() {
            Some(part) if part == BodyPart::Head || !has_metal => vec![Refusal::LooksLike(part)],
            _ if has_metal => vec![Refusal::NotAKnee, Refusal::Metal],
            _ => vec![Refusal::NotAKnee],
        }
    }

    fn has_metal(&self) -> bool {
        self.squares.iter().any(|square| metal::is_seen(&square.pixels))
    }

    /// What to mind beside the results of its knees.
    pub(crate) fn remarks(&self, knees: &[KneeResult]) -> Vec<Remark> {
        let sides: Vec<_> = knees.iter().filter(|knee| knee.is_known).map(|knee| (knee.position, knee.side)).collect();
        let said = self.dicom.as_ref().and_then(|dicom| Side::of_dicom(dicom.laterality.as_deref()?));
        self.has_metal().then_some(Remark::Metal).into_iter().chain(remark::of_sides(&sides, said)).collect()
    }

    /// Why the picture is not judged, from its pixels alone; empty when a model may look at it.
    pub(crate) fn refusals(&self) -> Vec<Refusal> {
        self.refusals.clone()
    }

    /// Finds the knees; `clock_ms` as in [`Analyzer::new`](crate::analyzer::Analyzer::new).
    pub fn find_knees(&mut self, clock_ms: fn() -> f64) {
        let started = clock_ms();
        // What a shutter hides is no part of the film: a knee's box ends where the shutter does.
        let has_shutter = self.notes.contains(&Note::Shutter);
        let open = has_shutter.then(|| self.radiograph.lit()).flatten();
        self.knees = match open {
            Some(part) => knees::find_within(self.radiograph.pixels(), part),
            None => knees::find(self.radiograph.pixels()),
        };
        self.squares.clear();
        self.timings.preprocess_ms += clock_ms() - started;
    }

    /// The knees found, on the file's picture.
    pub fn knees(&self) -> &[Knee] {
        &self.knees
    }

    /// Each knee as the networks see it, before its grey values are stretched; `clock_ms` as in [`Analyzer::new`](crate::analyzer::Analyzer::new).
    pub fn seen(&mut self, side_px: u32, clock_ms: fn() -> f64) -> Vec<(Position, GrayImage)> {
        let started = clock_ms();
        let seen = (0..self.knees.len()).map(|knee| (self.knees[knee].position, self.square(knee, side_px).0.clone()));
        let seen = seen.collect();
        self.timings.preprocess_ms += clock_ms() - started;
        seen
    }

    /// A knee as the networks see it and the transform from it to the picture, made once for all models of this size.
    pub(crate) fn square(&mut self, knee: usize, side_px: u32) -> (&GrayImage, Placement) {
        let known = self.squares.iter().position(|square| (square.knee, square.side_px) == (knee, side_px));
        let at = known.unwrap_or_else(|| {
            let (pixels, image_from_input) = input::seen(self.radiograph.pixels(), self.knees[knee].region, side_px);
            self.squares.push(Square { knee, side_px, pixels, image_from_input });
            self.squares.len() - 1
        });
        (&self.squares[at].pixels, self.squares[at].image_from_input)
    }

    /// Takes in what a pass of [`Analyzer::passes`](crate::analyzer::Analyzer::passes) has given after so many milliseconds:
    /// it is not made once more.
    pub fn take_in(&mut self, model: String, knee: usize, given: Activations, ms: f64) {
        self.timings.inference_ms += ms;
        self.made.push((model, knee, given));
    }

    /// The same of a pass that another worker has made. False when it did not arrive whole.
    pub fn take_over(&mut self, model: String, knee: usize, parts: Parts, numbers: Vec<f32>, ms: f64) -> bool {
        parts.join(numbers).map(|given| self.take_in(model, knee, given, ms)).is_some()
    }

    /// Drops passes that nobody has asked for.
    pub(crate) fn forget_passes(&mut self) {
        self.made.clear();
    }

    /// What a pass has given that was made already.
    pub(crate) fn take_pass(&mut self, model: &str, knee: usize) -> Option<Activations> {
        let at = self.made.iter().position(|(of, over, _)| of == model && *over == knee)?;
        Some(self.made.swap_remove(at).2)
    }

    /// How good the picture of its knees is.
    pub fn quality(&self, seen: &[(Position, GrayImage)]) -> Quality {
        let side_px = |knee: &Knee| knee.region.width_px.max(knee.region.height_px);
        let knees: Vec<(GrayImage, u32)> =
            self.knees.iter().zip(seen).map(|(knee, (_, seen))| (seen.clone(), side_px(knee))).collect();
        Quality::of(&knees)
    }

    /// Which part of the file it is.
    pub fn edit(&self) -> Edit {
        self.edit
    }

    /// What a DICOM file says of its picture.
    pub fn dicom(&self) -> Option<&DicomFacts> {
        self.dicom.as_ref()
    }

    /// What was chosen where the file can be read in more than one way.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Age and sex of the person, where a DICOM file says so.
    pub fn person(&self) -> PersonFacts {
        self.person
    }

    /// The windows that a DICOM file proposes.
    pub fn windows(&self) -> &[ProposedWindow] {
        &self.windows
    }

    /// How large a pixel of the file's picture is, where a DICOM file tells.
    pub fn spacing(&self) -> Option<PixelSpacing> {
        self.spacing
    }

    /// Whether the file has colours, if faint ones.
    pub fn is_tinted(&self) -> bool {
        self.radiograph.colourfulness() > 1.0 || self.dicom.as_ref().is_some_and(|facts| facts.is_colour)
    }

    /// Width and height of the file's picture.
    pub fn source_size(&self) -> (u32, u32) {
        (self.radiograph.width_px(), self.radiograph.height_px())
    }

    /// Pixels of [`Self::picture`] per pixel of the file's picture.
    pub fn shown_from_source(&self) -> f32 {
        self.shown_from_source
    }

    /// The picture to show: the radiograph, reduced to a screen's size if it is larger.
    pub fn picture(&self) -> GrayImage {
        shown(self.radiograph.pixels())
    }

    /// Durations so far.
    pub fn timings(&self) -> Timings {
        self.timings
    }

    /// Whether this model has judged the study.
    pub fn is_judged_by(&self, model: &str) -> bool {
        self.opinions.iter().any(|opinion| opinion.model == model)
    }

    /// The most serious class that leads on a knee: the one whose heat map is looked at first.
    pub fn leading_class(&self) -> Class {
        let of_knee = |knee: usize| -> Vec<Probabilities> {
            let opinions = self.opinions.iter().filter(|opinion| opinion.knee == knee);
            opinions.map(|opinion| opinion.probabilities).collect()
        };
        let leading = |knee| prediction::leading(&prediction::combined(&of_knee(knee)));
        (0..self.knees.len()).filter(|knee| self.is_knee(*knee)).map(leading).max().unwrap_or(Class::Normal)
    }

    /// What each model made of each knee in numbers; empty before the heat maps are computed.
    pub fn evidence(&self) -> Vec<Evidence> {
        let evidence = |opinion: &Opinion| {
            let Opinion { model, knee, distance, probabilities, maps, .. } = opinion;
            let (model, maps) = (model.clone(), maps.clone()?);
            Some(Evidence { model, knee: *knee, distance: *distance, probabilities: *probabilities, maps })
        };
        self.opinions.iter().filter_map(evidence).collect()
    }

    /// What the last layer of each model sees of each knee; empty once the heat maps are computed.
    pub fn descriptors(&self) -> Vec<Descriptor> {
        let descriptor = |opinion: &Opinion| {
            let means = mean(&opinion.activations.as_ref()?.maps);
            Some(Descriptor { model: opinion.model.clone(), knee: opinion.knee, means })
        };
        self.opinions.iter().filter_map(descriptor).collect()
    }

    /// Width and height of [`Self::picture`].
    pub fn shown_size(&self) -> (u32, u32) {
        shown_size(self.radiograph.width_px(), self.radiograph.height_px())
    }
}

/// Pixels of the picture shown per pixel of the file's.
fn shown_from(width: u32, height: u32) -> f32 {
    (SHOWN_SIDE_PX as f32 / width.max(height) as f32).min(1.0)
}

fn shown_size(width: u32, height: u32) -> (u32, u32) {
    [width, height].map(|side| ((side as f32 * shown_from(width, height)).round() as u32).max(1)).into()
}

/// Reduced to a screen's size if it is larger.
pub fn shown(pixels: &GrayImage) -> GrayImage {
    let (width, height) = shown_size(pixels.width(), pixels.height());
    if (width, height) == pixels.dimensions() { pixels.clone() } else { pixels::resized(pixels, width, height) }
}
