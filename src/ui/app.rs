//! The page's frame: what is where, and who tells whom.

use leptos::prelude::*;

use super::banner::{Alerts, Banner, StudyList};
use super::controls::HeatmapControls;
use super::engine::{Engine, Status};
use super::intake::{Intake, PageDrop};
use super::model_card::ModelCard;
use super::notice::Notice;
use super::probabilities::ResultDetails;
use super::studies::Studies;
use super::text;
use super::viewer::{Heat, Viewer};

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    let studies = Studies::new();
    let engine = Engine::start(move |response, bytes| studies.hear(response, bytes));
    let heat = Heat::new(studies, engine.clone());
    let has_result = Memo::new(move |_| studies.shown.get().is_some());
    let handle = StoredValue::new_local(engine.clone());
    let add = Callback::new(move |files: Files| handle.with_value(|engine| studies.add_files(engine, files.0)));
    let sample = Callback::new(move |file| handle.with_value(|engine| studies.add_sample(engine, file)));
    let adjust = Callback::new(move |(id, how)| handle.with_value(|engine| studies.adjust(engine, id, how)));
    let dismiss = Callback::new(move |id| handle.with_value(|engine| studies.remove(engine, id)));

    view! {
        <Header status=engine.status/>
        <main class:empty=move || !has_result.get()>
            <Alerts studies dismiss/>
            <Show when=move || !has_result.get()>
                <p class="tagline">{text::TAGLINE}</p>
            </Show>
            <Intake large=Signal::derive(move || !has_result.get()) add sample/>
            <StudyList studies/>
            <Show when=move || has_result.get()>
                <div class="result">
                    <section class="picture" aria-label="Radiograph">
                        <Viewer studies heat/>
                        <HeatmapControls studies heat status=engine.status/>
                    </section>
                    <section class="reading" aria-label="Result">
                        <Banner studies adjust/>
                        <ResultDetails studies status=engine.status/>
                    </section>
                </div>
            </Show>
            <ModelCard/>
        </main>
        <footer>
            <p>{text::LIMITS}</p>
            <p>{text::PRIVACY_DETAIL}</p>
        </footer>
        <PageDrop add/>
        <Notice/>
    }
}

/// Files on their way from a control to the studies.
///
/// A file of the browser lives on the page's only thread; the wrapper says so to callbacks.
pub struct Files(pub Vec<gloo_file::File>);

#[component]
fn Header(status: RwSignal<Status, LocalStorage>) -> impl IntoView {
    let line = move || match status.get() {
        Status::Loading(_, 0) => view! { <span class="chip busy">{text::ENGINE_STARTING}</span> }.into_any(),
        Status::Loading(loaded, total) => view! {
            <label class="chip busy">
                {text::ENGINE_LOADING}
                <progress max=total value=loaded></progress>
                {text::megabytes(loaded, total)}
            </label>
        }
        .into_any(),
        Status::Ready(state) => view! {
            <span class="chip" title=state.note.clone()>{text::running_on(state.backend)}</span>
        }
        .into_any(),
        Status::Failed(_) => view! { <span class="chip failed">{text::ENGINE_FAILED}</span> }.into_any(),
    };
    let note = move || match status.get() {
        Status::Ready(state) => state.note,
        Status::Failed(error) => Some(error.to_string()),
        Status::Loading(..) => None,
    };
    view! {
        <header>
            <h1>
                <svg viewBox="0 0 32 32" aria-hidden="true">
                    <circle cx="14" cy="14" r="11" fill="none" stroke="currentColor" stroke-width="3"/>
                    <path d="M22 22 L30 30" stroke="currentColor" stroke-width="4" stroke-linecap="round"/>
                    <path d="M11 6v6q0 1.5-2 2h10q-2-.5-2-2V6M11 22v-4q0-1.5-2-2h10q-2 .5-2 2v4" fill="currentColor"/>
                </svg>
                {text::NAME}
            </h1>
            <span class="chip private" title=text::PRIVACY_DETAIL>{text::PRIVACY}</span>
            <span class="engine" role="status">{line}</span>
            {move || note().map(|note| view! { <p class="note" role="status">{note}</p> })}
        </header>
    }
}
