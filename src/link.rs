//! The link between page and engine: which workers run, what each has in hand, and what happens when one fails, falls silent or
//! answers too late. A pure function of what happens, as [`state`](crate::state): its faults are native tests (`failures`).

#[cfg(test)]
mod connected;
#[cfg(test)]
mod failures;
mod judging;
mod read_ahead;
mod recovery;
mod repeating;

use analysis::Backend;
use analysis::error::Error;
use analysis::findings::Evidence;
use radiograph::{Edit, Window};

use crate::protocol::{EngineState, Fetched, NoGpu, Request, Response, StudyId};
use crate::state::{Check, CloseUp, Platform};

/// Longest silence while work is pending. Far above the first answer of a software GPU, which has to compile all kernels.
pub const PATIENCE_S: u32 = 60;

/// Given by the link, never reused: messages of an ended worker are ignored.
pub type WorkerId = u32;

/// Which engine a worker runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Program {
    /// The one that gives the verdicts.
    #[default]
    Fast,
    /// The same protocol, with the networks run by burn. It reads no files.
    Reference,
}

/// What the page's address asks for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The only program that may give verdicts.
    pub program: Program,
    /// A backend that must be used: there is no fallback then.
    pub backend: Option<Backend>,
    /// The only model to load.
    pub model: Option<String>,
    /// How long a worker with something to do may be silent, in seconds.
    pub patience_s: u32,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { program: Program::Fast, backend: None, model: None, patience_s: PATIENCE_S }
    }
}

/// How the engine is.
#[derive(Clone, Debug, PartialEq)]
pub enum Status {
    /// Weights on their way: bytes loaded, bytes in all.
    Loading(u64, u64),
    /// All models are loaded.
    Ready(Box<EngineState>),
    /// It cannot be used; why.
    Failed(Error),
}

/// Why the engine does not compute as one would expect.
#[derive(Clone, Debug, PartialEq)]
pub enum Unusual {
    /// It failed on the graphics processor and was restarted on the CPU.
    Restarted(Error),
    /// The graphics processor is not used.
    NoGpu(NoGpu),
}

/// What comes from a worker.
pub enum FromWorker<B> {
    /// A message of ours.
    Message(Response, Option<B>),
    /// Its program could not be fetched or compiled.
    NotLoaded(String),
    /// Its program ended, or could not begin.
    Broken(String),
}

/// What happens.
pub enum Event<P: Platform> {
    /// The engine is to start, or to start once more after it has failed or was stopped.
    Begin,
    /// Its loading is to end; what waits goes on waiting.
    Stop,
    /// The page is shown, perhaps again after it was left.
    Shown,
    /// Some time has passed.
    Tick,
    /// A worker says something, or is gone.
    From(WorkerId, FromWorker<P::Bytes>),
    /// A worker could not be made.
    NotStarted(WorkerId, String),
    /// A file, or a part of it, is to be judged.
    Judge(StudyId, Edit, P::Bytes),
    /// A study is to be shown with another VOI window.
    Look(StudyId, Edit, Window, P::Bytes),
    /// A part of a study is wanted in the file's own resolution.
    LookClosely(CloseUp),
    /// What is kept for a study is wanted no longer.
    Forget(StudyId),
    /// A second engine is to repeat what this one made of a study. Another check under way ends without a result.
    Check(StudyId, Edit),
    /// Anything else is asked of the engine, if it takes messages.
    Ask(Request),
}

/// What is to be done.
pub enum Effect<P: Platform> {
    /// Start a worker.
    Start(WorkerId, Program),
    /// End a worker.
    End(WorkerId),
    /// Send a request; the bytes are copied, so that they can be sent again to another worker.
    Send(WorkerId, Request, Option<P::Bytes>),
    /// Send a request; the bytes are moved.
    Give(WorkerId, Request, P::Bytes),
    /// End what is on its way of a program; the next worker asks anew.
    ForgetProgram(Program),
    /// Tell the page what the engine says of studies.
    Say(Response, Option<P::Bytes>),
    /// Note what was fetched.
    Fetched(Vec<Fetched>),
    /// A study cannot be shown with another VOI window now.
    NotLooked(StudyId),
    /// A part of a study was asked for.
    Asked(CloseUp),
    /// What became of a check.
    Checked(StudyId, Edit, Check),
    /// Remember how fast both processors are.
    Remember(String),
    /// The engine was ready after so many milliseconds.
    Ready(f64),
}

