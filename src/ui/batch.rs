//! All files of the visit as a table: sorted, filtered, stopped, saved.

use std::cmp::Ordering;

use analysis::prediction::Class;
use leptos::ev;
use leptos::html::Canvas;
use leptos::prelude::*;
use osteolens::protocol::StudyId;
use osteolens::sorting::in_order;
use osteolens::words::fill;

use super::derived::derived;
use super::parts::{Row, attribute, effect, rows, said, show, truth, view};
use super::session::{Event, Stage, Study};
use super::settings::Settings;
use super::studies::Studies;
use super::{browser, saving, text, ticks};

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
pub fn BatchTable(studies: Studies, settings: Settings) -> impl IntoView {
    let order = RwSignal::new((Order::Dropped, false));
    let filter = RwSignal::new(String::new());
    let count = derived(move || studies.all(<[Study]>::len));
    let is_open = truth(move || count.get() >= OPEN_FROM);
    show(
        move || count.get() > 1,
        move || {
            view! {
                <details class="batch" data-role="batch" open=move || is_open.get()>
                    <summary>{text::words().batch_title()}</summary>
                    <Bar studies settings filter/>
                    <Rows studies order filter/>
                </details>
            }
        },
    )
}

#[component]
fn Bar(studies: Studies, settings: Settings, filter: RwSignal<String>) -> impl IntoView {
    let w = text::words();
    let with_names = move || settings.names_files();
    let progress = derived(move || {
        studies.all(|all| {
            let done = all.iter().filter(|study| study.verdict_id().is_some()).count();
            (done, all.len())
        })
    });
    let told = move || {
        let (done, all) = progress.get();
        let count = |count: usize| text::number(count as f64, 0);
        Some(format!("{} · {}", text::files(all), fill(w.batch_progress(), [done, all].map(count))))
    };
    let is_waiting = move || studies.all(|all| all.iter().any(|study| study.stage == Stage::Waiting));
    // Escape stops the batch where the key has no meaning of its own.
    let stopping = window_event_listener(ev::keydown, move |event| {
        if event.key() == "Escape"
            && untrack(is_waiting)
            && browser::is_for_page(&event)
            && browser::agrees(w.batch_stop_ask())
        {
            studies.tell(Event::Stop);
        }
    });
    on_cleanup(move || stopping.remove());
    view! {
        <div class="bar">
            <progress max=move || progress.get().1.to_string() value=move || progress.get().0.to_string() aria-label=w.batch_title()></progress>
            <span role="status" data-role="batch-progress">{said(told)}</span>
            {show(is_waiting, move || view! {
                <button type="button" class="button" id="batch-stop" on:click=move |_| studies.tell(Event::Stop)>{w.batch_cancel()}</button>
            })}
            <label>
                {w.batch_filter()}
                <select id="batch-filter" on:change:target=move |event| filter.set(event.target().value())>
                    <option value="">{w.batch_all()}</option>
                    {["normal", "osteopenia", "osteoporosis", "uncertain", "refused", "error"].into_iter().map(|id| view! {
                        <option value=id>{text::verdict(id).title}</option>
                    }).collect_view()}
                </select>
            </label>
            <label class="switch">
                <input
                    type="checkbox"
                    id="batch-names"
                    prop:checked=with_names
                    on:change:target=move |event| settings.with_names.set(Some(event.target().checked()))
                />
                {w.batch_names()}
            </label>
            <button type="button" class="button" id="batch-csv" on:click=move |_| saving::save_csv(studies, untrack(with_names))>{w.batch_csv()}</button>
            <button type="button" class="button" id="batch-json" on:click=move |_| saving::save_json_of_all(studies, untrack(with_names))>{w.batch_json()}</button>
            <button type="button" class="button" id="batch-clear" on:click=move |_| {
                if browser::agrees(w.batch_clear_ask()) {
                    studies.tell(Event::Clear);
                }
            }>{w.batch_clear()}</button>
        </div>
    }
}

