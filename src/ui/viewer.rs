//! The radiograph, the heat map over it, and how both are looked at.

use js_sys::Uint8Array;
use leptos::ev::{KeyboardEvent, PointerEvent, WheelEvent};
use leptos::html::Canvas;
use leptos::prelude::*;
use osteolens::decimal::{fixed, percent};
use osteolens::protocol::Opened;
use wasm_bindgen::JsValue;

use super::crop::{Crop, CropBox};
use super::heat::Heat;
use super::parts::{changing, effect, show, view};
use super::session::{Stage, Study};
use super::studies::Studies;
use super::view::{Act, Drag, View, act_of_key};
use super::{browser, text};

/// A turn of the wheel by one notch.
const WHEEL_ZOOM: f64 = 1.15;

/// What the viewer shares with its tools.
#[derive(Clone, Copy)]
pub struct ViewerState {
    /// How the picture is looked at.
    pub view: RwSignal<View>,
    /// What a drag does.
    pub drag: RwSignal<Drag>,
    /// Whether the picture without heat map stands beside the one with it.
    pub side_by_side: RwSignal<bool>,
    /// The part that is being chosen.
    pub crop: RwSignal<Option<Crop>>,
}

impl ViewerState {
    /// As a new picture is looked at first.
    pub fn new(studies: Studies) -> Self {
        let state = Self {
            view: RwSignal::new(View::default()),
            drag: RwSignal::new(Drag::Move),
            side_by_side: RwSignal::new(false),
            crop: RwSignal::new(None),
        };
        effect(move || {
            studies.shown.track();
            state.view.set(View::default());
            state.crop.set(None);
        });
        state
    }

    /// Changes the view.
    pub fn act(&self, act: Act) {
        self.view.update(|view| *view = view.after(act));
    }
}

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
    let on_key = move |event: KeyboardEvent| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() || state.crop.get_untracked().is_some() {
            return;
        }
        match event.key().as_str() {
            "?" => help.run(()),
            "h" => heat.visible.update(|visible| *visible = !*visible),
            key => match act_of_key(key) {
                Some(act) => state.act(act),
                None => return,
            },
        }
        event.prevent_default();
    };
    let fingers = StoredValue::new(Vec::<(i32, (f64, f64))>::new());
    view! {
        <div
            class="panes"
            class:two=move || state.side_by_side.get()
            class:enlarged=is_enlarged
            style=("--aspect", pane_aspect)
            tabindex="0"
            role="group"
            aria-label=text::words().viewer_tools
            aria-keyshortcuts="? + - 0 i l r m h"
            on:keydown=on_key
            on:wheel=move |event| zoom_by_wheel(state, &event)
            on:pointerdown=move |event| touch(fingers, &event)
            on:pointermove=move |event| drag(state, fingers, &event)
            on:pointerup=move |event| let_go(fingers, &event)
            on:pointercancel=move |event| let_go(fingers, &event)
        >
            {show(move || state.side_by_side.get(), move || view! {
                <div class="viewer">
                    <div class="stage" style:width=width style:height=height style:transform=transform>
                        <canvas node_ref=copy data-role="original" role="img" aria-label=text::words().report_original style:filter=filter></canvas>
                    </div>
                </div>
            })}
            <div class="viewer">
                <div class="stage" style:width=width style:height=height style:transform=transform>
                    <canvas node_ref=radiograph data-role="radiograph" role="img" aria-label=text::words().radiograph style:filter=filter></canvas>
                    <canvas
                        node_ref=heatmap
                        data-role="heatmap"
                        data-class=move || overlay().map(|overlay| overlay.view.class.id().to_owned())
                        data-model=move || overlay().map(|overlay| overlay.view.model)
                        class:hidden=move || !heat.visible.get()
                        class:revealed=move || overlay().is_some()
                        style=("--strength", move || fixed(f64::from(heat.strength.get()) / 100.0, 2))
                        role="img"
                        aria-label=text::words().heatmap_caption
                    ></canvas>
                    <KneeBoxes studies/>
                    <CropBox studies crop=state.crop/>
                </div>
            </div>
        </div>
    }
}

/// The picture of a study, in the window in which it is looked at.
fn radiograph_of(study: &Study) -> Option<Uint8Array> {
    study.in_window.clone().or_else(|| Some(study.picture.as_ref()?.pixels.clone()))
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

fn zoom_by_wheel(state: ViewerState, event: &WheelEvent) {
    // At the whole picture a wheel turned down scrolls the page on.
    let is_out = event.delta_y() >= 0.0;
    if is_out && state.view.get_untracked().zoom <= 1.0 {
        return;
    }
    event.prevent_default();
    let factor = if is_out { 1.0 / WHEEL_ZOOM } else { WHEEL_ZOOM };
    state.act(Act::ZoomAt(factor, browser::from_middle(event)));
}

type Fingers = StoredValue<Vec<(i32, (f64, f64))>>;

fn touch(fingers: Fingers, event: &PointerEvent) {
    fingers.update_value(|all| {
        all.retain(|(id, _)| *id != event.pointer_id());
        all.push((event.pointer_id(), browser::from_middle(event)));
    });
}

fn let_go(fingers: Fingers, event: &PointerEvent) {
    fingers.update_value(|all| all.retain(|(id, _)| *id != event.pointer_id()));
}

/// One finger moves or brightens, two enlarge.
fn drag(state: ViewerState, fingers: Fingers, event: &PointerEvent) {
    let now = browser::from_middle(event);
    let before = fingers.get_value();
    let Some((_, last)) = before.iter().find(|(id, _)| *id == event.pointer_id()).copied() else { return };
    if state.crop.get_untracked().is_some() {
        return;
    }
    if event.buttons() == 0 {
        // Let go outside.
        let_go(fingers, event);
        return;
    }
    let (x, y) = (now.0 - last.0, now.1 - last.1);
    match before.iter().find(|(id, _)| *id != event.pointer_id()) {
        Some((_, other)) => {
            let apart = |a: (f64, f64)| (a.0 - other.0).hypot(a.1 - other.1).max(1.0);
            let middle = (f64::midpoint(now.0, other.0), f64::midpoint(now.1, other.1));
            state.act(Act::ZoomAt(apart(now) / apart(last), middle));
            state.act(Act::Move(x / 2.0, y / 2.0));
        }
        None => match state.drag.get_untracked() {
            Drag::Move => state.act(Act::Move(x, y)),
            Drag::Levels => {
                state.act(Act::Brighten(-y / 3.0));
                state.act(Act::Contrast(x / 3.0));
            }
        },
    }
    touch(fingers, event);
}
