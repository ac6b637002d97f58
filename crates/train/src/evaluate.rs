//! Every score, from the saved predictions alone.

mod decision;
#[cfg(test)]
mod own_films;

use std::collections::BTreeMap;
use std::path::Path;

use analysis::body_part::BodyPartHead;
use analysis::clinical::ClinicalModel;
use analysis::knee_head::KneeHead;
use analysis::prediction::{self, Class, OperatingPoint, Probabilities, Verdict};
use analysis::promises::Promises;
use analysis::side::SideHead;
use anyhow::{Result, ensure};
use statistics::bootstrap::estimates;
use statistics::calibration;
use statistics::folds::FOLDS;
use statistics::judgement::Judgement;
use statistics::kept::{self, Called};
use statistics::metrics;
use statistics::record::{
    ClinicalRecord, FileLevelRecord, GroupedRecord, ModelCard, PromisesRecord, Reported, Scores, WeightFile,
};
use statistics::with_answers::{self, Answered, FilmEvidence};

use crate::baselines;
use crate::gate_fit::GateRecord;
use crate::model_id::ModelId;
use crate::predictions::{self, FileLevel, Grouped, JudgedKnee};
use crate::questionnaire::{ClinicalPredictions, EXPORTED, JudgedPerson, Regression};
use crate::recognition::Recognition;
use crate::rounding::Rounding;
use crate::saliency::Saliency;
use crate::treated::Treated;

/// What earlier projects on these pictures report, with copies on both sides of the split.
const REPORTED: [(&str, f64); 4] =
    [("custom CNN", 0.89), ("custom CNN, another project", 0.85), ("ResNet18", 0.83), ("ensemble", 0.85)];
/// A part of the knees is scored if each class has at least this many films in it.
const MIN_FILMS_OF_A_CLASS: usize = 4;

/// The saved predictions of all models.
pub struct Saved {
    grouped: Vec<Grouped>,
    file_level: Vec<FileLevel>,
    clinical: ClinicalPredictions,
    gate: GateRecord,
    /// What is refused.
    pub recognition: Recognition,
    saliency: Saliency,
    /// What the shipped weights lost.
    pub rounding: Rounding,
    /// What is said of people treated for osteoporosis.
    pub treated: Treated,
}

/// What `export` puts beside the weights; fitted on all unseen predictions.
pub struct Calibration {
    /// Per model.
    pub temperatures: Vec<f32>,
    /// Of all models together.
    pub operating_point: OperatingPoint,
    /// Of the picture alone.
    pub promises: Promises,
    /// Share of each class.
    pub frequencies: [f32; 3],
    /// Per model.
    pub gate_limits: [f32; 2],
    /// Tells knees from other films.
    pub knee_head: KneeHead,
    /// Name what a refused film shows.
    pub body_parts: Vec<BodyPartHead>,
    /// Tells left knees from right ones.
    pub side_head: SideHead,
    /// With its weight of the picture, and what verdicts by it are worth.
    pub clinical: ClinicalModel,
}

impl Saved {
    /// Reads every file that the commands of the trainer wrote.
    pub fn read(folder: &Path) -> Result<Self> {
        let each = |protocol: &str| ModelId::ALL.map(|model| format!("{protocol}-{}", model.id()));
        let grouped: Vec<Grouped> =
            each("grouped").iter().map(|name| predictions::read(folder, name)).collect::<Result<_>>()?;
        let knees = |of: &Grouped| of.knees.iter().map(|knee| knee.knee.clone()).collect::<Vec<_>>();
        ensure!(grouped.iter().all(|one| knees(one) == knees(&grouped[0])), "the models judged different knees");
        let folds = |of: &Grouped| -> Vec<usize> {
            of.knees.iter().flat_map(|knee| knee.repeats.iter().map(|one| one.fold)).collect()
        };
        ensure!(grouped.iter().all(|one| folds(one) == folds(&grouped[0])), "the models were split differently");
        let (gate, saliency): (GateRecord, Saliency) =
            (predictions::read(folder, "gate")?, predictions::read(folder, "saliency")?);
        for (name, networks) in [("gate", &gate.networks), ("saliency", &saliency.networks)] {
            ensure!(
                grouped.iter().map(|one| &one.pretraining).eq(networks),
                "{name}.json is of other networks: run `cargo run -p train -- {name}` again"
            );
        }
        Ok(Self {
            grouped,
            file_level: each("file-level").iter().map(|name| predictions::read(folder, name)).collect::<Result<_>>()?,
            clinical: predictions::read(folder, "clinical")?,
            gate,
            recognition: predictions::read(folder, "recognition")?,
            saliency,
            rounding: predictions::read(folder, "rounding")?,
            treated: predictions::read(folder, "treated")?,
        })
    }

