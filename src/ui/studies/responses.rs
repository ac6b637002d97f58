//! How the engine's answers change the studies.

use analysis::findings::Timings;
use js_sys::Uint8Array;
use leptos::prelude::*;
use osteolens::protocol::{Judged, Opened, Response, StudyId};
use radiograph::{Edit, Window};

use super::Studies;
use super::close_up::{CloseUp, Closest};
use crate::ui::session::{Overlay, Picture, Seen, Stage, Study};
use crate::ui::{browser, text};

/// Side of the pictures in the table.
const THUMBNAIL_PX: u32 = 48;

impl Studies {
    /// Takes in what the engine says.
    pub fn hear(self, response: Response, bytes: Option<Uint8Array>) {
        match response {
            // It may have been taken off the page, or sent again with another edit meanwhile.
            Response::Opened(opened) if !self.waits_for(opened.study, opened.edit) => {}
            Response::Opened(opened) => self.take_picture(*opened, bytes),
            Response::Looked { study, edit, window } => self.change(study, |study| {
                // What the engine did not hold it may hold now.
                self.close_up.update(|close_up| drop(close_up.there.take_if(|(of, _)| of.study == study.id)));
                // Another may have been chosen meanwhile.
                if study.edit == edit && study.window == window {
                    match bytes {
                        // The page has that one.
                        Some(_) if window == Window::Own => {}
                        Some(pixels) => study.in_window = Some((window, pixels)),
                        None => study.look_as_the_file_asks(),
                    }
                }
            }),
            Response::Detail { study, edit, window, detail } => {
                self.take_detail(CloseUp { study, edit, window, detail }, bytes);
            }
            // Answers to an earlier edit.
            Response::Seen { study, edit, .. }
            | Response::Judged(Judged { study, edit, .. })
            | Response::Explained { study, edit, .. }
            | Response::Overlay { study, edit, .. }
            | Response::Refused { study, edit, .. }
            | Response::StudyFailed { study, edit, .. }
                if self.is_another_edit(study, edit) => {}
            Response::Seen { study, position, side_px, .. } => self.change(study, |study| {
                study.seen.extend(bytes.map(|pixels| Seen { position, side_px, pixels }));
                if let Some(seen) = study.seen.first() {
                    study.thumbnail = Some((THUMBNAIL_PX, browser::smaller(&seen.pixels, seen.side_px, THUMBNAIL_PX)));
                }
            }),
            Response::Judged(judged) => {
                self.change(judged.study, |study| {
                    browser::measure("total", study.dropped_ms, browser::now_ms() - study.dropped_ms);
                    study.stage = Stage::Judged(judged);
                });
                self.settle_on_a_film();
            }
            Response::Explained { study, class, timings, .. } => {
                self.change(study, |study| {
                    study.explained = Some(class);
                    if let Stage::Judged(judged) = &mut study.stage {
                        judged.timings = timings;
                    }
                    measure_stages(&timings);
                });
                self.go_on();
            }
            Response::Refused { study, reasons, .. } => {
                self.change(study, |study| {
                    // What was said of an earlier edit goes.
                    study.explained = None;
                    study.overlay = None;
                    study.stage = Stage::Refused(reasons);
                });
                self.settle_on_a_film();
                self.go_on();
            }
            Response::StudyFailed { study, error, .. } => {
                // An edit that fails leaves the picture; the one before it is judged again.
                let before = self.of(study, |failed| failed.before.filter(|before| *before != failed.edit));
                if let Some(Some(edit)) = before {
                    self.edit(study, edit);
                    // Should that one fail too, it is not tried in turn with the other for ever.
                    self.change(study, |study| study.before = None);
                    self.trouble.set(Some(text::error(&error)));
                    return;
                }
                // What was said before the failure stays.
                if self.of(study, |one| matches!(one.stage, Stage::Judged(_))) != Some(true) {
                    self.change(study, |study| study.stage = Stage::Failed(error));
                    self.show_another_than(study);
                    self.settle_on_a_film();
                }
                self.go_on();
            }
            Response::Overlay { study, view, is_on_border, peak, .. } => self.change(study, |study| {
                study.overlay = Some(Overlay { view, pixels: bytes, is_on_border, peak });
            }),
            // A new engine knows nothing of earlier studies: their heat maps cannot be asked for.
            Response::Awake => self.all.update(|all| {
                self.close_up.set(Closest::default());
                for study in all {
                    study.version += 1;
                    study.explained = None;
                    study.overlay = None;
                    // A window that was on its way does not come any more.
                    study.window = study.shown_window();
                }
            }),
            Response::Progress { .. }
            | Response::Ready(_)
            | Response::Failed { .. }
            | Response::Traffic(_)
            | Response::Read { .. }
            | Response::Begun { .. }
            | Response::Evidence { .. }
            | Response::Checked { .. } => {}
        }
    }

