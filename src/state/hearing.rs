//! How the engine's answers change the studies.

use analysis::error::Error;
use analysis::findings::Timings;
use radiograph::{Edit, Window};

use super::{CloseUp, Effect, Overlay, Picture, Platform, Seen, Stage, State, Study, Trouble};
use crate::protocol::{Judged, Opened, Response, StudyId};

/// Side of the pictures in the table.
const THUMBNAIL_PX: u32 = 48;

impl<P: Platform> State<P> {
    /// Takes in what the engine says.
    pub(super) fn hear(&mut self, response: Response, bytes: Option<P::Bytes>) {
        match response {
            // It may have been taken off the page, or sent again with another edit meanwhile.
            Response::Opened(opened) if !self.waits_for(opened.study, opened.edit) => {}
            Response::Opened(opened) => self.take_picture(*opened, bytes),
            Response::Looked { study, edit, window } => {
                // What the engine did not hold it may hold now.
                if self.close_up.there.as_ref().is_some_and(|(of, _)| of.study == study) {
                    self.close_up.drop();
                }
                self.change(study, |study| {
                    // Another may have been chosen meanwhile.
                    if study.edit == edit && study.window == window {
                        match bytes {
                            // The page has that one.
                            Some(_) if window == Window::Own => {}
                            Some(pixels) => study.in_window = Some((window, pixels)),
                            None => study.look_as_the_file_asks(),
                        }
                    }
                });
            }
            Response::Detail { study, edit, window, detail } => {
                if self.close_up.take(CloseUp { study, edit, window, detail }, bytes) {
                    self.ask_to_look(study, window);
                }
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
                    study.thumbnail = Some((THUMBNAIL_PX, P::smaller(&seen.pixels, seen.side_px, THUMBNAIL_PX)));
                }
            }),
            Response::Judged(judged) => {
                let took = self.of(judged.study).map(|study| Effect::Took("total", self.now_ms - study.dropped_ms));
                self.effects.extend(took);
                self.change(judged.study, |study| study.stage = Stage::Judged(judged));
                self.settle_on_a_film();
            }
            Response::Explained { study, class, timings, .. } => {
                self.change(study, |study| {
                    study.explained = Some(class);
                    if let Stage::Judged(judged) = &mut study.stage {
                        judged.timings = timings;
                    }
                });
                if self.of(study).is_some() {
                    let Timings { preprocess_ms, inference_ms, grad_cam_ms } = timings;
                    self.effects.extend([
                        Effect::Took("preprocess", preprocess_ms),
                        Effect::Took("inference", inference_ms),
                        Effect::Took("grad-cam", grad_cam_ms),
                    ]);
                }
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
            Response::StudyFailed { study, error, .. } => self.take_failure(study, error),
            Response::Overlay { study, view, is_on_border, peak, .. } => self.change(study, |study| {
                study.overlay = Some(Overlay { view, pixels: bytes, is_on_border, peak });
            }),
            // A new engine knows nothing of earlier studies: their heat maps cannot be asked for.
            Response::Awake => {
                self.close_up.forget();
                self.version += 1;
                for study in &mut self.all {
                    study.version += 1;
                    study.explained = None;
                    study.overlay = None;
                    // A window that was on its way does not come any more.
                    study.window = study.shown_window();
                }
            }
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
    fn take_picture(&mut self, opened: Opened, bytes: Option<P::Bytes>) {
        let id = opened.study;
        self.effects.push(Effect::Took("decode", opened.decode_ms));
        let mut wanted = false;
        self.change(id, |study| {
            // What came meanwhile was of the earlier edit.
            study.stage = Stage::Working;
            study.explained = None;
            study.overlay = None;
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
        if wanted || self.shown.is_none() {
            self.shown = Some(id);
        }
        self.let_old_pictures_go();
    }

    /// A study ended with an error.
    fn take_failure(&mut self, id: StudyId, error: Error) {
        // An edit that fails leaves the picture; the one before it is judged again.
        let before = self.of(id).and_then(|failed| failed.before.filter(|before| *before != failed.edit));
        if let Some(edit) = before {
            self.edit(id, edit);
            // Should that one fail too, it is not tried in turn with the other for ever.
            self.change(id, |study| study.before = None);
            self.trouble = Some(Trouble::EditFailed(error));
            return;
        }
        // What was said before the failure stays.
        if self.of(id).is_some_and(|study| !matches!(study.stage, Stage::Judged(_))) {
            self.change(id, |study| study.stage = Stage::Failed(error));
            self.show_another_than(id);
            self.settle_on_a_film();
        }
        self.go_on();
    }

    /// Of files that came together the first with a result is shown, unless somebody chose another.
    fn settle_on_a_film(&mut self) {
        let has_result = |study: &Study<P>| match study.stage {
            Stage::Judged(_) => Some(true),
            Stage::Refused(_) => Some(false),
            _ => None,
        };
        let (Some(shown), Some(first)) = (self.shown, self.seeks_film) else { return };
        match self.of(shown).map(has_result) {
            // The film on the screen stays.
            Some(Some(true)) if shown >= first => return self.seeks_film = None,
            Some(None) => return,
            _ => {}
        }
        // What came first is shown first.
        if self.of(first).is_some_and(Study::is_at_work) {
            return;
        }
        let film = self.all.iter().find(|study| study.id >= first && has_result(study) == Some(true));
        if let Some(film) = film.map(|study| study.id) {
            self.show(film);
        }
    }

    /// Whether a study is on the page, and was asked for with another edit than this one.
    fn is_another_edit(&self, id: StudyId, edit: Edit) -> bool {
        self.of(id).is_some_and(|study| study.edit != edit)
    }
}