    /// How a model was trained.
    pub fn grouped(&self, model: ModelId) -> &Grouped {
        &self.grouped[model as usize]
    }

    /// Fitted on every repeat's predictions.
    pub fn calibration(&self) -> Calibration {
        let everything = |_: usize, _: usize| true;
        let temperatures: Vec<f32> = (0..self.grouped.len()).map(|model| self.temperature(model, everything)).collect();
        let judgements = self.judgements(&temperatures, |_| true);
        let all: Vec<&Judgement> = judgements.iter().collect();
        let mut promises = kept::promises(&kept::of(&kept::films(self.cross_fitted().iter().map(knee_verdict)), false));
        let found = calibration::operating_point(&all);
        for (promise, least) in promises.of.iter_mut().zip(found.least) {
            *promise = promise.filter(|_| least.is_some());
        }
        let films = self.films_with_pictures();
        let frequency =
            |class: Class| films.iter().filter(|film| film.class == class).count() as f32 / films.len() as f32;
        Calibration {
            temperatures,
            operating_point: kept::shown(found, &promises),
            promises,
            frequencies: Class::ALL.map(frequency),
            gate_limits: self.gate.limits,
            knee_head: self.recognition.head.clone(),
            body_parts: self.recognition.body_parts.clone(),
            side_head: self.recognition.side_head.clone(),
            clinical: self.with_answers(&films),
        }
    }

    /// The questionnaire's model, joined with the picture.
    fn with_answers(&self, films: &[FilmEvidence]) -> ClinicalModel {
        let all: Vec<&FilmEvidence> = films.iter().collect();
        let picture_weight = with_answers::picture_weight(&all);
        let Regression { inputs, offsets } = self.clinical.exported.clone();
        ClinicalModel {
            inputs,
            offsets,
            picture_weight,
            sets: with_answers::sets(&all, picture_weight),
            promises: kept::promises(&by_age(films)),
        }
    }

    fn temperature(&self, model: usize, learned_from: impl Fn(usize, usize) -> bool) -> f32 {
        let predictions: Vec<([f32; 3], Class)> = self.grouped[model]
            .knees
            .iter()
            .flat_map(|knee| knee.repeats.iter().enumerate().map(move |(repeat, one)| (knee, repeat, one)))
            .filter(|(_, repeat, one)| learned_from(*repeat, one.fold))
            .map(|(knee, _, one)| (one.logits, knee.class))
            .collect();
        calibration::temperature(&predictions)
    }

    /// All repeats of the knees that pass, with one temperature per model.
    fn judgements(&self, temperatures: &[f32], passes: impl Fn(&JudgedKnee) -> bool) -> Vec<Judgement> {
        let first = &self.grouped[0].knees;
        (0..first.len())
            .filter(|knee| passes(&first[*knee]))
            .flat_map(|knee| (0..first[knee].repeats.len()).map(move |repeat| (knee, repeat)))
            .map(|(knee, repeat)| self.judgement(knee, repeat, temperatures))
            .collect()
    }

    fn judgement(&self, knee: usize, repeat: usize, temperatures: &[f32]) -> Judgement {
        let models = self.grouped.iter().zip(temperatures).map(|(model, temperature)| {
            prediction::probabilities(&model.knees[knee].repeats[repeat].logits, &Class::ALL, *temperature)
        });
        let of = &self.grouped[0].knees[knee];
        Judgement::new(&of.group, of.class, repeat, models.collect())
    }

