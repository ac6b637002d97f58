//! What can be done with a part of the picture, or the corners of a film on it, that are being chosen.

use leptos::html::Div;
use leptos::prelude::*;
use radiograph::{Corners, Edit, MIN_SIDE_PX};

use super::parts::{changing, effect, show, truth, view};
use super::session::Event;
use super::studies::Studies;
use super::viewer_state::ViewerState;
use super::{browser, straighten, text};

/// To apply or to leave them; and the way back to the whole.
#[component]
pub fn PartControls(studies: Studies, state: ViewerState) -> impl IntoView {
    let crop = state.crop;
    let part = move || {
        let study = studies.current()?;
        let opened = study.picture?.opened;
        Some((study.id, study.edit, crop.get()?.on_file(&opened)))
    };
    let apply = move |_| {
        let edit = straighten::taken(studies, state).or_else(|| {
            let (id, edit, part) = part()?;
            crop.set(None);
            Some((id, Edit { crop: Some(part), ..edit }))
        });
        if let Some((id, edit)) = edit {
            studies.tell(Event::Edit(id, edit));
            // On a phone the result stands above the picture.
            if browser::is_wide() { state.focus() } else { browser::go_to("reading") }
        }
    };
    let is_too_small = move || {
        let corners = state.corners.get().map(Corners::size);
        let size = corners.or_else(|| part().map(|(.., part)| (part.width_px, part.height_px)));
        size.is_some_and(|(width, height)| width.min(height) < MIN_SIDE_PX)
    };
    let cropped = move || studies.current().filter(|study| study.edit.is_part()).map(|study| (study.id, study.edit));
    let with_corners = truth(move || state.corners.with(Option::is_some));
    let with_crop = truth(move || crop.with(Option::is_some));
    changing(move || {
        let w = text::words();
        if with_crop.get() || with_corners.get() {
            let (hint, name) = if with_crop.get() {
                (w.crop_hint(), w.crop_apply())
            } else {
                (w.straighten_hint(), w.straighten_apply())
            };
            let node = NodeRef::<Div>::new();
            effect(move || {
                if let Some(controls) = node.get() {
                    browser::bring_into_sight(&controls);
                }
            });
            return Some(view! {
                <div node_ref=node class="crop-controls">
                    <p class="hint">{hint}</p>
                    {show(is_too_small, || view! { <p class="remark" role="status">{text::words().crop_too_small()}</p> })}
                    <button type="button" class="button primary" id="crop-apply" disabled=is_too_small on:click=apply>
                        {name}
                    </button>
                    <button type="button" class="button" on:click=move |_| {
                        crop.set(None);
                        state.corners.set(None);
                        state.focus();
                    }>
                        {w.crop_cancel()}
                    </button>
                </div>
            });
        }
        let (id, edit) = cropped()?;
        Some(view! {
            <div class="crop-controls">
                <button
                    type="button"
                    class="button"
                    id="crop-undo"
                    on:click=move |_| studies.tell(Event::Edit(id, Edit { corners: None, crop: None, ..edit }))
                >
                    {w.crop_undo()}
                </button>
            </div>
        })
    })
}
