//! Wires the stages: a film → what the models make of it.

mod apart;

use image::{GrayImage, RgbaImage};
use networks::{Parameters, Processor};
use radiograph::{Adjustment, Corners, Edit, Radiograph, Region};

use crate::error::Result;
use crate::film::{Film, Opinion, Shown};
use crate::findings::{FilmVerdict, KneeResult, Outcome, OverlayView};
use crate::gate::{self, Refusal};
use crate::grad_cam::{self, ClassMaps};
use crate::heatmap::{self, Heatmap, Placed};
use crate::input::{self, Input};
use crate::knees;
use crate::manifest::{Manifest, ModelEntry};
use crate::model::Model;
use crate::outline;
use crate::prediction::{self, Probabilities, Verdict};
use crate::remark::Remark;

/// The loaded models and how to run them.
pub struct Analyzer {
    manifest: Manifest,
    /// How many models must have spoken before there is a verdict.
    members: usize,
    processor: Processor,
    clock_ms: fn() -> f64,
    models: Vec<Model>,
    /// Both processors are timed against each other while there is one.
    contest: Option<Contest>,
}

/// The same models on the CPU, and how long all of them take for one input.
#[derive(Default)]
struct Contest {
    on_cpu: Vec<Model>,
    gpu_ms: f64,
    cpu_ms: f64,
}

/// A painted heat map.
pub struct Overlay {
    /// RGBA of the size of [`Film::picture`]; none when every knee's map is empty.
    pub picture: Option<RgbaImage>,
    /// Whether most of the heat of a knee lies on the border of what the network looks at, or its strongest place in a corner.
    pub is_on_border: bool,
    /// Where it is strongest, from the left and from the top in shares of the picture's sides; none when it is empty.
    pub peak: Option<[f32; 2]>,
}

impl Analyzer {
    /// Without models yet, of which so many `members` make a verdict. `clock_ms` is a steadily growing time in
    /// milliseconds.
    pub fn new(manifest: Manifest, members: usize, processor: Processor, clock_ms: fn() -> f64) -> Self {
        Self { manifest, members, processor, clock_ms, models: Vec::new(), contest: None }
    }

    /// The models loaded so far.
    pub fn models(&self) -> impl Iterator<Item = &ModelEntry> {
        self.models.iter().map(Model::entry)
    }

    /// Whether every member of the verdict is loaded.
    pub fn is_complete(&self) -> bool {
        self.models.len() >= self.members
    }

    /// The manifest of its models: rules, promises, what age says without a picture.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Loads a model of the manifest and runs its self-test.
    ///
    /// # Errors
    /// See [`Model::tested`].
    pub async fn load(&mut self, entry: &ModelEntry, parameters: &Parameters) -> Result<()> {
        let model = Box::pin(Model::tested(entry, parameters, &self.processor)).await?;
        if let Some(mut contest) = self.contest.take() {
            let on_cpu = Box::pin(Model::tested(entry, parameters, &Processor::Cpu)).await?;
            contest.gpu_ms += self.time(&model).await?;
            contest.cpu_ms += self.time(&on_cpu).await?;
            contest.on_cpu.push(on_cpu);
            self.contest = Some(contest);
        }
        self.models.push(model);
        Ok(())
    }

    /// From now on models are loaded on the CPU too, and timed on both, until [`Self::settle`].
    pub fn compare_with_cpu(&mut self) {
        self.contest = Some(Contest::default());
    }

    /// Goes on with the faster processor. How long all models took for one input, in milliseconds: on the graphics
    /// processor and on the CPU; none when nothing was compared.
    pub fn settle(&mut self) -> Option<(f64, f64)> {
        let Contest { on_cpu, gpu_ms, cpu_ms } = self.contest.take()?;
        if cpu_ms < gpu_ms {
            self.processor = Processor::Cpu;
            self.models = on_cpu;
        }
        Some((gpu_ms, cpu_ms))
    }

    /// One pass of a model that has run before.
    async fn time(&self, model: &Model) -> Result<f64> {
        let input = model.entry().golden_input();
        let started = (self.clock_ms)();
        model.forward(input).await?;
        Ok((self.clock_ms)() - started)
    }

    /// A file from its bytes to findings: the film with its heat maps, and what comes of it.
    ///
    /// # Errors
    /// [`Error::File`](crate::error::Error::File) when the file cannot be read,
    /// [`Error::Compute`](crate::error::Error::Compute) when the device fails.
    pub async fn analyze(&self, bytes: &[u8], edit: Edit) -> Result<(Film, Outcome)> {
        let mut film = Film::open(bytes, edit)?;
        film.find_knees(self.clock_ms);
        let outcome = self.judge(&mut film).await?;
        self.explain(&mut film);
        Ok((film, outcome))
    }