    /// Judgements calibrated, and verdicts given, by what was fitted on the other folds alone.
    fn cross_fitted(&self) -> Vec<(usize, Judgement, Verdict)> {
        let knees = &self.grouped[0].knees;
        let repeats = knees.first().map_or(0, |knee| knee.repeats.len());
        let mut all = Vec::new();
        for repeat in 0..repeats {
            for fold in 0..FOLDS {
                let temperatures: Vec<f32> = (0..self.grouped.len())
                    .map(|model| self.temperature(model, |of, held_out| of == repeat && held_out != fold))
                    .collect();
                let (held_out, others): (Vec<usize>, Vec<usize>) =
                    (0..knees.len()).partition(|knee| knees[*knee].repeats[repeat].fold == fold);
                let others: Vec<Judgement> =
                    others.into_iter().map(|knee| self.judgement(knee, repeat, &temperatures)).collect();
                let rule = calibration::operating_point(&others.iter().collect::<Vec<_>>());
                all.extend(held_out.into_iter().map(|knee| {
                    let judgement = self.judgement(knee, repeat, &temperatures);
                    let verdict = judgement.verdict(&rule);
                    (knee, judgement, verdict)
                }));
            }
        }
        all
    }

    /// Everything that is known of the models; `weights` are the hashes of the files it belongs to.
    pub fn card(&self, weights: Vec<WeightFile>) -> ModelCard {
        ModelCard {
            weights,
            grouped: self.grouped_record(),
            file_level: self.file_level_record(),
            clinical: self.clinical_record(),
            gate: self.recognition.refused(),
            saliency: self.saliency.records.clone(),
        }
    }

    fn grouped_record(&self) -> GroupedRecord {
        let fitted = self.cross_fitted();
        let repeats = fitted.iter().map(|(_, one, _)| one.repeat + 1).max().unwrap_or(0);
        let together: Vec<Judgement> = fitted.iter().map(|(_, one, _)| one.clone()).collect();
        let alone = |model: usize| -> Vec<Judgement> {
            let of = |one: &Judgement| Judgement::new(&one.group, one.class, one.repeat, vec![one.models[model]]);
            together.iter().map(of).collect()
        };
        let mut models: Vec<Scores> =
            ModelId::ALL.iter().map(|model| metrics::scores(model.id(), &alone(*model as usize))).collect();
        models.push(metrics::scores("combined", &together));
        models.push(metrics::scores("scanner width alone", &baselines::by_scanner(&self.grouped[0].knees)));
        let [majority_accuracy] = estimates(&together, |some| [metrics::majority(some)]);
        GroupedRecord {
            protocol: format!("grouped {FOLDS}-fold, {repeats} repeats"),
            majority_accuracy,
            models,
            decision: decision::of(
                &kept::films(fitted.iter().map(knee_verdict)),
                self.calibration().operating_point,
                by_age(&self.films_with_pictures()),
            ),
            subgroups: self.subgroups(&fitted),
        }
    }

    fn subgroups(&self, fitted: &[(usize, Judgement, Verdict)]) -> Vec<Scores> {
        let sex = |of: &'static str| move |knee: &JudgedKnee| knee.sex.as_deref() == Some(of);
        let age =
            |low: f32, high: f32| move |knee: &JudgedKnee| knee.age_years.is_some_and(|age| age >= low && age < high);
        let width = |low: u32, high: u32| {
            move |knee: &JudgedKnee| knee.film_width_px.is_some_and(|width| width >= low && width < high)
        };
        let parts: [(&str, Passes); 7] = [
            ("women", Box::new(sex("female"))),
            ("men", Box::new(sex("male"))),
            ("under 45 years", Box::new(age(0.0, 45.0))),
            ("45 years and over", Box::new(age(45.0, 200.0))),
            ("scans 1024 px wide", Box::new(width(0, 1100))),
            ("scans 2180 px wide", Box::new(width(1100, 2200))),
            ("scans 2360 px wide and over", Box::new(width(2200, 10000))),
        ];
        parts
            .iter()
            .filter_map(|(name, passes)| {
                let some: Vec<Judgement> = fitted
                    .iter()
                    .filter(|(knee, ..)| passes(&self.grouped[0].knees[*knee]))
                    .map(|(_, one, _)| one.clone())
                    .collect();
                let films = |class: Class| {
                    let of = some.iter().filter(|one| one.class == class).map(|one| one.group.as_str());
                    of.collect::<std::collections::BTreeSet<_>>().len()
                };
                let enough = Class::ALL.into_iter().all(|class| films(class) >= MIN_FILMS_OF_A_CLASS);
                enough.then(|| metrics::scores(name, &some))
            })
            .collect()
    }

