//! What a reader does beyond dropping one picture: DICOM, viewer, part of a picture, many files, reports,
//! languages, the questionnaire; and whether everybody can. As `browser`: in a real Chromium, on the built site.

mod access;
mod answers;
mod batch;
mod dicom;
mod difficult;
mod films;
mod report;
mod second_engine;
mod viewer;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use browser_tests::visit::{Size, Visit};
use browser_tests::{in_repository, test_files as files, with_site};

/// Opened on the CPU, the notice accepted.
fn open(site: &Path, more: &str) -> Result<Visit> {
    let visit = Visit::open(site, &format!("?backend=cpu{more}"), Size::Desktop)?;
    visit.wait_for_engine("cpu")?;
    visit.click("#notice button")?;
    Ok(visit)
}

/// With the sample knee judged and its heat map there.
fn with_result(site: &Path, more: &str) -> Result<Visit> {
    let visit = open(site, more)?;
    let knee = files::knee();
    visit.upload(&[&knee])?;
    visit.wait_for_verdict(&knee)?;
    visit.wait("document.querySelector('canvas[data-role=heatmap]').dataset.class")?;
    Ok(visit)
}

fn verdict_of(visit: &Visit, file: &Path) -> Result<String> {
    visit.wait_for_verdict(file)?;
    let name = file.file_name().context("it has a name")?.to_string_lossy().into_owned();
    visit.text(&format!("document.querySelector('[data-role=verdict][data-file=\"{name}\"]').dataset.verdict"))
}

/// What the page offers as a file when something is clicked.
fn saved(visit: &Visit, click: &str) -> Result<String> {
    visit.text(
        "(window.kept = undefined, URL.createObjectURL = blob => { blob.text().then(text => window.kept = text); return '#' }, 'ready')",
    )?;
    visit.click(click)?;
    visit.wait("window.kept !== undefined")?;
    visit.text("window.kept")
}