    /// Lets every loaded model that has not done so yet judge every knee of a film whose knees are found.
    ///
    /// The pixels come first: what is no film is shown to no model. A film in which the model that decides finds no knee is
    /// asked of no further one (a helper may have made its passes beforehand). There is no verdict before every member has spoken.
    ///
    /// # Errors
    /// [`Error::Compute`](crate::error::Error::Compute) when the device fails.
    pub async fn judge(&self, film: &mut Film) -> Result<Outcome> {
        let by_pixels = film.refusals();
        if by_pixels.is_empty() {
            for model in &self.models {
                if film.shows_a_knee() && !film.is_judged_by(&model.entry().id) {
                    self.ask(model, film).await?;
                }
            }
        }
        if self.is_complete() {
            film.forget_passes();
        }
        let reasons = if by_pixels.is_empty() && film.shows_a_knee() {
            Vec::new()
        } else {
            self.refusals(film, by_pixels).await?
        };
        if !reasons.is_empty() {
            return Ok(Outcome::Refused(reasons));
        }
        if !self.is_complete() {
            return Ok(Outcome::Waiting);
        }
        let knees = self.results(film);
        let verdict = prediction::worst(knees.iter().map(|knee| knee.verdict));
        let mut remarks = film.remarks(&knees);
        if self.models().any(|entry| entry.last_layer.is_some()) {
            remarks.push(Remark::OwnHead);
        }
        Ok(Outcome::Judged(FilmVerdict { verdict, knees, remarks }))
    }

    /// One model's opinion on every knee.
    async fn ask(&self, model: &Model, film: &mut Film) -> Result<()> {
        let entry = model.entry();
        for knee in 0..film.knees.len() {
            let started = (self.clock_ms)();
            let (square, image_from_input) = film.square(knee, entry.input.side_px);
            let picture = input::normalised(square, &entry.input);
            let prepared = (self.clock_ms)();
            let activations = match film.take_pass(&entry.id, knee) {
                Some(made) => made,
                None => model.forward(picture).await?,
            };
            let judged = (self.clock_ms)();

            film.timings.preprocess_ms += prepared - started;
            film.timings.inference_ms += judged - prepared;
            let distance = model.distance(&activations);
            film.opinions.push(Opinion {
                model: entry.id.clone(),
                knee,
                distance,
                decides: self.decides(entry),
                body_part: if distance > 1.0 {
                    model.body_part(&activations).map(|(head, probability)| Shown {
                        part: head.part,
                        is_named: head.is_named,
                        probability,
                    })
                } else {
                    None
                },
                side: model.side(&activations),
                probabilities: prediction::probabilities(
                    &activations.scores,
                    &self.manifest.classes,
                    entry.temperature,
                ),
                activations: Some(activations),
                maps: None,
                image_from_input,
                input_side_px: entry.input.side_px,
            });
        }
        Ok(())
    }

    /// Why a film is not judged in which no knee is found, or that is none by its pixels. Says what to do if the models
    /// that decide would take it for a knee once it is turned or inverted.
    async fn refusals(&self, film: &Film, by_pixels: Vec<Refusal>) -> Result<Vec<Refusal>> {
        // While a model is missing nothing is proposed: the small one by itself takes many an inverted chest for a knee.
        let is_whole = self.models.len() >= self.manifest.models.len();
        let farthest = async |pixels: &GrayImage, region| self.farthest(pixels, region).await;
        Ok(match if is_whole { remedy(film, &by_pixels, farthest).await? } else { None } {
            Some(needs) => vec![needs],
            None if by_pixels.is_empty() => film.no_knee(),
            None => by_pixels,
        })
    }

    /// Whether a model decides what is a knee: the manifest's gatekeeper alone, where all models are members of the verdict.
    fn decides(&self, entry: &ModelEntry) -> bool {
        let all_are_members = self.members >= self.manifest.models.len();
        self.manifest.gatekeeper().is_none_or(|gatekeeper| gatekeeper.id == entry.id || !all_are_members)
    }

    /// The distance of a region from a knee: of the models that decide, that of the one which finds it the farthest.
    async fn farthest(&self, pixels: &GrayImage, region: Region) -> Result<f32> {
        let mut farthest = f32::NEG_INFINITY;
        for model in self.models.iter().filter(|model| self.decides(model.entry())) {
            let input = Input::prepare(pixels, region, &model.entry().input);
            farthest = farthest.max(model.distance(&model.forward(input.picture).await?));
        }
        Ok(farthest)
    }

    /// Computes the heat maps that are still missing.
    pub fn explain(&self, film: &mut Film) {
        let started = (self.clock_ms)();
        for opinion in &mut film.opinions {
            let model = self.models.iter().find(|model| model.entry().id == opinion.model);
            if let (Some(model), Some(activations)) = (model, opinion.activations.take()) {
                opinion.maps = Some(grad_cam::class_maps(model.head(), &activations.maps));
            }
        }
        film.timings.grad_cam_ms += (self.clock_ms)() - started;
    }

