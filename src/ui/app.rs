//! The page's frame: what is where, and who tells whom.

use analysis::error::Error;
use leptos::prelude::*;
use osteolens::link::{Status, Unusual};

use super::banner::{Alerts, Banner, StudyList};
use super::batch::BatchTable;
use super::controls::HeatmapControls;
use super::derived::derived;
use super::engine::Engine;
use super::heat::Heat;
use super::history::{History, HistoryList};
use super::intake::{Files, Intake, PageDrop, Samples};
use super::measured::Measurements;
use super::model_card::{Card, ModelCard};
use super::notice::Notice;
use super::offline::{OfflineLine, OfflineState};
use super::part_controls::PartControls;
use super::parts::{attribute, changing, effect, show, truth, view};
use super::print::{ReportButtons, Sheet};
use super::probabilities::ResultDetails;
use super::questions::{ClinicalForm, FirstQuestions, Form};
use super::rules::rules;
use super::session::Event;
use super::settings::{AudienceChoice, LanguageChoice, Settings};
use super::straighten;
use super::studies::Studies;
use super::ticks::{FileNotes, QualityTicks};
use super::toolbar::{KeyHelp, Tools};
use super::traffic::{Traffic, TrafficList};
use super::viewer::Viewer;
use super::viewer_state::ViewerState;
use super::with_age::with_age;
use super::{browser, text};

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    let studies = Studies::new();
    let history = History::new();
    let engine = Engine::start(move |said| {
        if let Event::Said(response, _) = &said {
            history.hear(response, |study| studies.is_sample(study));
        }
        studies.tell(said);
    });
    let heat = Heat::new(studies, engine.clone());
    let has_result = truth(move || studies.shown.get().is_some());
    let is_empty = truth(move || !has_result.get());
    // Once there is one it stays, whatever is judged anew.
    let has_answer = Memo::new(move |before: Option<&bool>| {
        let is_answered = move || studies.current().is_some_and(|study| !study.is_at_work());
        has_result.get() && (before == Some(&true) || is_answered())
    });
    studies.use_engine(engine.clone());
    let form = Form::new();
    let add = Callback::new(move |Files { files, left_out }| studies.add_files(files, left_out));
    let sample = Callback::new(move |file| {
        studies.tell(Event::Sample(file));
        browser::go_to("reading");
    });
    let person = derived(move || studies.current().map(|study| (study.id, study.person())));
    effect(move || {
        if let Some((film, person)) = person.get() {
            form.look_at(film, person);
        }
    });
    let edit = Callback::new(move |(id, edit)| studies.tell(Event::Edit(id, edit)));
    let dismiss = Callback::new(move |id| studies.tell(Event::Remove(id)));

    let settings = Settings::new();
    let sheet = RwSignal::new(false);
    // Another language closes no panel: what was fetched for it, and chosen, is still there.
    let (card, elsewhere) = (Card::new(None), RwSignal::new(0));
    let answers = form.answers_so_far();
    // The browser's own command prints the report too.
    let _ = window_event_listener_untyped("beforeprint", move |_| {
        browser::at_once();
        sheet.set(true);
    });
    let viewer = ViewerState::new(studies);
    let straighten = Callback::new(move |corners| straighten::begin(studies, viewer, corners));
    let keys = NodeRef::<leptos::html::Dialog>::new();
    let help = Callback::new(move |()| browser::open(keys.get_untracked()));
    let (status, unusual) = (engine.status, engine.unusual);
    let rules = rules(status);
    let answer = with_age(studies, form, rules);
    let offline = OfflineState::new(status);
    let traffic = Traffic::new(engine.clone());
    let engine = StoredValue::new_local(engine);
    // Another language shows everything anew.
    changing(move || {
        let language = settings.language.get();
        browser::set_root("lang", language.tag());
        browser::set_root("dir", language.direction());
        Some(view! {
        {show(move || has_result.get(), || view! { <a class="skip" {..attribute("href", "#reading")}>{text::words().skip()}</a> })}
        <Header engine unusual settings/>
        <main class:empty=move || is_empty.get()>
            <Alerts studies dismiss/>
            {show(move || is_empty.get(), || view! { <p class="tagline">{text::words().tagline()}</p> })}
            <Intake large=is_empty add/>
            <StudyList studies form rules/>
            {show(move || has_result.get(), move || view! {
                <div class="result">
                    <section class="picture" aria-label=text::words().radiograph()>
                        <Viewer studies heat state=viewer help/>
                        <PartControls studies state=viewer/>
                        <Tools studies state=viewer help/>
                        <Measurements studies state=viewer/>
                        <HeatmapControls studies heat status answer/>
                    </section>
                    <section class="reading" aria-label=text::words().result()>
                        <FirstQuestions studies form rules/>
                        <Banner studies answer rules elsewhere answers edit straighten/>
                        <FileNotes studies/>
                        <ResultDetails studies heat status/>
                        <QualityTicks studies/>
                        // To draw all of it with the picture would hold the page up.
                        {show(move || has_answer.get(), move || view! {
                            <ClinicalForm studies form answers rules/>
                            <ReportButtons studies sheet/>
                        })}
                    </section>
                </div>
            })}
            <BatchTable studies settings/>
            <Samples large=is_empty sample/>
            <HistoryList history/>
            <ModelCard card/>
        </main>
        <footer>
            <p>{text::words().limits()}</p>
            <p>{text::words().privacy_detail()}</p>
            <OfflineLine offline/>
            <TrafficList traffic/>
            <p class="about">{about().into_iter().map(|(address, name)| view! { <a {..attribute("href", address)} {..attribute("target", "_blank")} {..attribute("rel", "noopener")}>{name}</a>" " }).collect_view()}</p>
        </footer>
        <PageDrop add/>
        <Sheet studies answer rules elsewhere answers sheet/>
        <KeyHelp node=keys/>
        <Notice settings/>
        })
    })
}

