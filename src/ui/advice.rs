//! What follows from the reader's answers: what the age says, two indices, reasons to ask for DXA.

use analysis::clinical::ClinicalModel;
use analysis::referral::Answers;
use leptos::prelude::*;
use osteolens::words::fill;

use super::derived::Derived;
use super::parts::{changing, view};
use super::probabilities::ClassBars;
use super::studies::Studies;
use super::text;

/// Below this the index calls for a closer look (Koh et al., Osteoporos Int 2001; here the cut-off
/// that is used for women of European origin).
const OST_LOW: f32 = 2.0;
/// It was made from women from 45 on (the same study): of the young it is not told.
const OST_FROM_YEARS: f32 = 45.0;

/// Probabilities from the age, and joined with the picture's where there is one.
#[component]
pub fn AgeAnswer(studies: Studies, model: ClinicalModel, age: f32) -> impl IntoView {
    let w = text::words();
    let alone = model.probabilities(&[age])?;
    let picture = move || Some(studies.current()?.deciding_knee()?.combined);
    let picture_weight = model.picture_weight;
    // Without a weight of the picture both would say the same.
    let joined = move || picture().filter(|_| picture_weight > 0.0).map(|picture| model.with_picture(&alone, &picture));
    let role = "clinical-probability";
    Some(view! {
        <ClassBars role title=w.clinical_without_picture().to_owned() model="clinical".to_owned() probabilities=alone/>
        {changing(move || joined().map(|joined| view! {
            <ClassBars role title=w.clinical_with_picture().to_owned() model="clinical-and-picture".to_owned() probabilities=joined/>
        }))}
        <p class="hint">{text::weights(picture_weight)}" "{w.equal_thirds()}</p>
    })
}

/// The Osteoporosis Self-assessment Tool (a fifth of weight less age, cut to a whole number) and the
/// body-mass index, each once it can be told.
#[component]
pub fn BodyIndices(answers: Derived<Answers>) -> impl IntoView {
    let w = text::words();
    let ost = move || {
        let Answers { age_years, weight_kg, .. } = answers.get();
        // Plus nought, so that no index is −0.
        let age_years = age_years.filter(|age| *age >= OST_FROM_YEARS)?;
        let index = ((weight_kg? - age_years) * 0.2).trunc() + 0.0;
        let meaning = if index < OST_LOW { w.clinical_ost_low() } else { w.clinical_ost_high() };
        let told = fill(w.clinical_ost(), [text::number(f64::from(index), 0)]);
        Some(view! { <p data-role="ost">{told}" "{meaning}</p> })
    };
    let bmi = move || {
        let index = answers.get().body_mass_index()?;
        Some(view! { <p data-role="bmi">{fill(w.clinical_bmi(), [text::number(f64::from(index), 1)])}</p> })
    };
    view! { {changing(ost)} {changing(bmi)} }
}

/// Reasons in words, as a list; nothing where there are none.
#[component]
pub fn ReasonList(answers: Derived<Answers>) -> impl IntoView {
    changing(move || {
        let reasons = answers.get().reasons();
        (!reasons.is_empty()).then(|| {
            view! {
                <ul class="reasons" data-role="reasons">
                    {reasons.into_iter().map(|reason| view! { <li>{text::reason(reason)}</li> }).collect_view()}
                </ul>
            }
        })
    })
}

/// Reasons that hold whatever the picture says; nothing while nothing was answered.
#[component]
pub fn Reasons(answers: Derived<Answers>) -> impl IntoView {
    let w = text::words();
    changing(move || {
        let answers = answers.get();
        if answers == Answers::default() {
            return None;
        }
        // Those that there are stand beside the result, under what to do next.
        let is_told = answers.age_years.is_some() && answers.sex.is_some();
        let none = if is_told { w.reasons_none() } else { w.reasons_open() };
        let words = if answers.reasons().is_empty() { none } else { w.reasons_above() };
        Some(view! {
            <h4>{w.reasons_title()}</h4>
            <p data-role="reasons-found">{words}</p>
            <p class="hint">{w.reasons_note()}</p>
        })
    })
}
