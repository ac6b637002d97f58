//! What a reader does beyond dropping one picture: DICOM, viewer, part of a picture, many files, reports,
//! languages, the questionnaire; and whether everybody can. As `browser`: in a real Chromium, on the built site.

mod access;
mod answers;
mod batch;
mod close_up;
mod dicom;
mod difficult;
mod everyday;
mod films;
mod in_sight;
mod orientation;
mod report;
mod second_engine;
mod surroundings;
mod unusual;
mod viewer;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use browser_tests::visit::{Size, Visit};
use browser_tests::{in_repository, message_kinds as kinds, test_files as files, with_site, with_site_alone};

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

/// A number that tells the pixels of a canvas, by its role, from those of others; as [`digest`].
fn digest_of(role: &str) -> String {
    format!(
        "(() => {{ const c = document.querySelector('canvas[data-role={role}]'), \
         d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; let sum = c.width; \
         for (let at = 0; at < d.length; at += 4) sum = (Math.imul(sum, 31) + d[at]) | 0; return sum }})()"
    )
}

/// Its pixels, one after the other.
fn digest(picture: &image::GrayImage) -> i32 {
    let add = |sum: i32, pixel: &image::Luma<u8>| sum.wrapping_mul(31).wrapping_add(i32::from(pixel[0]));
    picture.pixels().fold(picture.width() as i32, add)
}
