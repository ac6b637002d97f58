//! How the picture is looked at: enlarged, moved, turned, brightened. None of it reaches the models.

use crate::decimal::{between, fixed};
use crate::measurement::Kind;

/// The picture is enlarged no further.
const MAX_ZOOM: f64 = 12.0;
/// One press of a button or key.
const ZOOM_STEP: f64 = 1.25;
const PAN_STEP_PX: f64 = 40.0;
const LEVEL_STEP: f64 = 5.0;

/// The state of the viewer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// 1 shows the whole picture.
    pub zoom: f64,
    /// How far the picture's middle lies from the pane's, in CSS pixels.
    pub pan: (f64, f64),
    /// −100..=100, 0 as in the picture.
    pub brightness: f64,
    /// −100..=100, 0 as in the picture.
    pub contrast: f64,
    /// Black and white swapped.
    pub is_inverted: bool,
    /// Quarter turns clockwise, 0..=3.
    pub turns: u8,
    /// Left and right swapped.
    pub is_mirrored: bool,
}

impl Default for View {
    fn default() -> Self {
        Self {
            zoom: 1.0,
            pan: (0.0, 0.0),
            brightness: 0.0,
            contrast: 0.0,
            is_inverted: false,
            turns: 0,
            is_mirrored: false,
        }
    }
}

/// What dragging over the picture does, and clicking on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drag {
    /// Moves it.
    Move,
    /// Up and down brightens, across changes the contrast.
    Levels,
    /// Moves it; a click sets a point.
    Measure(Kind),
}

/// One thing that a button, a key or a finger does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Act {
    /// One step nearer.
    ZoomIn,
    /// One step back.
    ZoomOut,
    /// By this factor, with the point this far from the pane's middle staying where it is.
    ZoomAt(f64, (f64, f64)),
    /// By so many CSS pixels.
    Move(f64, f64),
    /// By so many steps.
    Pan(i8, i8),
    /// Adds this to the level of brightness, which stays within −100..=100.
    Brighten(f64),
    /// Adds this to the level of contrast, which stays within −100..=100.
    Contrast(f64),
    /// Adds so many steps of 5 to the level of brightness.
    Brightness(i8),
    /// Adds so many steps of 5 to the level of contrast; fewer than 0 lower it.
    MoreContrast(i8),
    /// Swaps black and white.
    Invert,
    /// A quarter turn anticlockwise.
    TurnLeft,
    /// A quarter turn clockwise.
    TurnRight,
    /// Swaps left and right.
    Mirror,
    /// As it was at first.
    Reset,
}

impl View {
    /// What it is after an act.
    #[must_use]
    pub fn after(self, act: Act) -> Self {
        let level = |value: f64| between(value, -100.0, 100.0);
        match act {
            Act::ZoomIn => self.zoomed(ZOOM_STEP, (0.0, 0.0)),
            Act::ZoomOut => self.zoomed(1.0 / ZOOM_STEP, (0.0, 0.0)),
            Act::ZoomAt(factor, at) => self.zoomed(factor, at),
            // The whole picture has nowhere to go.
            Act::Move(..) if self.zoom <= 1.0 => self,
            Act::Move(x, y) => Self { pan: (self.pan.0 + x, self.pan.1 + y), ..self },
            Act::Pan(x, y) => self.after(Act::Move(f64::from(x) * PAN_STEP_PX, f64::from(y) * PAN_STEP_PX)),
            Act::Brighten(by) => Self { brightness: level(self.brightness + by), ..self },
            Act::Contrast(by) => Self { contrast: level(self.contrast + by), ..self },
            Act::Brightness(steps) => self.after(Act::Brighten(f64::from(steps) * LEVEL_STEP)),
            Act::MoreContrast(steps) => self.after(Act::Contrast(f64::from(steps) * LEVEL_STEP)),
            Act::Invert => Self { is_inverted: !self.is_inverted, ..self },
            Act::TurnLeft => Self { turns: (self.turns + 3) % 4, ..self },
            Act::TurnRight => Self { turns: (self.turns + 1) % 4, ..self },
            Act::Mirror => Self { is_mirrored: !self.is_mirrored, ..self },
            Act::Reset => Self::default(),
        }
    }