/// What stands about the page: where, and what it is called.
fn about() -> [(&'static str, &'static str); 5] {
    let w = text::words();
    [
        ("own-films.html", w.about_own_films()),
        (env!("CARGO_PKG_REPOSITORY"), w.about_code()),
        ("LICENSE.txt", w.about_licence()),
        ("CITATION.txt", w.about_citation()),
        ("HOSTING.txt", w.about_hosting()),
    ]
}

#[component]
fn Header(
    engine: StoredValue<Engine, LocalStorage>,
    unusual: RwSignal<Option<Unusual>, LocalStorage>,
    settings: Settings,
) -> impl IntoView {
    let w = text::words();
    let (status, program) = engine.with_value(|engine| (engine.status, engine.program()));
    let button = move |id, name, press: fn(&Engine)| {
        view! {
            <button type="button" class="button" id=id on:click=move |_| engine.with_value(press)>{name}</button>
        }
    };
    let line = move || {
        Some(match status.get() {
            Status::Loading(_, 0) => view! { <span class="chip busy">{w.engine_starting()}</span> },
            Status::Loading(loaded, total) => view! {
                <label class="chip busy">
                    {w.engine_loading()}
                    <progress max=total.to_string() value=loaded.to_string()></progress>
                    {text::megabytes(loaded, total)}
                </label>
                {button("stop-loading", w.loading_stop(), Engine::stop)}
            },
            Status::Ready(state) => view! {
                <span class="chip">{text::running_on(state.backend, program)}</span>
            },
            Status::Failed(error) => view! {
                {(error != Error::Stopped).then(|| view! { <span class="chip failed">{w.engine_failed()}</span> })}
                {button("load-again", w.loading_again(), Engine::begin)}
            },
        })
    };
    let said = move || match status.get() {
        Status::Ready(_) => unusual.get().as_ref().map(text::unusual),
        Status::Failed(error) => Some(text::error(&error)),
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
            <button
                type="button"
                class="chip private"
                title=text::words().privacy_detail()
                on:click=move |_| browser::unfold("traffic")
            >
                {text::words().privacy()}
            </button>
            <span class="engine" role="status">{changing(line)}</span>
            <AudienceChoice settings/>
            <LanguageChoice settings id="language"/>
            {changing(move || said().map(|said| view! { <p class="note" role="status">{said}</p> }))}
        </header>
    }
}
