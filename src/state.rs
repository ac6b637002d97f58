//! The page's state: its files, and what becomes of them. A pure function of what happens: nothing here touches a browser, an
//! engine or a clock, so that every order of events is a native test (`races`).

mod close_up;
mod hearing;
mod platform;
#[cfg(test)]
mod races;
#[cfg(test)]
pub(crate) mod rehearsal;
mod study;

use analysis::error::Error;
use radiograph::{Edit, Window};

use crate::measurement::Measurement;
use crate::protocol::{Response, StudyId};

pub use close_up::{CloseUp, Closest};
pub use platform::Platform;
pub use study::{
    Check, Overlay, Picture, Seen, Source, Stage, Study, age_of_sample, by_seriousness, deciding, verdict_id,
};

/// Pictures kept for looking at again; of older studies only what was said is kept.
const KEPT: usize = 12;
/// Files in the engine's hands at once: two are judged, two wait for that, one is being read.
const AT_ONCE: usize = 5;

/// A file that came in.
pub struct Came<P: Platform> {
    /// The folder that it was found in; empty where none is known.
    pub folder: String,
    /// Its name.
    pub name: String,
    /// Where its bytes are.
    pub file: P::File,
}

/// What happens.
pub enum Event<P: Platform> {
    /// Files came together, and how many others of their folder were left out. The first is shown when it is
    /// decoded.
    Came(Vec<Came<P>>, usize),
    /// One of the page's own samples was chosen.
    Sample(&'static str),
    /// The reader wants what is shown to stay, whatever becomes of the files that came with it.
    Stay,
    /// A study is to be judged once more: turned, inverted, cropped, or another picture of its file.
    Edit(StudyId, Edit),
    /// A study is to be shown with another VOI window, which changes nothing else.
    Look(StudyId, Window),
    /// The engine was asked for a part of a study in the file's own resolution.
    CloseUp(CloseUp),
    /// The part in the file's own resolution is no sharper than what is shown.
    NoCloseUp,
    /// What is measured on a study has changed.
    Measured(StudyId, Vec<Measurement>),
    /// A second engine is to check what was said of a study.
    Check(StudyId),
    /// How far that check is, of this edit.
    Checked(StudyId, Edit, Check),
    /// A study is to be shown large; one whose pictures are gone is judged once more.
    Show(StudyId),
    /// A study goes off the page.
    Remove(StudyId),
    /// All studies go off the page.
    Clear,
    /// What still waits is not begun with.
    Stop,
    /// A file was read, or could not be, for an edit; with its SHA-256 where that could be computed.
    Read(StudyId, Edit, Result<P::Bytes, Error>, Option<String>),
    /// The engine says something, with or without bytes.
    Said(Response, Option<P::Bytes>),
    /// Something is to be told beside the result, or no longer.
    Trouble(Option<Trouble>),
}

/// What is told beside the result.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    /// What came holds no file.
    NoFile,
    /// How many files of a folder were left out.
    LeftOut(usize),
    /// An edit came to nothing.
    EditFailed(Error),
    /// The browser falsifies pictures.
    PictureNotSaved,
}

/// What is to be done.
pub enum Effect<P: Platform> {
    /// Read a file; [`Event::Read`] tells what came of it.
    Read(StudyId, Edit, Source<P>),
    /// Have the engine judge a file.
    Judge(StudyId, Edit, P::Bytes),
    /// Read a file and ask the engine for it with this VOI window; if that fails, the file's own one is used.
    Look(StudyId, Edit, Window, Source<P>),
    /// Have the engine drop what it holds of a study.
    Forget(StudyId),
    /// Have a second engine check a study; [`Event::Checked`] tells what came of it.
    Check(StudyId, Edit),
    /// A stage of an analysis took so many milliseconds until now.
    Took(&'static str, f64),
}

/// All studies of a visit, and what is looked at.
pub struct State<P: Platform> {
    /// In the order in which they came.
    pub all: Vec<Study<P>>,
    /// Another one after every change of any of them.
    pub version: u64,
    /// The study that is shown large.
    pub shown: Option<StudyId>,
    /// What of it is seen in the file's own resolution.
    pub close_up: Closest<P>,
    /// What is told beside the result.
    pub trouble: Option<Trouble>,
    /// The first of the files that came together, until the user chooses one. While it is set, the first of these films
    /// that is judged replaces a shown one that was refused or came before them.
    seeks_film: Option<StudyId>,
    next: StudyId,
    now_ms: f64,
    effects: Vec<Effect<P>>,
}

impl<P: Platform> Default for State<P> {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            version: 0,
            shown: None,
            close_up: Closest::default(),
            trouble: None,
            seeks_film: None,
            next: 1,
            now_ms: 0.0,
            effects: Vec::new(),
        }
    }
}

