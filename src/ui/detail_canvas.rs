//! The part of a film that is in sight, in the file's own resolution, over the reduced picture of all of it.

use js_sys::Uint8Array;
use leptos::html::Canvas;
use leptos::prelude::*;
use osteolens::decimal::fixed;
use osteolens::detail::Detail;
use wasm_bindgen::JsValue;

use super::browser;
use super::parts::{effect, view};
use super::session::{CloseUp, Closest, Event, Study};
use super::studies::Studies;
use super::viewer_state::ViewerState;

/// Asks the engine for what the pane needs, one part at a time: while one is on its way the next waits, and what was
/// passed over in between is never computed.
pub fn ask_for_detail(studies: Studies, state: ViewerState) {
    effect(move || {
        state.resized.track();
        let (view, Closest { asked, there, .. }) = (state.view.get(), studies.close_up());
        let (Some(study), Some(pane)) = (studies.current(), state.pane.get()) else { return };
        let wanted = study.picture.as_ref().filter(|_| study.is_shown_as_asked()).and_then(|picture| {
            let opened = &picture.opened;
            let (source, shown) =
                ((opened.source_width_px, opened.source_height_px), (opened.width_px, opened.height_px));
            let detail = Detail::wanted(&view, browser::pane(&pane), source, shown)?;
            Some(CloseUp { study: study.id, edit: study.edit, window: study.window, detail })
        });
        match wanted {
            // Reduced by the browser it would show grain that is none.
            None if there.is_some() => studies.tell(Event::NoCloseUp),
            Some(wanted) if asked.is_none() && there.map(|(there, _)| there) != Some(wanted) => {
                studies.look_closely(wanted);
            }
            _ => {}
        }
    });
}

/// It stays where it belongs on the picture, however that is moved, until the next part is there.
#[component]
pub fn DetailCanvas(studies: Studies, state: ViewerState) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    let shown = move || -> Option<(Detail, Uint8Array, String)> {
        let study = studies.current().filter(Study::is_shown_as_asked)?;
        let (of, pixels) = studies.close_up().there?;
        let is_this = (of.study, of.edit, of.window) == (study.id, study.edit, study.window);
        let opened = study.picture.filter(|_| is_this)?.opened;
        let (part, whole) = (of.detail.part, (opened.source_width_px, opened.source_height_px));
        let share = |length: u32, of: u32| f64::from(length) / f64::from(of);
        // Not by its box, which browsers move to whole pixels before it is enlarged.
        let place = format!(
            "translate({}%, {}%) scale({}, {})",
            fixed(100.0 * share(part.x_px, whole.0), 6),
            fixed(100.0 * share(part.y_px, whole.1), 6),
            fixed(share(part.width_px, whole.0), 8),
            fixed(share(part.height_px, whole.1), 8)
        );
        Some((of.detail, pixels?, place))
    };
    // By identity, as the picture below it.
    let painted = StoredValue::new_local(None::<JsValue>);
    effect(move || {
        let Some(canvas) = canvas.get() else { return };
        let shown = shown();
        // Place and pixels in one turn.
        browser::place(&canvas, shown.as_ref().map(|(.., place)| place.as_str()));
        match shown {
            Some((detail, pixels, _)) if painted.get_value().as_ref() != Some(&pixels) => {
                browser::paint(&canvas, detail.width_px, detail.height_px, Some(&pixels));
                painted.set_value(Some(pixels.into()));
            }
            Some(_) => {}
            None => {
                browser::paint(&canvas, 1, 1, None);
                painted.set_value(None);
            }
        }
    });
    view! {
        <canvas
            node_ref=canvas
            data-role="detail"
            class="hidden"
            aria-hidden="true"
            style:filter=move || state.view.get().filter()
        ></canvas>
    }
}
