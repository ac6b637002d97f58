//! The workers: started, fed, and replaced when they break.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Reflect, Uint8Array, WebAssembly};
use osteolens::incoming;
use osteolens::launch::{base, of_this_release, start};
use osteolens::task::{Answer, Task};
use osteolens::wire;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Event, MessageEvent, Worker};

const PROGRAM: &str = "own_films_worker";

/// What comes of a worker.
pub enum Heard {
    /// It says something.
    Said(Answer),
    /// It has ended; another takes its place and is not ready yet.
    Broken(String),
    /// It ends again and again before it is ready: no other takes its place.
    Gone(String),
}

/// So often in a row a worker may end before it is ready.
const MOST_BREAKS: u32 = 3;

/// Gets what the workers say, with the place of each.
type Hear = dyn Fn(usize, Heard);

/// All workers of the page. Dropped, they end.
pub struct Crew {
    program: JsValue,
    manifest: String,
    weights: Vec<Uint8Array>,
    members: RefCell<Vec<Member>>,
    /// How often each has ended since it was ready.
    breaks: RefCell<Vec<u32>>,
    hear: Box<Hear>,
}

struct Member {
    worker: Worker,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(Event)>,
}

impl Crew {
    /// Starts so many workers with the networks of a manifest and their weight files.
    ///
    /// # Errors
    /// Why their program cannot be had.
    pub async fn start(
        members: usize,
        manifest: String,
        weights: Vec<Uint8Array>,
        hear: impl Fn(usize, Heard) + 'static,
    ) -> Result<Rc<Self>, String> {
        let program = of_this_release(&format!("{PROGRAM}_bg.wasm"));
        let bytes = incoming::fetch(&program).await.map_err(|error| error.to_string())?;
        let program =
            JsFuture::from(WebAssembly::compile(&bytes)).await.map_err(|exception| wire::reason(&exception))?;
        let crew = Rc::new(Self {
            program,
            manifest,
            weights,
            members: RefCell::default(),
            breaks: RefCell::new(vec![0; members]),
            hear: Box::new(hear),
        });
        for at in 0..members {
            let member = crew.member(at)?;
            crew.members.borrow_mut().push(member);
        }
        Ok(crew)
    }

    fn member(self: &Rc<Self>, at: usize) -> Result<Member, String> {
        let worker = start(PROGRAM, None).map_err(|exception| wire::reason(&exception))?;
        worker.post_message(&self.program).map_err(|exception| wire::reason(&exception))?;
        let crew = Rc::downgrade(self);
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let Some(crew) = crew.upgrade() else { return };
            match wire::unpack::<Answer>(&event.data()) {
                Some((Answer::Awake, _)) => crew.hand_networks(at),
                // A panic: the program ends right after it.
                Some((Answer::Failed(reason), _)) => crew.replace(at, reason),
                Some((answer, _)) => {
                    if matches!(answer, Answer::Ready) {
                        crew.breaks.borrow_mut()[at] = 0;
                    }
                    (crew.hear)(at, Heard::Said(answer));
                }
                None => {}
            }
        });
        let crew = Rc::downgrade(self);
        let on_error = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
            let Some(crew) = crew.upgrade() else { return };
            let message = Reflect::get(&event, &"message".into()).ok().and_then(|message| message.as_string());
            crew.replace(at, message.unwrap_or_else(|| "its program ended".to_owned()).replace(&base(), ""));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Member { worker, _on_message: on_message, _on_error: on_error })
    }

    fn hand_networks(&self, at: usize) {
        self.send(at, &Task::Manifest { json: self.manifest.clone() }, None);
        for weights in &self.weights {
            self.send(at, &Task::Weights, Some(weights));
        }
    }

    fn replace(self: &Rc<Self>, at: usize, reason: String) {
        // What a reader ends has not broken.
        if !reason.is_empty() {
            self.breaks.borrow_mut()[at] += 1;
        }
        if self.breaks.borrow()[at] > MOST_BREAKS {
            return (self.hear)(at, Heard::Gone(reason));
        }
        let next = self.member(at);
        if let (Ok(next), Some(member)) = (next, self.members.borrow_mut().get_mut(at)) {
            // The closure that is running belongs to the old one: it is dropped later.
            let old = std::mem::replace(member, next);
            old.worker.set_onmessage(None);
            old.worker.set_onerror(None);
            old.worker.terminate();
            wasm_bindgen_futures::spawn_local(async move { drop(old) });
        }
        (self.hear)(at, Heard::Broken(reason));
    }

    /// Ends a worker amid its work and starts another in its place.
    pub fn restart(self: &Rc<Self>, at: usize) {
        self.replace(at, String::new());
    }

    /// Sends a task to a worker; the bytes are copied.
    pub fn send(&self, at: usize, task: &Task, bytes: Option<&Uint8Array>) {
        let (message, _) = wire::pack(task, bytes);
        if let Some(member) = self.members.borrow().get(at) {
            let _ = member.worker.post_message(&message);
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.members.borrow().len()
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}
