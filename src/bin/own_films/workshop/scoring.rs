//! What the scorer is asked, and what comes of it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use leptos::prelude::*;
use osteolens::task::{Answer, Task};
use validation::entry::Entry;
use validation::head_file::HeadFile;
use validation::seen::Seen;
use validation::sheet::{Sheet, Told};

use super::{SCORER, Stage, Workshop, share};
use crate::crew::Heard;
use crate::glue;

impl Workshop {
    /// Looks for copies among the films, and scores them.
    pub fn check(self) {
        self.forget_results();
        self.hand_films();
    }

    pub(super) fn hand_films(self) {
        let from_dicom = self.about.with_untracked(|about| about.from_dicom);
        let planned = self.planned();
        let films: Vec<(Entry, Seen)> = self.behind.with_value(|behind| {
            let seen = |(path, entry): &(PathBuf, Entry)| {
                let seen = behind.seen.get(path)?;
                Some((seen.entry(entry, from_dicom), seen.clone()))
            };
            planned.iter().filter_map(seen).collect()
        });
        if films.is_empty() {
            self.stage.set(Stage::Resting);
            return;
        }
        self.behind.update_value(|behind| behind.holds_films = true);
        self.stage.set(Stage::Checking(0, films.len() as u32));
        self.ask(&Task::Check { films });
    }

    /// Scores by the replies so far.
    pub fn score(self) {
        let (Some(Ok(plan)), about) = (self.plan.get_untracked(), self.about.get_untracked()) else { return };
        let place = about.place.trim().to_owned();
        let told = Told {
            place: (!place.is_empty()).then_some(place),
            reference: about.reference,
            site: about.site,
            people_known: plan.without_person == 0,
            rows: plan.rows,
            left_out: plan.left_out(),
            replies: self.replies.get_untracked(),
            copies_looked_for: true,
        };
        let prevalence = share(&about.prevalence);
        if !self.behind.with_value(|behind| behind.holds_films) {
            return self.hand_films();
        }
        self.open.set(Vec::new());
        self.stage.set(Stage::Scoring);
        self.ask(&Task::Score { told: Box::new(told), prevalence, date: glue::iso_date() });
    }

    /// Asks everything again.
    pub fn answer_anew(self) {
        self.forget_results();
        self.replies.set(BTreeMap::new());
        self.score();
    }

    /// Fits a head to what was scored last.
    pub fn refit(self, name: String, sensitivity: f64, with_names: bool) {
        let about = self.about.get_untracked();
        self.head.set(None);
        self.fault.set(None);
        let task = Task::Refit {
            name,
            date: glue::iso_date(),
            sensitivity,
            reference: about.reference,
            site: about.site,
            with_names,
        };
        if self.behind.with_value(|behind| behind.holds_films) {
            self.stage.set(Stage::Refitting(0, 1));
            self.ask(&task);
        } else {
            self.behind.update_value(|behind| behind.next = Some(task));
            self.hand_films();
        }
    }

    /// Asks the scorer, as soon as it hears: one that has just been started does not yet.
    pub(super) fn ask(self, task: &Task) {
        let is_ready = self.behind.with_value(|behind| behind.is_ready.get(SCORER) == Some(&true));
        match self.crew() {
            Some(crew) if is_ready => crew.send(SCORER, task, None),
            _ => self.behind.update_value(|behind| behind.asked.push(task.clone())),
        }
    }

    pub(super) fn hear(self, at: usize, heard: Heard) {
        match heard {
            Heard::Said(answer) => self.answer(at, answer),
            Heard::Gone(reason) => {
                self.behind.update_value(|behind| {
                    (behind.crew, behind.holds_films) = (None, false);
                    behind.asked.clear();
                });
                self.fault.set(Some(format!("The program cannot run here: {reason}")));
                self.stage.set(Stage::Resting);
            }
            Heard::Broken(reason) => {
                self.behind.update_value(|behind| {
                    behind.is_ready[at] = false;
                    behind.holds_films &= at != SCORER;
                });
                let has_film = self.behind.with_value(|behind| behind.in_hand[at].is_some());
                if reason.is_empty() {
                    // It was stopped: what it had in hand is judged another time.
                    self.behind.update_value(|behind| behind.in_hand[at] = None);
                } else if has_film {
                    self.take(at, Seen::nothing(None), Some(format!("The program broke on this file ({reason}).")));
                } else if at == SCORER && self.stage.get_untracked() != Stage::Resting {
                    self.behind.update_value(|behind| behind.next = None);
                    self.fault.set(Some(format!("The computation broke off: {reason}. Start it once more.")));
                    self.stage.set(Stage::Resting);
                }
            }
        }
    }

    pub(super) fn answer(self, at: usize, answer: Answer) {
        match answer {
            Answer::Ready => {
                let asked = self.behind.try_update_value(|behind| {
                    behind.is_ready[at] = true;
                    if at == SCORER { std::mem::take(&mut behind.asked) } else { Vec::new() }
                });
                asked.into_iter().flatten().for_each(|task| self.ask(&task));
                if self.stage.get_untracked() == Stage::Judging {
                    self.feed(at);
                }
            }
            Answer::Judged { film, seen, why } => {
                // What was stopped meanwhile is judged all the same.
                if self.behind.with_value(|behind| behind.in_hand[at].as_ref().is_some_and(|(one, _)| *one == film)) {
                    self.take(at, *seen, why);
                }
            }
            Answer::Progress(done, all) => match self.stage.get_untracked() {
                Stage::Checking(..) => self.stage.set(Stage::Checking(done, all)),
                Stage::Refitting(..) => self.stage.set(Stage::Refitting(done, all)),
                _ => {}
            },
            Answer::Checked => self.score(),
            Answer::Open(open) => {
                self.behind.update_value(|behind| behind.next = None);
                self.open.set(open);
                self.stage.set(Stage::Resting);
            }
            Answer::Scored(Ok(json)) => {
                self.is_saved.set(false);
                match Sheet::read(json.as_bytes()) {
                    Ok(sheet) => self.sheet.set(Some((sheet, json))),
                    Err(reason) => self.fault.set(Some(format!("The figures cannot be shown: {reason}."))),
                }
                match self.behind.try_update_value(|behind| behind.next.take()).flatten() {
                    Some(task) => {
                        self.stage.set(Stage::Refitting(0, 1));
                        self.ask(&task);
                    }
                    None => self.stage.set(Stage::Resting),
                }
            }
            Answer::Refitted(Ok(json)) => {
                self.is_head_saved.set(false);
                match HeadFile::parse(json.as_bytes()) {
                    Ok(head) => self.head.set(Some((head, json))),
                    Err(fault) => self.fault.set(Some(format!("The head cannot be shown: {fault}."))),
                }
                self.stage.set(Stage::Resting);
            }
            Answer::Scored(Err(why)) | Answer::Refitted(Err(why)) => {
                self.fault.set(Some(why));
                self.stage.set(Stage::Resting);
            }
            // The crew hears these.
            Answer::Awake | Answer::Failed(_) => {}
        }
    }
}