#[component]
fn Rows(studies: Studies, order: RwSignal<(Order, bool)>, filter: RwSignal<String>) -> impl IntoView {
    let w = text::words();
    let head = move |name: &'static str, by: Order| {
        let sorted = move || {
            let (now, down) = order.get();
            let way = if now != by {
                "none"
            } else if down {
                "descending"
            } else {
                "ascending"
            };
            way.to_owned()
        };
        let click = move |_| {
            order.update(|(now, down)| {
                *down = *now == by && !*down;
                *now = by;
            });
        };
        view! { <th scope="col" aria-sort=sorted><button type="button" on:click=click>{name}</button></th> }
    };
    let order_and_state = derived(move || {
        let wanted = filter.get();
        let (by, down) = order.get();
        studies.all(|all| {
            let passes = |study: &&Study| wanted.is_empty() || study.verdict_id() == Some(wanted.as_str());
            let all: Vec<&Study> = all.iter().filter(passes).collect();
            let mut places = in_order(all.len(), &|a, b| match by {
                Order::Dropped => Ordering::Equal,
                Order::File => (&all[a].folder, &all[a].file).cmp(&(&all[b].folder, &all[b].file)),
                Order::Verdict => rank(all[a]).cmp(&rank(all[b])),
                Order::Probability(class) => probability(all[a], class).total_cmp(&probability(all[b], class)),
            });
            if down {
                places.reverse();
            }
            if !matches!(by, Order::Dropped | Order::File) {
                // What has no answer is not what somebody looks for.
                let (answered, rest): (Vec<_>, Vec<_>) =
                    places.into_iter().partition(|at| all[*at].deciding_knee().is_some());
                places = [answered, rest].concat();
            }
            places.into_iter().map(|at| (all[at].id, state(all[at]))).collect::<Vec<_>>()
        })
    });
    let row = move |(id, state): (StudyId, String)| Row {
        key: format!("{id} {state}"),
        view: Box::new(move || {
            studies.of(id, Study::clone).map(|study| view! { <StudyRow studies study/> }).into_any()
        }),
    };
    view! {
        <div class="scroll" {..attribute("tabindex", "0")} role="region" aria-label=w.batch_title()>
            <table>
                <thead><tr>
                    <th scope="col">{w.batch_picture()}</th>
                    {head(w.batch_file(), Order::File)}
                    {head(w.batch_verdict(), Order::Verdict)}
                    {head(w.normal(), Order::Probability(Class::Normal))}
                    {head(w.osteopenia(), Order::Probability(Class::Osteopenia))}
                    {head(w.osteoporosis(), Order::Probability(Class::Osteoporosis))}
                    <th scope="col">{w.batch_remark()}</th>
                </tr></thead>
                <tbody>
                    {rows(move || order_and_state.get().into_iter().map(row).collect())}
                </tbody>
            </table>
        </div>
    }
}

#[component]
fn StudyRow(studies: Studies, study: Study) -> impl IntoView {
    let id: StudyId = study.id;
    let verdict = study.verdict_id();
    let unread = if study.stage == Stage::Stopped { "stopped" } else { "working" };
    let badge = verdict.unwrap_or("working");
    let title = match (&study.stage, verdict) {
        (Stage::Waiting, _) => text::words().batch_waiting(),
        (Stage::Stopped, _) => text::words().batch_cancelled(),
        (_, Some(verdict)) => text::verdict(verdict).title,
        _ => text::words().working(),
    };
    let value = |class| {
        let value = probability(&study, class);
        view! { <td>{(value > 0.0).then(|| text::percent(value))}</td> }
    };
    let values = Class::ALL.into_iter().map(value).collect_view();
    let mut remarks = text::remarks(&study);
    remarks.push(remark(&study));
    let remark = remarks.join(" ");
    view! {
        <tr data-row=study.file.clone() data-state=verdict.unwrap_or(unread)>
            <td><Thumbnail study=study.clone()/></td>
            <th scope="row">
                <button type="button" class="link" disabled=study.is_failed() on:click=move |_| {
                    studies.tell(Event::Show(id));
                    browser::go_to("reading");
                }>
                    <bdi>{study.file.clone()}</bdi>
                </button>
                {(!study.folder.is_empty()).then(|| view! { <small><bdi>{study.folder.clone()}</bdi></small> })}
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
    effect(move || {
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
fn state(study: &Study) -> String {
    let stage = match study.stage {
        Stage::Waiting => "waiting",
        Stage::Stopped => "stopped",
        _ => study.verdict_id().unwrap_or("working"),
    };
    format!("{stage} {}", study.thumbnail.is_some())
}

/// Why there is no verdict, or what to be careful about.
pub fn remark(study: &Study) -> String {
    match &study.stage {
        Stage::Failed(error) => text::error(error),
        Stage::Refused(reasons) => reasons.iter().map(|reason| text::refusal(*reason)).collect::<Vec<_>>().join(" "),
        Stage::Judged(_) => ticks::ticks(study)
            .into_iter()
            .filter(|(is_good, _)| !is_good)
            .map(|(_, words)| words)
            .collect::<Vec<_>>()
            .join(" "),
        _ => String::new(),
    }
}
