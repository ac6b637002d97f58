//! The engine's workers: what the link wants done is done here, and what they say goes to the link.

mod wanted;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::*;
use osteolens::link::{Program, Status, Unusual, WorkerId};
use osteolens::protocol::{Fetched, Request};
use radiograph::Window;

use super::browser::{self, Handles, RACE, Worker};
use super::{session, text};
pub use wanted::of_address;

type Effect = osteolens::link::Effect<Handles>;
type Event = osteolens::link::Event<Handles>;
type Link = osteolens::link::Link<Handles>;

/// A handle on the engine; clones share it.
#[derive(Clone)]
pub struct Engine {
    /// For display.
    pub status: RwSignal<Status, LocalStorage>,
    /// Why it does not compute as one would expect.
    pub unusual: RwSignal<Option<Unusual>, LocalStorage>,
    /// What its workers have fetched, as of the last time they were asked.
    pub traffic: RwSignal<Vec<Fetched>>,
    program: Program,
    inner: Rc<Inner>,
}

struct Inner {
    link: RefCell<Link>,
    workers: RefCell<Vec<(WorkerId, Worker)>>,
    /// Events that came while another was being handled: a queue.
    events: RefCell<VecDeque<Event>>,
    is_busy: Cell<bool>,
    /// Gets what the engine tells the studies.
    say: Box<dyn Fn(session::Event)>,
}

impl Engine {
    /// Starts the engine as the page's address asks.
    pub fn start(say: impl Fn(session::Event) + 'static) -> Self {
        let link = Link::new(of_address(), text::stalled);
        let engine = Self {
            status: RwSignal::new_local(link.status.clone()),
            unusual: RwSignal::new_local(None),
            traffic: RwSignal::new(Vec::new()),
            program: link.program(),
            inner: Rc::new(Inner {
                link: RefCell::new(link),
                workers: RefCell::default(),
                events: RefCell::default(),
                is_busy: Cell::new(false),
                say: Box::new(say),
            }),
        };
        engine.tell(Event::Begin);
        let shown = engine.clone();
        let _ = window_event_listener_untyped("pageshow", move |_| shown.tell(Event::Shown));
        let watched = engine.clone();
        set_interval(move || watched.tell(Event::Tick), Duration::from_secs(1));
        engine
    }

    /// The program that gives the verdicts.
    pub fn program(&self) -> Program {
        self.program
    }

    /// Starts, or starts once more after it has failed or was stopped.
    pub fn begin(&self) {
        self.tell(Event::Begin);
    }

    /// Ends the loading; what waits goes on waiting.
    pub fn stop(&self) {
        self.tell(Event::Stop);
    }

    /// Asks what needs no bytes, if the engine takes messages.
    pub fn ask(&self, request: Request) {
        self.tell(Event::Ask(request));
    }

    /// Tells the link what has happened, and does what follows from it.
    pub fn tell(&self, event: Event) {
        self.inner.events.borrow_mut().push_back(event);
        if self.inner.is_busy.replace(true) {
            return;
        }
        while let Some(event) = self.next() {
            let effects = self.inner.link.borrow_mut().on(event, browser::now_ms());
            self.show();
            for effect in effects {
                self.act(effect);
            }
        }
        self.inner.is_busy.set(false);
    }

    fn next(&self) -> Option<Event> {
        self.inner.events.borrow_mut().pop_front()
    }

    /// Shows how the engine is.
    fn show(&self) {
        let link = self.inner.link.borrow();
        if self.unusual.with_untracked(|unusual| *unusual != link.unusual) {
            self.unusual.set(link.unusual.clone());
        }
        if self.status.with_untracked(|status| *status != link.status) {
            browser::set_root(
                "data-engine",
                match &link.status {
                    Status::Loading(..) => "loading",
                    Status::Ready(state) => state.backend.id(),
                    Status::Failed(_) => "failed",
                },
            );
            self.status.set(link.status.clone());
        }
    }

    fn act(&self, effect: Effect) {
        let say = |said| (self.inner.say)(said);
        match effect {
            Effect::Start(id, program) => {
                let engine = self.clone();
                match Worker::start(program, Rc::new(move |from| engine.tell(Event::From(id, from)))) {
                    Ok(worker) => self.inner.workers.borrow_mut().push((id, worker)),
                    Err(reason) => self.tell(Event::NotStarted(id, reason)),
                }
            }
            Effect::End(id) => self.inner.workers.borrow_mut().retain(|(one, _)| *one != id),
            Effect::Send(id, request, bytes) => self.with(id, |worker| worker.send(&request, bytes.as_ref())),
            Effect::Give(id, request, bytes) => self.with(id, |worker| worker.give(&request, &bytes)),
            Effect::ForgetProgram(program) => browser::forget_program(program),
            Effect::Say(response, bytes) => say(session::Event::Said(response, bytes)),
            Effect::Fetched(fetched) => {
                if !fetched.is_empty() {
                    self.traffic.update(|all| all.extend(fetched));
                }
            }
            Effect::NotLooked(study) => {
                say(session::Event::Look(study, Window::Own));
            }
            Effect::Asked(part) => say(session::Event::CloseUp(part)),
            Effect::Checked(study, edit, check) => say(session::Event::Checked(study, edit, check)),
            Effect::Remember(race) => browser::remember(RACE, &race),
            Effect::Ready(ms) => browser::measure("engine-ready", browser::now_ms() - ms, ms),
        }
    }

    fn with(&self, id: WorkerId, act: impl FnOnce(&Worker)) {
        if let Some((_, worker)) = self.inner.workers.borrow().iter().find(|(one, _)| *one == id) {
            act(worker);
        }
    }
}
