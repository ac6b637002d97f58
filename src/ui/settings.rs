//! What the reader chose: language, and how much to be shown. Remembered on the device.

use leptos::prelude::*;
use leptos::task::spawn_local;
use osteolens::words::Language;

use super::parts::{attribute, effect, said, view};
use super::{browser, text};

const LANGUAGE: &str = "osteolens-language";
const AUDIENCE: &str = "osteolens-view";
const ACCEPTED: &str = "osteolens-intended-use-accepted";

/// Whom the result is laid out for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// The verdict, what it means and what to do.
    Patient,
    /// Everything opened.
    Clinician,
}

/// Shared by the whole page.
#[derive(Clone, Copy)]
pub struct Settings {
    /// Of every word that is shown.
    pub language: RwSignal<Language>,
    /// Of the layout.
    pub audience: RwSignal<Audience>,
    /// Whether the notice has been accepted, on this visit or, where that can be remembered, on an earlier one.
    pub is_accepted: RwSignal<bool>,
    /// Whether exports of all files name them, once somebody has chosen; not remembered.
    pub with_names: RwSignal<Option<bool>>,
}

/// The language to begin with: `?lang=`, else what was chosen before, else the most preferred of the browser's
/// languages that the page speaks.
pub fn first_language() -> Language {
    let asked = browser::query_parameter("lang").into_iter();
    let known = asked.chain(browser::remembered(LANGUAGE)).chain(browser::preferred_languages());
    known.into_iter().find_map(|tag| Language::from_tag(&tag)).unwrap_or_default()
}

impl Settings {
    /// In the language that is spoken already.
    pub fn new() -> Self {
        let is_clinician = browser::remembered(AUDIENCE).is_some_and(|view| view == "clinician");
        let settings = Self {
            language: RwSignal::new(text::language()),
            audience: RwSignal::new(if is_clinician { Audience::Clinician } else { Audience::Patient }),
            is_accepted: RwSignal::new(browser::is_remembered(ACCEPTED)),
            with_names: RwSignal::new(None),
        };
        // What each sees of the same result is a matter of style.
        effect(move || {
            browser::set_root(
                "data-view",
                match settings.audience.get() {
                    Audience::Patient => "patient",
                    Audience::Clinician => "clinician",
                },
            );
        });
        settings
    }

    /// Whether exports of all files name them. A clinician has to find the file again; a patient may pass the result on.
    pub fn names_files(&self) -> bool {
        self.with_names.get().unwrap_or_else(|| self.audience.get() == Audience::Clinician)
    }

    /// The notice is not shown again.
    pub fn accept(&self) {
        self.is_accepted.set(true);
        browser::remember(ACCEPTED, "1");
    }
}

/// Chooses the language.
#[component]
pub fn LanguageChoice(settings: Settings, id: &'static str) -> impl IntoView {
    let is_lost = RwSignal::new(false);
    let choose = move |select: browser::HtmlSelectElement| {
        let Some(language) = Language::from_tag(&select.value()) else { return };
        spawn_local(async move {
            match text::speak(language, text::PATIENCE_MS).await {
                Ok(true) => {
                    browser::remember(LANGUAGE, language.tag());
                    settings.language.set(language);
                }
                // Another one was chosen meanwhile.
                Ok(false) => {}
                Err(_) => {
                    select.set_value(text::language().tag());
                    is_lost.set(true);
                }
            }
        });
    };
    view! {
        <select
            id=id
            class="choice"
            aria-label=text::words().language()
            on:change:target=move |event| choose(event.target())
        >
            {Language::ALL.into_iter().map(|language| view! {
                <option value=language.tag() {..attribute("lang", language.tag())} selected=language == settings.language.get_untracked()>
                    {language.name()}
                </option>
            }).collect_view()}
        </select>
        <span class="lost" role="status" data-role="language-lost">
            {said(move || is_lost.get().then(|| text::words().language_failed()))}
        </span>
    }
}

/// Chooses between the patient's and the clinician's view of the same result.
#[component]
pub fn AudienceChoice(settings: Settings) -> impl IntoView {
    let choose = move |audience: Audience, name: &str| {
        browser::remember(AUDIENCE, name);
        settings.audience.set(audience);
    };
    view! {
        <select
            id="audience"
            class="choice"
            aria-label=text::words().view_label()
            on:change:target=move |event| match event.target().value().as_str() {
                "clinician" => choose(Audience::Clinician, "clinician"),
                _ => choose(Audience::Patient, "patient"),
            }
        >
            <option value="patient" selected=settings.audience.get_untracked() == Audience::Patient>
                {text::words().patient_view()}
            </option>
            <option value="clinician" selected=settings.audience.get_untracked() == Audience::Clinician>
                {text::words().clinician_view()}
            </option>
        </select>
    }
}
