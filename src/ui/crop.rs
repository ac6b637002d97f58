//! A part of the picture, chosen by hand, to be judged instead of the whole.

use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::html::{Canvas, Div};
use leptos::prelude::*;
use osteolens::decimal::{between, percent};
use osteolens::protocol::Opened;
use radiograph::Region;

use super::parts::{attribute, effect, show, view};
use super::studies::Studies;
use super::{browser, text};

/// One press of an arrow key, in shares of the picture.
const STEP: f64 = 0.02;
/// Side of the live picture of the part.
const PREVIEW_PX: u32 = 224;

/// Left, top, right, bottom in shares (0..=1) of the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crop {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Default for Crop {
    fn default() -> Self {
        Self { left: 0.15, top: 0.15, right: 0.85, bottom: 0.85 }
    }
}

impl Crop {
    fn between(a: (f64, f64), b: (f64, f64)) -> Self {
        let share = |value: f64| between(value, 0.0, 1.0);
        Self {
            left: share(a.0.min(b.0)),
            top: share(a.1.min(b.1)),
            right: share(a.0.max(b.0)),
            bottom: share(a.1.max(b.1)),
        }
    }

    /// Arrow keys move it, with shift they move its right and lower edge.
    fn after_key(self, key: &str, shift: bool) -> Option<Self> {
        let (x, y) = match key {
            "ArrowLeft" => (-STEP, 0.0),
            "ArrowRight" => (STEP, 0.0),
            "ArrowUp" => (0.0, -STEP),
            "ArrowDown" => (0.0, STEP),
            _ => return None,
        };
        let still = if shift { 0.0 } else { 1.0 };
        let x = between(x, if shift { self.left - self.right } else { -self.left }, 1.0 - self.right);
        let y = between(y, if shift { self.top - self.bottom } else { -self.top }, 1.0 - self.bottom);
        Some(Self {
            left: self.left + x * still,
            top: self.top + y * still,
            right: self.right + x,
            bottom: self.bottom + y,
        })
    }

    /// On a picture of this size.
    fn region(&self, width_px: u32, height_px: u32) -> Region {
        let at = |share: f64, length: u32| (share * f64::from(length)).round() as u32;
        let (x_px, y_px) = (at(self.left, width_px), at(self.top, height_px));
        Region { x_px, y_px, width_px: at(self.right, width_px) - x_px, height_px: at(self.bottom, height_px) - y_px }
    }

    /// On the whole picture of the file, of which `opened` may show a part.
    pub fn on_file(&self, opened: &Opened) -> Region {
        let part = self.region(opened.source_width_px, opened.source_height_px);
        let (x_px, y_px) = opened.edit.crop.map_or((0, 0), |shown| (shown.x_px, shown.y_px));
        Region { x_px: x_px + part.x_px, y_px: y_px + part.y_px, ..part }
    }
}

/// The box over the picture; drawn by dragging, moved by arrow keys.
#[component]
pub fn CropBox(studies: Studies, crop: RwSignal<Option<Crop>>) -> impl IntoView {
    let stage = NodeRef::<Div>::new();
    let start = StoredValue::new(None::<(f64, f64)>);
    let preview = NodeRef::<Canvas>::new();
    effect(move || {
        let (Some(crop), Some(canvas), Some(study)) = (crop.get(), preview.get(), studies.current()) else { return };
        let Some(picture) = study.picture else { return };
        let part = crop.region(picture.opened.width_px, picture.opened.height_px);
        browser::paint_part(&canvas, PREVIEW_PX, &picture.pixels, &picture.opened, part, None);
    });
    let down = move |event: PointerEvent| {
        event.stop_propagation();
        start.set_value(stage.get_untracked().and_then(|stage| browser::share_of(&stage, &event)));
    };
    let draw = move |event: PointerEvent| {
        let now = stage.get_untracked().and_then(|stage| browser::share_of(&stage, &event));
        if event.buttons() == 0 {
            start.set_value(None);
        }
        if let (Some(start), Some(now)) = (start.get_value(), now) {
            crop.set(Some(Crop::between(start, now)));
        }
    };
    let key = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            return crop.set(None);
        }
        let moved = crop.get_untracked().and_then(|crop| crop.after_key(&event.key(), event.shift_key()));
        if moved.is_some() {
            event.prevent_default();
            event.stop_propagation();
            crop.set(moved);
        }
    };
    let handle = NodeRef::<Div>::new();
    effect(move || {
        if let Some(handle) = handle.get() {
            let _ = handle.focus();
        }
    });
    // Not drawn anew while it changes: it would lose the focus.
    show(
        move || crop.with(Option::is_some),
        move || {
            let now = move || crop.get().unwrap_or_default();
            view! {
                <div
                    node_ref=stage
                    class="crop-stage"
                    on:pointerdown=down
                    on:pointermove=draw
                    on:pointerup=move |_| start.set_value(None)
                    on:keydown=key
                >
                    <div
                        node_ref=handle
                        class="crop-box"
                        {..attribute("tabindex", "0")}
                        role="application"
                        aria-label=text::words().crop_hint()
                        style:inset=move || {
                            let now = now();
                            [now.top, 1.0 - now.right, 1.0 - now.bottom, now.left].map(percent).join(" ")
                        }
                    ></div>
                    <canvas node_ref=preview class="preview" width=PREVIEW_PX.to_string() height=PREVIEW_PX.to_string() aria-hidden="true"></canvas>
                </div>
            }
        },
    )
}
