//! All files of the visit as a table: sorted, filtered, stopped, saved.

use std::cmp::Ordering;

use leptos::html::Canvas;
use leptos::prelude::*;
use osteolens::prediction::Class;
use osteolens::protocol::StudyId;
use osteolens::words::fill;

use super::session::{Stage, Study};
use super::studies::Studies;
use super::{browser, export, quality, text};

/// From so many files on the table stands open.
const OPEN_FROM: usize = 6;

/// What the rows are ordered by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Dropped,
    File,
    Verdict,
    Probability(Class),
}

/// Shown once there are two files.
#[component]
pub fn BatchTable(studies: Studies) -> impl IntoView {
    let order = RwSignal::new((Order::Dropped, false));
    let filter = RwSignal::new(String::new());
    let count = Memo::new(move |_| studies.all.with(Vec::len));
    let is_there = Memo::new(move |_| count.get() > 1);
    let is_open = Memo::new(move |_| count.get() >= OPEN_FROM);
    view! {
        <Show when=move || is_there.get()>
            <details class="batch" data-role="batch" open=is_open>
                <summary>{text::words().batch_title}</summary>
                <Bar studies filter/>
                <Rows studies order filter/>
            </details>
        </Show>
    }
}

#[component]
fn Bar(studies: Studies, filter: RwSignal<String>) -> impl IntoView {
    let w = text::words();
    let progress = Memo::new(move |_| {
        studies.all.with(|all| {
            let done = all.iter().filter(|study| !study.is_at_work()).count();
            (done, all.len())
        })
    });
    let said = move || {
        let (done, all) = progress.get();
        let count = |count: usize| text::number(count as f64, 0);
        format!("{} · {}", text::files(all), fill(w.batch_progress, [done, all].map(count)))
    };
    let is_waiting = move || studies.all.with(|all| all.iter().any(|study| study.stage == Stage::Waiting));
    view! {
        <div class="bar">
            <progress max=move || progress.get().1 value=move || progress.get().0 aria-label=w.batch_title></progress>
            <span role="status" data-role="batch-progress">{said}</span>
            <Show when=is_waiting>
                <button type="button" class="button" id="batch-stop" on:click=move |_| studies.stop()>{w.batch_cancel}</button>
            </Show>
            <label>
                {w.batch_filter}
                <select id="batch-filter" on:change:target=move |event| filter.set(event.target().value())>
                    <option value="">{w.batch_all}</option>
                    {["normal", "osteopenia", "osteoporosis", "uncertain", "refused", "error"].map(|id| view! {
                        <option value=id>{text::verdict(id).title}</option>
                    })}
                </select>
            </label>
            <button type="button" class="button" id="batch-csv" on:click=move |_| export::save_csv(studies)>{w.batch_csv}</button>
            <button type="button" class="button" id="batch-json" on:click=move |_| export::save_json_of_all(studies)>{w.batch_json}</button>
            <button type="button" class="button" id="batch-clear" on:click=move |_| studies.clear()>{w.batch_clear}</button>
        </div>
    }
}

#[component]
fn Rows(studies: Studies, order: RwSignal<(Order, bool)>, filter: RwSignal<String>) -> impl IntoView {
    let w = text::words();
    let head = move |name: &'static str, by: Order| {
        let sorted = move || match order.get() {
            (now, down) if now == by => {
                if down {
                    "descending"
                } else {
                    "ascending"
                }
            }
            _ => "none",
        };
        let click = move |_| {
            order.update(|(now, down)| {
                *down = *now == by && !*down;
                *now = by;
            });
        };
        view! { <th scope="col" aria-sort=sorted><button type="button" on:click=click>{name}</button></th> }
    };
    let rows = Memo::new(move |_| {
        let wanted = filter.get();
        let (by, down) = order.get();
        studies.all.with(|all| {
            let passes = |study: &&Study| wanted.is_empty() || study.verdict_id() == Some(wanted.as_str());
            let mut rows: Vec<&Study> = all.iter().filter(passes).collect();
            rows.sort_by(|a, b| match by {
                Order::Dropped => Ordering::Equal,
                Order::File => a.file.cmp(&b.file),
                Order::Verdict => rank(a).cmp(&rank(b)),
                Order::Probability(class) => probability(a, class).total_cmp(&probability(b, class)),
            });
            if down {
                rows.reverse();
            }
            rows.into_iter().map(|study| (study.id, state(study))).collect::<Vec<_>>()
        })
    });
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label=w.batch_title>
            <table>
                <thead><tr>
                    <th scope="col">{w.batch_picture}</th>
                    {head(w.batch_file, Order::File)}
                    {head(w.batch_verdict, Order::Verdict)}
                    {head(w.normal, Order::Probability(Class::Normal))}
                    {head(w.osteopenia, Order::Probability(Class::Osteopenia))}
                    {head(w.osteoporosis, Order::Probability(Class::Osteoporosis))}
                    <th scope="col">{w.batch_remark}</th>
                </tr></thead>
                <tbody>
                    <For each=move || rows.get() key=|row| *row let:row>
                        {studies.of(row.0, Study::clone).map(|study| view! { <Row studies study/> })}
                    </For>
                </tbody>
            </table>
        </div>
    }
}

