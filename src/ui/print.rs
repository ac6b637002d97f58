//! The report: buttons on the screen, one sheet on paper.

use analysis::prediction::Class;
use analysis::referral::Answers;
use leptos::html::Canvas;
use leptos::prelude::*;
use osteolens::link::Status;
use osteolens::measurement::{Kind, share};
use osteolens::protocol::{LoadedModel, Opened};

use super::banner::{has_unknown_knee, meaning, promise_shown, why};
use super::derived::Derived;
use super::parts::{attribute, changing, effect, said, view};
use super::rules::Rules;
use super::session::{Stage, Study};
use super::studies::Studies;
use super::with_age::{WithAge, verdict_shown, words_shown};
use super::{batch, browser, saving, text, worth};

/// Print, save, copy.
#[component]
pub fn ReportButtons(studies: Studies, sheet: RwSignal<bool>) -> impl IntoView {
    let copied = RwSignal::new(None::<bool>);
    let print = move |_| {
        sheet.set(true);
        browser::print_when_painted();
    };
    let copy = move |_| {
        let copying = browser::copy(&saving::diagnostics(studies));
        leptos::task::spawn_local(async move { copied.set(Some(copying.await)) });
    };
    changing(move || {
        let study = studies.current().filter(|study| matches!(study.stage, Stage::Judged(_) | Stage::Refused(_)))?;
        let w = text::words();
        let has_map = study.explained.is_some();
        let save_picture = move |_| {
            if let Some(study) = studies.current_untracked() {
                saving::save_picture(studies, &study);
            }
        };
        Some(view! {
            <div class="report-buttons">
                <button type="button" class="button" id="report-print" on:click=print>{w.report_print()}</button>
                {has_map.then(|| view! {
                    <button type="button" class="button" id="report-picture" on:click=save_picture>
                        {w.report_picture()}
                    </button>
                })}
                <button type="button" class="button" id="report-data" on:click=move |_| saving::save_json(studies, &study)>
                    {w.report_data()}
                </button>
                <button type="button" class="button" id="diagnostics" on:click=copy>{w.copy_diagnostics()}</button>
                <span class="hint" role="status">
                    {said(move || copied.get().map(|done| if done { w.copied() } else { w.not_copied() }))}
                </span>
                <p class="hint">{w.report_data_note()}</p>
            </div>
        })
    })
}

