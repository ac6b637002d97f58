//! A file → its report, as the page saves it; whatever is wrong with the file.

use std::fs::{self, File};
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use analysis::Backend;
use analysis::analyzer::Analyzer;
use analysis::error::Error;
use analysis::film::Film;
use analysis::findings::{self, FilmVerdict};
use analysis::manifest::sha256_hex;
use analysis::prediction::Class;
use osteolens::report::{FileName, Outcome, Report, ReportedModel, VERSION, WARNING};
use osteolens::words::ENGLISH;
use radiograph::{Edit, MAX_FILE_BYTES, too_many_bytes};

use crate::shipped_models::now_ms;

/// In place of the page's release.
const RELEASE: &str = "command-line";

/// Judges a file, and gives its film where it could be read. What cannot be read has a report that says so.
pub fn judged(analyzer: &Analyzer, path: &Path) -> (Report, Option<Film>) {
    let mut report = Report {
        version: VERSION,
        warning: WARNING.to_owned(),
        date: format!("{:.3}", jiff::Timestamp::now()),
        app_version: env!("CARGO_PKG_VERSION").to_owned(),
        release: RELEASE.to_owned(),
        classes: Class::ALL.to_vec(),
        file_sha256: None,
        file: Some(name(path)),
        edit: Edit::default(),
        picture_px: None,
        dicom: None,
        notes: Vec::new(),
        spacing: None,
        measurements: Vec::new(),
        quality: None,
        outcome: Outcome::Unread,
        backend: Some(Backend::Cpu),
        operating_point: Some(analyzer.manifest().operating_point),
        models: analyzer
            .models()
            .map(|entry| ReportedModel { id: entry.id.clone(), name: entry.name.clone(), sha256: entry.sha256.clone() })
            .collect(),
    };
    let bytes = match read(path) {
        Ok(bytes) => bytes,
        Err(reason) => return (Report { outcome: Outcome::Failed { reason }, ..report }, None),
    };
    report.file_sha256 = Some(sha256_hex(&bytes));
    // A decoder that breaks on a file must not end the run.
    let judged = catch_unwind(AssertUnwindSafe(|| judge(analyzer, &bytes, &mut report)));
    let broken = || Error::Compute("the program broke on this file".to_owned());
    match judged.unwrap_or_else(|_| Err(broken())) {
        Ok(film) => (report, Some(film)),
        Err(error) => (Report { outcome: failed(&error), ..report }, None),
    }
}

fn failed(error: &Error) -> Outcome {
    Outcome::Failed { reason: ENGLISH.error(error) }
}

/// The film of a file that was judged before, with its knees; none where it cannot be read any more, or is another file now.
pub fn opened(path: &Path, sha256: Option<&str>) -> Option<Film> {
    let bytes = read(path).ok().filter(|bytes| sha256 == Some(&sha256_hex(bytes)))?;
    let open = || {
        let mut film = Film::open(&bytes, Edit::default()).ok()?;
        film.find_knees(now_ms);
        Some(film)
    };
    catch_unwind(AssertUnwindSafe(open)).ok().flatten()
}

/// What the page knows of a file: its folder and its name.
fn name(path: &Path) -> FileName {
    let text = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    FileName { folder: text(path.parent().map(Path::as_os_str)), name: text(path.file_name()) }
}

/// The path of a file that a report is of; none where it has no name.
pub fn path(report: &Report) -> Option<PathBuf> {
    report.file.as_ref().map(|file| Path::new(&file.folder).join(&file.name))
}

/// The bytes of a file, or why there are none.
fn read(path: &Path) -> Result<Vec<u8>, String> {
    let not_read = |error: std::io::Error| format!("The file could not be read ({error}).");
    let bytes = fs::metadata(path).map_err(not_read)?.len();
    if bytes > MAX_FILE_BYTES as u64 {
        return Err(ENGLISH.fault(&too_many_bytes(bytes)));
    }
    let mut content = Vec::with_capacity(bytes as usize);
    // What is no file has no length and no end.
    File::open(path).map_err(not_read)?.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut content).map_err(not_read)?;
    Ok(content)
}

/// Side of the squares in which the models see knees.
pub fn side_px(analyzer: &Analyzer) -> u32 {
    analyzer.models().map(|entry| entry.input.side_px).max().unwrap_or(1)
}

fn judge(analyzer: &Analyzer, bytes: &[u8], report: &mut Report) -> Result<Film, Error> {
    let mut film = Film::open(bytes, Edit::default())?;
    film.find_knees(now_ms);
    let seen = film.seen(side_px(analyzer), now_ms);
    report.picture_px = Some(film.source_size().into());
    report.dicom = film.dicom().cloned();
    report.notes = film.notes().to_vec();
    report.spacing = film.spacing();
    report.quality = Some(film.quality(&seen));
    report.outcome = match pollster::block_on(analyzer.judge(&mut film))? {
        findings::Outcome::Judged(FilmVerdict { verdict, knees, remarks }) => {
            Outcome::judged(verdict, &knees, &remarks, film.timings())
        }
        findings::Outcome::Refused(reasons) => {
            Outcome::Refused { reasons: reasons.into_iter().map(|reason| ENGLISH.refusal(reason)).collect() }
        }
        findings::Outcome::Waiting => Outcome::Unread,
    };
    Ok(film)
}
