//! The verdict: word, icon, pattern and colour; errors beside it, never instead of it.

use leptos::prelude::*;
use osteolens::protocol::StudyId;
use radiograph::Edit;

use super::derived::{Derived, derived};
use super::parts::{Row, changing, rows, show, view};
use super::session::{Stage, Study};
use super::studies::Studies;
use super::text;

/// Failures shown one by one.
const MOST_ALERTS: usize = 12;

/// The verdict on the study that is looked at, what it means and what to do.
#[component]
pub fn Banner(studies: Studies, edit: Callback<(StudyId, Edit)>) -> impl IntoView {
    changing(move || {
        let study = studies.current()?;
        let Some(id) = study.verdict_id() else {
            return Some(view! { <div class="banner working" role="status">{text::words().working}</div> });
        };
        let words = text::verdict(id);
        let unknown = matches!(&study.stage, Stage::Judged(judged) if judged.knees.iter().any(|knee| !knee.is_known));
        let meaning = if unknown && id == "uncertain" { text::words().not_all_known } else { words.meaning };
        let mend = study.adjustment().map(|how| {
            let mended = (study.id, study.edit.mended(how));
            view! {
                <button type="button" class="mend" data-adjustment=how.id() on:click=move |_| edit.run(mended)>
                    {text::adjust(how)}
                </button>
            }
        });
        let reasons = match &study.stage {
            Stage::Refused(reasons) => reasons.clone(),
            _ => Vec::new(),
        };
        Some(view! {
            <div
                class=format!("banner {id}")
                role="status"
                data-role="verdict"
                data-verdict=id
                data-file=study.file.clone()
            >
                <Icon id/>
                <div>
                    <strong>{words.title}</strong>
                    <p>{meaning}</p>
                </div>
            </div>
            {(!reasons.is_empty()).then(|| view! {
                <ul class="reasons">
                    {reasons.into_iter().map(|reason| view! { <li>{text::refusal(reason)}</li> }).collect_view()}
                </ul>
            })}
            {mend}
            <div class="next">
                <h3>{text::words().next_step}</h3>
                <p>{words.next}</p>
                <p class="limits">{text::words().limits}</p>
            </div>
        })
    })
}

/// Files that could not be analysed. Each says why, and leaves the earlier result where it is.
#[component]
pub fn Alerts(studies: Studies, dismiss: Callback<StudyId>) -> impl IntoView {
    let failed = move || {
        studies.all.with(|all| {
            // Of a folder the table tells which files failed, and why; here stand the latest.
            let failed = all.iter().rev().filter(|study| study.is_failed()).take(MOST_ALERTS);
            failed.cloned().collect::<Vec<_>>()
        })
    };
    let alert = move |study: Study| {
        let Stage::Failed(error) = study.stage else { return None };
        let id = study.id;
        Some(view! {
            <div class="alert" role="status" data-role="verdict" data-verdict="error" data-file=study.file.clone()>
                <Icon id="error"/>
                <p><strong>{study.file.clone()}</strong>" "{text::error(&error)}</p>
                <button type="button" on:click=move |_| dismiss.run(id)>{text::words().dismiss}</button>
            </div>
        })
    };
    let trouble = move || {
        studies.trouble.get().map(|words| {
            view! {
                <div class="alert" role="status" data-role="trouble">
                    <Icon id="error"/>
                    <p>{words}</p>
                    <button type="button" on:click=move |_| studies.trouble.set(None)>{text::words().dismiss}</button>
                </div>
            }
        })
    };
    view! {
        {changing(trouble)}
        {changing(move || Some(failed().into_iter().filter_map(alert).collect_view().into_any()))}
    }
}

/// What is told of a study in the list of all.
#[derive(Clone, Copy, PartialEq)]
struct Entry {
    id: StudyId,
    is_there: bool,
    is_shown: bool,
    verdict: Option<&'static str>,
}

/// All studies of this visit once there are several; a click shows one large.
#[component]
pub fn StudyList(studies: Studies) -> impl IntoView {
    let entries = derived(move || {
        let shown = studies.shown.get();
        let entry = |study: &Study| Entry {
            id: study.id,
            is_there: study.picture.is_some(),
            is_shown: shown == Some(study.id),
            verdict: study.verdict_id(),
        };
        studies.all.with(|all| all.iter().filter(|study| !study.is_failed()).map(entry).collect::<Vec<_>>())
    });
    let row = move |first: Entry| Row {
        key: first.id.to_string(),
        view: Box::new(move || view! { <StudyButton studies entries first/> }),
    };
    show(
        move || {
            let all = entries.get();
            all.len() > 1 || all.iter().any(|entry| !entry.is_there)
        },
        move || {
            view! {
                <nav class="studies" aria-label=text::words().results>
                    {rows(move || entries.get().into_iter().map(row).collect())}
                </nav>
            }
        },
    )
}

/// One of the list. It is changed, not replaced, so that the keyboard's focus stays.
#[component]
fn StudyButton(studies: Studies, entries: Derived<Vec<Entry>>, first: Entry) -> impl IntoView {
    let id = first.id;
    let entry = derived(move || entries.get().into_iter().find(|entry| entry.id == id).unwrap_or(first));
    let file = studies.of(id, |study| study.file.clone()).unwrap_or_default();
    let name = file.clone();
    let badge = move || {
        let Entry { verdict, is_shown, .. } = entry.get();
        let class = format!("badge {}", verdict.unwrap_or("working"));
        let title = verdict.map_or(text::words().working, |id| text::verdict(id).title);
        Some(match verdict {
            // The study shown large has its verdict in the banner; one status each is enough.
            Some(verdict) if !is_shown => view! {
                <span class=class role="status" data-role="verdict" data-verdict=verdict data-file=file.clone()>
                    {title}
                </span>
            },
            _ => view! { <span class=class>{title}</span> },
        })
    };
    view! {
        <button
            type="button"
            class:shown=move || entry.get().is_shown
            aria-pressed=move || entry.get().is_shown.to_string()
            disabled=move || !entry.get().is_there
            on:click=move |_| studies.show(id)
        >
            <span class="file">{name}</span>
            {changing(badge)}
        </button>
    }
}

/// A shape per verdict, so that colour is not all that tells them apart.
#[component]
fn Icon(id: &'static str) -> impl IntoView {
    let path = match id {
        "normal" => "M6 17l7 7L27 9",
        "osteopenia" => "M16 5L29 27H3zM16 13v7M16 23.5v.5",
        "osteoporosis" => "M11 3h10l8 8v10l-8 8H11l-8-8V11zM16 9v9M16 22.5v.5",
        "uncertain" => "M11 12q0-5 5-5t5 5q0 3-5 5v3M16 24.5v.5",
        _ => "M16 3a13 13 0 1 0 .01 0M8 8l16 16",
    };
    view! {
        <svg class="icon" viewBox="0 0 32 32" aria-hidden="true">
            <path d=path fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/>
        </svg>
    }
}
