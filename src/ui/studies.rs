//! The studies of this visit.

pub mod close_up;
mod responses;

use std::rc::Rc;

use analysis::error::Error;
use js_sys::Uint8Array;
use leptos::prelude::*;
use leptos::task::spawn_local;
use osteolens::measurement::Measurement;
use osteolens::protocol::{Response, StudyId};
use osteolens::wire;
use radiograph::{Edit, Window};

use super::browser::{self, Found, Program};
use super::derived::{Derived, derived};
use super::engine::{Engine, Status};
use super::session::{Check, Source, Stage, Study};
use close_up::{CloseUp, Closest};

/// Pictures kept for looking at again; of older studies only what was said is kept.
const KEPT: usize = 12;
/// Files in the engine's hands at once: one is judged, one has been read, one is being read.
const AT_ONCE: usize = 3;

/// All studies, the newest last, and the one that is looked at.
#[derive(Clone, Copy)]
pub struct Studies {
    /// In the order dropped.
    pub all: RwSignal<Vec<Study>, LocalStorage>,
    /// The one shown large.
    pub shown: RwSignal<Option<StudyId>, LocalStorage>,
    /// That one, and which version of it.
    looked_at: Derived<Option<(StudyId, u64)>>,
    /// What of the one shown is seen in the file's own resolution.
    pub close_up: RwSignal<Closest, LocalStorage>,
    /// Why an edit came to nothing.
    pub trouble: RwSignal<Option<String>>,
    /// While nobody has chosen what is shown of files that came together: the first of them. Of these the first with a result
    /// takes the place of one without.
    pub(super) seeks_film: StoredValue<Option<StudyId>>,
    engine: StoredValue<Option<Engine>, LocalStorage>,
    next: StoredValue<StudyId>,
}

impl Studies {
    /// None yet, and no engine.
    pub fn new() -> Self {
        let all = RwSignal::new_local(Vec::<Study>::new());
        let shown = RwSignal::new_local(None);
        let version = move |id: StudyId| all.with(|all| Some((id, all.iter().find(|study| study.id == id)?.version)));
        Self {
            all,
            shown,
            looked_at: derived(move || version(shown.get()?)),
            close_up: RwSignal::new_local(Closest::default()),
            trouble: RwSignal::new(None),
            seeks_film: StoredValue::new(None),
            engine: StoredValue::new_local(None),
            next: StoredValue::new(1),
        }
    }

    /// The engine that is to judge them.
    pub fn use_engine(&self, engine: Engine) {
        self.engine.set_value(Some(engine));
    }

    /// How the engine is.
    pub fn status(&self) -> Option<Status> {
        self.engine.with_value(|engine| engine.as_ref().map(|engine| engine.status.get_untracked()))
    }

    /// The program that judges them.
    pub fn program(&self) -> Program {
        self.engine.with_value(|engine| engine.as_ref().map_or(Program::Fast, Engine::program))
    }

    /// The study that is looked at; to hear of it is not to hear of the others.
    pub fn current(&self) -> Option<Study> {
        self.of(self.looked_at.get()?.0, Study::clone)
    }

    /// The same, without hearing of what becomes of it.
    pub fn current_untracked(&self) -> Option<Study> {
        untrack(|| self.current())
    }

    /// What is wanted of a study, if it is on the page, without hearing of what becomes of it.
    pub fn of<T>(self, id: StudyId, what: impl FnOnce(&Study) -> T) -> Option<T> {
        self.all.with_untracked(|all| all.iter().find(|study| study.id == id).map(what))
    }

    /// Whether a study is one of the page's samples.
    pub fn is_sample(self, id: StudyId) -> bool {
        self.of(id, |study| matches!(study.source, Source::Sample(_))) == Some(true)
    }