    fn file_level_record(&self) -> FileLevelRecord {
        let judgement = |models: &[usize], file: usize| {
            let of = &self.file_level[0].files[file];
            let said = models
                .iter()
                .map(|model| prediction::probabilities(&self.file_level[*model].files[file].logits, &Class::ALL, 1.0));
            // Each file for itself, as those who report such numbers count them.
            Judgement::new(&file.to_string(), of.class, 0, said.collect())
        };
        let files = &self.file_level[0].files;
        let scores = |name: &str, models: &[usize]| {
            metrics::scores(name, &(0..files.len()).map(|file| judgement(models, file)).collect::<Vec<_>>())
        };
        let copies = files.iter().filter(|file| file.copy_in_training).count();
        FileLevelRecord {
            protocol: format!(
                "file-level: {} training and {} test files at random, copies on both sides",
                self.file_level[0].training_files,
                files.len()
            ),
            copies_in_training: (copies as f64 / files.len() as f64 * 1e4).round() / 1e4,
            models: vec![scores("custom-cnn", &[0]), scores("resnet18", &[1]), scores("combined", &[0, 1])],
            reported: REPORTED.map(|(name, accuracy)| Reported { name: name.to_owned(), accuracy }).into(),
        }
    }

    /// Per film and repeat: what the questionnaire and the picture say, and who it is.
    fn films_with_pictures(&self) -> Vec<FilmEvidence> {
        let column = self.clinical.models.iter().position(|name| name == EXPORTED).unwrap_or(0);
        let mut pictures = BTreeMap::<(&str, usize), Vec<Probabilities>>::new();
        let fitted = self.cross_fitted();
        for (_, one, _) in &fitted {
            pictures.entry((&one.group, one.repeat)).or_default().push(one.combined);
        }
        let mut films = Vec::new();
        for person in &self.clinical.people {
            for (repeat, one) in person.repeats.iter().enumerate() {
                if let Some(knees) = pictures.get(&(person.group.as_str(), repeat)) {
                    films.push(FilmEvidence {
                        group: person.group.clone(),
                        class: person.class,
                        repeat,
                        fold: one.fold,
                        clinical: one.probabilities[column],
                        picture: prediction::combined(knees),
                    });
                }
            }
        }
        films
    }

    fn clinical_record(&self) -> ClinicalRecord {
        let alone = |column: usize| -> Vec<Judgement> {
            let people = self.clinical.people.iter();
            let of = |person: &JudgedPerson| {
                let repeats = person.repeats.iter().enumerate();
                let judged = repeats.map(|(repeat, one)| {
                    Judgement::new(&person.group, person.class, repeat, vec![one.probabilities[column]])
                });
                judged.collect::<Vec<_>>()
            };
            people.flat_map(of).collect()
        };
        let names = self.clinical.models.iter().enumerate();
        let mut models: Vec<Scores> = names.map(|(column, name)| metrics::scores(name, &alone(column))).collect();
        let films = self.films_with_pictures();
        let judged =
            |film: &FilmEvidence, said: Probabilities| Judgement::new(&film.group, film.class, film.repeat, vec![said]);
        let picture: Vec<Judgement> = films.iter().map(|film| judged(film, film.picture)).collect();
        models.push(metrics::scores("picture alone, mean of the knees", &picture));
        let both: Vec<Judgement> =
            with_answers::cross_fitted(&films).iter().map(|one| judged(one.film, one.joined)).collect();
        models.push(metrics::scores("questionnaire and picture", &both));
        let inputs: Vec<String> =
            self.clinical.exported.inputs.iter().map(|input| input.id.replace('_', " ")).collect();
        ClinicalRecord {
            protocol: format!("grouped {FOLDS}-fold, the folds of the pictures; one row per film"),
            models,
            exported: format!("logistic regression on {}", inputs.join(", ")),
            picture_weight: with_answers::picture_weight(&films.iter().collect::<Vec<_>>()).into(),
        }
    }
}

fn knee_verdict((_, judgement, verdict): &(usize, Judgement, Verdict)) -> (&Judgement, Verdict) {
    (judgement, *verdict)
}

/// What colours are worth once the age is known.
fn by_age(films: &[FilmEvidence]) -> PromisesRecord {
    let called: Vec<Called> = with_answers::cross_fitted(films).iter().map(Answered::called).collect();
    kept::of(&called, true)
}

/// Which knees are of a part of the people.
type Passes = Box<dyn Fn(&JudgedKnee) -> bool>;
