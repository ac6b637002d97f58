//! What fingers, mouse and wheel do to the picture.

use leptos::ev::{PointerEvent, WheelEvent};
use leptos::html::Div;
use leptos::prelude::*;
use osteolens::view::{Act, Drag};

use super::browser;
use super::studies::Studies;
use super::viewer_state::ViewerState;

/// A turn of the wheel by one notch.
const WHEEL_ZOOM: f64 = 1.15;
/// A finger that moves less only taps.
const TAP_PX: f64 = 6.0;

/// Fingers and mouse buttons that are down, by the pointer's number, and where.
type Fingers = StoredValue<Vec<(i32, (f64, f64))>>;

/// One finger moves, brightens or measures, two enlarge.
#[derive(Clone, Copy)]
pub struct Gestures {
    /// What holds the picture.
    pub stage: NodeRef<Div>,
    studies: Studies,
    state: ViewerState,
    fingers: Fingers,
    /// Where the only finger was put down, while it has not moved.
    tapped: StoredValue<Option<(f64, f64)>>,
}

impl Gestures {
    /// No finger is down.
    pub fn new(studies: Studies, state: ViewerState) -> Self {
        Self {
            stage: NodeRef::new(),
            studies,
            state,
            fingers: StoredValue::new(Vec::new()),
            tapped: StoredValue::new(None),
        }
    }

    /// A turn of the wheel enlarges what is under the pointer.
    pub fn wheel(self, event: &WheelEvent) {
        // At the whole picture a wheel turned down scrolls the page on.
        let is_out = event.delta_y() >= 0.0;
        if is_out && self.state.view.get_untracked().zoom <= 1.0 {
            return;
        }
        event.prevent_default();
        let factor = if is_out { 1.0 / WHEEL_ZOOM } else { WHEEL_ZOOM };
        self.state.act(Act::ZoomAt(factor, browser::from_middle(event)));
    }

    /// A finger is put down.
    pub fn put_down(self, event: &PointerEvent) {
        self.touch(event);
        let is_alone = self.fingers.with_value(|all| all.len() == 1) && event.button() == 0;
        if !is_alone {
            self.state.measuring.put_back(self.studies);
        }
        self.tapped.set_value(is_alone.then(|| browser::from_middle(event)));
        let measuring = self.state.measured_kind().filter(|_| is_alone);
        if let (Some(_), Some(share), Some(pane)) = (measuring, self.share(event), self.state.pane.get_untracked()) {
            let view = self.state.view.get_untracked();
            self.state.measuring.hold(self.studies, &view, browser::pane(&pane).size, share);
        }
    }

    /// It moves, or the mouse does without a button.
    pub fn moved(self, event: &PointerEvent) {
        if event.buttons() == 0 {
            // It may have been lifted outside.
            self.state.measuring.let_go();
        }
        let now = browser::from_middle(event);
        let is_near = |begun: &(f64, f64)| (begun.0 - now.0).hypot(begun.1 - now.1) < TAP_PX;
        self.tapped.update_value(|tapped| *tapped = tapped.filter(is_near));
        let is_tap = self.tapped.get_value().is_some();
        let measured = self.state.measured_kind().filter(|_| !is_tap).and_then(|_| self.place(event));
        if measured.is_some_and(|place| self.state.measuring.point_at(self.studies, place))
            || self.state.measuring.is_holding()
        {
            return;
        }
        self.drag(event, now);
    }

    /// It is lifted: one that has not moved sets a point while something is measured.
    pub fn lifted(self, event: &PointerEvent) {
        let is_tap = self.tapped.get_value().is_some() && !self.state.is_choosing();
        self.let_go(event);
        if let (Some(kind), Some(share)) = (self.state.measured_kind().filter(|_| is_tap), self.share(event)) {
            self.state.measuring.set_point(self.studies, kind, share);
        }
    }

    /// The browser has taken it for something else.
    pub fn cancelled(self, event: &PointerEvent) {
        self.state.measuring.put_back(self.studies);
        self.let_go(event);
    }

    /// Where on the picture, in shares (0..=1) of its width and height; none outside of the pane that is measured on.
    fn share(self, event: &PointerEvent) -> Option<(f64, f64)> {
        let (x, y) = browser::share_of(&*self.state.pane.get_untracked()?, event)?;
        if (0.0..=1.0).contains(&x) && (0.0..=1.0).contains(&y) { self.place(event) } else { None }
    }

    /// The same, also outside of the pane.
    fn place(self, event: &PointerEvent) -> Option<(f64, f64)> {
        let on_screen = browser::share_of(&*self.stage.get_untracked()?, event)?;
        Some(self.state.view.get_untracked().unturned(on_screen))
    }

    fn touch(self, event: &PointerEvent) {
        self.fingers.update_value(|all| {
            all.retain(|(id, _)| *id != event.pointer_id());
            all.push((event.pointer_id(), browser::from_middle(event)));
        });
    }

    fn let_go(self, event: &PointerEvent) {
        self.tapped.set_value(None);
        self.fingers.update_value(|all| all.retain(|(id, _)| *id != event.pointer_id()));
        self.state.measuring.let_go();
    }

    fn drag(self, event: &PointerEvent, now: (f64, f64)) {
        let (state, before) = (self.state, self.fingers.get_value());
        let Some((_, last)) = before.iter().find(|(id, _)| *id == event.pointer_id()).copied() else { return };
        if state.is_choosing() {
            return;
        }
        if event.buttons() == 0 {
            // Let go outside.
            self.let_go(event);
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
                Drag::Move | Drag::Measure(_) => state.act(Act::Move(x, y)),
                Drag::Levels => {
                    state.act(Act::Brighten(-y / 3.0));
                    state.act(Act::Contrast(x / 3.0));
                }
            },
        }
        self.touch(event);
    }
}
