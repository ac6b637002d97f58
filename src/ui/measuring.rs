//! What is being measured: points that are set, moved and taken back.

use leptos::prelude::*;
use osteolens::decimal::between;
use osteolens::measurement::{self, Kind, Measurement};
use osteolens::protocol::StudyId;
use osteolens::view::View;
use radiograph::Region;

use super::studies::Studies;

/// A finger takes hold of a point that is so near, in CSS pixels.
const GRIP_PX: f64 = 14.0;

/// Points that are being set.
#[derive(Clone, Copy)]
pub struct Measuring(RwSignal<Current>);

/// What is under way, at this moment.
#[derive(Clone, Default)]
pub struct Current {
    /// Points that do not measure anything yet.
    pub begun: Option<Measurement>,
    /// Where the pointer is, or the cross that keys move, in shares (0..=1) of the picture shown; and whether keys do.
    pub cursor: Option<((f64, f64), bool)>,
    /// The point that a finger drags: of which measurement, which of its points, and where that was.
    held: Option<(usize, usize, measurement::Point)>,
}

impl Measuring {
    /// Nothing yet.
    pub fn new() -> Self {
        Self(RwSignal::new(Current::default()))
    }

    /// Drops what is not measured to the end.
    pub fn leave(self) {
        self.change(|current| *current = Current::default());
    }

    /// Where the cross that keys move is, in shares (0..=1) of the picture shown.
    pub fn cross(self) -> Option<(f64, f64)> {
        self.0.get_untracked().cursor.and_then(|(at, by_keys)| by_keys.then_some(at))
    }

    /// Puts the cross there.
    pub fn put_cross(self, at: (f64, f64)) {
        self.change(|current| current.cursor = Some((at, true)));
    }

    /// What there is to be drawn.
    pub fn now(self) -> Current {
        self.0.get()
    }

    /// Takes the last point back; of what is whole all of it.
    pub fn take_back(self, studies: Studies) {
        match self.0.get_untracked().begun {
            Some(mut begun) => {
                begun.points_px.pop();
                self.change(|current| current.begun = Some(begun).filter(|begun| !begun.points_px.is_empty()));
            }
            None => {
                if let Some((id, _)) = shown_part(studies) {
                    studies.measure(id, |all| drop(all.pop()));
                }
            }
        }
    }

    fn change(self, change: impl FnOnce(&mut Current)) {
        let mut now = self.0.get_untracked();
        change(&mut now);
        self.0.set(now);
    }

    /// Sets a point; outside of the picture nothing is measured.
    pub fn set_point(self, studies: Studies, kind: Kind, (x, y): (f64, f64)) {
        let is_on_film = (0.0..=1.0).contains(&x) && (0.0..=1.0).contains(&y);
        let Some((id, shown)) = shown_part(studies).filter(|_| is_on_film) else { return };
        let mut now = self.0.get_untracked().begun.unwrap_or_else(|| Measurement::begun(kind));
        now.add(measurement::place((x, y), shown));
        if now.is_whole() {
            studies.measure(id, |all| all.push(now));
            self.change(|current| current.begun = None);
        } else {
            self.change(|current| current.begun = Some(now));
        }
        // A line to the pointer begins here; the cross stays where keys have put it.
        self.change(|current| current.cursor = current.cursor.filter(|(_, by_keys)| *by_keys));
    }

    /// Takes hold of a point that is there.
    pub fn hold(self, studies: Studies, view: &View, pane: (f64, f64), at: (f64, f64)) {
        let Some((_, shown)) = shown_part(studies) else { return };
        let finger = view.on(pane, at);
        let is_near = |point: measurement::Point| {
            let (x, y) = view.on(pane, measurement::share(point, shown));
            ((x - finger.0) * pane.0).hypot((y - finger.1) * pane.1) < GRIP_PX
        };
        let all = studies.current_untracked().map(|study| study.measurements).unwrap_or_default();
        let near = all.iter().enumerate().find_map(|(number, one)| {
            let point = one.points_px.iter().position(|point| is_near(*point))?;
            Some((number, point, one.points_px[point]))
        });
        // Amid a measurement it may begin where another one ends.
        self.change(|current| current.held = near.filter(|_| current.begun.is_none()));
    }

    /// Whether a finger has a point in hand.
    pub fn is_holding(self) -> bool {
        self.0.get_untracked().held.is_some()
    }

    /// The pointer moves over the picture; whether it has a point in hand.
    pub fn point_at(self, studies: Studies, (x, y): (f64, f64)) -> bool {
        let at = (between(x, 0.0, 1.0), between(y, 0.0, 1.0));
        let Current { begun, held, .. } = self.0.get_untracked();
        if let (Some((number, point, _)), Some((id, shown))) = (held, shown_part(studies)) {
            let to = measurement::place(at, shown);
            studies.measure(id, |all| all.iter_mut().skip(number).take(1).for_each(|one| one.move_point(point, to)));
        } else if begun.is_some() {
            self.change(|current| current.cursor = Some((at, false)));
        }
        held.is_some()
    }

    /// The finger does something else: its point goes back to where it was.
    pub fn put_back(self, studies: Studies) {
        if let (Some((number, point, from)), Some((id, _))) = (self.0.get_untracked().held, shown_part(studies)) {
            studies.measure(id, |all| all.iter_mut().skip(number).take(1).for_each(|one| one.put_back(point, from)));
        }
        self.let_go();
    }

    /// The finger is lifted.
    pub fn let_go(self) {
        if self.is_holding() {
            self.change(|current| current.held = None);
        }
    }
}

/// The study looked at, and which part of its file's picture is shown.
fn shown_part(studies: Studies) -> Option<(StudyId, Region)> {
    let study = studies.current_untracked()?;
    Some((study.id, study.picture?.opened.shown_part()))
}
