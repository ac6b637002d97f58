//! The page's effects in short turns, between which the browser paints and answers its reader.
//!
//! leptos runs each effect as a task, and all tasks that one message of the engine wakes would run in one go, which held
//! the page up for 50 to 90 ms on a processor of 2.6 GHz (`docs/decisions/0002-turns.md`). An executor of leptos that yields
//! to the browser would make this unnecessary.

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use any_spawner::{CustomExecutor, Executor, PinnedFuture, PinnedLocalFuture};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{MessageChannel, MessagePort};

use super::{now_ms, window};

/// A turn takes on no further task after this time. A reader feels 50 ms.
const TURN_MS: f64 = 8.0;

thread_local! {
    static AT_ONCE: Cell<bool> = const { Cell::new(false) };
}

/// Has leptos run its tasks in turns. It is called before the first task is spawned.
pub fn take_turns() {
    let channel = MessageChannel::new().expect("every browser that runs this program has message channels");
    let turn = Rc::new(Turn { began_ms: Cell::new(None), waiting: Cell::default(), end: channel.port2() });
    let next = turn.clone();
    let begin = Closure::<dyn Fn()>::new(move || next.begin());
    channel.port1().set_onmessage(Some(begin.into_js_value().unchecked_ref()));
    let _ = Executor::init_local_custom_executor(Turns(turn));
}

/// Prints after the next two frames, when what was just shown is painted, and once the effects that wait for their turn,
/// and those that they make, have run.
pub fn print_when_painted() {
    let print = Closure::once_into_js(|| {
        let again = Closure::once_into_js(|| {
            Executor::spawn_local(async { Executor::spawn_local(async { _ = window().print() }) });
        });
        let _ = window().request_animation_frame(again.unchecked_ref());
    });
    let _ = window().request_animation_frame(print.unchecked_ref());
}

/// Until the next turn begins, changes are shown at once, before the present event ends.
pub fn at_once() {
    AT_ONCE.set(true);
}

struct Turns(Rc<Turn>);

impl CustomExecutor for Turns {
    fn spawn(&self, task: PinnedFuture<()>) {
        self.spawn_local(task);
    }

    fn spawn_local(&self, mut task: PinnedLocalFuture<()>) {
        let turn = self.0.clone();
        let in_turns: PinnedLocalFuture<()> =
            Box::pin(poll_fn(
                move |context| {
                    if turn.admits(context.waker()) { task.as_mut().poll(context) } else { Poll::Pending }
                },
            ));
        // Of a type that leptos spawns too, so that the page has that code once.
        spawn_local(in_turns);
    }

    fn poll_local(&self) {}
}

/// The turn that is under way.
struct Turn {
    /// None between two turns.
    began_ms: Cell<Option<f64>>,
    /// Tasks for the next turn, in order.
    waiting: Cell<Vec<Waker>>,
    /// A message to the page itself comes after what the browser has to do; a timer would come late on a page in the
    /// background.
    end: MessagePort,
}

impl Turn {
    /// Wakes the tasks that have waited for it.
    fn begin(&self) {
        AT_ONCE.set(false);
        self.began_ms.set(None);
        self.waiting.take().into_iter().for_each(Waker::wake);
    }

    /// Whether a task may run now; otherwise it is woken in the next turn. No task overtakes one that waits, but when all
    /// are run at once.
    fn admits(&self, task: &Waker) -> bool {
        let now = now_ms();
        let began = self.began_ms.get().unwrap_or_else(|| {
            let _ = self.end.post_message(&JsValue::NULL);
            self.began_ms.set(Some(now));
            now
        });
        let mut waiting = self.waiting.take();
        if AT_ONCE.get() {
            waiting.into_iter().for_each(Waker::wake);
            return true;
        }
        let is_on = waiting.is_empty() && now - began < TURN_MS;
        if !is_on {
            waiting.push(task.clone());
        }
        self.waiting.set(waiting);
        is_on
    }
}