/// The worker that judges.
struct Judge {
    id: WorkerId,
    /// Whether it takes messages: those sent before would be lost.
    is_awake: bool,
    started_ms: f64,
    /// When a message last came from it, or when it was given something to do.
    heard_ms: f64,
    /// Since when an answer is awaited that tells whether it still lives.
    doubted_ms: Option<f64>,
    /// The study that it is at work on.
    in_hand: Option<StudyId>,
}

/// A file in a worker's hands.
struct Pending<P: Platform> {
    study: StudyId,
    edit: Edit,
    bytes: P::Bytes,
}

/// The worker that reads ahead, and the files that it has.
struct Reader<P: Platform> {
    id: WorkerId,
    is_awake: bool,
    files: Vec<Pending<P>>,
    /// When it was given a file while it had none, or a message last came from it.
    heard_ms: f64,
}

/// What a second engine is to repeat.
struct Checking<P: Platform> {
    study: StudyId,
    edit: Edit,
    /// What the first engine made of it, and the film as it has read it; none until it has answered.
    evidence: Option<(Vec<Evidence>, P::Bytes)>,
    /// Of the second engine, once it is ready.
    backend: Backend,
    worker: Option<WorkerId>,
    /// When either was heard of last.
    heard_ms: f64,
}

/// The engine as the page knows it.
pub struct Link<P: Platform> {
    wanted: Result<Wanted, Error>,
    stalled: fn(u32) -> String,
    /// For display.
    pub status: Status,
    /// For display.
    pub unusual: Option<Unusual>,
    judge: Option<Judge>,
    /// What the next worker starts with.
    backend: Option<Backend>,
    /// Why the worker was started anew on the CPU.
    restarted: Option<Error>,
    /// Files not judged to the end, in the order sent: sent again to a new worker. Those that are read ahead come later.
    pending: Vec<Pending<P>>,
    /// Reads ahead, while there are many files; reads all files of the reference engine.
    reader: Option<Reader<P>>,
    /// Whether a reader has failed: no other is started.
    lost_reader: bool,
    checking: Option<Checking<P>>,
    /// After a worker has ended, files are held back until the models are loaded: it then shows whether loading or a file
    /// ends the next one.
    holds_files: bool,
    /// How often in a row the worker was started anew without progress; 0 again once a study ends or a file is blamed.
    /// The change to the CPU does not count, nor does a worker that was lost in the back/forward cache.
    restarts: u32,
    next: WorkerId,
    now_ms: f64,
    effects: Vec<Effect<P>>,
}

impl<P: Platform> Link<P> {
    /// Nothing runs yet. `stalled` tells in words that nothing was heard for so many seconds.
    pub fn new(wanted: Result<Wanted, Error>, stalled: fn(u32) -> String) -> Self {
        Self {
            backend: wanted.as_ref().ok().and_then(|wanted| wanted.backend),
            wanted,
            stalled,
            status: Status::Loading(0, 0),
            unusual: None,
            judge: None,
            restarted: None,
            pending: Vec::new(),
            reader: None,
            lost_reader: false,
            checking: None,
            holds_files: false,
            restarts: 0,
            next: 1,
            now_ms: 0.0,
            effects: Vec::new(),
        }
    }

    /// Takes in what happened at a time, in milliseconds; returns what is to be done, in this order.
    pub fn on(&mut self, event: Event<P>, now_ms: f64) -> Vec<Effect<P>> {
        self.now_ms = now_ms;
        match event {
            Event::Begin => {
                (self.restarts, self.holds_files) = (0, false);
                match self.wanted.clone() {
                    Ok(_) => self.launch(),
                    Err(error) => self.give_up(&error),
                }
            }
            Event::Stop => {
                self.effects.push(Effect::ForgetProgram(self.program()));
                self.end_judge();
                self.status = Status::Failed(Error::Stopped);
            }
            Event::Shown => self.doubt(),
            Event::Tick => self.watch(),
            Event::From(id, from) => self.hear(id, from),
            Event::NotStarted(id, reason) => self.miss(id, reason),
            Event::Judge(study, edit, bytes) => self.analyze(Pending { study, edit, bytes }),
            Event::Look(study, edit, window, bytes) => match self.looking() {
                Some(id) => self.send(id, Request::Look { study, edit, window }, Some(bytes)),
                None => self.effects.push(Effect::NotLooked(study)),
            },
            Event::LookClosely(part) => self.look_closely(part),
            Event::Forget(study) => {
                self.forget(study);
                self.ask(Request::Forget { study });
            }
            Event::Check(study, edit) => self.check(study, edit),
            Event::Ask(request) => self.ask(request),
        }
        std::mem::take(&mut self.effects)
    }

