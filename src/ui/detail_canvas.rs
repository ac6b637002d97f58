//! The part of a film that is in sight, in the file's own resolution, over the reduced picture of all of it.

use js_sys::Uint8Array;
use leptos::html::Canvas;
use leptos::prelude::*;
use osteolens::decimal::percent;
use osteolens::detail::Detail;
use radiograph::Region;
use wasm_bindgen::JsValue;

use super::browser;
use super::parts::{effect, view};
use super::studies::Studies;
use super::viewer_state::ViewerState;

/// Asks the engine for what the pane needs, one part at a time: while one is on its way the next waits, and what was
/// passed over in between is never computed.
pub fn ask_for_detail(studies: Studies, state: ViewerState) {
    effect(move || {
        state.resized.track();
        state.side_by_side.track();
        let view = state.view.get();
        let (Some(study), Some(pane)) = (studies.current(), state.pane.get()) else { return };
        let Some(opened) = study.picture.as_ref().map(|picture| &picture.opened) else { return };
        let (source, shown) = ((opened.source_width_px, opened.source_height_px), (opened.width_px, opened.height_px));
        // What is shown may still be of an earlier edit.
        let is_shown = opened.edit == study.edit && study.detail_asked.is_none();
        let wanted = Detail::wanted(&view, browser::pane(&pane), source, shown).filter(|_| is_shown);
        let there = study.detail.as_ref().map(|(detail, _)| *detail);
        if let Some(detail) = wanted.filter(|wanted| there != Some(*wanted)) {
            studies.look_closely(study.id, detail);
        }
    });
}

/// It stays where it belongs on the picture, however that is moved, until the next part is there.
#[component]
pub fn DetailCanvas(studies: Studies, state: ViewerState) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    let shown = move || -> Option<(Detail, Uint8Array, (u32, u32))> {
        let study = studies.current()?;
        let opened = study.picture?.opened;
        let (detail, pixels) = study.detail.filter(|_| opened.edit == study.edit)?;
        Some((detail, pixels?, (opened.source_width_px, opened.source_height_px)))
    };
    // By identity, as the picture below it.
    let painted = StoredValue::new_local(None::<JsValue>);
    effect(move || {
        let (Some(canvas), Some((detail, pixels, _))) = (canvas.get(), shown()) else { return };
        if painted.get_value().as_ref() != Some(&pixels) {
            browser::paint(&canvas, detail.width_px, detail.height_px, Some(&pixels));
            painted.set_value(Some(pixels.into()));
        }
    });
    let place = move |of: fn(Region, (u32, u32)) -> (u32, u32)| {
        shown().map(|(detail, _, source)| {
            let (part, whole) = of(detail.part, source);
            percent(f64::from(part) / f64::from(whole))
        })
    };
    view! {
        <canvas
            node_ref=canvas
            data-role="detail"
            aria-hidden="true"
            class:hidden=move || shown().is_none()
            style:left=move || place(|part, of| (part.x_px, of.0))
            style:top=move || place(|part, of| (part.y_px, of.1))
            style:width=move || place(|part, of| (part.width_px, of.0))
            style:height=move || place(|part, of| (part.height_px, of.1))
            style:filter=move || state.view.get().filter()
        ></canvas>
    }
}
