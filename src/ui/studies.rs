//! The studies of this visit: events to the page's state, signals from it.

use js_sys::Uint8Array;
use leptos::prelude::*;
use leptos::task::spawn_local;
use osteolens::link::{self, Program, Status};
use osteolens::measurement::Measurement;
use osteolens::protocol::StudyId;
use osteolens::wire;
use radiograph::Window;

use super::browser::{self, Found, Handles};
use super::engine::Engine;
use super::session::{Came, CloseUp, Closest, Effect, Event, Source, State, Study, Trouble};

/// All studies, the newest last, and the one that is looked at. Who reads one of these signals does not hear of the others.
#[derive(Clone, Copy)]
pub struct Studies {
    state: StoredValue<State, LocalStorage>,
    /// Which version of all studies.
    all: RwSignal<u64>,
    /// The one shown large.
    pub shown: RwSignal<Option<StudyId>>,
    /// What is told beside the result.
    pub trouble: RwSignal<Option<Trouble>>,
    /// The one shown large, and which version of it.
    looked_at: RwSignal<Option<(StudyId, u64)>>,
    /// Which version of the part in the file's own resolution.
    close_up: RwSignal<u64>,
    engine: StoredValue<Option<Engine>, LocalStorage>,
}

/// Tells those who read a signal, if it has changed.
fn show<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, now: T) {
    if signal.with_untracked(|before| *before != now) {
        signal.set(now);
    }
}

impl Studies {
    /// None yet, and no engine.
    pub fn new() -> Self {
        Self {
            state: StoredValue::new_local(State::default()),
            all: RwSignal::new(0),
            shown: RwSignal::new(None),
            trouble: RwSignal::new(None),
            looked_at: RwSignal::new(None),
            close_up: RwSignal::new(0),
            engine: StoredValue::new_local(None),
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

    /// Reads all studies, in the order in which they came.
    pub fn all<T>(self, what: impl FnOnce(&[Study]) -> T) -> T {
        self.all.track();
        self.state.with_value(|state| what(&state.all))
    }

    /// The study that is looked at; this subscribes to no other.
    pub fn current(&self) -> Option<Study> {
        self.of(self.looked_at.get()?.0, Study::clone)
    }

    /// The same, without hearing of what becomes of it.
    pub fn current_untracked(&self) -> Option<Study> {
        untrack(|| self.current())
    }

    /// What is wanted of a study, if it is on the page, without hearing of what becomes of it.
    pub fn of<T>(self, id: StudyId, what: impl FnOnce(&Study) -> T) -> Option<T> {
        self.state.with_value(|state| state.of(id).map(what))
    }

    /// What of the study that is looked at is seen in the file's own resolution.
    pub fn close_up(self) -> Closest {
        self.close_up.track();
        self.state.with_value(|state| state.close_up.clone())
    }

    /// Whether a study is one of the page's samples.
    pub fn is_sample(self, id: StudyId) -> bool {
        self.of(id, |study| matches!(study.source, Source::Sample(_))) == Some(true)
    }

    /// Tells the state what has happened, and does what follows from it.
    pub fn tell(self, event: Event) {
        let mut effects = Vec::new();
        let now = browser::now_ms();
        self.state.update_value(|state| effects = state.on(event, now));
        let (all, shown, trouble, looked_at, close_up) = self.state.with_value(|state| {
            let looked_at = state.shown.and_then(|id| Some((id, state.of(id)?.version)));
            (state.version, state.shown, state.trouble.clone(), looked_at, state.close_up.version)
        });
        show(self.shown, shown);
        show(self.all, all);
        show(self.looked_at, looked_at);
        show(self.close_up, close_up);
        show(self.trouble, trouble);
        for effect in effects {
            self.act(effect);
        }
    }

    /// Takes files in; so many others of their folder are none that could be judged.
    pub fn add_files(self, files: Vec<Found>, left_out: usize) {
        let came = |Found { folder, file }: Found| Came { folder, name: file.name(), file };
        self.tell(Event::Came(files.into_iter().map(came).collect(), left_out));
    }

    /// Asks for a part of a study in the file's own resolution.
    pub fn look_closely(self, wanted: CloseUp) {
        self.with_engine(link::Event::LookClosely(wanted));
    }

    /// Changes what was measured on a study.
    pub fn measure(self, id: StudyId, change: impl FnOnce(&mut Vec<Measurement>)) {
        if let Some(mut all) = self.of(id, |study| study.measurements.clone()) {
            change(&mut all);
            self.tell(Event::Measured(id, all));
        }
    }

    fn act(self, effect: Effect) {
        match effect {
            Effect::Read(study, edit, source) => spawn_local(async move {
                let bytes = read(source).await;
                let sha256 = match &bytes {
                    Ok(bytes) => wire::sha256(bytes).await,
                    Err(_) => None,
                };
                self.tell(Event::Read(study, edit, bytes, sha256));
            }),
            Effect::Look(study, edit, window, source) => spawn_local(async move {
                match read(source).await {
                    Ok(bytes) => self.with_engine(link::Event::Look(study, edit, window, bytes)),
                    Err(_) => self.tell(Event::Look(study, Window::Own)),
                }
            }),
            Effect::Judge(study, edit, bytes) => self.with_engine(link::Event::Judge(study, edit, bytes)),
            Effect::Forget(study) => self.with_engine(link::Event::Forget(study)),
            Effect::Check(study, edit) => self.with_engine(link::Event::Check(study, edit)),
            Effect::Took(stage, ms) => browser::measure(stage, browser::now_ms() - ms, ms),
        }
    }

    fn with_engine(self, event: link::Event<Handles>) {
        // Cloned, because the engine may answer at once.
        if let Some(engine) = self.engine.get_value() {
            engine.tell(event);
        }
    }
}

async fn read(source: Source) -> Result<Uint8Array, analysis::error::Error> {
    match source {
        Source::File(file) => browser::read(&file).await,
        Source::Sample(file) => browser::fetch(&format!("samples/{file}")).await,
    }
}