impl<P: Platform> State<P> {
    /// Takes in what happened at a time, in milliseconds; returns what is to be done, in this order.
    pub fn on(&mut self, event: Event<P>, now_ms: f64) -> Vec<Effect<P>> {
        self.now_ms = now_ms;
        match event {
            Event::Came(files, left_out) => self.take_in(files, left_out),
            Event::Sample(file) => {
                self.seeks_film = None;
                self.add(file.to_owned(), Source::Sample(file), true);
                self.go_on();
            }
            Event::Stay => self.seeks_film = None,
            Event::Edit(id, edit) => self.edit(id, edit),
            Event::Look(id, Window::Own) => self.change(id, Study::look_as_the_file_asks),
            Event::Look(id, window) => {
                self.change(id, |study| study.window = window);
                self.ask_to_look(id, window);
            }
            Event::CloseUp(asked) => self.close_up.asked(asked),
            Event::NoCloseUp => self.close_up.drop(),
            Event::Measured(id, all) => self.change(id, |study| study.measurements = all),
            Event::Check(id) => {
                if let Some(edit) = self.of(id).map(|study| study.edit) {
                    self.change(id, |study| study.check = Check::Running);
                    self.effects.push(Effect::Check(id, edit));
                }
            }
            Event::Checked(id, edit, check) => self.take_check(id, edit, check),
            Event::Show(id) => self.show(id),
            Event::Remove(id) => {
                self.effects.push(Effect::Forget(id));
                self.all.retain(|study| study.id != id);
                self.version += 1;
                self.show_another_than(id);
                // Its last answer never comes.
                self.go_on();
            }
            Event::Clear => {
                self.effects.extend(self.all.drain(..).map(|study| Effect::Forget(study.id)));
                self.version += 1;
                self.shown = None;
                self.close_up.forget();
            }
            Event::Stop => {
                self.version += 1;
                for study in self.all.iter_mut().filter(|study| study.stage == Stage::Waiting) {
                    study.stage = Stage::Stopped;
                    study.version += 1;
                }
            }
            Event::Read(id, edit, bytes, sha256) => self.take_bytes(id, edit, bytes, sha256),
            Event::Said(response, bytes) => self.hear(response, bytes),
            Event::Trouble(trouble) => self.trouble = trouble,
        }
        std::mem::take(&mut self.effects)
    }

    /// A study, if it is on the page.
    pub fn of(&self, id: StudyId) -> Option<&Study<P>> {
        self.all.iter().find(|study| study.id == id)
    }

    fn take_in(&mut self, files: Vec<Came<P>>, left_out: usize) {
        self.trouble = match (files.is_empty(), left_out) {
            (true, 0) => Some(Trouble::NoFile),
            (_, 0) => None,
            (_, left_out) => Some(Trouble::LeftOut(left_out)),
        };
        let first = self.next;
        self.seeks_film = (files.len() > 1).then_some(first);
        for Came { folder, name, file } in files {
            let study = self.add(name, Source::File(file), false);
            study.folder = folder;
            study.came_with = first;
            study.wanted = study.id == first;
        }
        self.go_on();
    }