    fn zoomed(self, factor: f64, at: (f64, f64)) -> Self {
        let zoom = between(self.zoom * factor, 1.0, MAX_ZOOM);
        if zoom <= 1.0 {
            return Self { zoom: 1.0, pan: (0.0, 0.0), ..self };
        }
        let factor = zoom / self.zoom;
        let kept = |at: f64, pan: f64| at - (at - pan) * factor;
        Self { zoom, pan: (kept(at.0, self.pan.0), kept(at.1, self.pan.1)), ..self }
    }

    /// The CSS transform of the picture in the middle of its pane.
    pub fn transform(&self) -> String {
        let across = if self.is_mirrored { -self.zoom } else { self.zoom };
        let (right, down) = (fixed(self.pan.0, 1), fixed(self.pan.1, 1));
        let (across, along, turned) = (fixed(across, 4), fixed(self.zoom, 4), u16::from(self.turns) * 90);
        format!("translate(-50%, -50%) translate({right}px, {down}px) scale({across}, {along}) rotate({turned}deg)")
    }

    /// The CSS filter of the radiograph.
    pub fn filter(&self) -> String {
        // A level of −100 to 100 multiplies brightness, or contrast, by ¼ to 4: by 2^(level / 50).
        // The power is computed by way of e: the tables of powers of 2 were a hundredth of the page.
        let factor = |level: f64| fixed(((level / 50.0) as f32 * std::f32::consts::LN_2).exp(), 3);
        let inverted = if self.is_inverted { " invert(1)" } else { "" };
        format!("brightness({}) contrast({}){inverted}", factor(self.brightness), factor(self.contrast))
    }

    /// Where a point of the picture stands after turn and mirror; both in shares (0..=1) of its width and height.
    #[must_use]
    pub fn turned(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let (x, y) = match self.turns {
            0 => (x, y),
            1 => (1.0 - y, x),
            2 => (1.0 - x, 1.0 - y),
            _ => (y, 1.0 - x),
        };
        (if self.is_mirrored { 1.0 - x } else { x }, y)
    }

    /// The inverse of [`Self::turned`].
    #[must_use]
    pub fn unturned(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let x = if self.is_mirrored { 1.0 - x } else { x };
        match self.turns {
            0 => (x, y),
            1 => (y, 1.0 - x),
            2 => (1.0 - x, 1.0 - y),
            _ => (1.0 - y, x),
        }
    }

    /// Where a point of the picture stands on a pane of this size in CSS pixels; both in shares.
    #[must_use]
    pub fn on(&self, pane: (f64, f64), point: (f64, f64)) -> (f64, f64) {
        let (x, y) = self.turned(point);
        let at = |share: f64, pan: f64, length: f64| 0.5 + (share - 0.5) * self.zoom + pan / length.max(1.0);
        (at(x, self.pan.0, pane.0), at(y, self.pan.1, pane.1))
    }

    /// The point of the picture that stands there: the inverse of [`Self::on`].
    #[must_use]
    pub fn under(&self, pane: (f64, f64), (x, y): (f64, f64)) -> (f64, f64) {
        let at = |share: f64, pan: f64, length: f64| 0.5 + (share - 0.5 - pan / length.max(1.0)) / self.zoom;
        self.unturned((at(x, self.pan.0, pane.0), at(y, self.pan.1, pane.1)))
    }

    /// What a pane of this size in CSS pixels shows: left, top, right and lower edge in shares (0..=1) of the picture.
    pub fn visible(&self, pane: (f64, f64)) -> [f64; 4] {
        let ((x, y), (other_x, other_y)) = (self.under(pane, (0.0, 0.0)), self.under(pane, (1.0, 1.0)));
        [x.min(other_x), y.min(other_y), x.max(other_x), y.max(other_y)].map(|share| between(share, 0.0, 1.0))
    }

    /// Whether it lies on its side.
    pub fn is_sideways(&self) -> bool {
        self.turns % 2 == 1
    }
}