/// One page of paper; not seen on the screen.
#[component]
pub fn Sheet(
    studies: Studies,
    answer: Derived<Option<WithAge>>,
    rules: Memo<Option<Rules>>,
    elsewhere: RwSignal<u8>,
    answers: Derived<Answers>,
    sheet: RwSignal<bool>,
) -> impl IntoView {
    changing(move || {
        if !sheet.get() {
            return None;
        }
        let study = studies.current()?;
        let opened = study.picture.as_ref()?.opened.clone();
        let answer = answer.get();
        let id = verdict_shown(&study, answer.as_ref())?;
        let w = text::words();
        let words = words_shown(id, answer.as_ref());
        let meaning = meaning(&study, answer.as_ref());
        let (class, promise, frequencies) = promise_shown(&study, answer.as_ref(), rules.get().as_ref());
        let mut lines = worth::lines(class, promise, frequencies);
        let (possible, weights) = why(answer.as_ref());
        // Empty lines take no place on the sheet.
        lines.push(worth::there(promise, elsewhere.get()).unwrap_or_default());
        lines.push(possible.unwrap_or_default());
        lines.push(weights.unwrap_or_default());
        lines.push(batch::remark(&study));
        for reason in answers.get().reasons() {
            lines.push(text::reason(reason).to_owned());
        }
        let notes = text::notes(&study).join(" ");
        if !notes.is_empty() {
            lines.push(format!("{}: {notes}", w.notes_title()));
        }
        if study.edit.is_part() {
            lines.push(w.report_part().to_owned());
        }
        if study.overlay.as_ref().is_some_and(|overlay| overlay.is_on_border) {
            lines.push(w.heatmap_border().to_owned());
        }
        let measured = study.measured();
        let has_length = measured.iter().any(|one| one.kind == Kind::Length);
        let measured: Vec<String> = measured.iter().map(text::measurement).collect();
        let models = match studies.status() {
            Some(Status::Ready(state)) => state.models,
            _ => Vec::new(),
        };
        Some(view! {
            <article class="sheet" data-role="report">
                <header>
                    <strong>{w.report_title()}</strong>
                    <span class="warning">{w.report_warning()}</span>
                </header>
                <p class="verdict"><strong>{words.title}</strong>" "{meaning}</p>
                {lines.into_iter().map(|line| view! { <p>{line}</p> }).collect_view()}
                {(!measured.is_empty()).then(|| view! {
                    <p data-role="measured">
                        {w.measured_title()}": "{text::list(measured)}". "{has_length.then(|| text::spacing(study.spacing))}
                    </p>
                })}
                <div class="pictures">
                    <SheetPicture study=study.clone() opened=opened.clone() with_map=false/>
                    <SheetPicture study=study.clone() opened=opened.clone() with_map=true/>
                </div>
                <SheetProbabilities study=study.clone()/>
                <h3>{w.next_step()}</h3>
                <p>{if has_unknown_knee(&study) { w.unknown_next() } else { words.next }}</p>
                <h3>{w.report_limits()}</h3>
                <p>{[w.limits(), w.notice_weak(), w.heatmap_caption(), w.equal_thirds()].join(" ")}</p>
                <dl>
                    <dt>{w.report_date()}</dt><dd>{browser::local_date(text::language().tag())}</dd>
                    <dt>{w.report_hash()}</dt><dd {..attribute("dir", "ltr")}>{study.sha256.clone()}</dd>
                    <dt>{text::NAME}</dt><dd {..attribute("dir", "ltr")}>{env!("CARGO_PKG_VERSION")}</dd>
                    {models.into_iter().map(|LoadedModel { name, sha256, .. }| view! {
                        <dt>{name}</dt><dd {..attribute("dir", "ltr")}>{sha256}</dd>
                    }).collect_view()}
                </dl>
            </article>
        })
    })
}

#[component]
fn SheetPicture(study: Study, opened: Opened, with_map: bool) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    let map = study.overlay.as_ref().and_then(|overlay| overlay.pixels.clone()).filter(|_| with_map);
    let is_wanted = !with_map || map.is_some();
    let shown = opened.shown_part();
    let lines: Vec<browser::Line> = study
        .measured()
        .iter()
        .map(|one| {
            let places = one.points_px.iter().map(|point| share(*point, shown));
            (places.collect(), text::measured(one))
        })
        .collect();
    effect(move || {
        let (Some(canvas), Some(picture)) = (canvas.get(), &study.picture) else { return };
        browser::paint(&canvas, opened.width_px, opened.height_px, Some(&picture.pixels));
        if let Some(map) = &map {
            browser::paint_over(&canvas, opened.width_px, opened.height_px, map);
        } else {
            browser::draw_lines(&canvas, f64::from(opened.width_px.max(opened.height_px)) / 400.0, &lines);
        }
    });
    let w = text::words();
    is_wanted.then(|| {
        view! {
            <figure>
                <canvas node_ref=canvas></canvas>
                <figcaption>{if with_map { w.report_overlay() } else { w.report_original() }}</figcaption>
            </figure>
        }
    })
}

#[component]
fn SheetProbabilities(study: Study) -> impl IntoView {
    let Stage::Judged(judged) = study.stage else { return None };
    let row = |knee: analysis::findings::KneeResult| {
        let value = |class| {
            let value = knee.is_known.then(|| text::percent(knee.combined[class as usize]));
            view! { <td>{value}</td> }
        };
        let values = Class::ALL.into_iter().map(value).collect_view();
        view! {
            <tr>
                <th scope="row">{text::knee(knee.position)}</th>
                {values}
                <td>{text::verdict(super::session::verdict_id(knee.verdict)).title}</td>
            </tr>
        }
    };
    Some(view! {
        <table>
            <thead><tr>
                <th scope="col">{text::words().combined()}</th>
                {Class::ALL.into_iter().map(|class| view! { <th scope="col">{text::class(class)}</th> }).collect_view()}
                <th scope="col">{text::words().batch_verdict()}</th>
            </tr></thead>
            <tbody>{judged.knees.into_iter().map(row).collect_view()}</tbody>
        </table>
    })
}
