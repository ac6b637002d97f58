//! What the reader chose: language, and how much to be shown. Remembered on the device.

use leptos::prelude::*;
use osteolens::words::Language;

use super::{browser, text};

const LANGUAGE: &str = "osteolens-language";
const AUDIENCE: &str = "osteolens-view";

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
    /// Of every word.
    pub language: RwSignal<Language>,
    /// Of the layout.
    pub audience: RwSignal<Audience>,
}

impl Settings {
    /// `?lang=`, else what was chosen before, else the dearest of the browser's that we speak.
    pub fn new() -> Self {
        let asked = browser::query_parameter("lang").into_iter();
        let known = asked.chain(browser::remembered(LANGUAGE)).chain(browser::preferred_languages());
        let language = known.into_iter().find_map(|tag| Language::from_tag(&tag)).unwrap_or_default();
        let is_clinician = browser::remembered(AUDIENCE).is_some_and(|view| view == "clinician");
        let settings = Self {
            language: RwSignal::new(language),
            audience: RwSignal::new(if is_clinician { Audience::Clinician } else { Audience::Patient }),
        };
        // What each sees of the same result is a matter of style.
        Effect::new(move |_| {
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
}

/// Chooses the language.
#[component]
pub fn LanguageChoice(settings: Settings, id: &'static str) -> impl IntoView {
    let choose = move |tag: String| {
        if let Some(language) = Language::from_tag(&tag) {
            browser::remember(LANGUAGE, language.tag());
            settings.language.set(language);
        }
    };
    view! {
        <select
            id=id
            class="choice"
            aria-label=text::words().language
            on:change:target=move |event| choose(event.target().value())
        >
            {Language::ALL.map(|language| view! {
                <option value=language.tag() lang=language.tag() selected=language == settings.language.get_untracked()>
                    {language.name()}
                </option>
            })}
        </select>
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
            aria-label=text::words().view_label
            on:change:target=move |event| match event.target().value().as_str() {
                "clinician" => choose(Audience::Clinician, "clinician"),
                _ => choose(Audience::Patient, "patient"),
            }
        >
            <option value="patient" selected=settings.audience.get_untracked() == Audience::Patient>
                {text::words().patient_view}
            </option>
            <option value="clinician" selected=settings.audience.get_untracked() == Audience::Clinician>
                {text::words().clinician_view}
            </option>
        </select>
    }
}
