//! What the page knows, and what it does next.

mod scoring;
mod through_workers;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use osteolens::disc::may_be_picture;
use osteolens::incoming::{self, Found};
use osteolens::task::Task;
use validation::concerns::{Concern, Kind, Reply};
use validation::entry::Entry;
use validation::head_file::HeadFile;
use validation::located::Files;
use validation::own_film;
use validation::planned::{Plan, Reading};
use validation::seen::Seen;
use validation::sheet::{Reference, Sheet, Site};
use validation::table::Table;

use crate::crew::Crew;

/// Looks for copies, scores and refits.
const SCORER: usize = 0;

/// What the page is at.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// Nothing is under way.
    Resting,
    /// Networks on their way.
    Loading,
    /// Films are judged.
    Judging,
    /// Copies are looked for: steps done, steps in all.
    Checking(u32, u32),
    /// Figures are computed.
    Scoring,
    /// A head is fitted: layers done, layers in all.
    Refitting(u32, u32),
}

/// A table as it was chosen.
#[derive(Clone, PartialEq)]
pub struct Chosen {
    /// What the file is called.
    pub name: String,
    /// What is in it.
    pub table: Table,
}

/// What came of the films so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counts {
    /// Models spoke.
    pub judged: usize,
    /// Not taken for a picture of a knee.
    pub refused: usize,
    /// Could not be read.
    pub failed: usize,
    /// A DICOM file tells age or sex.
    pub with_person: usize,
    /// Names and why they were not judged.
    pub why: Vec<(String, String)>,
}

impl Counts {
    /// All that are done.
    pub fn done(&self) -> usize {
        self.judged + self.refused + self.failed
    }
}

/// What a reader tells of the films.
#[derive(Clone, Debug, PartialEq)]
pub struct About {
    /// What the place is called.
    pub place: String,
    /// How the truth was found.
    pub reference: Reference,
    /// Where it was measured.
    pub site: Site,
    /// Ages and sexes that the table lacks are taken from DICOM files.
    pub from_dicom: bool,
    /// Per cent who have osteoporosis where a test would be used; as it was typed.
    pub prevalence: String,
}

/// A film on its way to a worker.
struct Waiting {
    film: u32,
    path: PathBuf,
}

/// What no view looks at.
#[derive(Default)]
struct Behind {
    crew: Option<Rc<Crew>>,
    /// By the path of the file.
    seen: HashMap<PathBuf, Seen>,
    waiting: Vec<Waiting>,
    /// By their paths.
    files: HashMap<PathBuf, Found>,
    /// Files of the same path came while these were in a worker's hands.
    outdated: HashSet<PathBuf>,
    /// Whether the workers are being started.
    is_starting: bool,
    /// What each worker has in hand.
    in_hand: Vec<Option<(u32, PathBuf)>>,
    is_ready: Vec<bool>,
    /// Whether the scorer still holds what it was given: it is another one after it broke, or was stopped.
    holds_films: bool,
    /// What the scorer does not hear yet.
    asked: Vec<Task>,
    /// Asked once the scorer holds the films again.
    next: Option<Task>,
    started_ms: f64,
    started_at: usize,
}

/// The state of the page: signals for its views.
#[derive(Clone, Copy)]
pub struct Workshop {
    /// Files that may be films.
    pub files: RwSignal<Vec<Found>, LocalStorage>,
    /// The table.
    pub chosen: RwSignal<Option<Chosen>>,
    /// Why the table that was chosen last cannot be read: the one before stays.
    pub table_fault: RwSignal<Option<String>>,
    /// What its columns mean, as the reader says.
    pub reading: RwSignal<Reading>,
    /// What else is told.
    pub about: RwSignal<About>,
    /// What is judged, or why that is not known yet.
    pub plan: Memo<Option<Result<Plan, String>>>,
    /// What the page is at.
    pub stage: RwSignal<Stage>,
    /// What came of the films.
    pub counts: RwSignal<Counts>,
    /// Seconds that are left, once they can be told.
    pub seconds_left: RwSignal<Option<u32>>,
    /// What must be answered.
    pub open: RwSignal<Vec<Concern>>,
    /// What was answered.
    pub replies: RwSignal<BTreeMap<Kind, Reply>>,
    /// The result, and as it is saved.
    pub sheet: RwSignal<Option<(Sheet, String)>>,
    /// The head, and as it is saved.
    pub head: RwSignal<Option<(HeadFile, String)>>,
    /// Whether the sheet was saved.
    pub is_saved: RwSignal<bool>,
    /// Whether the head was saved.
    pub is_head_saved: RwSignal<bool>,
    /// What went wrong, in words.
    pub fault: RwSignal<Option<String>>,
    /// Files and entries of the plan, shared.
    films: Memo<Arc<Vec<(PathBuf, Entry)>>>,
    behind: StoredValue<Behind, LocalStorage>,
}

impl Workshop {
    /// Nothing is chosen yet.
    pub fn new() -> Self {
        let files = RwSignal::new_local(Vec::<Found>::new());
        let (chosen, reading) = (RwSignal::new(None::<Chosen>), RwSignal::new(Reading::default()));
        let paths = Memo::new(move |_| files.with(|files| files.iter().map(path).collect::<Vec<PathBuf>>()));
        let plan = Memo::new(move |_| {
            let located = Files::of(paths.get());
            let table = chosen.get()?.table;
            Some(Plan::of(&table, &located, &reading.get()).map_err(|fault| fault.to_string()))
        });
        let films = Memo::new(move |_| {
            plan.with(|plan| match plan {
                Some(Ok(plan)) => Arc::new(plan.films.clone()),
                _ => Arc::default(),
            })
        });
        Self {
            files,
            chosen,
            table_fault: RwSignal::new(None),
            reading,
            plan,
            films,
            about: RwSignal::new(About {
                place: String::new(),
                reference: Reference::Unknown,
                site: Site::Unknown,
                from_dicom: false,
                prevalence: String::new(),
            }),
            stage: RwSignal::new(Stage::Resting),
            counts: RwSignal::new(Counts::default()),
            seconds_left: RwSignal::new(None),
            open: RwSignal::new(Vec::new()),
            replies: RwSignal::new(BTreeMap::new()),
            sheet: RwSignal::new(None),
            head: RwSignal::new(None),
            is_saved: RwSignal::new(false),
            is_head_saved: RwSignal::new(false),
            fault: RwSignal::new(None),
            behind: StoredValue::new_local(Behind::default()),
        }
    }