    /// A study is decoded.
    fn take_picture(self, opened: Opened, bytes: Option<Uint8Array>) {
        let id = opened.study;
        let mut wanted = false;
        self.change(id, |study| {
            // What came meanwhile was of the earlier edit.
            study.stage = Stage::Working;
            study.explained = None;
            study.overlay = None;
            let decoded = browser::now_ms();
            browser::measure("decode", decoded - opened.decode_ms, opened.decode_ms);
            study.seen.clear();
            study.notes.clone_from(&opened.notes);
            study.spacing = opened.spacing;
            let before = study.picture.as_ref().map(|picture| picture.opened.edit);
            if before.is_some_and(|before| !opened.edit.has_places_of(before)) {
                study.measurements.clear();
            }
            study.picture = bytes.map(|pixels| Picture { opened, pixels });
            wanted = study.wanted;
        });
        if wanted || self.shown.get_untracked().is_none() {
            self.shown.set(Some(id));
        }
        self.let_old_pictures_go();
    }

    /// Of files that came together the first with a result is shown, unless somebody chose another.
    fn settle_on_a_film(self) {
        let stage = |study: &Study| match study.stage {
            Stage::Judged(_) => Some(true),
            Stage::Refused(_) => Some(false),
            _ => None,
        };
        let (Some(shown), Some(first)) = (self.shown.get_untracked(), self.seeks_film.get_value()) else { return };
        match self.of(shown, stage) {
            // It stays as it is looked at.
            Some(Some(true)) if shown >= first => return self.stay(),
            Some(None) => return,
            _ => {}
        }
        // What came first is shown first.
        if self.of(first, Study::is_at_work) == Some(true) {
            return;
        }
        let is_film = |study: &&Study| study.id >= first && stage(study) == Some(true);
        if let Some(film) = self.all.with_untracked(|all| all.iter().find(is_film).map(|study| study.id)) {
            self.show(film);
        }
    }

    /// A part of a film has come, or the engine does not hold the film: then it reads the file once more.
    fn take_detail(self, of: CloseUp, pixels: Option<Uint8Array>) {
        let before = self.close_up.get_untracked();
        if before.asked != Some(of) {
            return;
        }
        let place = (of.study, of.edit, of.window);
        let is_lost = pixels.is_none() && before.read_again != Some(place);
        let read_again = if pixels.is_some() { None } else { Some(place) };
        self.close_up.set(Closest { asked: None, there: Some((of, pixels)), read_again });
        if is_lost {
            self.ask_to_look(of.study, of.window);
        }
    }

    /// Whether a study is on the page, and was asked for with another edit than this one.
    fn is_another_edit(self, id: StudyId, edit: Edit) -> bool {
        self.of(id, |study| study.edit != edit) == Some(true)
    }
}

fn measure_stages(timings: &Timings) {
    let now = browser::now_ms();
    for (name, duration_ms) in
        [("preprocess", timings.preprocess_ms), ("inference", timings.inference_ms), ("grad-cam", timings.grad_cam_ms)]
    {
        browser::measure(name, now - duration_ms, duration_ms);
    }
}
