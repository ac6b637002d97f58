//! The four corners of a film within the picture, shown or moved by hand, by which it is straightened.

use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::html::Div;
use leptos::prelude::*;
use osteolens::decimal::{between, percent};
use osteolens::protocol::StudyId;
use osteolens::view::{Act, Drag};
use osteolens::words::fill;
use radiograph::{Corners, Edit};

use super::parts::{attribute, effect, show, view};
use super::session::Event;
use super::studies::Studies;
use super::viewer_state::ViewerState;
use super::{browser, text};

/// One press of an arrow key moves a corner by one of so many parts of the picture's longer side.
const STEPS: u32 = 100;
/// Where the corners lie at first if none were found: this share of the sides within the picture.
const MARGIN: f64 = 0.1;

/// Shows the corners that were found, or some to begin with, on the picture as it is.
pub fn begin(studies: Studies, state: ViewerState, found: Option<Corners>) {
    let Some((width, height)) = size(studies) else { return };
    studies.tell(Event::Stay);
    state.act(Act::Reset);
    state.drag_does(Drag::Move);
    state.side_by_side.set(false);
    state.crop.set(None);
    state.corners.set(Some(found.unwrap_or_else(|| Corners::within(width, height, MARGIN))));
}

/// Width and height of the file's picture, or of the part of it that is shown.
fn size(studies: Studies) -> Option<(u32, u32)> {
    let opened = studies.current_untracked()?.picture?.opened;
    Some((opened.source_width_px, opened.source_height_px))
}

/// The outline over the picture, and a handle at each corner: the one nearest to the pointer is dragged, or the one with the
/// focus moved by arrow keys.
#[component]
pub fn CornerBox(studies: Studies, state: ViewerState) -> impl IntoView {
    let corners = state.corners;
    let stage = NodeRef::<Div>::new();
    let first = NodeRef::<Div>::new();
    let dragged = StoredValue::new(None::<usize>);
    // Where the pointer is, in pixels of the picture.
    let place = move |event: &PointerEvent| {
        let (x, y) = browser::share_of(&*stage.get_untracked()?, event)?;
        let (width, height) = size(studies)?;
        let at = |share: f64, length: u32| (between(share, 0.0, 1.0) * f64::from(length)).round() as u32;
        Some([at(x, width), at(y, height)])
    };
    let put = move |corner: usize, to: [u32; 2]| {
        if let Some(moved) = corners.get_untracked().and_then(|corners| corners.moved(corner, to)) {
            corners.set(Some(moved));
        }
    };
    let down = move |event: PointerEvent| {
        event.stop_propagation();
        let (Some(at), Some(Corners(all))) = (place(&event), corners.get_untracked()) else { return };
        let away = |corner: &usize| all[*corner][0].abs_diff(at[0]) + all[*corner][1].abs_diff(at[1]);
        dragged.set_value((0..4).min_by_key(away));
    };
    let drag = move |event: PointerEvent| {
        if event.buttons() == 0 {
            dragged.set_value(None);
        }
        if let (Some(corner), Some(to)) = (dragged.get_value(), place(&event)) {
            put(corner, to);
        }
    };
    let key = move |corner: usize, event: KeyboardEvent| {
        let (Some((width, height)), Some(Corners(all))) = (size(studies), corners.get_untracked()) else { return };
        let step = (width.max(height) / STEPS).max(1);
        let [x, y] = all[corner];
        let to = match event.key().as_str() {
            "ArrowLeft" => [x.saturating_sub(step), y],
            "ArrowRight" => [(x + step).min(width), y],
            "ArrowUp" => [x, y.saturating_sub(step)],
            "ArrowDown" => [x, (y + step).min(height)],
            "Escape" => {
                corners.set(None);
                return state.focus();
            }
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        put(corner, to);
    };
    effect(move || {
        if let Some(first) = first.get() {
            let _ = first.focus();
        }
    });
    // Each corner in shares of the picture's sides: from the left, from the top.
    let at = move |corner: usize| {
        let (Some((width, height)), Some(Corners(all))) = (size(studies), corners.get()) else {
            return Default::default();
        };
        let [x, y] = all[corner];
        [percent(f64::from(x) / f64::from(width)), percent(f64::from(y) / f64::from(height))]
    };
    // All but the film is darkened.
    let outline = move || {
        let corners = [0, 1, 2, 3, 0].map(|corner| at(corner).join(" ")).join(",");
        format!("polygon(evenodd,0 0,100% 0,100% 100%,0 100%,0 0,{corners})")
    };
    let handle = move |corner: usize| {
        let name = fill(text::words().straighten_corner(), [text::number(corner as f64 + 1.0, 0)]);
        let node = if corner == 0 { first } else { NodeRef::new() };
        view! {
            <div
                node_ref=node
                class="corner"
                role="application"
                {..attribute("tabindex", "0")}
                aria-label=name
                style:inset=move || {
                    let [left, top] = at(corner);
                    [&top, "auto auto", &left].join(" ")
                }
                on:keydown=move |event| key(corner, event)
            ></div>
        }
    };
    show(
        move || corners.with(Option::is_some),
        move || {
            view! {
                <div
                    node_ref=stage
                    class="crop-stage"
                    on:pointerdown=down
                    on:pointermove=drag
                    on:pointerup=move |_| dragged.set_value(None)
                >
                    <div class="outside" style=("clip-path", outline)></div>
                    {[0, 1, 2, 3].map(handle)}
                </div>
            }
        },
    )
}

/// The edit with the corners as they are shown now; they are shown no longer.
pub fn taken(studies: Studies, state: ViewerState) -> Option<(StudyId, Edit)> {
    let (study, corners) = (studies.current_untracked()?, state.corners.get_untracked()?);
    state.corners.set(None);
    // They lie on what is shown, which may be a part.
    let shown = study.edit.crop.map_or([0, 0], |part| [part.x_px, part.y_px]);
    Some((study.id, Edit { corners: Some(corners.shifted(shown)), crop: None, ..study.edit }))
}
