//! How the picture is looked at, which the viewer shares with its tools.

use leptos::html::Div;
use leptos::prelude::*;
use osteolens::measurement::Kind;
use osteolens::view::{Act, Drag, View};
use radiograph::Corners;

use super::browser;
use super::crop::Crop;
use super::measuring::Measuring;
use super::parts::effect;
use super::studies::Studies;

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
    /// The corners of a film that are being shown, in pixels of the file's picture or of the part that is shown.
    pub corners: RwSignal<Option<Corners>>,
    /// What is being measured.
    pub measuring: Measuring,
    /// What shows the picture.
    pub pane: NodeRef<Div>,
    /// What has the focus while keys work on the picture.
    pub panes: NodeRef<Div>,
    /// How often the pane has got another size.
    pub resized: RwSignal<u32>,
}

impl ViewerState {
    /// As a new picture is looked at first.
    pub fn new(studies: Studies) -> Self {
        let state = Self {
            view: RwSignal::new(View::default()),
            drag: RwSignal::new(Drag::Move),
            side_by_side: RwSignal::new(false),
            crop: RwSignal::new(None),
            corners: RwSignal::new(None),
            measuring: Measuring::new(),
            pane: NodeRef::new(),
            panes: NodeRef::new(),
            resized: RwSignal::new(0),
        };
        effect(move || {
            studies.shown.track();
            state.view.set(View::default());
            state.crop.set(None);
            state.corners.set(None);
            state.measuring.leave();
        });
        effect(move || {
            if let Some(pane) = state.pane.get() {
                browser::on_resize(&pane, move || state.resized.update(|times| *times += 1));
            }
        });
        state
    }

    /// From now on a drag does this; what was begun to be measured is dropped.
    pub fn drag_does(&self, what: Drag) {
        self.measuring.leave();
        self.drag.set(what);
    }

    /// As [`Self::drag_does`], or no longer, if it did. Who begins to measure goes on by keys.
    pub fn toggle_drag(&self, what: Drag) {
        self.crop.set(None);
        self.corners.set(None);
        self.drag_does(if self.drag.get_untracked() == what { Drag::Move } else { what });
        if self.measured_kind().is_some() {
            self.focus();
        }
    }

    /// From now on keys work on the picture.
    pub fn focus(&self) {
        if let Some(panes) = self.panes.get_untracked() {
            let _ = panes.focus();
        }
    }

    /// Whether a part or the corners of a film are being chosen.
    pub fn is_choosing(&self) -> bool {
        self.crop.with_untracked(Option::is_some) || self.corners.with_untracked(Option::is_some)
    }

    /// What a click measures.
    pub fn measured_kind(&self) -> Option<Kind> {
        if let Drag::Measure(kind) = self.drag.get_untracked() { Some(kind) } else { None }
    }

    /// Changes the view.
    pub fn act(&self, act: Act) {
        self.view.update(|view| *view = view.after(act));
    }
}