    /// Each knee's result from the models that have judged it.
    fn results(&self, film: &Film) -> Vec<KneeResult> {
        let of_knee = |index: usize| -> Vec<(String, Probabilities)> {
            let opinions = film.opinions.iter().filter(|opinion| opinion.knee == index);
            opinions.map(|opinion| (opinion.model.clone(), opinion.probabilities)).collect()
        };
        let result = |(index, knee): (usize, &knees::Knee)| {
            let models = of_knee(index);
            let probabilities: Vec<Probabilities> = models.iter().map(|(_, one)| *one).collect();
            // Of two knees one may be cut off or covered by metal: no verdict on that one.
            let is_known = film.is_knee(index);
            let verdict = if is_known {
                prediction::verdict(&probabilities, &self.manifest.operating_point)
            } else {
                Verdict::Uncertain
            };
            KneeResult {
                position: knee.position,
                is_known,
                verdict,
                combined: prediction::combined(&probabilities),
                models,
                side: film.opinions.iter().filter(|opinion| opinion.knee == index).find_map(|opinion| opinion.side),
            }
        };
        film.knees.iter().enumerate().map(result).collect()
    }

    /// Paints a class's heat map of one model over all knees.
    pub fn overlay(&self, film: &Film, view: &OverlayView) -> Overlay {
        let class = self.manifest.classes.iter().position(|class| *class == view.class).unwrap_or(view.class as usize);
        let heatmap = |maps: &ClassMaps| {
            let mut all = Heatmap::from_class_maps(maps.width, maps.height, &maps.values);
            all[class].take()
        };
        let maps: Vec<(&Opinion, Heatmap)> = film
            .opinions
            .iter()
            .filter(|opinion| opinion.model == view.model && film.is_knee(opinion.knee))
            .filter_map(|opinion| Some((opinion, heatmap(opinion.maps.as_ref()?)?)))
            .collect();
        let placed: Vec<Placed> = maps
            .iter()
            .map(|(opinion, heatmap)| Placed {
                heatmap,
                image_from_input: opinion.image_from_input.scaled(film.shown_from_source),
                input_side_px: opinion.input_side_px,
            })
            .collect();
        let (width, height) = film.shown_size();
        Overlay {
            picture: (!placed.is_empty()).then(|| heatmap::overlay(width, height, &placed, view.colours)),
            is_on_border: maps.iter().any(|(_, heatmap)| heatmap.is_on_border()),
            peak: placed.iter().map(|one| (one, one.heatmap.peak())).max_by(|(_, a), (_, b)| a.1.total_cmp(&b.1)).map(
                |(one, ([x, y], _))| {
                    let side = one.input_side_px as f32;
                    let (x, y) = one.image_from_input.apply(x * side, y * side);
                    [x / width as f32, y / height as f32]
                },
            ),
        }
    }
}

/// What would make a knee of a film that is refused: an adjustment, or else that the film on the picture is straightened.
///
/// # Errors
/// As [`adjustment`].
async fn remedy<E>(
    film: &Film,
    by_pixels: &[Refusal],
    farthest: impl AsyncFn(&GrayImage, Region) -> std::result::Result<f32, E>,
) -> std::result::Result<Option<Refusal>, E> {
    // An inverted film is largely white, as a drawing is.
    if by_pixels.iter().all(|reason| *reason == Refusal::Drawing)
        && let Some(adjustment) = adjustment(&film.radiograph, &farthest).await?
    {
        return Ok(Some(Refusal::Needs(adjustment)));
    }
    // A photograph of a film has colours, a viewer's window large bright areas.
    let may_be_inside = by_pixels.iter().all(|reason| matches!(reason, Refusal::Drawing | Refusal::Colour));
    if !may_be_inside || film.edit().is_part() {
        return Ok(None);
    }
    Ok(straightening(&film.radiograph, farthest).await?.map(Refusal::Askew))
}

/// The corners of the film on a picture, if that shows a knee once it is straightened. `farthest` as for [`adjustment`].
///
/// # Errors
/// What `farthest` gives.
pub async fn straightening<E>(
    radiograph: &Radiograph,
    farthest: impl AsyncFn(&GrayImage, Region) -> std::result::Result<f32, E>,
) -> std::result::Result<Option<Corners>, E> {
    let Some(corners) = outline::find(radiograph.pixels()) else { return Ok(None) };
    let Ok(straight) = radiograph.straightened(corners) else { return Ok(None) };
    if gate::refusals(&straight).iter().any(|reason| *reason != Refusal::Colour) {
        return Ok(None);
    }
    for knee in knees::find(straight.pixels()) {
        if farthest(straight.pixels(), knee.region).await? <= 1.0 {
            return Ok(Some(corners));
        }
    }
    Ok(None)
}

/// What brings a picture nearest to a knee, if that makes one of it. `farthest` gives the distance of a region from a
/// knee, 1 being the limit.
///
/// # Errors
/// What `farthest` gives.
pub async fn adjustment<E>(
    radiograph: &Radiograph,
    farthest: impl AsyncFn(&GrayImage, Region) -> std::result::Result<f32, E>,
) -> std::result::Result<Option<Adjustment>, E> {
    let mut nearest = (1.0, None);
    for adjustment in Adjustment::ALL {
        let adjusted = radiograph.adjusted(adjustment);
        // What would be refused again is no remedy.
        if !gate::refusals(&adjusted).is_empty() {
            continue;
        }
        for knee in knees::find(adjusted.pixels()) {
            let distance = farthest(adjusted.pixels(), knee.region).await?;
            if distance <= nearest.0 {
                nearest = (distance, Some(adjustment));
            }
        }
    }
    Ok(nearest.1)
}
