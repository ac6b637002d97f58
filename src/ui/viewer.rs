//! The radiograph, the heat map over it, and how both are looked at.

use js_sys::Uint8Array;
use leptos::ev::KeyboardEvent;
use leptos::html::Canvas;
use leptos::prelude::*;
use osteolens::decimal::{fixed, percent};
use osteolens::measurement::Kind;
use osteolens::protocol::Opened;
use osteolens::view::{Drag, act_of_key};
use wasm_bindgen::JsValue;

use super::crop::CropBox;
use super::detail_canvas::{DetailCanvas, ask_for_detail};
use super::gestures::Gestures;
use super::heat::Heat;
use super::measured::{self, Lines};
use super::parts::{attribute, changing, effect, show, view};
use super::session::{Stage, Study};
use super::straighten::CornerBox;
use super::studies::Studies;
use super::viewer_state::ViewerState;
use super::{browser, text};

/// The picture with the heat map and the knees' boxes over it; beside it, if wanted, without.
#[component]
pub fn Viewer(studies: Studies, heat: Heat, state: ViewerState, help: Callback<()>) -> impl IntoView {
    let radiograph = NodeRef::<Canvas>::new();
    let copy = NodeRef::<Canvas>::new();
    let heatmap = NodeRef::<Canvas>::new();
    paint_when_changed(studies, radiograph, radiograph_of);
    paint_when_changed(studies, copy, radiograph_of);
    paint_when_changed(studies, heatmap, |study| study.overlay.as_ref()?.pixels.clone());
    let overlay = move || studies.current().and_then(|study| study.overlay);
    let aspect = move || {
        let opened = studies.current()?.picture?.opened;
        Some(f64::from(opened.width_px) / f64::from(opened.height_px))
    };
    let pane_aspect = move || {
        let aspect = aspect().unwrap_or(1.0);
        fixed(if state.view.get().is_sideways() { 1.0 / aspect } else { aspect }, 4)
    };
    let stage_size = move || {
        let aspect = aspect().unwrap_or(1.0);
        if state.view.get().is_sideways() { (aspect, 1.0 / aspect) } else { (1.0, 1.0) }
    };
    let width = move || percent(stage_size().0);
    let height = move || percent(stage_size().1);
    let is_enlarged = move || state.view.get().zoom > 1.0;
    let transform = move || state.view.get().transform();
    let filter = move || state.view.get().filter();
    let on_key = move |event| on_key(studies, heat, state, help, &event);
    ask_for_detail(studies, state);
    let gestures = Gestures::new(studies, state);
    let is_measuring = move || matches!(state.drag.get(), Drag::Measure(_));
    view! {
        <div
            node_ref=state.panes
            class="panes"
            class:two=move || state.side_by_side.get()
            class:enlarged=is_enlarged
            class:measuring=is_measuring
            style=("--aspect", pane_aspect)
            {..attribute("tabindex", "0")}
            role="group"
            aria-label=text::words().viewer_tools()
            {..attribute("aria-keyshortcuts", "? + - 0 i l r m h d a")}
            on:keydown=on_key
            on:wheel=move |event| gestures.wheel(&event)
            on:pointerdown=move |event| gestures.put_down(&event)
            on:pointermove=move |event| gestures.moved(&event)
            on:pointerup=move |event| gestures.lifted(&event)
            on:pointercancel=move |event| gestures.cancelled(&event)
        >
            {show(move || state.side_by_side.get(), move || view! {
                <div class="viewer">
                    <div class="stage" style:width=width style:height=height style:transform=transform>
                        <canvas node_ref=copy data-role="original" role="img" aria-label=text::words().report_original() style:filter=filter></canvas>
                        <DetailCanvas studies state/>
                    </div>
                </div>
            })}
            <div class="viewer" node_ref=state.pane>
                <div class="stage" node_ref=gestures.stage style:width=width style:height=height style:transform=transform>
                    <canvas node_ref=radiograph data-role="radiograph" role="img" aria-label=text::words().radiograph() style:filter=filter></canvas>
                    <DetailCanvas studies state/>
                    <canvas
                        node_ref=heatmap
                        data-role="heatmap"
                        data-class=move || overlay().map(|overlay| overlay.view.class.id().to_owned())
                        data-model=move || overlay().map(|overlay| overlay.view.model)
                        class:hidden=move || !heat.visible.get()
                        class:revealed=move || overlay().is_some()
                        style=("--strength", move || fixed(f64::from(heat.strength.get()) / 100.0, 2))
                        role="img"
                        aria-label=move || text::heat_map(overlay().as_ref())
                    ></canvas>
                    <KneeBoxes studies/>
                    <CropBox studies crop=state.crop/>
                    <CornerBox studies state/>
                </div>
                <Lines studies state/>
            </div>
        </div>
    }
}

fn on_key(studies: Studies, heat: Heat, state: ViewerState, help: Callback<()>, event: &KeyboardEvent) {
    if event.ctrl_key() || event.meta_key() || event.alt_key() || state.is_choosing() {
        return;
    }
    if let Some(kind) = state.measured_kind()
        && measured::on_key(studies, state, kind, event)
    {
        event.prevent_default();
        return;
    }
    match event.key().as_str() {
        "?" => help.run(()),
        "d" | "a" => {
            state.toggle_drag(Drag::Measure(if event.key() == "d" { Kind::Length } else { Kind::Angle }));
            measured::show_cross(state);
        }
        "h" => heat.visible.update(|visible| *visible = !*visible),
        key => match act_of_key(key) {
            Some(act) => state.act(act),
            None => return,
        },
    }
    event.prevent_default();
}

/// The picture of a study, in the window in which it is looked at.
fn radiograph_of(study: &Study) -> Option<Uint8Array> {
    let in_window = study.in_window.as_ref().map(|(_, pixels)| pixels);
    in_window.or_else(|| Some(&study.picture.as_ref()?.pixels)).cloned()
}

/// Paints some pixels of the study looked at, of its picture's size, when they are others than before.
fn paint_when_changed(studies: Studies, node: NodeRef<Canvas>, pixels_of: fn(&Study) -> Option<Uint8Array>) {
    // By identity: a study judged once more has another picture, a canvas shown anew has none.
    let painted = StoredValue::new_local(None::<(JsValue, JsValue, u32, u32)>);
    effect(move || {
        let (Some(canvas), Some(study)) = (node.get(), studies.current()) else { return };
        let pixels = pixels_of(&study);
        let Some(Opened { width_px, height_px, .. }) = study.picture.map(|picture| picture.opened) else { return };
        let now = (JsValue::from(&canvas), pixels.clone().into(), width_px, height_px);
        if painted.get_value().as_ref() != Some(&now) {
            browser::paint(&canvas, width_px, height_px, pixels.as_ref());
            painted.set_value(Some(now));
        }
    });
}

/// What was refused has no knees, whatever the finder proposes.
#[component]
fn KneeBoxes(studies: Studies) -> impl IntoView {
    changing(move || {
        let study = studies.current().filter(|study| !matches!(study.stage, Stage::Refused(_)))?;
        let opened = study.picture?.opened;
        let share = |part: u32, whole: u32| percent(part as f32 / whole as f32);
        let boxes = opened.knees.into_iter().map(move |(position, region)| {
            view! {
                <div
                    class="knee-box"
                    title=text::knee(position)
                    style:left=share(region.x_px, opened.width_px)
                    style:top=share(region.y_px, opened.height_px)
                    style:width=share(region.width_px, opened.width_px)
                    style:height=share(region.height_px, opened.height_px)
                ></div>
            }
        });
        Some(boxes.collect_view().into_any())
    })
}