    /// Takes files in. The first of them is shown when it is decoded.
    pub fn add_files(self, files: Vec<Found>) {
        self.seeks_film.set_value((files.len() > 1).then(|| self.next.get_value()));
        let first = self.next.get_value();
        for (at, Found { folder, file }) in files.into_iter().enumerate() {
            let name = file.name();
            self.add(Study { folder, came_with: first, ..self.study(name, Source::File(file), at == 0) });
        }
        self.go_on();
    }

    /// What is shown stays, whatever becomes of the files that came with it.
    pub fn stay(self) {
        self.seeks_film.set_value(None);
    }

    /// Takes a sample in.
    pub fn add_sample(self, file: &'static str) {
        self.stay();
        self.add(self.study(file.to_owned(), Source::Sample(file), true));
        self.go_on();
    }

    /// Has a study judged once more: turned, inverted, cropped, or another picture of its file.
    pub fn edit(self, id: StudyId, edit: Edit) {
        self.trouble.set(None);
        self.stay();
        self.change(id, |study| study.begin_again(edit, browser::now_ms()));
        self.read(id);
    }

    /// Shows a study in another window, which changes nothing else.
    pub fn look(self, id: StudyId, window: Window) {
        if window == Window::Own {
            self.change(id, Study::look_as_the_file_asks);
            return;
        }
        self.change(id, |study| study.window = window);
        self.ask_to_look(id, window);
    }

    /// Has the engine read a file in this window.
    fn ask_to_look(self, id: StudyId, window: Window) {
        spawn_local(async move {
            let Some((bytes, edit)) = self.bytes(id).await else { return };
            let engine = self.engine.get_value();
            let is_asked = bytes.is_ok_and(|bytes| engine.is_some_and(|engine| engine.look(id, &bytes, edit, window)));
            if !is_asked {
                self.change(id, Study::look_as_the_file_asks);
            }
        });
    }

    /// Asks for a part of a study in the file's own resolution.
    pub fn look_closely(self, wanted: CloseUp) {
        let engine = self.engine.get_value();
        if engine.is_some_and(|engine| engine.look_closely(wanted)) {
            self.close_up.update(|close_up| close_up.asked = Some(wanted));
        }
    }

    /// Changes what was measured on a study.
    pub fn measure(self, id: StudyId, change: impl FnOnce(&mut Vec<Measurement>)) {
        self.change(id, |study| change(&mut study.measurements));
    }

    /// Has a second engine check what was said of a study.
    pub fn check(self, id: StudyId) {
        let Some(edit) = self.of(id, |study| study.edit) else { return };
        self.change(id, |study| study.check = Check::Running);
        let done = move |check| {
            // It may have been judged anew meanwhile.
            if self.of(id, |study| study.edit == edit && study.check == Check::Running) != Some(true) {
                return;
            }
            if check == Check::Forgotten {
                // Judged once more, it can be checked.
                return self.edit(id, edit);
            }
            self.change(id, |study| study.check = check);
        };
        self.with_engine(|engine| engine.check(id, edit, Rc::new(done)));
    }

    /// Shows a study large; one whose pictures are gone is judged once more.
    pub fn show(self, id: StudyId) {
        self.stay();
        match self.of(id, |study| (study.picture.is_some(), study.is_at_work(), study.edit)) {
            Some((true, ..)) => self.shown.set(Some(id)),
            Some((_, false, edit)) => self.edit(id, edit),
            Some(_) => self.change(id, |study| study.wanted = true),
            None => {}
        }
    }

    /// Takes a study off the page.
    pub fn remove(&self, id: StudyId) {
        self.with_engine(|engine| engine.forget(id));
        self.all.update(|all| all.retain(|study| study.id != id));
        self.show_another_than(id);
        // Nothing more may be heard of it.
        self.go_on();
    }

    /// Takes all off the page.
    pub fn clear(&self) {
        for id in self.all.with_untracked(|all| all.iter().map(|study| study.id).collect::<Vec<_>>()) {
            self.with_engine(|engine| engine.forget(id));
        }
        self.shown.set(None);
        self.close_up.set(Closest::default());
        self.all.set(Vec::new());
    }

