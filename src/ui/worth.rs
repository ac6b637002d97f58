//! What a verdict is worth: how often it was true of people not seen, there and where osteoporosis is rarer or more common.

use analysis::prediction::Class;
use analysis::promises::{Promise, Share};
use leptos::prelude::*;
use osteolens::words::fill;

use super::parts::{changing, view};
use super::text;

/// Of 100 people who come, so many have osteoporosis; 0 stands for as many as there.
const PREVALENCES: [u8; 6] = [0, 5, 10, 20, 30, 40];

/// How often a verdict that names a class was true, in sentences; nothing of "uncertain".
pub fn lines(class: Option<Class>, promise: Option<Promise>, frequencies: [f32; 3]) -> Vec<String> {
    let (Some(class), Some(promise)) = (class, promise) else { return Vec::new() };
    let w = text::words();
    let told = |words: &str, share: Share, of: Class| {
        fill(words, shares(share).into_iter().chain([hundred(frequencies[of as usize])]))
    };
    let mut lines = vec![told(w.worth_right(), promise.right, class)];
    if class != Class::Osteoporosis {
        lines.push(told(w.worth_ill(), promise.osteoporosis, Class::Osteoporosis));
    }
    lines
}

/// What the verdict is worth where the reader comes from; nothing where that was not chosen.
pub fn there(promise: Option<Promise>, chosen: u8) -> Option<String> {
    let share = promise.filter(|_| chosen > 0)?.osteoporosis_where(f32::from(chosen) / 100.0);
    Some(fill(text::words().worth_there(), [chosen.to_string()].into_iter().chain(shares(share))))
}

/// The same on the page, where the reader chooses how many have osteoporosis `elsewhere`.
#[component]
pub fn Worth(
    class: Option<Class>,
    promise: Option<Promise>,
    frequencies: [f32; 3],
    elsewhere: RwSignal<u8>,
) -> impl IntoView {
    let lines = lines(class, promise, frequencies);
    let promise = promise.filter(|_| !lines.is_empty())?;
    let w = text::words();
    let there = move || {
        there(Some(promise), elsewhere.get()).map(|words| view! { <span data-role="worth-there">{words}</span> })
    };
    Some(view! {
        <div class="worth" data-role="promise">
            {lines.into_iter().map(|line| view! { <p>{line}</p> }).collect_view()}
            <p class="hint">
                <label>
                    {w.worth_elsewhere()}" "
                    <select id="prevalence" prop:value=move || elsewhere.get().to_string() on:change:target=move |event| {
                        elsewhere.set(event.target().value().parse().unwrap_or(0));
                    }>
                        {PREVALENCES.into_iter().map(|of| view! {
                            <option value=of.to_string() selected=elsewhere.get_untracked() == of>
                                {if of == 0 {
                                    hundred(frequencies[Class::Osteoporosis as usize])
                                } else {
                                    text::number(f64::from(of), 0)
                                }}
                            </option>
                        }).collect_view()}
                    </select>
                </label>
                " "
                {changing(there)}
            </p>
        </div>
    })
}

/// A share and its interval, of 100.
fn shares(of: Share) -> [String; 3] {
    [of.value, of.low, of.high].map(hundred)
}

fn hundred(share: f32) -> String {
    text::number(f64::from(share) * 100.0, 0)
}