#[component]
fn Row(studies: Studies, study: Study) -> impl IntoView {
    let id: StudyId = study.id;
    let verdict = study.verdict_id();
    let badge = verdict.unwrap_or("working");
    let title = match (&study.stage, verdict) {
        (Stage::Waiting, _) => text::words().batch_waiting,
        (Stage::Stopped, _) => text::words().batch_cancelled,
        (_, Some(verdict)) => text::verdict(verdict).title,
        _ => text::words().working,
    };
    let values = Class::ALL.map(|class| {
        let value = probability(&study, class);
        view! { <td>{(value > 0.0).then(|| text::percent(value))}</td> }
    });
    let remark = remark(&study);
    view! {
        <tr data-row=study.file.clone() data-state=verdict.unwrap_or("working")>
            <td><Thumbnail study=study.clone()/></td>
            <th scope="row">
                <button type="button" class="link" disabled=study.is_failed() on:click=move |_| studies.show(id)>
                    {study.file.clone()}
                </button>
            </th>
            <td><span class=format!("badge {badge}")>{title}</span></td>
            {values}
            <td class="remark-cell">{remark}</td>
        </tr>
    }
}

#[component]
fn Thumbnail(study: Study) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    let pixels = study.thumbnail.clone();
    Effect::new(move |_| {
        if let (Some(canvas), Some((side_px, pixels))) = (canvas.get(), &pixels) {
            browser::paint(&canvas, *side_px, *side_px, Some(pixels));
        }
    });
    view! { <canvas node_ref=canvas class="thumbnail" width="48" height="48" aria-hidden="true"></canvas> }
}

/// Of the knee that decides; nought where there is none.
fn probability(study: &Study, class: Class) -> f32 {
    study.deciding_knee().map_or(0.0, |knee| knee.combined[class as usize])
}

/// The worse, the greater.
fn rank(study: &Study) -> u8 {
    match study.verdict_id() {
        Some("osteoporosis") => 6,
        Some("osteopenia") => 5,
        Some("uncertain") => 4,
        Some("normal") => 3,
        Some("refused") => 2,
        Some(_) => 1,
        None => 0,
    }
}

/// Tells rows apart that look different.
fn state(study: &Study) -> (Option<&'static str>, bool, bool, bool) {
    let (is_waiting, is_stopped) = (study.stage == Stage::Waiting, study.stage == Stage::Stopped);
    (study.verdict_id(), study.thumbnail.is_some(), is_waiting, is_stopped)
}

/// Why there is no verdict, or what to be careful about.
pub fn remark(study: &Study) -> String {
    match &study.stage {
        Stage::Failed(error) => text::error(error),
        Stage::Refused(reasons) => reasons.iter().map(|reason| text::refusal(*reason)).collect::<Vec<_>>().join(" "),
        Stage::Judged(_) => {
            let ticks = study.picture.as_ref().map(|picture| quality::ticks(&picture.opened)).unwrap_or_default();
            ticks.into_iter().filter(|(is_good, _)| !is_good).map(|(_, words)| words).collect::<Vec<_>>().join(" ")
        }
        _ => String::new(),
    }
}
