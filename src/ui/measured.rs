//! Lengths and angles on the film: drawn, listed, and set by keys.

use leptos::ev::KeyboardEvent;
use leptos::html::Canvas;
use leptos::prelude::*;
use osteolens::decimal::between;
use osteolens::measurement::{self, Kind, Measurement};
use osteolens::view::{Act, Drag};
use osteolens::words::fill;

use super::browser::Line;
use super::measuring::Current;
use super::parts::{changing, effect, said, view};
use super::studies::Studies;
use super::viewer_state::ViewerState;
use super::{browser, text};

/// One press of an arrow key, in shares of the pane; with shift the smaller one.
const STEPS: (f64, f64) = (0.02, 0.002);
/// Half the width of the cross, in CSS pixels.
const ARM_PX: f64 = 11.0;
/// The cross stays so far within the pane.
const MARGIN: f64 = 0.02;

/// What a key does while something is measured; whether anything.
pub fn on_key(studies: Studies, state: ViewerState, kind: Kind, event: &KeyboardEvent) -> bool {
    let (across, down) = match event.key().as_str() {
        "ArrowLeft" => (-1.0, 0.0),
        "ArrowRight" => (1.0, 0.0),
        "ArrowUp" => (0.0, -1.0),
        "ArrowDown" => (0.0, 1.0),
        "Enter" | " " => {
            match state.measuring.cross() {
                Some(at) => state.measuring.set_point(studies, kind, at),
                None => move_cross(state, (0.0, 0.0)),
            }
            return true;
        }
        "Backspace" | "Delete" => {
            state.measuring.take_back(studies);
            return true;
        }
        "Escape" => {
            state.drag_does(Drag::Move);
            return true;
        }
        _ => return false,
    };
    let step = if event.shift_key() { STEPS.1 } else { STEPS.0 };
    move_cross(state, (across * step, down * step));
    true
}

/// Shows the cross, if something is measured: whoever begins by a key goes on by keys.
pub fn show_cross(state: ViewerState) {
    if state.measured_kind().is_some() {
        move_cross(state, (0.0, 0.0));
    }
}

/// Moves the cross by shares of the pane; at its edge the picture moves instead.
fn move_cross(state: ViewerState, (across, down): (f64, f64)) {
    let Some(pane) = state.pane.get_untracked() else { return };
    let (view, (width, height)) = (state.view.get_untracked(), browser::pane(&pane).size);
    let at = state.measuring.cross().map(|at| view.on((width, height), at));
    let (x, y) = at.map_or((0.5, 0.5), |(x, y)| (x + across, y + down));
    let (inside_x, inside_y) = (between(x, MARGIN, 1.0 - MARGIN), between(y, MARGIN, 1.0 - MARGIN));
    let (x_share, y_share) = view.under((width, height), (x, y));
    state.act(Act::Move((inside_x - x) * width, (inside_y - y) * height));
    let at = (between(x_share, 0.0, 1.0), between(y_share, 0.0, 1.0));
    state.measuring.put_cross(at);
}

/// The lines over the picture, as thick at every zoom.
#[component]
pub fn Lines(studies: Studies, state: ViewerState) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    effect(move || {
        state.resized.track();
        let view = state.view.get();
        let Current { begun, cursor, .. } = state.measuring.now();
        let (Some(canvas), Some(pane), Some(study)) = (canvas.get(), state.pane.get(), studies.current()) else {
            return;
        };
        let pane = browser::pane(&pane);
        let opened = study.picture.map(|picture| picture.opened);
        let Some((shown, spacing)) = opened.map(|opened| (opened.shown_part(), study.spacing)) else { return };
        let on_pane = |share| view.on(pane.size, share);
        let line = |one: &Measurement| {
            let label = one.measured(spacing).map(|measured| text::measured(&measured)).unwrap_or_default();
            (one.points_px.iter().map(|point| on_pane(measurement::share(*point, shown))).collect(), label)
        };
        let mut lines: Vec<Line> = study.measurements.iter().chain(&begun).map(line).collect();
        if let (Some((places, _)), Some((at, _)), true) = (lines.last_mut(), cursor, begun.is_some()) {
            places.push(on_pane(at));
        }
        if let Some((at, true)) = cursor {
            let (x, y) = on_pane(at);
            let arm = |across: f64, down: f64| (x + across * ARM_PX / pane.size.0, y + down * ARM_PX / pane.size.1);
            lines.extend(
                [vec![arm(-1.0, 0.0), arm(1.0, 0.0)], vec![arm(0.0, -1.0), arm(0.0, 1.0)]]
                    .map(|arms| (arms, String::new())),
            );
        }
        browser::paint_lines(&canvas, pane, &lines);
    });
    view! { <canvas node_ref=canvas data-role="lines" aria-hidden="true"></canvas> }
}

/// What was measured, in words; and how to.
#[component]
pub fn Measurements(studies: Studies, state: ViewerState) -> impl IntoView {
    let hint = move || match state.drag.get() {
        Drag::Measure(Kind::Length) => Some(text::words().measure_hint_length()),
        Drag::Measure(Kind::Angle) => Some(text::words().measure_hint_angle()),
        Drag::Move | Drag::Levels => None,
    };
    // One line that stays, so that a screen reader tells what is new in it.
    let last = move || studies.current()?.measured().last().map(text::measurement);
    view! {
        <p class="unseen" role="status">{said(last)}</p>
        {changing(move || {
            let w = text::words();
            let study = studies.current()?;
            let (id, measured, hint) = (study.id, study.measured(), hint());
            if measured.is_empty() && hint.is_none() {
                return None;
            }
            let rows = measured.into_iter().enumerate().map(|(number, one)| {
                let said = text::measurement(&one);
                let remove = fill(w.measure_remove(), [said.as_str()]);
                let on_remove = move |_| {
                    studies.measure(id, |all| if number < all.len() { drop(all.remove(number)) });
                    state.focus();
                };
                view! {
                    <li>
                        <span>{said}</span>
                        <button type="button" class="tool" title=remove.clone() aria-label=remove on:click=on_remove>
                            <span aria-hidden="true">"×"</span>
                        </button>
                    </li>
                }
            });
            Some(view! {
                <div class="measurements" data-role="measurements">
                    {hint.map(|hint| view! { <p class="hint">{hint}" "{w.measure_hint_keys()}</p> })}
                    <ul aria-label=w.measured_title()>{rows.collect_view()}</ul>
                    <p class="hint" data-role="spacing">{text::spacing(study.spacing)}</p>
                </div>
            })
        })}
    }
}
