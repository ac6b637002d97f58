//! Films on their way through the workers.

use std::collections::HashSet;
use std::path::PathBuf;
use std::rc::Rc;

use analysis::manifest::Manifest;
use leptos::prelude::*;
use leptos::task::spawn_local;
use osteolens::incoming;
use osteolens::task::Task;
use validation::seen::Seen;

use super::{Counts, SCORER, Stage, Waiting, Workshop};
use crate::crew::Crew;
use crate::glue;

impl Workshop {
    /// Judges the films that are not judged yet, if there are any; then looks for copies and scores. A second press before the
    /// button has gone is none.
    pub fn judge(self) {
        if self.stage.get_untracked() == Stage::Resting {
            self.judge_rest();
        }
    }

    fn judge_rest(self) {
        let planned = self.planned();
        self.forget_results();
        let waiting = self.behind.with_value(|behind| {
            let is_in_hand = |path: &PathBuf| behind.in_hand.iter().flatten().any(|(_, one)| one == path);
            let is_new = |path: &PathBuf| !behind.seen.contains_key(path) && !is_in_hand(path);
            let mut asked = HashSet::new();
            let new = planned.iter().enumerate().filter(|(_, (path, _))| is_new(path) && asked.insert(path));
            let mut waiting: Vec<Waiting> =
                new.map(|(film, (path, _))| Waiting { film: film as u32, path: path.clone() }).collect();
            // The last is taken first.
            waiting.reverse();
            waiting
        });
        let started_at = planned.len() - waiting.len();
        self.behind.update_value(|behind| {
            (behind.waiting, behind.started_at, behind.started_ms) = (waiting, started_at, glue::now_ms());
        });
        self.seconds_left.set(None);
        self.stage.set(Stage::Loading);
        if self.behind.try_update_value(|behind| std::mem::replace(&mut behind.is_starting, true)) == Some(true) {
            // Who is starting the workers goes on.
            return;
        }
        spawn_local(async move {
            let started = self.start_crew().await;
            self.behind.update_value(|behind| behind.is_starting = false);
            if let Err(reason) = started {
                self.fault.set(Some(format!("The networks could not be loaded: {reason}")));
                self.stage.set(Stage::Resting);
                return;
            }
            // It was stopped meanwhile.
            if self.stage.get_untracked() != Stage::Loading {
                return;
            }
            self.stage.set(Stage::Judging);
            for at in 0..self.crew().map_or(0, |crew| crew.len()) {
                self.feed(at);
            }
        });
    }

    /// No further film is begun; what is judged stays.
    pub fn stop(self) {
        self.behind.update_value(|behind| behind.waiting.clear());
        if matches!(self.stage.get_untracked(), Stage::Checking(..) | Stage::Scoring | Stage::Refitting(..))
            && let Some(crew) = self.crew()
        {
            self.behind.update_value(|behind| {
                (behind.holds_films, behind.next) = (false, None);
                behind.asked.clear();
            });
            crew.restart(SCORER);
        }
        self.stage.set(Stage::Resting);
    }

    pub(super) fn crew(self) -> Option<Rc<Crew>> {
        self.behind.with_value(|behind| behind.crew.clone())
    }

    pub(super) async fn start_crew(self) -> Result<(), String> {
        if self.crew().is_some() {
            return Ok(());
        }
        let json = String::from_utf8_lossy(&glue::file("weights/manifest.json").await?.to_vec()).into_owned();
        let manifest = Manifest::parse(json.as_bytes()).map_err(|error| error.to_string())?;
        let mut weights = Vec::new();
        for entry in &manifest.models {
            let address = format!("weights/{}?{}", entry.file, &entry.sha256[..entry.sha256.len().min(16)]);
            weights.push(glue::file(&address).await?);
        }
        let members = glue::processors();
        self.behind.update_value(|behind| {
            behind.in_hand = vec![None; members];
            behind.is_ready = vec![false; members];
        });
        let crew = Crew::start(members, json, weights, move |at, heard| self.hear(at, heard)).await?;
        self.behind.update_value(|behind| behind.crew = Some(crew));
        Ok(())
    }

    /// Gives a worker the next film, if it has none.
    pub(super) fn feed(self, at: usize) {
        let next = self.behind.try_update_value(|behind| {
            let is_free = behind.is_ready.get(at) == Some(&true) && behind.in_hand[at].is_none();
            let Waiting { film, path } = if is_free { behind.waiting.pop()? } else { return None };
            behind.in_hand[at] = Some((film, path.clone()));
            Some((film, path))
        });
        let Some(Some((film, path))) = next else {
            return self.finish_judging();
        };
        let file = self.behind.with_value(|behind| behind.files.get(&path).cloned());
        spawn_local(async move {
            let read = match &file {
                Some(found) => incoming::read(&found.file).await.map_err(|error| error.to_string()),
                None => Err("The file is gone.".to_owned()),
            };
            match (read, self.crew()) {
                (Ok(bytes), Some(crew)) => crew.send(at, &Task::Judge { film }, Some(&bytes)),
                (Err(why), _) => self.take(at, Seen::nothing(None), Some(why)),
                (Ok(_), None) => {}
            }
        });
    }

    /// What came of the film that a worker has in hand.
    pub(super) fn take(self, at: usize, seen: Seen, why: Option<String>) {
        let taken = self.behind.try_update_value(|behind| {
            let (film, path) = behind.in_hand.get_mut(at)?.take()?;
            if behind.outdated.remove(&path) {
                behind.waiting.push(Waiting { film, path });
                return None;
            }
            behind.seen.insert(path.clone(), seen);
            Some(path)
        });
        if let Some(Some(path)) = taken {
            if let Some(why) = why {
                self.counts.update(|counts| counts.why.push((path.display().to_string(), why)));
            }
            self.is_saved.set(false);
            self.count();
            self.estimate();
        }
        self.feed(at);
    }

    pub(super) fn estimate(self) {
        let (done, all) = (self.counts.with_untracked(Counts::done), self.planned().len());
        let (started_ms, started_at) = self.behind.with_value(|behind| (behind.started_ms, behind.started_at));
        let new = done.saturating_sub(started_at);
        // The first films wait for the networks.
        if new >= 4 {
            let each_ms = (glue::now_ms() - started_ms) / new as f64;
            self.seconds_left.set(Some((each_ms * (all - done.min(all)) as f64 / 1000.0).ceil() as u32));
        }
    }

    pub(super) fn finish_judging(self) {
        let is_over =
            self.behind.with_value(|behind| behind.waiting.is_empty() && behind.in_hand.iter().all(Option::is_none));
        let is_whole = self.counts.with_untracked(Counts::done) == self.planned().len();
        if is_over && self.stage.get_untracked() == Stage::Judging {
            // Files or table may have changed meanwhile.
            if is_whole { self.check() } else { self.judge_rest() }
        }
    }
}