    /// Films and tables that were chosen or dropped. Of several tables the last is taken.
    pub fn add(self, found: Vec<Found>) {
        let is_table = |found: &Found| {
            let name = found.file.name().to_lowercase();
            match name.rsplit_once('.').map(|(_, ending)| ending) {
                Some("csv" | "tsv" | "tab" | "xlsx" | "xls") => true,
                Some("txt") => found.folder.is_empty(),
                _ => false,
            }
        };
        let (tables, films): (Vec<Found>, Vec<Found>) = found.into_iter().partition(is_table);
        let films: Vec<Found> = films.into_iter().filter(|found| may_be_picture(&found.file.name())).collect();
        if !films.is_empty() {
            let paths: HashSet<PathBuf> = films.iter().map(path).collect();
            // What comes under the same name is perhaps another file.
            self.behind.update_value(|behind| {
                let in_hand = behind.in_hand.iter().flatten().map(|(_, path)| path.clone());
                behind.outdated.extend(in_hand.filter(|path| paths.contains(path)));
                behind.seen.retain(|path, _| !paths.contains(path));
                behind.files.extend(films.iter().map(|found| (path(found), found.clone())));
            });
            let is_new = |file: &String| !paths.contains(std::path::Path::new(file));
            self.counts.update(|counts| counts.why.retain(|(file, _)| is_new(file)));
            self.files.update(|files| {
                files.retain(|one| !paths.contains(&path(one)));
                files.extend(films);
            });
            self.inputs_changed();
        }
        let Some(table) = tables.into_iter().next_back() else { return };
        spawn_local(async move {
            let name = table.file.name();
            let table = match incoming::read(&table.file).await {
                Ok(bytes) => Table::read(&bytes.to_vec()).map_err(|fault| fault.to_string()),
                Err(error) => Err(error.to_string()),
            };
            match table {
                Ok(table) => {
                    self.table_fault.set(None);
                    self.reading.set(Reading::default());
                    self.chosen.set(Some(Chosen { name, table }));
                    self.inputs_changed();
                }
                Err(fault) => self.table_fault.set(Some(format!("{name} cannot be read: {fault}."))),
            }
        });
    }

    /// Other films, or another reading of the table: what was said and answered no longer holds.
    pub fn inputs_changed(self) {
        self.told_changed();
        self.behind.update_value(|behind| behind.holds_films = false);
        self.replies.set(BTreeMap::new());
        self.count();
    }

    /// What stands on the sheet is told otherwise.
    pub fn told_changed(self) {
        if matches!(self.stage.get_untracked(), Stage::Checking(..) | Stage::Scoring | Stage::Refitting(..)) {
            self.stop();
        }
        self.forget_results();
    }

    /// What was said by other answers no longer holds.
    fn forget_results(self) {
        self.open.set(Vec::new());
        self.sheet.set(None);
        self.head.set(None);
        self.fault.set(None);
        self.behind.update_value(|behind| behind.next = None);
    }

    fn planned(self) -> Arc<Vec<(PathBuf, Entry)>> {
        self.films.get_untracked()
    }

    /// Counts what came of the planned films.
    pub fn count(self) {
        let mut counts = Counts::default();
        let planned = self.planned();
        self.behind.with_value(|behind| {
            for (path, _) in planned.iter() {
                let Some(seen) = behind.seen.get(path) else { continue };
                match seen.answer {
                    own_film::Answer::Judged { .. } => counts.judged += 1,
                    own_film::Answer::Refused => counts.refused += 1,
                    own_film::Answer::Failed => counts.failed += 1,
                }
                counts.with_person += usize::from(seen.age_years.is_some() || seen.sex.is_some());
            }
        });
        self.counts.update(|before| *before = Counts { why: std::mem::take(&mut before.why), ..counts });
    }

    /// Whether films were judged whose figures are not saved.
    pub fn has_unsaved(self) -> bool {
        let has_head = self.head.with_untracked(Option::is_some) && !self.is_head_saved.get_untracked();
        has_head || (self.counts.with_untracked(Counts::done) > 0 && !self.is_saved.get_untracked())
    }

    /// What was seen of the film in a line of the table.
    pub fn seen_in_line(self, line: u64) -> Option<(Entry, Seen)> {
        let planned = self.planned();
        let (path, entry) = planned.iter().find(|(_, entry)| entry.line == line)?;
        let seen = self.behind.with_value(|behind| behind.seen.get(path).cloned())?;
        Some((entry.clone(), seen))
    }
}

/// Where a file lies, as a table may name it.
fn path(found: &Found) -> PathBuf {
    PathBuf::from(&found.folder).join(found.file.name())
}

/// Per cent as they are typed, as a share between 0 and 1.
pub fn share(typed: &str) -> Option<f64> {
    let percent: f64 = typed.trim().trim_end_matches('%').trim().replace(',', ".").parse().ok()?;
    (percent > 0.0 && percent < 100.0).then_some(percent / 100.0)
}
