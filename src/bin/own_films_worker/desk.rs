//! What a worker holds, and what it does with a task.

use analysis::analyzer::Analyzer;
use analysis::film::Film;
use analysis::findings::{FilmVerdict, Outcome};
use analysis::manifest::{Manifest, sha256_hex};
use analysis::{Parameters, Processor};
use osteolens::task::{Answer, Task};
use osteolens::words::ENGLISH;
use radiograph::Edit;
use validation::entry::Entry;
use validation::figures::figures;
use validation::fitted_head::Asked;
use validation::head_file::{HeadFile, WARNING};
use validation::own_film::{self, KneeAnswer, OwnFilm};
use validation::refit::{Refit, refit};
use validation::seen::{Seen, own_films};
use validation::settling::Settling;
use validation::sheet::{Answered, Reference, Sheet, Site, Told};

use crate::speech::{now_ms, say};

/// What a worker holds.
#[derive(Default)]
pub struct Desk {
    manifest: Option<Manifest>,
    parameters: Vec<Parameters>,
    analyzer: Option<Analyzer>,
    /// What was seen, and the copies among it.
    checked: Option<(Vec<(Entry, Seen)>, Settling)>,
    /// What was scored last.
    films: Vec<OwnFilm>,
    /// As on its sheet.
    people_known: bool,
    /// As on its sheet.
    checks: Vec<Answered>,
}

impl Desk {
    /// Does a task; `bytes` is the buffer beside it.
    pub async fn work(&mut self, task: Task, bytes: &[u8]) {
        match task {
            Task::Manifest { json } => match Manifest::parse(json.as_bytes()) {
                Ok(manifest) => self.manifest = Some(manifest),
                Err(error) => say(&Answer::Failed(error.to_string())),
            },
            Task::Weights => {
                if let Err(reason) = self.add_weights(bytes).await {
                    say(&Answer::Failed(reason));
                }
            }
            Task::Judge { film } => {
                let (seen, why) = self.judged(bytes).await;
                say(&Answer::Judged { film, seen: Box::new(seen), why });
            }
            Task::Check { films } => {
                let checked = films.iter().map(|(entry, seen)| seen.checked(entry.clone())).collect();
                self.checked = Some((films, Settling::new(checked, &progress)));
                say(&Answer::Checked);
            }
            Task::Score { told, prevalence, date } => self.score(*told, prevalence, date),
            Task::Refit { name, date, sensitivity, reference, site, with_names } => {
                let asked = Asked { name, date, sensitivity };
                say(&Answer::Refitted(self.refitted(&asked, reference, site, with_names)));
            }
        }
    }

    async fn add_weights(&mut self, bytes: &[u8]) -> Result<(), String> {
        let manifest = self.manifest.as_ref().ok_or("no network is named")?;
        let entry = manifest.models.get(self.parameters.len()).ok_or("more weights than networks")?;
        self.parameters.push(entry.verified(bytes).map_err(|error| error.to_string())?);
        if self.parameters.len() < manifest.models.len() {
            return Ok(());
        }
        let mut analyzer = Analyzer::new(manifest.clone(), manifest.models.len(), Processor::Cpu, now_ms);
        for (entry, parameters) in manifest.models.iter().zip(self.parameters.drain(..)) {
            analyzer.load(entry, &parameters).await.map_err(|error| error.to_string())?;
        }
        self.analyzer = Some(analyzer);
        say(&Answer::Ready);
        Ok(())
    }

    /// What is kept of a file, and why it was not judged.
    async fn judged(&self, bytes: &[u8]) -> (Seen, Option<String>) {
        let sha256 = Some(sha256_hex(bytes));
        let Some(analyzer) = &self.analyzer else {
            return (Seen::nothing(sha256), Some("no network is loaded".into()));
        };
        let mut film = match Film::open(bytes, Edit::default()) {
            Ok(film) => film,
            Err(error) => return (Seen::nothing(sha256), Some(ENGLISH.error(&error))),
        };
        film.find_knees(now_ms);
        let side_px = analyzer.models().map(|entry| entry.input.side_px).max().unwrap_or(1);
        let (answer, why) = match analyzer.judge(&mut film).await {
            Ok(Outcome::Judged(FilmVerdict { verdict, knees, .. })) => {
                let knee = |knee: analysis::findings::KneeResult| KneeAnswer {
                    is_known: knee.is_known,
                    models: knee.models,
                    descriptors: Vec::new(),
                };
                let mut answer = own_film::Answer::Judged { verdict, knees: knees.into_iter().map(knee).collect() };
                answer.describe(&film.descriptors());
                (answer, None)
            }
            Ok(Outcome::Refused(reasons)) => {
                let reasons: Vec<String> = reasons.into_iter().map(|reason| ENGLISH.refusal(reason)).collect();
                (own_film::Answer::Refused, Some(reasons.join(" ")))
            }
            Ok(Outcome::Waiting) => (own_film::Answer::Failed, Some("a network is missing".into())),
            Err(error) => (own_film::Answer::Failed, Some(ENGLISH.error(&error))),
        };
        (Seen { answer, ..Seen::of(&mut film, sha256, side_px, now_ms) }, why)
    }

    fn score(&mut self, told: Told, prevalence: Option<f64>, date: String) {
        let (Some((films, settling)), Some(manifest)) = (&self.checked, &self.manifest) else { return };
        match settling.settled(&told.replies) {
            Err(open) => say(&Answer::Open(open)),
            Ok(settled) if !settled.films.iter().any(|film| film.is_judged) => {
                say(&Answer::Scored(Err("No film was judged: all are refused or cannot be read.".to_owned())));
            }
            Ok(settled) => {
                self.films = own_films(&settled, films);
                let figures = figures(&self.films, manifest, prevalence);
                let sheet = Sheet::new(date, env!("CARGO_PKG_VERSION"), told, &settled.times, manifest, figures);
                (self.people_known, self.checks) = (sheet.people_known, sheet.checks.clone());
                let json = serde_json::to_string_pretty(&sheet).map_err(|error| error.to_string());
                say(&Answer::Scored(json));
            }
        }
    }

    fn refitted(&self, asked: &Asked, reference: Reference, site: Site, with_names: bool) -> Result<String, String> {
        let manifest = self.manifest.as_ref().ok_or("no network is loaded")?;
        let Refit { head, record } =
            refit(&self.films, manifest, asked, &progress).map_err(|error| format!("Nothing was fitted: {error}."))?;
        let names = || self.films.iter().map(|film| film.entry.file.clone()).collect();
        let file = HeadFile {
            warning: WARNING.to_owned(),
            app_version: env!("CARGO_PKG_VERSION").to_owned(),
            head,
            reference,
            site,
            people_known: self.people_known,
            checks: self.checks.clone(),
            record,
            files: with_names.then(names),
        };
        Ok(file.json())
    }
}

fn progress(done: usize, all: usize) {
    say(&Answer::Progress(done as u32, all as u32));
}
