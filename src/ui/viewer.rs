//! The radiograph and the heat map over it.

use js_sys::{Object, Uint8Array};
use leptos::html::Canvas;
use leptos::prelude::*;
use osteolens::heatmap::ColourMap;
use osteolens::prediction::Class;
use osteolens::protocol::{OverlayView, Request, StudyId};

use super::engine::Engine;
use super::session::{Stage, Study};
use super::studies::{Studies, first_view};
use super::{browser, text};

/// What of the heat map is shown, and how strongly.
#[derive(Clone, Copy)]
pub struct Heat {
    /// Whether it is shown at all.
    pub visible: RwSignal<bool>,
    /// Opacity in per cent.
    pub strength: RwSignal<u32>,
    /// Chosen instead of the first view of the study.
    pub model: RwSignal<Option<String>>,
    /// Chosen instead of the first view of the study.
    pub class: RwSignal<Option<Class>>,
    /// How heat becomes colour.
    pub colours: RwSignal<ColourMap>,
}

impl Heat {
    /// Shown at a middling strength; the engine is asked for what is wanted and not yet there.
    pub fn new(studies: Studies, engine: Engine) -> Self {
        let heat = Self {
            visible: RwSignal::new(true),
            strength: RwSignal::new(60),
            model: RwSignal::new(None),
            class: RwSignal::new(None),
            colours: RwSignal::new(ColourMap::default()),
        };
        // A new study is looked at without the choices made for the last one.
        Effect::new(move |_| {
            studies.shown.track();
            heat.model.set(None);
            heat.class.set(None);
        });
        let asked = StoredValue::new_local(None::<(StudyId, OverlayView)>);
        Effect::new(move |_| {
            let Some(study) = studies.current() else { return };
            let Some(view) = heat.wanted(&study) else { return };
            let there = study.overlay.as_ref().is_some_and(|overlay| overlay.view == view);
            let wanted = (study.id, view);
            if !there && asked.get_value().as_ref() != Some(&wanted) {
                engine.send(&Request::Overlay { study: wanted.0, view: wanted.1.clone() });
                asked.set_value(Some(wanted));
            } else if there {
                asked.set_value(None);
            }
        });
        heat
    }

    /// The view that the choices ask for.
    pub fn wanted(&self, study: &Study) -> Option<OverlayView> {
        let first = first_view(study)?;
        Some(OverlayView {
            model: self.model.get().unwrap_or(first.model),
            class: self.class.get().unwrap_or(first.class),
            colours: self.colours.get(),
        })
    }
}

/// The picture with the heat map and the knees' boxes over it.
#[component]
pub fn Viewer(studies: Studies, heat: Heat) -> impl IntoView {
    let radiograph = NodeRef::<Canvas>::new();
    let heatmap = NodeRef::<Canvas>::new();
    let painted = StoredValue::new_local(None::<Uint8Array>);
    Effect::new(move |_| {
        let (Some(canvas), Some(study)) = (radiograph.get(), studies.current()) else { return };
        let Some(picture) = study.picture else { return };
        // By identity: a study mended has another picture.
        if painted.get_value().is_none_or(|before| !Object::is(&before, &picture.pixels)) {
            let opened = &picture.opened;
            browser::paint(&canvas, opened.width_px, opened.height_px, Some(&picture.pixels));
            painted.set_value(Some(picture.pixels));
        }
    });
    Effect::new(move |_| {
        let (Some(canvas), Some(study)) = (heatmap.get(), studies.current()) else { return };
        let Some(picture) = study.picture else { return };
        let pixels = study.overlay.as_ref().and_then(|overlay| overlay.pixels.as_ref());
        browser::paint(&canvas, picture.opened.width_px, picture.opened.height_px, pixels);
    });
    let overlay = move || studies.current().and_then(|study| study.overlay);
    let opened = move || studies.current().and_then(|study| study.picture).map(|picture| picture.opened);
    let shape = move || opened().map(|opened| format!("{} / {}", opened.width_px, opened.height_px));
    let width = move || opened().map(|opened| format!("{:.3}", opened.width_px as f32 / opened.height_px as f32));
    // What was refused has no knees, whatever the finder proposes.
    let box_of = move || {
        let opened = studies.current().filter(|study| !matches!(study.stage, Stage::Refused(_)))?.picture?.opened;
        let share = |part: u32, whole: u32| format!("{:.2}%", part as f32 / whole as f32 * 100.0);
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
        Some(boxes.collect_view())
    };
    view! {
        <div class="viewer" style:aspect-ratio=shape style=("--aspect", width)>
            <canvas node_ref=radiograph data-role="radiograph" role="img" aria-label="The radiograph"></canvas>
            <canvas
                node_ref=heatmap
                data-role="heatmap"
                data-class=move || overlay().map(|overlay| overlay.view.class.id())
                data-model=move || overlay().map(|overlay| overlay.view.model)
                class:hidden=move || !heat.visible.get()
                class:revealed=move || overlay().is_some()
                style=("--strength", move || format!("{:.2}", f64::from(heat.strength.get()) / 100.0))
                role="img"
                aria-label=text::HEATMAP_CAPTION
            ></canvas>
            {box_of}
        </div>
    }
}
