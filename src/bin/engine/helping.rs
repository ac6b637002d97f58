//! What a helper does: it makes passes for the engine that has started it. It holds no film, and no more than the models that the
//! engine names, each fetched, checked by its hash and tested as the engine's own.

use std::cell::RefCell;
use std::rc::Rc;

use analysis::Processor;
use analysis::analyzer::Analyzer;
use analysis::error::{Error, Result};
use analysis::manifest::Manifest;
use analysis::pass::Parts;
use js_sys::Uint8Array;
use osteolens::helper::{Answer, Errand};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

use crate::{fetch, worker};

thread_local! {
    static ANALYZER: RefCell<Option<Rc<Analyzer>>> = const { RefCell::new(None) };
}

/// Works as a helper from now on.
pub fn serve() {
    std::panic::set_hook(Box::new(|panic| give_up(&panic.to_string())));
    worker::listen(|errand, bytes: Option<Uint8Array>| {
        spawn_local(async move {
            if let Err(error) = handle(errand, &bytes.unwrap_or_default()).await {
                give_up(&error.to_string());
            }
        });
    });
    worker::send(&Answer::Awake, None);
}

/// The engine goes on without it.
fn give_up(reason: &str) {
    web_sys::console::warn_1(&JsValue::from_str(reason));
    worker::send(&Answer::Failed(worker::fetched()), None);
}

async fn handle(errand: Errand, bytes: &Uint8Array) -> Result<()> {
    match errand {
        Errand::Start { models } => {
            let analyzer = with_models(&models, &bytes.to_vec()).await?;
            ANALYZER.set(Some(Rc::new(analyzer)));
            worker::send(&Answer::Ready(worker::fetched()), None);
        }
        Errand::Pass { errand, model, knee } => {
            let analyzer = ANALYZER.with_borrow(Clone::clone);
            let analyzer = analyzer.ok_or_else(|| Error::Compute("no model is loaded".into()))?;
            let since_ms = worker::now_ms();
            let given = analyzer.pass(&model, worker::numbers_in(bytes)).await?;
            let ms = worker::now_ms() - since_ms;
            let (parts, numbers) = Parts::of(given);
            worker::send(&Answer::Made { errand, model, knee, parts, ms }, Some(&worker::bytes_of(&numbers)));
        }
    }
    Ok(())
}

/// The analyzer on this core, by the engine's own manifest.
async fn with_models(models: &[String], manifest: &[u8]) -> Result<Analyzer> {
    let manifest = Manifest::parse(manifest)?;
    let mut analyzer = Analyzer::new(manifest.clone(), models.len(), Processor::Cpu, worker::now_ms);
    for entry in manifest.models.iter().filter(|entry| models.contains(&entry.id)) {
        // The engine has kept them, if they may be kept.
        let parameters = fetch::weight(entry, false, |_| {}).await?;
        analyzer.load(entry, &parameters).await?;
    }
    Ok(analyzer)
}
