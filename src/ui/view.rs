//! How the picture is looked at: enlarged, moved, turned, brightened. None of it reaches the models.

use osteolens::decimal::{between, fixed};

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
    /// Quarter turns with the clock, 0..=3.
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

/// What dragging over the picture does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Drag {
    /// Moves it.
    Move,
    /// Up and down brightens, across changes the contrast.
    Levels,
}

/// One thing that a button, a key or a finger does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Act {
    ZoomIn,
    ZoomOut,
    /// By this factor, with the point this far from the pane's middle staying where it is.
    ZoomAt(f64, (f64, f64)),
    /// By so many CSS pixels.
    Move(f64, f64),
    /// By so many steps.
    Pan(i8, i8),
    Brighten(f64),
    Contrast(f64),
    Brightness(i8),
    MoreContrast(i8),
    Invert,
    TurnLeft,
    TurnRight,
    Mirror,
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
        // Half as dark to twice as bright, and so with contrast.
        // By way of e: the tables of powers of 2 were a hundredth of the page.
        let factor = |level: f64| fixed(((level / 50.0) as f32 * std::f32::consts::LN_2).exp(), 3);
        let inverted = if self.is_inverted { " invert(1)" } else { "" };
        format!("brightness({}) contrast({}){inverted}", factor(self.brightness), factor(self.contrast))
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
