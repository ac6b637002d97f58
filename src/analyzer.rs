//! Wires the stages: a file's bytes → a [`Study`] that models judge one after the other.

mod study;

use burn::tensor::{Device, Tensor};
use image::{GrayImage, RgbaImage};

use study::Opinion;
pub use study::Study;

use crate::clinical::ClinicalModel;
use crate::error::Result;
use crate::gate::{self, Adjustment, Refusal};
use crate::geometry::Region;
use crate::grad_cam::{self, ClassMaps};
use crate::heatmap::{self, Heatmap, Placed};
use crate::input::Input;
use crate::knees::{self, Knee};
use crate::network::{CLASSES, Processor, Runner};
use crate::prediction::{self, OperatingPoint, Probabilities, Verdict};
use crate::protocol::{KneeResult, OverlayView};
use crate::weights::{Manifest, ModelEntry, Verified};

/// The loaded models and how to run them.
pub struct Analyzer {
    manifest: Manifest,
    processor: Processor,
    clock_ms: fn() -> f64,
    models: Vec<(ModelEntry, Runner)>,
    /// While it is open which processor is the faster.
    contest: Option<Contest>,
}

/// The same models on the CPU, and how long all of them take for one input.
#[derive(Default)]
struct Contest {
    on_cpu: Vec<Runner>,
    gpu_ms: f64,
    cpu_ms: f64,
}

/// A painted heat map.
pub struct Overlay {
    /// RGBA of the size of [`Study::picture`]; none when every knee's map is empty.
    pub picture: Option<RgbaImage>,
    /// Largest share (0..=1) of the heat on the border of a knee's input.
    pub border_share: f32,
}

impl Analyzer {
    /// Without models yet. `clock_ms` is a steadily growing time in milliseconds.
    pub fn new(manifest: Manifest, processor: Processor, clock_ms: fn() -> f64) -> Self {
        Self { manifest, processor, clock_ms, models: Vec::new(), contest: None }
    }

    /// The models loaded so far.
    pub fn models(&self) -> impl Iterator<Item = &ModelEntry> {
        self.models.iter().map(|(entry, _)| entry)
    }

    /// When a verdict is given.
    pub fn operating_point(&self) -> OperatingPoint {
        self.manifest.operating_point
    }

    /// What age says without a picture.
    pub fn clinical(&self) -> &ClinicalModel {
        &self.manifest.clinical
    }