    /// The program that gives the verdicts.
    pub fn program(&self) -> Program {
        self.wanted.as_ref().map_or(Program::Fast, |wanted| wanted.program)
    }

    /// The backend that the address asks for.
    fn forced(&self) -> Option<Backend> {
        self.wanted.as_ref().ok()?.backend
    }

    /// The only model that the address asks for.
    fn model(&self) -> Option<String> {
        self.wanted.as_ref().ok()?.model.clone()
    }

    fn patience_ms(&self) -> f64 {
        1000.0 * f64::from(self.wanted.as_ref().map_or(PATIENCE_S, |wanted| wanted.patience_s))
    }

    fn is_ready(&self) -> bool {
        matches!(self.status, Status::Ready(_))
    }

    fn hear(&mut self, id: WorkerId, from: FromWorker<P::Bytes>) {
        if self.judge.as_ref().is_some_and(|judge| judge.id == id) {
            self.hear_judge(from);
        } else if self.reader.as_ref().is_some_and(|reader| reader.id == id) {
            self.hear_reader(from);
        } else if self.checking.as_ref().is_some_and(|checking| checking.worker == Some(id)) {
            self.hear_second(from);
        }
    }

    fn miss(&mut self, id: WorkerId, reason: String) {
        if self.judge.as_ref().is_some_and(|judge| judge.id == id) {
            self.give_up(&Error::Compute(reason));
        } else if self.reader.as_ref().is_some_and(|reader| reader.id == id) {
            self.lose_reader();
        } else if self.checking.as_ref().is_some_and(|checking| checking.worker == Some(id)) {
            self.end_check(Check::Lost(reason));
        }
    }

    fn start(&mut self, program: Program) -> WorkerId {
        let id = self.next;
        self.next += 1;
        self.effects.push(Effect::Start(id, program));
        id
    }

    fn send(&mut self, id: WorkerId, request: Request, bytes: Option<P::Bytes>) {
        self.effects.push(Effect::Send(id, request, bytes));
    }

    /// Asks what needs no bytes of the worker that judges, if it takes messages.
    fn ask(&mut self, request: Request) {
        if let Some(id) = self.awake() {
            self.send(id, request, None);
        }
    }

    /// The worker that judges, if it takes messages.
    fn awake(&self) -> Option<WorkerId> {
        self.judge.as_ref().filter(|judge| judge.is_awake).map(|judge| judge.id)
    }

    /// The worker that shows a file with another VOI window.
    fn looking(&self) -> Option<WorkerId> {
        match &self.reader {
            Some(reader) if self.program() == Program::Reference => reader.is_awake.then_some(reader.id),
            _ => self.awake(),
        }
    }

    fn look_closely(&mut self, part: CloseUp) {
        let CloseUp { study, edit, window, detail } = part;
        // Who judges a film holds it in the file's own window.
        let worker = if window == Window::Own { self.awake() } else { self.looking() };
        if let Some(id) = worker {
            self.send(id, Request::Detail { study, edit, window, detail }, None);
            self.effects.push(Effect::Asked(part));
        }
    }

    /// What is under way with a study's file is no longer wanted.
    fn forget(&mut self, study: StudyId) {
        self.pending.retain(|file| file.study != study);
        if let Some(reader) = &mut self.reader {
            reader.files.retain(|file| file.study != study);
        }
        if let Some(Checking { worker: Some(id), .. }) = self.checking.take_if(|checking| checking.study == study) {
            self.effects.push(Effect::End(id));
        }
    }
}
