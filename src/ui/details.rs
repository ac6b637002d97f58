//! Sizes, durations, models and hashes: what a second reader needs to repeat the result.

use leptos::prelude::*;
use osteolens::link::{Program, Status};
use osteolens::protocol::Judged;
use osteolens::words::fill;

use super::engine_check::EngineCheck;
use super::parts::view;
use super::studies::Studies;
use super::text;

/// Folded up below the result.
#[component]
pub fn Technical(judged: Judged, studies: Studies, status: RwSignal<Status, LocalStorage>) -> impl IntoView {
    let Status::Ready(state) = status.get() else { return None };
    let study = studies.current_untracked()?;
    let picture = study.picture;
    let dicom = picture.as_ref().and_then(|picture| picture.opened.dicom.clone());
    let size =
        picture.map(|picture| format!("{} × {} px", picture.opened.source_width_px, picture.opened.source_height_px));
    let Judged { knees, timings, .. } = judged;
    let w = text::words();
    let program = studies.program();
    let dicom = dicom.unwrap_or_default();
    let facts: Vec<(&str, String)> = [
        (w.detail_modality(), dicom.modality),
        (w.detail_view(), dicom.view_position),
        (w.detail_side(), dicom.laterality),
        (w.detail_body_part(), dicom.body_part),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect();
    Some(view! {
        <details class="technical">
            <summary>{w.details()}</summary>
            <dl>
                <dt>{w.detail_file()}</dt><dd><bdi>{study.file}</bdi>", "{size}</dd>
                {facts.into_iter().map(|(name, value)| view! { <dt>{name}</dt><dd>{value}</dd> }).collect_view()}
                <dt>{w.detail_knees()}</dt><dd>{knees.len()}</dd>
                <dt>{w.detail_processor()}</dt><dd>{text::running_on(state.backend, program)}</dd>
                <dt>{w.detail_durations()}</dt>
                <dd>
                    {fill(w.detail_durations_value(),
                        [timings.preprocess_ms, timings.inference_ms, timings.grad_cam_ms].map(|ms| text::number(ms, 0)))}
                </dd>
                {state.models.into_iter().map(|model| view! {
                    <dt>{model.name}</dt>
                    <dd class="hash">"SHA-256 "{model.sha256}</dd>
                }).collect_view()}
            </dl>
        </details>
        // The reference engine would be held against itself.
        {(program == Program::Fast).then(|| view! { <EngineCheck studies/> })}
    })
}
