//! The page's frame: one step below the other, each there once it can be taken.

use leptos::prelude::*;

use crate::choosing::Choosing;
use crate::column_choice::ColumnChoice;
use crate::figure_tables::FigureTables;
use crate::head_panel::HeadPanel;
use crate::judging_panel::JudgingPanel;
use crate::open_questions::OpenQuestions;
use crate::refit_panel::RefitPanel;
use crate::workshop::Workshop;

/// The whole page.
#[component]
pub fn Steps() -> impl IntoView {
    let workshop = Workshop::new();
    let handle = window_event_listener(leptos::ev::beforeunload, move |event| {
        // Browsers ask in their own words.
        if workshop.has_unsaved() {
            event.prevent_default();
        }
    });
    on_cleanup(move || handle.remove());
    view! {
        <header>
            <h1>
                <a href="./">"OsteoLens"</a>
                <span>"Own films"</span>
            </h1>
            <span class="chip private">"Nothing leaves this device"</span>
        </header>
        <main>
            <section class="lead">
                <p class="tagline">"What is OsteoLens worth on your films?"</p>
                <p>
                    "Choose films of knees and a table that says what is true of each. Your browser judges the films, looks for copies, and
                    computes the figures that a reviewer would ask for. You can then fit a last layer of the networks to your films, and take
                    away a sheet that holds no picture, no file name and no person."
                </p>
                <p class="hint">
                    "Research and education. Not a medical device, not a diagnosis. Close this page, and everything that you have not saved
                    is gone."
                </p>
            </section>
            <Choosing workshop/>
            <Show when=move || workshop.chosen.with(Option::is_some)>
                <ColumnChoice workshop/>
            </Show>
            <JudgingPanel workshop/>
            <Show when=move || workshop.fault.get().is_some()>
                <p class="alert" role="alert" data-role="fault">{move || workshop.fault.get()}</p>
            </Show>
            <Show when=move || !workshop.open.get().is_empty()>
                <OpenQuestions workshop/>
            </Show>
            <Show when=move || workshop.sheet.get().is_some()>
                <FigureTables workshop/>
                <RefitPanel workshop/>
            </Show>
            <HeadPanel/>
            <Conclusions/>
        </main>
        <footer>
            <p>
                "The same is done by the command line "
                <code>"osteolens validate"</code>" and "<code>"osteolens refit"</code>
                ", for more films than a browser holds and for several machines: "
                <a href=concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/own-films.md") target="_blank" rel="noopener">
                    "how it works"
                </a>"."
            </p>
        </footer>
    }
}

/// What may be concluded, and what not.
#[component]
fn Conclusions() -> impl IntoView {
    view! {
        <details class="step">
            <summary><h2>"What you may conclude, and what not"</h2></summary>
            <ul class="plain">
                <li>
                    "The figures hold for one place: for its machines, and for people who had a reason for an X-ray of the knee. They say
                    nothing of people who never had one."
                </li>
                <li>
                    "A T-score of the heel by ultrasound is not DXA of hip or spine. Name the reference and the site; sheets of different
                    references are not pooled."
                </li>
                <li>
                    "On films that the models learned from the figures are far too good. The models learned from 170 films of the public
                    Mendeley “Knee X-ray Osteoporosis Database”."
                </li>
                <li>"Near-copies that were squashed, or cut to another part of the film, are not found."</li>
                <li>"If the interval of a figure holds that of age alone, the picture tells you nothing that the age does not."</li>
                <li>
                    "A head that was fitted here is worth what its figures say for films like these. What it is worth in another place nobody
                    knows until somebody has looked."
                </li>
            </ul>
        </details>
    }
}
