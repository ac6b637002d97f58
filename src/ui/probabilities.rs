//! The three probabilities of each knee, together and per model, and the details behind them.

use leptos::prelude::*;
use osteolens::prediction::{Class, Probabilities, Verdict};
use osteolens::protocol::{Judged, KneeResult};
use osteolens::words::fill;

use super::engine::Status;
use super::session::{Picture, Stage};
use super::studies::Studies;
use super::text;

/// Bars, rule and details of the study that is looked at.
#[component]
pub fn ResultDetails(studies: Studies, status: RwSignal<Status, LocalStorage>) -> impl IntoView {
    move || {
        let study = studies.current()?;
        let Stage::Judged(judged) = study.stage else { return None };
        // The knee that decides comes first.
        let mut knees = judged.knees.clone();
        knees.sort_by_key(|knee| std::cmp::Reverse(knee.verdict));
        let rule = status.with(|status| match status {
            Status::Ready(state) => Some(text::rule(&state.operating_point)),
            _ => None,
        });
        Some(view! {
            <h3>{text::words().probabilities}</h3>
            {knees.into_iter().map(|knee| view! { <Knee knee status/> }).collect_view()}
            <p class="hint">{rule}</p>
            <Technical judged picture=study.picture file=study.file status/>
        })
    }
}

#[component]
fn Knee(knee: KneeResult, status: RwSignal<Status, LocalStorage>) -> impl IntoView {
    let position = format!("{:?}", knee.position).to_lowercase();
    let badge = match knee.verdict {
        Verdict::Normal => "normal",
        Verdict::Uncertain => "uncertain",
        Verdict::Osteopenia => "osteopenia",
        Verdict::Osteoporosis => "osteoporosis",
    };
    let knee_id = position.clone();
    let bars = if knee.is_known {
        view! {
            <Bars title=text::words().combined.to_owned() model="combined".to_owned() probabilities=knee.combined knee=knee_id.clone()/>
            <div class="models">
                {knee.models.into_iter().map(move |(model, probabilities)| view! {
                    <Bars title=model_name(&status.get_untracked(), &model) model probabilities knee=position.clone()/>
                }).collect_view()}
            </div>
        }
        .into_any()
    } else {
        view! { <p>{text::words().not_known}</p> }.into_any()
    };
    view! {
        <article class="knee" data-knee=knee_id>
            <h4>
                {text::knee(knee.position)}
                <span class=format!("badge {badge}")>{text::verdict(badge).title}</span>
            </h4>
            {bars}
        </article>
    }
}

#[component]
fn Bars(title: String, model: String, probabilities: Probabilities, knee: String) -> impl IntoView {
    let bar = move |class: Class| {
        let value = probabilities[class as usize];
        view! {
            <li
                class=class.id()
                data-role="probability"
                data-class=class.id()
                data-model=model.clone()
                data-knee=knee.clone()
                data-value=format!("{value:.6}")
            >
                <span>{text::class(class)}</span>
                <span class="track"><span class="fill" style:width=format!("{:.1}%", value * 100.0)></span></span>
                <span class="value">{text::percent(value)}</span>
            </li>
        }
    };
    view! {
        <div class="bars">
            <h5>{title}</h5>
            <ul>{Class::ALL.map(bar).collect_view()}</ul>
        </div>
    }
}

/// Sizes, durations, models and hashes: what a second reader needs to repeat the result.
#[component]
fn Technical(
    judged: Judged,
    picture: Option<Picture>,
    file: String,
    status: RwSignal<Status, LocalStorage>,
) -> impl IntoView {
    let Status::Ready(state) = status.get() else { return None };
    let dicom = picture.as_ref().and_then(|picture| picture.opened.dicom.clone());
    let size =
        picture.map(|picture| format!("{} × {} px", picture.opened.source_width_px, picture.opened.source_height_px));
    let timings = judged.timings;
    let w = text::words();
    let dicom = dicom.unwrap_or_default();
    let facts: Vec<(&str, String)> = [
        (w.detail_modality, dicom.modality),
        (w.detail_view, dicom.view_position),
        (w.detail_side, dicom.laterality),
        (w.detail_body_part, dicom.body_part),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect();
    Some(view! {
        <details class="technical">
            <summary>{text::words().details}</summary>
            <dl>
                <dt>{text::words().detail_file}</dt><dd>{file}", "{size}</dd>
                {facts.into_iter().map(|(name, value)| view! { <dt>{name}</dt><dd>{value}</dd> }).collect_view()}
                <dt>{text::words().detail_knees}</dt><dd>{judged.knees.len()}</dd>
                <dt>{text::words().detail_processor}</dt><dd>{text::running_on(state.backend)}</dd>
                <dt>{text::words().detail_durations}</dt>
                <dd>
                    {fill(text::words().detail_durations_value,
                        [timings.preprocess_ms, timings.inference_ms, timings.grad_cam_ms].map(|ms| text::number(ms, 0)))}
                </dd>
                {state.models.into_iter().map(|model| view! {
                    <dt>{model.name}</dt>
                    <dd class="hash">"SHA-256 "{model.sha256}</dd>
                }).collect_view()}
            </dl>
        </details>
    })
}

/// A model's name for people.
pub fn model_name(status: &Status, id: &str) -> String {
    let Status::Ready(state) = status else { return id.to_owned() };
    state.models.iter().find(|model| model.id == id).map_or_else(|| id.to_owned(), |model| model.name.clone())
}
