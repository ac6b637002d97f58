//! What age says, beside what the picture says. Nothing is kept.

use leptos::prelude::*;
use osteolens::clinical::ClinicalModel;
use osteolens::prediction::{Class, Probabilities};
use osteolens::words::fill;

use super::engine::Status;
use super::session::Stage;
use super::studies::Studies;
use super::text;

/// Kilograms in a pound.
const KILOGRAMS_PER_POUND: f32 = 0.453_592_37;
/// Weights that a person can have, in kilograms.
const WEIGHTS_KG: (f32, f32) = (30.0, 250.0);
/// Below this the index calls for a closer look (Koh et al., Osteoporos Int 2001; here the cut-off
/// that is used for women of European origin).
const OST_LOW: f32 = 2.0;

/// An optional form; age is the only answer that the model uses.
#[component]
pub fn ClinicalForm(studies: Studies, status: RwSignal<Status, LocalStorage>) -> impl IntoView {
    let w = text::words();
    let age = RwSignal::new(String::new());
    let weight = RwSignal::new(String::new());
    let in_pounds = RwSignal::new(false);
    let model =
        move || status.with(|status| if let Status::Ready(state) = status { state.clinical.clone() } else { None });
    let ages = move || model().and_then(|model| model.inputs.first().map(|input| (input.low, input.high)));
    let weights = move || {
        let unit = if in_pounds.get() { KILOGRAMS_PER_POUND } else { 1.0 };
        ((WEIGHTS_KG.0 / unit).round(), (WEIGHTS_KG.1 / unit).round())
    };
    let age_years = move || ages().and_then(|range| within(&age.get(), range));
    let weight_kg = move || {
        let unit = if in_pounds.get() { KILOGRAMS_PER_POUND } else { 1.0 };
        within(&weight.get(), weights()).map(|value| value * unit)
    };
    let unit = move || if in_pounds.get() { w.clinical_pounds } else { w.clinical_kilograms };
    let age_fault = move || fault(&age.get(), ages()?, w.clinical_years);
    let weight_fault = move || fault(&weight.get(), weights(), unit());
    view! {
        <details class="clinical" data-role="clinical">
            <summary>{w.clinical_form_title}</summary>
            <p class="hint">{w.clinical_form_note}</p>
            <div class="fields">
                <label>
                    {w.clinical_age}
                    <input
                        id="age" type="text" inputmode="decimal" autocomplete="off"
                        aria-describedby="age-fault"
                        aria-invalid=move || age_fault().is_some().to_string()
                        on:input:target=move |event| age.set(event.target().value())
                    />
                    <span id="age-fault" class="fault" role="status">{age_fault}</span>
                </label>
                <label>
                    {w.clinical_weight}
                    <input
                        id="weight" type="text" inputmode="decimal" autocomplete="off"
                        aria-describedby="weight-fault"
                        aria-invalid=move || weight_fault().is_some().to_string()
                        on:input:target=move |event| weight.set(event.target().value())
                    />
                    <span id="weight-fault" class="fault" role="status">{weight_fault}</span>
                </label>
                <select id="weight-unit" aria-label=w.clinical_weight on:change:target=move |event| in_pounds.set(event.target().value() == "lb")>
                    <option value="kg">{w.clinical_kilograms}</option>
                    <option value="lb">{w.clinical_pounds}</option>
                </select>
            </div>
            {move || age_years().zip(model()).map(|(age, model)| view! { <Answer studies model age/> })}
            {move || age_years().zip(weight_kg()).map(|(age, weight)| view! { <Ost age weight/> })}
            <p class="hint">{w.clinical_only_age}</p>
        </details>
    }
}

#[component]
fn Answer(studies: Studies, model: ClinicalModel, age: f32) -> impl IntoView {
    let w = text::words();
    let alone = model.probabilities(&[age]).ok()?;
    let picture = move || {
        let Stage::Judged(judged) = studies.current()?.stage else { return None };
        let deciding = judged.knees.into_iter().filter(|knee| knee.is_known).max_by_key(|knee| knee.verdict)?;
        Some(deciding.combined)
    };
    let joined = move || picture().map(|picture| model.with_picture(&alone, &picture));
    Some(view! {
        <ClinicalBars title=w.clinical_without_picture model="clinical" probabilities=alone/>
        {move || joined().map(|joined| view! {
            <ClinicalBars title=w.clinical_with_picture model="clinical-and-picture" probabilities=joined/>
            <p class="hint">{w.clinical_why}</p>
        })}
    })
}

#[component]
fn ClinicalBars(title: &'static str, model: &'static str, probabilities: Probabilities) -> impl IntoView {
    view! {
        <div class="bars">
            <h4>{title}</h4>
            <ul>
                {Class::ALL.map(|class| {
                    let value = probabilities[class as usize];
                    view! {
                        <li class=class.id() data-role="clinical-probability" data-class=class.id() data-model=model data-value=format!("{value:.6}")>
                            <span>{text::class(class)}</span>
                            <span class="track"><span class="fill" style:width=format!("{:.1}%", value * 100.0)></span></span>
                            <span class="value">{text::percent(value)}</span>
                        </li>
                    }
                })}
            </ul>
        </div>
    }
}

/// The Osteoporosis Self-assessment Tool: a fifth of weight less age, cut to a whole number.
#[component]
fn Ost(age: f32, weight: f32) -> impl IntoView {
    let w = text::words();
    // Plus nought, so that no index is −0.
    let index = ((weight - age) * 0.2).trunc() + 0.0;
    let meaning = if index < OST_LOW { w.clinical_ost_low } else { w.clinical_ost_high };
    view! { <p data-role="ost">{fill(w.clinical_ost, [text::number(f64::from(index), 0)])}" "{meaning}</p> }
}

/// The number in a field, in Latin or Arabic digits, with point or comma, if it lies within.
fn within(typed: &str, (low, high): (f32, f32)) -> Option<f32> {
    let latin = |letter: char| match letter {
        '٠'..='٩' => char::from_digit(letter as u32 - '٠' as u32, 10).unwrap_or(letter),
        '۰'..='۹' => char::from_digit(letter as u32 - '۰' as u32, 10).unwrap_or(letter),
        ',' | '٫' => '.',
        other => other,
    };
    let value: f32 = typed.trim().chars().map(latin).collect::<String>().parse().ok()?;
    (low..=high).contains(&value).then_some(value)
}

/// What to do about a field that holds no such number; none while it is empty.
fn fault(typed: &str, range: (f32, f32), unit: &str) -> Option<String> {
    let is_wrong = !typed.trim().is_empty() && within(typed, range).is_none();
    let [low, high] = [range.0, range.1].map(|value| text::number(f64::from(value), 0));
    is_wrong.then(|| fill(text::words().clinical_range, [low.as_str(), &high, unit]))
}
