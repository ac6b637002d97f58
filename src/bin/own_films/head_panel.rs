//! The head that is used on this device: imported, named, removed.

use analysis::manifest::{Manifest, sha256_hex};
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use osteolens::incoming::{self, files_of_input};
use validation::head_file::HeadFile;

use crate::glue;

/// What gives the verdicts on this device.
#[derive(Clone, PartialEq)]
enum InUse {
    /// Those of the site.
    Shipped,
    /// Each network with its head's name.
    Own(Vec<String>),
    /// One that is kept, and was imported for another manifest.
    Outdated,
}

/// The last step.
#[component]
pub fn HeadPanel() -> impl IntoView {
    let (in_use, said) = (RwSignal::new(InUse::Shipped), RwSignal::new(None::<(bool, String)>));
    let look = move || spawn_local(async move { in_use.set(looked().await) });
    look();
    let import = move |event: ev::Event| {
        let Some(found) = files_of_input(&event).into_iter().next() else { return };
        spawn_local(async move {
            let json = incoming::read(&found.file).await.map(|bytes| bytes.to_vec()).map_err(|error| error.to_string());
            let imported = match json {
                Ok(json) => imported(&json).await,
                Err(reason) => Err(reason),
            };
            said.set(Some(match imported {
                Ok(told) => (true, told),
                Err(reason) => (false, format!("{}: {reason}.", found.file.name())),
            }));
            look();
        });
    };
    let remove = move |_| {
        spawn_local(async move {
            said.set(Some(match glue::remove_heads().await {
                Ok(()) => {
                    (true, "The site’s own heads are used again. A page that is open has to be loaded anew.".to_owned())
                }
                Err(reason) => (false, format!("The head could not be removed: {reason}.")),
            }));
            look();
        });
    };
    let line = move || {
        match in_use.get() {
        InUse::Shipped => "Verdicts on this device come from the site’s own heads.".to_owned(),
        InUse::Own(names) => format!("Verdicts on this device come from: {}. Each verdict says so.", names.join(", ")),
        InUse::Outdated => "A head is kept on this device that was imported for an earlier version of the networks. It is not used: import it once more, or remove it.".to_owned(),
    }
    };
    view! {
        <section class="step" id="heads">
            <h2>"Use a head on this device"</h2>
            <p data-role="head-in-use">{line}</p>
            <div class="ways">
                <label class="button">
                    "Import a head (.osteolens-head.json)"<input type="file" id="head" accept=".json" on:change=import/>
                </label>
                <Show when=move || in_use.get() != InUse::Shipped>
                    <button type="button" class="button" id="remove-head" on:click=remove>"Remove it"</button>
                </Show>
            </div>
            <p role="status" data-role="head-said" class:bad=move || said.get().is_some_and(|(is_good, _)| !is_good)>
                {move || said.get().map(|(_, said)| said)}
            </p>
        </section>
    }
}

/// The shipped manifest, and its SHA-256.
async fn shipped() -> Result<(Manifest, String), String> {
    let json = glue::file("weights/manifest.json").await?.to_vec();
    let manifest = Manifest::parse(&json).map_err(|error| error.to_string())?;
    Ok((manifest, sha256_hex(&json)))
}

async fn looked() -> InUse {
    let Ok((_, sha256)) = shipped().await else { return InUse::Shipped };
    match glue::kept_head(&sha256).await {
        None => InUse::Shipped,
        Some((json, true)) => match Manifest::parse(json.as_bytes()) {
            Ok(own) => InUse::Own(own.models.into_iter().map(|entry| entry.name).collect()),
            Err(_) => InUse::Outdated,
        },
        Some((_, false)) => InUse::Outdated,
    }
}

/// Puts a head in place of the shipped ones, and tells what it is.
async fn imported(json: &[u8]) -> Result<String, String> {
    let file = HeadFile::parse(json).map_err(|fault| fault.to_string())?;
    let (shipped, sha256) = shipped().await?;
    let own = file.head.on(&shipped).map_err(|fault| fault.to_string())?;
    let own = serde_json::to_string(&own).map_err(|error| error.to_string())?;
    glue::use_head(&own, &sha256).await?;
    let (record, worth) = (&file.record, &file.record.areas.macro_auc);
    Ok(format!(
        "«{}» was fitted to {} films of {} people and is used from now on; a page that is open has to be loaded anew. On people whom \
         it had not seen its mean AUC was {:.2} ({:.2} to {:.2}), {} than that of the shipped one.",
        file.head.name,
        record.films,
        record.people,
        worth.value,
        worth.low,
        worth.high,
        if record.is_better { "larger" } else { "not clearly larger" }
    ))
}