    /// Loads a model of the manifest and runs its self-test.
    ///
    /// # Errors
    /// See [`ModelEntry::model`] and [`ModelEntry::tested`].
    pub async fn load(&mut self, entry: ModelEntry, bytes: Verified) -> Result<()> {
        let model = entry.model(bytes, &Device::flex())?;
        let for_cpu = self.contest.is_some().then(|| model.clone());
        let runner = Box::pin(entry.tested(model, &self.processor)).await?;
        if let (Some(mut contest), Some(model)) = (self.contest.take(), for_cpu) {
            let on_cpu = Box::pin(entry.tested(model, &Processor::Cpu)).await?;
            contest.gpu_ms += self.time(&entry, &runner).await?;
            contest.cpu_ms += self.time(&entry, &on_cpu).await?;
            contest.on_cpu.push(on_cpu);
            self.contest = Some(contest);
        }
        self.models.push((entry, runner));
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
            for ((_, runner), on_cpu) in self.models.iter_mut().zip(on_cpu) {
                *runner = on_cpu;
            }
        }
        Some((gpu_ms, cpu_ms))
    }

    /// One pass of a model that has run before.
    async fn time(&self, entry: &ModelEntry, runner: &Runner) -> Result<f64> {
        let input = entry.golden_input(&Device::flex());
        let started = (self.clock_ms)();
        runner.forward(input).await?;
        Ok((self.clock_ms)() - started)
    }

    /// Lets a loaded model judge every knee of the study.
    ///
    /// # Errors
    /// [`Error::Compute`](crate::error::Error::Compute) when the device fails.
    pub async fn judge(&self, study: &mut Study, model: &str) -> Result<()> {
        let Some((entry, runner)) = self.models.iter().find(|(entry, _)| entry.id == model) else {
            return Ok(());
        };
        for knee in 0..study.knees.len() {
            let started = (self.clock_ms)();
            let (square, image_from_input) = study.square(knee, entry.input.side_px);
            let input = Input::of_square(square, image_from_input, &entry.input, &Device::flex());
            let prepared = (self.clock_ms)();
            let activations = runner.forward(input.tensor).await?;
            let distance = runner.gate().distance(activations.texture.clone());
            let read = grad_cam::values(Tensor::cat(vec![activations.logits.clone(), distance], 1)).await?;
            let (logits, distance) = read.split_at(CLASSES);
            let judged = (self.clock_ms)();

            study.timings.preprocess_ms += prepared - started;
            study.timings.inference_ms += judged - prepared;
            study.opinions.push(Opinion {
                model: entry.id.clone(),
                knee,
                is_knee: distance.iter().all(|distance| *distance <= entry.gate_limit),
                probabilities: prediction::probabilities(logits, &self.manifest.classes, entry.temperature),
                activations: Some(activations),
                maps: None,
                image_from_input: input.image_from_input,
                input_side_px: entry.input.side_px,
            });
        }
        Ok(())
    }

    /// Why the study is not judged, from its pixels and from what models said of them; empty when
    /// a knee on it may be. Says what to do if every model would take it for a knee once it is
    /// turned or inverted.
    ///
    /// # Errors
    /// [`Error::Compute`](crate::error::Error::Compute) when the device fails.
    pub async fn refusals(&self, study: &Study) -> Result<Vec<Refusal>> {
        let by_pixels = study.refusals();
        // An inverted film is largely white, as a drawing is.
        if by_pixels.iter().any(|reason| *reason != Refusal::Drawing) || (by_pixels.is_empty() && study.shows_a_knee())
        {
            return Ok(by_pixels);
        }
        Ok(match self.remedy(study).await? {
            Some(adjustment) => vec![Refusal::Needs(adjustment)],
            None if by_pixels.is_empty() => vec![Refusal::NotAKnee],
            None => by_pixels,
        })
    }

    /// What brings the picture nearest to the knees that every model knows. None while a model is
    /// missing: the small one by itself takes many an inverted chest for a knee.
    async fn remedy(&self, study: &Study) -> Result<Option<Adjustment>> {
        if self.models.len() < self.manifest.models.len() {
            return Ok(None);
        }
        let mut nearest = (1.0, None);
        for adjustment in Adjustment::ALL {
            let adjusted = study.radiograph.adjusted(adjustment);
            // What would be refused again is no remedy.
            if !gate::refusals(&adjusted).is_empty() {
                continue;
            }
            for knee in knees::find(adjusted.pixels()) {
                let mut farthest = 0.0f32;
                for (entry, runner) in &self.models {
                    let distance = self.distance(adjusted.pixels(), knee.region, entry, runner).await?;
                    farthest = farthest.max(distance / entry.gate_limit);
                }
                if farthest <= nearest.0 {
                    nearest = (farthest, Some(adjustment));
                }
            }
        }
        Ok(nearest.1)
    }

    async fn distance(&self, pixels: &GrayImage, region: Region, entry: &ModelEntry, runner: &Runner) -> Result<f32> {
        let input = Input::prepare(pixels, region, &entry.input, &Device::flex());
        let texture = runner.forward(input.tensor).await?.texture;
        Ok(grad_cam::values(runner.gate().distance(texture)).await?.first().copied().unwrap_or(f32::MAX))
    }

    /// Computes the heat maps that are still missing.
    ///
    /// # Errors
    /// [`Error::Compute`](crate::error::Error::Compute) when the device fails.
    pub async fn explain(&self, study: &mut Study) -> Result<()> {
        let started = (self.clock_ms)();
        for opinion in &mut study.opinions {
            let runner = self.models.iter().find(|(entry, _)| entry.id == opinion.model);
            if let (Some((_, runner)), Some(activations)) = (runner, opinion.activations.take()) {
                opinion.maps = Some(grad_cam::read(grad_cam::grad_cam(runner.fc(), &activations)).await?);
            }
        }
        study.timings.grad_cam_ms += (self.clock_ms)() - started;
        Ok(())
    }

    /// Each knee's result from the models that have judged it so far.
    pub fn results(&self, study: &Study) -> Vec<KneeResult> {
        let of_knee = |index: usize| -> Vec<(String, Probabilities)> {
            let opinions = study.opinions.iter().filter(|opinion| opinion.knee == index);
            opinions.map(|opinion| (opinion.model.clone(), opinion.probabilities)).collect()
        };
        let result = |(index, knee): (usize, &Knee)| {
            let models = of_knee(index);
            let probabilities: Vec<Probabilities> = models.iter().map(|(_, one)| *one).collect();
            // Of two knees one may be cut off or covered by metal: no verdict on that one.
            let is_known = study.is_knee(index);
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
            }
        };
        study.knees.iter().enumerate().map(result).collect()
    }

    /// Paints a class's heat map of one model over all knees.
    pub fn overlay(&self, study: &Study, view: &OverlayView) -> Overlay {
        let class = self.manifest.classes.iter().position(|class| *class == view.class).unwrap_or(view.class as usize);
        let heatmap = |maps: &ClassMaps| {
            let mut all = Heatmap::from_class_maps(maps.width, maps.height, &maps.values);
            all[class].take()
        };
        let maps: Vec<(&Opinion, Heatmap)> = study
            .opinions
            .iter()
            .filter(|opinion| opinion.model == view.model && study.is_knee(opinion.knee))
            .filter_map(|opinion| Some((opinion, heatmap(opinion.maps.as_ref()?)?)))
            .collect();
        let placed: Vec<Placed> = maps
            .iter()
            .map(|(opinion, heatmap)| Placed {
                heatmap,
                image_from_input: opinion.image_from_input.scaled(study.shown_from_source),
                input_side_px: opinion.input_side_px,
            })
            .collect();
        let (width, height) = study.shown_size();
        Overlay {
            picture: (!placed.is_empty()).then(|| heatmap::overlay(width, height, &placed, view.colours)),
            border_share: maps.iter().map(|(_, heatmap)| heatmap.border_share()).fold(0.0, f32::max),
        }
    }
}
