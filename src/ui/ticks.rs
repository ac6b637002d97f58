//! How good the picture is, and what the models see of it.

use analysis::knees::Position;
use leptos::html::Canvas;
use leptos::prelude::*;
use osteolens::words::fill;

use super::banner::has_unknown_knee;
use super::parts::{changing, effect, fold, view};
use super::session::{Picture, Seen, Stage, Study};
use super::studies::Studies;
use super::{browser, text};

/// Ticks, and the fix for what is missing; the squares that the networks look at.
#[component]
pub fn QualityTicks(studies: Studies) -> impl IntoView {
    changing(move || {
        let study = studies.current().filter(|study| matches!(study.stage, Stage::Judged(_)))?;
        let ticks = ticks(&study);
        let w = text::words();
        let part = view! {
            <ul class="ticks" data-role="quality">
                {ticks.into_iter().map(|(is_good, words)| view! {
                    <li class=if is_good { "good" } else { "" }>
                        <span class="mark" aria-hidden="true">{if is_good { "✓" } else { "!" }}</span>
                        {words}
                    </li>
                }).collect_view()}
            </ul>
            <p class="hint seen-title">{w.model_input()}</p>
            <div class="seen">
                {study.seen.into_iter().map(|seen| view! { <SeenSquare seen/> }).collect_view()}
            </div>
        };
        Some(fold(w.quality_title(), part))
    })
}

/// What was chosen where the file can be read in more than one way, and what to mind beside the result.
#[component]
pub fn FileNotes(studies: Studies) -> impl IntoView {
    changing(move || {
        let study = studies.current().filter(|study| !study.is_at_work())?;
        let notes: Vec<String> = study.notes.iter().map(|note| text::words().note(*note)).collect();
        (!notes.is_empty()).then(|| {
            view! {
                <h3>{text::words().notes_title()}</h3>
                <ul class="ticks" data-role="file-notes">
                    {notes.into_iter().map(|note| view! {
                        <li><span class="mark" aria-hidden="true">"!"</span>{note}</li>
                    }).collect_view()}
                </ul>
            }
        })
    })
}

/// Each tick and whether it is a good one; none of a film that is not shown.
pub fn ticks(study: &Study) -> Vec<(bool, String)> {
    let Some(Picture { opened, .. }) = &study.picture else { return Vec::new() };
    let (w, quality) = (text::words(), opened.quality);
    let tick = |is_good: bool, good: &str, poor: String| (is_good, if is_good { good.to_owned() } else { poor });
    let knee_px = quality.knee_px.to_string();
    let is_whole = |part: &radiograph::Region| (part.width_px, part.height_px) == (opened.width_px, opened.height_px);
    let knees = match &opened.knees[..] {
        [(Position::Only, part)] if is_whole(part) && opened.edit.crop.is_none() => (false, w.quality_knees_none()),
        [_, _, ..] if has_unknown_knee(study) => (false, w.not_all_known()),
        [_, _, ..] => (true, w.quality_knees_two()),
        _ if opened.edit.crop.is_some() => (false, w.quality_knees_part()),
        _ => (true, w.quality_knees_one()),
    };
    let mut ticks = vec![
        tick(quality.is_large, w.quality_size_good(), fill(w.quality_size_poor(), [&knee_px, &knee_px])),
        tick(quality.is_well_exposed, w.quality_exposure_good(), w.quality_exposure_poor().to_owned()),
        tick(quality.is_sharp, w.quality_sharpness_good(), w.quality_sharpness_poor().to_owned()),
        (knees.0, knees.1.to_owned()),
    ];
    if opened.is_tinted {
        ticks.push((false, w.quality_tinted().to_owned()));
    }
    ticks
}

#[component]
fn SeenSquare(seen: Seen) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    let name = text::knee(seen.position);
    let position = format!("{:?}", seen.position).to_ascii_lowercase();
    effect(move || {
        if let Some(canvas) = canvas.get() {
            browser::paint(&canvas, seen.side_px, seen.side_px, Some(&seen.pixels));
        }
    });
    view! { <canvas node_ref=canvas data-role="model-input" data-knee=position role="img" aria-label=name></canvas> }
}
