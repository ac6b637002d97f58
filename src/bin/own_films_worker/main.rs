//! A worker of the page of own films: the analyzer on one core, and the crate `validation`.
//!
//! A decoder that breaks on a file ends the worker; the page then blames the file and starts another.

mod desk;
mod speech;

use std::cell::RefCell;
use std::collections::VecDeque;

use desk::Desk;
use js_sys::Uint8Array;
use osteolens::task::{Answer, Task};
use osteolens::wire;
use speech::{say, scope};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen_futures::spawn_local;
use web_sys::MessageEvent;

thread_local! {
    static QUEUE: RefCell<VecDeque<(Task, Option<Uint8Array>)>> = const { RefCell::new(VecDeque::new()) };
    /// The desk, while nobody works at it.
    static RESTING: RefCell<Option<Desk>> = RefCell::new(Some(Desk::default()));
}

fn main() {
    std::panic::set_hook(Box::new(|panic| say(&Answer::Failed(panic.to_string()))));
    let listener = Closure::<dyn FnMut(MessageEvent)>::new(|event: MessageEvent| {
        if let Some(task) = wire::unpack(&event.data()) {
            enqueue(task);
        }
    });
    scope().set_onmessage(Some(listener.as_ref().unchecked_ref()));
    listener.forget();
    say(&Answer::Awake);
}

/// One task after the other.
fn enqueue(task: (Task, Option<Uint8Array>)) {
    QUEUE.with_borrow_mut(|queue| queue.push_back(task));
    if let Some(mut desk) = RESTING.take() {
        spawn_local(async move {
            while let Some((task, bytes)) = QUEUE.with_borrow_mut(VecDeque::pop_front) {
                let bytes = bytes.map(|bytes| bytes.to_vec()).unwrap_or_default();
                desk.work(task, &bytes).await;
            }
            RESTING.set(Some(desk));
        });
    }
}