    fn add(&mut self, name: String, source: Source<P>, wanted: bool) -> &mut Study<P> {
        let study = Study::new(self.next, name, source, wanted, self.now_ms);
        self.next += 1;
        self.all.push(study);
        self.version += 1;
        let last = self.all.len() - 1;
        &mut self.all[last]
    }

    fn edit(&mut self, id: StudyId, edit: Edit) {
        self.trouble = None;
        self.seeks_film = None;
        let now_ms = self.now_ms;
        self.change(id, |study| study.begin_again(edit, now_ms));
        self.read(id);
    }

    fn show(&mut self, id: StudyId) {
        self.seeks_film = None;
        let Some(study) = self.of(id) else { return };
        if study.picture.is_some() {
            self.shown = Some(id);
        } else if study.is_at_work() {
            self.change(id, |study| study.wanted = true);
        } else {
            let edit = study.edit;
            self.edit(id, edit);
        }
    }

    /// Goes back to the latest other result when this study was the one looked at.
    fn show_another_than(&mut self, id: StudyId) {
        if self.shown == Some(id) {
            let other = |study: &&Study<P>| study.id != id && study.picture.is_some() && !study.is_failed();
            self.shown = self.all.iter().rev().find(other).map(|study| study.id);
        }
    }

    /// Begins with the next that waits, if the engine has too little to do.
    fn go_on(&mut self) {
        let at_work = self.all.iter().filter(|study| study.stage == Stage::Working).count();
        let waiting = self.all.iter().filter(|study| study.stage == Stage::Waiting).map(|study| study.id);
        for id in waiting.take(AT_ONCE.saturating_sub(at_work)).collect::<Vec<_>>() {
            self.change(id, |study| study.stage = Stage::Working);
            self.read(id);
        }
    }

    fn read(&mut self, id: StudyId) {
        let read = self.of(id).map(|study| Effect::Read(id, study.edit, study.source.clone()));
        self.effects.extend(read);
    }

    fn ask_to_look(&mut self, id: StudyId, window: Window) {
        let look = self.of(id).map(|study| Effect::Look(id, study.edit, window, study.source.clone()));
        self.effects.extend(look);
    }

    fn take_bytes(&mut self, id: StudyId, edit: Edit, bytes: Result<P::Bytes, Error>, sha256: Option<String>) {
        // It may have been taken off the page or edited meanwhile.
        if !self.waits_for(id, edit) {
            return;
        }
        match bytes {
            Ok(bytes) => {
                self.change(id, |study| study.sha256 = sha256);
                self.effects.push(Effect::Judge(id, edit, bytes));
            }
            Err(error) => self.hear(Response::StudyFailed { study: id, edit, error }, None),
        }
    }

    fn take_check(&mut self, id: StudyId, edit: Edit, check: Check) {
        // It may have been judged anew meanwhile.
        if self.of(id).is_none_or(|study| study.edit != edit || study.check != Check::Running) {
            return;
        }
        if check == Check::Forgotten {
            // Judged once more, it can be checked.
            self.edit(id, edit);
        } else {
            self.change(id, |study| study.check = check);
        }
    }

    /// Whether a study is on the page, and was asked for with this edit last.
    fn waits_for(&self, id: StudyId, edit: Edit) -> bool {
        self.of(id).is_some_and(|study| study.edit == edit)
    }

    fn let_old_pictures_go(&mut self) {
        let has_old_picture =
            |study: &&Study<P>| study.picture.is_some() && !study.is_at_work() && Some(study.id) != self.shown;
        let old: Vec<StudyId> = self.all.iter().filter(has_old_picture).map(|study| study.id).collect();
        let most = (old.len() + 1).saturating_sub(KEPT);
        for id in old.into_iter().take(most) {
            self.effects.push(Effect::Forget(id));
            self.change(id, Study::let_pictures_go);
        }
    }

    fn change(&mut self, id: StudyId, change: impl FnOnce(&mut Study<P>)) {
        if let Some(study) = self.all.iter_mut().find(|study| study.id == id) {
            change(study);
            study.version += 1;
            self.version += 1;
        }
    }
}