    /// Does not begin with what still waits.
    pub fn stop(&self) {
        self.all.update(|all| {
            for study in all.iter_mut().filter(|study| study.stage == Stage::Waiting) {
                study.stage = Stage::Stopped;
                study.version += 1;
            }
        });
    }

    /// Whether a study is on the page, and was asked for with this edit last.
    fn waits_for(self, id: StudyId, edit: Edit) -> bool {
        self.of(id, |study| study.edit == edit) == Some(true)
    }

    /// Goes back to the latest other result when this study was the one looked at.
    fn show_another_than(&self, id: StudyId) {
        if self.shown.get_untracked() == Some(id) {
            let other = |study: &&Study| study.id != id && study.picture.is_some() && !study.is_failed();
            let other = self.all.with_untracked(|all| all.iter().rev().find(other).map(|study| study.id));
            self.shown.set(other);
        }
    }

    /// Begins with the next that waits, if the engine has too little to do.
    fn go_on(self) {
        loop {
            let next = self.all.with_untracked(|all| {
                let at_work = all.iter().filter(|study| study.stage == Stage::Working).count();
                let waiting = all.iter().find(|study| study.stage == Stage::Waiting);
                waiting.filter(|_| at_work < AT_ONCE).map(|study| study.id)
            });
            let Some(id) = next else { return };
            self.change(id, |study| study.stage = Stage::Working);
            self.read(id);
        }
    }

    /// A study's bytes, and the edit that it had when they were asked for.
    async fn bytes(self, id: StudyId) -> Option<(Result<Uint8Array, Error>, Edit)> {
        let (source, edit) = self.of(id, |study| (study.source.clone(), study.edit))?;
        let bytes = match source {
            Source::File(file) => browser::read(&file).await,
            Source::Sample(file) => browser::fetch(&format!("samples/{file}")).await,
        };
        Some((bytes, edit))
    }

    /// Reads a file and hands it to the engine.
    fn read(self, id: StudyId) {
        spawn_local(async move {
            let Some((bytes, edit)) = self.bytes(id).await else { return };
            // It may have been taken off the page meanwhile.
            let is_there = || self.waits_for(id, edit);
            if !is_there() {
                return;
            }
            match bytes {
                Ok(bytes) => {
                    let sha256 = wire::sha256(&bytes).await;
                    if !is_there() {
                        return;
                    }
                    self.change(id, |study| study.sha256 = sha256);
                    self.with_engine(|engine| engine.analyze(id, bytes, edit));
                }
                Err(error) => {
                    self.hear(Response::StudyFailed { study: id, edit, error }, None);
                }
            }
        });
    }

    /// The next one, which is not added yet.
    fn study(self, file: String, source: Source, wanted: bool) -> Study {
        Study::new(self.next.get_value(), file, source, wanted, browser::now_ms())
    }

    fn add(self, study: Study) {
        self.next.set_value(study.id + 1);
        self.all.update(|all| all.push(study));
    }

    fn let_old_pictures_go(self) {
        let shown = self.shown.get_untracked();
        let old: Vec<StudyId> = self.all.with_untracked(|all| {
            let with_picture: Vec<StudyId> = all
                .iter()
                .filter(|study| study.picture.is_some() && !study.is_at_work() && Some(study.id) != shown)
                .map(|study| study.id)
                .collect();
            with_picture.iter().copied().take((with_picture.len() + 1).saturating_sub(KEPT)).collect()
        });
        for id in old {
            self.with_engine(|engine| engine.forget(id));
            self.change(id, Study::let_pictures_go);
        }
    }

    fn with_engine(self, act: impl FnOnce(&Engine)) {
        // Cloned, because the engine may answer at once.
        if let Some(engine) = self.engine.get_value() {
            act(&engine);
        }
    }

    fn change(self, id: StudyId, change: impl FnOnce(&mut Study)) {
        self.all.update(|all| {
            if let Some(study) = all.iter_mut().find(|study| study.id == id) {
                change(study);
                study.version += 1;
            }
        });
    }
}
