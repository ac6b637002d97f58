//! Results as files to keep: data, table, picture.

use analysis::findings::Timings;
use analysis::prediction::Class;
use osteolens::decimal::fixed;
use osteolens::link::Status;
use osteolens::report::rows::csv;
use osteolens::report::{FileName, Outcome, Report, VERSION, WARNING, json};
use osteolens::words::ENGLISH;

use super::session::{Event, Picture, Stage, Study, Trouble};
use super::studies::Studies;
use super::{browser, text};

/// The result of a study as data, with what its file is called or without.
fn report(studies: Studies, study: &Study, with_name: bool) -> Report {
    let state = studies.status().and_then(|status| match status {
        Status::Ready(state) => Some(state),
        _ => None,
    });
    let opened = study.picture.as_ref().map(|picture| &picture.opened);
    Report {
        version: VERSION,
        warning: WARNING.to_owned(),
        date: browser::iso_date(),
        app_version: env!("CARGO_PKG_VERSION").to_owned(),
        release: browser::root_attribute("data-release").unwrap_or_default(),
        classes: Class::ALL.to_vec(),
        file_sha256: study.sha256.clone(),
        file: with_name.then(|| FileName { folder: study.folder.clone(), name: study.file.clone() }),
        edit: study.edit,
        picture_px: opened.map(|opened| [opened.source_width_px, opened.source_height_px]),
        dicom: opened.and_then(|opened| opened.dicom.clone()),
        notes: study.notes.clone(),
        spacing: study.spacing,
        measurements: study.measured(),
        quality: opened.map(|opened| opened.quality),
        outcome: match &study.stage {
            Stage::Judged(of) => Outcome::judged(of.verdict, &of.knees, &of.remarks, of.timings),
            Stage::Refused(reasons) => {
                Outcome::Refused { reasons: reasons.iter().map(|reason| text::refusal(*reason)).collect() }
            }
            Stage::Failed(error) => Outcome::Failed { reason: text::error(error) },
            Stage::Waiting | Stage::Working | Stage::Stopped => Outcome::Unread,
        },
        backend: state.as_ref().map(|state| state.backend),
        operating_point: state.as_ref().map(|state| state.operating_point),
        models: state.iter().flat_map(|state| state.models.iter().map(Into::into)).collect(),
    }
}

fn of_all(studies: Studies, with_names: bool) -> Vec<Report> {
    leptos::prelude::untrack(|| studies.all(|all| all.iter().map(|study| report(studies, study, with_names)).collect()))
}

/// The study that is looked at, as JSON.
pub fn save_json(studies: Studies, study: &Study) {
    save_as_json("osteolens-report.json", &report(studies, study, false));
}

/// Every file of the visit, as JSON.
pub fn save_json_of_all(studies: Studies, with_names: bool) {
    save_as_json("osteolens-reports.json", &of_all(studies, with_names));
}

/// Every file of the visit, as a table.
pub fn save_csv(studies: Studies, with_names: bool) {
    let table = csv(&of_all(studies, with_names));
    browser::save("osteolens-reports.csv", "text/csv;charset=utf-8", table.as_bytes());
}

/// The picture as the models saw it with its heat map, the warning burned into its pixels.
pub fn save_picture(studies: Studies, study: &Study) {
    let warning = format!("{} · {}", text::words().report_warning(), text::NAME);
    let heat = study.overlay.as_ref().and_then(|overlay| overlay.pixels.as_ref());
    if let Some(Picture { opened, pixels }) = &study.picture {
        let is_saved = browser::save_overlay("osteolens-overlay.png", &warning, opened, pixels, heat);
        if !is_saved {
            studies.tell(Event::Trouble(Some(Trouble::PictureNotSaved)));
        }
    }
}

fn save_as_json(name: &str, what: &impl serde::Serialize) {
    if let Some(json) = json(what) {
        browser::save(name, "application/json", json.as_bytes());
    }
}

/// What helps to find a fault: no picture, no name.
pub fn diagnostics(studies: Studies) -> String {
    let status = match studies.status() {
        Some(Status::Ready(state)) => format!("ready on {}, {} models", state.backend.id(), state.models.len()),
        Some(Status::Loading(loaded, total)) => format!("loading, {loaded} of {total} bytes"),
        Some(Status::Failed(error)) => format!("failed: {}", ENGLISH.error(&error)),
        None => "no engine".to_owned(),
    };
    let outcomes: Vec<String> = of_all(studies, false)
        .into_iter()
        .map(|one| {
            let size = one.picture_px.map(|[width, height]| format!("{width} × {height}")).unwrap_or_default();
            let outcome = match one.outcome {
                Outcome::Judged { verdict, timings: Timings { preprocess_ms, inference_ms, grad_cam_ms }, .. } => {
                    let stages = [preprocess_ms, inference_ms, grad_cam_ms].map(|ms| fixed(ms, 1)).join(" + ");
                    format!("{verdict:?}, {stages} ms")
                }
                Outcome::Refused { reasons } => format!("refused: {}", reasons.join(" ")),
                Outcome::Failed { reason } => format!("failed: {reason}"),
                Outcome::Unread => "unread".to_owned(),
            };
            format!("{size} {outcome}")
        })
        .collect();
    format!(
        "OsteoLens {}\n{}\nengine: {status}\n{}\n",
        env!("CARGO_PKG_VERSION"),
        browser::user_agent(),
        outcomes.join("\n")
    )
}
