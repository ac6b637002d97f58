//! The analyzer on its device: what is ready, and what it says of a film.

use analysis::Backend;
use analysis::analyzer::Analyzer;
use analysis::error::Result;
use analysis::film::Film;
use analysis::findings::{FilmVerdict, Outcome};
use osteolens::protocol::{EngineState, Judged, LoadedModel, NoGpu, Race, Response, StudyId};

use crate::worker;

pub struct Running {
    pub analyzer: Analyzer,
    pub backend: Backend,
    pub no_gpu: Option<NoGpu>,
    /// The graphics processor that is to be compared with the CPU.
    pub unknown_adapter: Option<String>,
    pub race: Option<Race>,
    /// The bytes of the manifest, for a helper: it must not have another.
    pub manifest: Vec<u8>,
}

impl Running {
    /// Verdict first, heat maps second.
    pub async fn judge(&self, study: StudyId, film: &mut Film) -> Result<()> {
        match self.analyzer.judge(film).await? {
            Outcome::Waiting => {}
            Outcome::Refused(reasons) => {
                worker::send(&Response::Refused { study, edit: film.edit(), reasons }, None);
            }
            Outcome::Judged(FilmVerdict { verdict, knees, remarks }) => {
                let (edit, timings) = (film.edit(), film.timings());
                worker::send(&Response::Judged(Judged { study, edit, verdict, knees, remarks, timings }), None);
                self.analyzer.explain(film);
                let (class, timings) = (film.leading_class(), film.timings());
                worker::send(&Response::Explained { study, edit, class, timings }, None);
            }
        }
        Ok(())
    }

    /// All models are there: the faster processor goes on.
    pub fn settle(&mut self) {
        let (Some(adapter), Some((gpu_ms, cpu_ms))) = (self.unknown_adapter.take(), self.analyzer.settle()) else {
            return;
        };
        let race = Race { adapter, gpu_ms: gpu_ms.ceil() as u32, cpu_ms: cpu_ms.ceil() as u32 };
        if race.winner() == Backend::Cpu {
            self.backend = Backend::Cpu;
            self.no_gpu = Some(NoGpu::Slower(race.clone()));
        }
        self.race = Some(race);
    }

    pub fn state(&self) -> EngineState {
        let models: Vec<LoadedModel> = self
            .analyzer
            .models()
            .map(|entry| LoadedModel { id: entry.id.clone(), name: entry.name.clone(), sha256: entry.sha256.clone() })
            .collect();
        let manifest = self.analyzer.manifest();
        EngineState {
            backend: self.backend,
            no_gpu: self.no_gpu.clone(),
            race: self.race.as_ref().and_then(|race| serde_json::to_string(race).ok()),
            complete: self.analyzer.is_complete(),
            operating_point: manifest.operating_point,
            promises: manifest.promises.clone(),
            frequencies: manifest.frequencies,
            clinical: Some(manifest.clinical.clone()),
            models,
        }
    }
}
