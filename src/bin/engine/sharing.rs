//! The work on films, shared with the helper.

use analysis::Backend;
use analysis::pass::Pass;
use js_sys::Uint8Array;
use osteolens::helper::{Answer, End, Errand, ErrandId, Share};
use osteolens::protocol::{Response, StudyId};
use wasm_bindgen_futures::spawn_local;

use super::helper_worker::HelperWorker;
use super::{Engine, Event, device, enqueue, waiting_files, worker};

/// How often the engine looks after its helper.
const TICK_MS: i32 = 1_000;

impl Engine {
    /// Whether a helper may be of use: the kernels on the CPU run on one core.
    pub(super) fn may_share(&self) -> bool {
        let on_cpu = |running: &super::Running| running.backend == Backend::Cpu && running.analyzer.is_complete();
        !cfg!(feature = "reference") && self.running.as_ref().is_some_and(on_cpu) && device::has_room_for_two()
    }

    /// Has a film judged, now and here if the helper gets no share of it.
    pub(super) async fn judge(&mut self, study: StudyId) {
        if !self.share(study).await {
            self.judge_here(study).await;
        }
    }

    /// Gives the helper its share of a film and makes the rest of its passes; the film is judged once the helper has answered.
    /// False when it gets none.
    async fn share(&mut self, study: StudyId) -> bool {
        if !self.may_share() {
            return false;
        }
        let Some(at) = self.films.iter().position(|held| held.study == study) else { return false };
        let (knees, waiting) = (self.films[at].film.knees().len(), waiting_files());
        if self.helper.is_worth_a_start(knees, waiting) {
            self.start_helper();
        }
        let share = self.helper.share(knees, waiting);
        let (Some(running), Some(helper)) = (&self.running, &self.helper_worker) else { return false };
        if share == Share::Nothing {
            return false;
        }
        let held = &mut self.films[at];
        let passes = running.analyzer.passes(&mut held.film).into_iter();
        let (theirs, ours): (Vec<Pass>, Vec<Pass>) = passes.partition(|pass| share.holds(pass.knee));
        if theirs.is_empty() {
            return false;
        }
        let errand = self.helper.give(theirs.len());
        held.errand = Some(errand);
        for Pass { model, knee, picture } in theirs {
            helper.send(&Errand::Pass { errand, model, knee }, &worker::bytes_of(&picture));
        }
        for Pass { model, knee, picture } in ours {
            let since_ms = worker::now_ms();
            let Ok(given) = running.analyzer.pass(&model, picture).await else {
                // It fails once more where it is told.
                held.errand = None;
                return false;
            };
            held.film.take_in(model, knee, given, worker::now_ms() - since_ms);
        }
        true
    }

    fn start_helper(&mut self) {
        let hear = |answer: Option<_>| match answer {
            Some((answer, bytes)) => enqueue(Event::Answer(answer, bytes)),
            None => enqueue(Event::Answer(Answer::Failed(Vec::new()), None)),
        };
        self.helper_worker = HelperWorker::start(hear);
        if self.helper_worker.is_some() {
            self.helper.start();
            tick_later();
        } else {
            self.helper.lose();
        }
    }

    pub(super) async fn hear_helper(&mut self, answer: Answer, bytes: Option<Uint8Array>) {
        let (Some(helper), Some(running)) = (&self.helper_worker, &self.running) else { return };
        self.helper.hear();
        match answer {
            Answer::Awake => {
                let models = running.analyzer.models().map(|entry| entry.id.clone()).collect();
                helper.send(&Errand::Start { models }, &Uint8Array::from(running.manifest.as_slice()));
            }
            Answer::Ready(fetched) => {
                self.fetched.extend(fetched);
                self.helper.become_ready();
            }
            Answer::Made { errand, model, knee, parts, ms } => {
                let is_last = self.helper.take(errand);
                // The film may be gone, or be judged by another edit meanwhile.
                let held = self.films.iter_mut().find(|held| held.errand == Some(errand));
                if let Some(held) = held {
                    let numbers = bytes.as_ref().map(worker::numbers_in).unwrap_or_default();
                    // What did not arrive whole is made here.
                    held.film.take_over(model, knee, parts, numbers, ms);
                    if is_last {
                        self.finish(errand).await;
                    }
                }
            }
            Answer::Failed(fetched) => {
                self.fetched.extend(fetched);
                self.lose_helper().await;
            }
        }
    }

    /// Judges a film by the passes that are made, and makes those that are missing.
    async fn finish(&mut self, errand: ErrandId) {
        let Some(held) = self.films.iter_mut().find(|held| held.errand == Some(errand)) else { return };
        held.errand = None;
        let study = held.study;
        worker::send(&Response::Begun { study }, None);
        self.judge_here(study).await;
    }

    /// Goes on without a helper.
    async fn lose_helper(&mut self) {
        self.helper_worker = None;
        for errand in self.helper.lose() {
            self.finish(errand).await;
        }
    }

    /// Looks after the helper while there is one.
    pub(super) async fn tick(&mut self) {
        match self.helper.tick() {
            Some(End::Rests) => {
                self.helper_worker = None;
                self.helper.rest();
            }
            Some(End::IsSilent) => self.lose_helper().await,
            None => {}
        }
        if self.helper_worker.is_some() {
            tick_later();
        }
    }
}

fn tick_later() {
    spawn_local(async {
        worker::pause(TICK_MS).await;
        enqueue(Event::Tick);
    });
}