/// What a key does while the viewer has the focus.
pub fn act_of_key(key: &str) -> Option<Act> {
    Some(match key {
        "+" | "=" => Act::ZoomIn,
        "-" => Act::ZoomOut,
        "ArrowLeft" => Act::Pan(1, 0),
        "ArrowRight" => Act::Pan(-1, 0),
        "ArrowUp" => Act::Pan(0, 1),
        "ArrowDown" => Act::Pan(0, -1),
        "[" => Act::Brightness(-1),
        "]" => Act::Brightness(1),
        "," => Act::MoreContrast(-1),
        "." => Act::MoreContrast(1),
        "i" => Act::Invert,
        "l" => Act::TurnLeft,
        "r" => Act::TurnRight,
        "m" => Act::Mirror,
        "0" => Act::Reset,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Tolerance of a share: the rounding error of f64 sums below 10.
    const SLACK: f64 = 1e-9;

    fn is_near(a: (f64, f64), b: (f64, f64)) -> bool {
        (a.0 - b.0).abs() < SLACK && (a.1 - b.1).abs() < SLACK
    }

    proptest! {
        #[test]
        fn what_stands_on_the_pane_is_found_under_it(
            turns in 0u8..4, is_mirrored: bool, zoom in 1.0f64..12.0, pan in (-400.0f64..400.0, -300.0f64..300.0),
            x in 0.0f64..1.0, y in 0.0f64..1.0,
        ) {
            let (view, pane) = (View { zoom, pan, turns, is_mirrored, ..View::default() }, (800.0, 600.0));
            prop_assert!(is_near(view.under(pane, view.on(pane, (x, y))), (x, y)));
        }

        /// Its corners are those of the pane, or of the picture where that ends within it.
        #[test]
        fn what_is_visible_is_what_the_pane_holds(
            turns in 0u8..4, is_mirrored: bool, zoom in 1.0f64..12.0, pan in (-400.0f64..400.0, -300.0f64..300.0),
        ) {
            let (view, pane) = (View { zoom, pan, turns, is_mirrored, ..View::default() }, (800.0, 600.0));
            let [left, top, right, bottom] = view.visible(pane);
            let corners = [(left, top), (right, bottom)].map(|corner| view.on(pane, corner));
            for (x, y) in corners {
                for share in [x, y] {
                    prop_assert!(share > -SLACK && share < 1.0 + SLACK, "{}", share);
                }
            }
            let whole = [(0.0, 0.0), (1.0, 1.0)].map(|corner| view.on(pane, corner));
            let sides = |of: fn((f64, f64)) -> f64, corners: [(f64, f64); 2]| {
                (of(corners[0]).min(of(corners[1])), of(corners[0]).max(of(corners[1])))
            };
            for of in [(|corner| corner.0) as fn((f64, f64)) -> f64, |corner| corner.1] {
                let ((first, last), (least, most)) = (sides(of, corners), sides(of, whole));
                prop_assert!((first - between(least, 0.0, 1.0)).abs() < SLACK, "{} of {}", first, least);
                prop_assert!((last - between(most, 0.0, 1.0)).abs() < SLACK, "{} of {}", last, most);
            }
        }
    }

    #[test]
    fn the_point_under_the_wheel_stays() {
        let at = (120.0, -40.0);
        let before = View { zoom: 2.0, pan: (30.0, 10.0), ..View::default() };
        let after = before.after(Act::ZoomAt(1.5, at));
        let under = |view: View| ((at.0 - view.pan.0) / view.zoom, (at.1 - view.pan.1) / view.zoom);
        assert!(is_near(under(before), under(after)), "{after:?}");
    }

    #[test]
    fn a_quarter_turn_with_the_clock_puts_the_upper_left_corner_to_the_right() {
        let view = View::default().after(Act::TurnRight);
        assert!(is_near(view.turned((0.0, 0.0)), (1.0, 0.0)));
        assert!(view.transform().ends_with("rotate(90deg)"), "{}", view.transform());
        assert!(is_near(view.after(Act::Mirror).turned((0.0, 0.0)), (0.0, 0.0)));
    }

    #[test]
    fn every_act_is_taken_back_by_its_opposite() {
        let begun = View::default().after(Act::ZoomIn).after(Act::ZoomIn);
        let pairs = [
            (Act::TurnLeft, Act::TurnRight),
            (Act::Mirror, Act::Mirror),
            (Act::Invert, Act::Invert),
            (Act::Pan(1, -1), Act::Pan(-1, 1)),
            (Act::Brightness(2), Act::Brightness(-2)),
            (Act::MoreContrast(2), Act::MoreContrast(-2)),
        ];
        for (act, opposite) in pairs {
            assert_eq!(begun.after(act).after(opposite), begun, "{act:?}");
        }
        assert_eq!(begun.after(Act::Reset), View::default());
    }
}
