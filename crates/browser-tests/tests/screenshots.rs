//! Pictures of every state of the page, to be looked at: `cargo xtask screenshots DIR`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use browser_tests::visit::{Size, Visit};
use browser_tests::{in_repository, site, test_files as files};

const SIZES: [(Size, &str); 3] = [(Size::Phone, "phone"), (Size::Tablet, "tablet"), (Size::Desktop, "desktop")];
const A4_INCHES: [f64; 2] = [8.27, 11.69];
/// Name, whether dark, language.
const MODES: [(&str, bool, &str); 4] =
    [("light", false, "en"), ("dark", true, "en"), ("spanish", false, "es"), ("arabic", false, "ar")];

#[test]
#[ignore = "`cargo xtask screenshots DIR` runs it"]
fn every_state_at_every_size() {
    let folder =
        std::env::var_os("OSTEOLENS_SCREENSHOTS").map(PathBuf::from).expect("OSTEOLENS_SCREENSHOTS names a folder");
    let site = site();
    fs::create_dir_all(&folder).expect("the folder can be made");
    for (size, name) in SIZES {
        for (mode, dark, lang) in MODES {
            let taken = states(&site, size, dark, lang, &|state| folder.join(format!("{name}-{mode}-{state}.png")));
            taken.unwrap_or_else(|error| panic!("{name}, {mode}: {error:#}"));
        }
        for (mode, dark, _) in &MODES[..2] {
            let taken =
                own_films(&site, size, *dark, &|state| folder.join(format!("{name}-{mode}-own-films-{state}.png")));
            taken.unwrap_or_else(|error| panic!("{name}, {mode}, own films: {error:#}"));
        }
    }
}

fn states(site: &Path, size: Size, dark: bool, lang: &str, picture: &dyn Fn(&str) -> PathBuf) -> Result<()> {
    let visit = Visit::open(site, &format!("?backend=cpu&lang={lang}"), size)?;
    visit.set_dark(dark)?;
    visit.screenshot(&picture("loading"))?;
    visit.wait_for_engine("cpu")?;
    visit.screenshot(&picture("notice"))?;
    visit.click("#notice .primary")?;
    visit.screenshot(&picture("empty"))?;
    for sample in ["sample-a.png", "sample-b.png", "sample-c.png", "sample-d.png", "not-a-knee.png"] {
        let file = files::knee().with_file_name(sample);
        judged(&visit, &file)?;
        visit.screenshot(&picture(&sample.replace(".png", "")))?;
    }
    for film in files::films().into_iter().chain([files::pair()?]) {
        judged(&visit, &film)?;
        let stem = film.file_stem().context("it has a name")?.to_string_lossy().into_owned();
        visit.screenshot(&picture(&format!("result-{stem}")))?;
    }
    by_age(&visit, picture)?;
    let (inverted, _) = files::adjusted_knees()?.remove(0);
    judged(&visit, &inverted)?;
    visit.screenshot(&picture("inverted"))?;
    judged(&visit, &in_repository("tests/films/photo-table.jpg"))?;
    visit.screenshot(&picture("photograph"))?;
    judged(&visit, &files::knee())?;
    visit.click("#side-by-side")?;
    visit.screenshot(&picture("side-by-side"))?;
    visit.click("#crop")?;
    visit.screenshot(&picture("crop"))?;
    visit.click("#crop-apply + button")?;
    visit.click(".tool[aria-keyshortcuts=\"?\"]")?;
    visit.screenshot(&picture("keys"))?;
    visit.click("#keys button")?;
    visit.choose("#audience", "clinician")?;
    visit.click("#history-keep")?;
    judged(&visit, &files::knee().with_file_name("sample-b.png"))?;
    visit.screenshot(&picture("clinician"))?;
    visit.unfold()?;
    visit.click("#check-engine")?;
    visit.wait("document.querySelector('[data-role=engine-check]')?.dataset.state === 'agrees'")?;
    visit.screenshot(&picture("engine-check"))?;
    let (broken, _) = files::wrong()?.remove(1);
    visit.upload(&[&broken])?;
    visit.wait_for_verdict(&broken)?;
    visit.unfold()?;
    for (field, value) in [("#age", "71"), ("#weight", "52"), ("#height", "9")] {
        visit.type_in(field, value)?;
    }
    visit.choose("#sex", "woman")?;
    visit.click("#fracture")?;
    visit.screenshot(&picture("clinician-error-and-everything-open"))?;
    forty(&visit, picture)
}

/// The page of own films, step by step.
fn own_films(site: &Path, size: Size, dark: bool, picture: &dyn Fn(&str) -> PathBuf) -> Result<()> {
    let (folder, classes) = files::planted()?;
    let table = files::scratch().join("planted.csv");
    let rows: Vec<String> = classes
        .iter()
        .enumerate()
        .map(|(at, (name, class))| format!("{name},{class},P{at},{},{}\n", 50 + at, ["f", "m"][at % 2]))
        .collect();
    fs::write(&table, format!("file,class,person,age,sex\n{}missing.png,normal,P99,60,f\n", rows.concat()))?;
    let visit = Visit::open(site, "own-films.html", size)?;
    visit.set_dark(dark)?;
    visit.wait("document.querySelector('#films')")?;
    visit.screenshot(&picture("empty"))?;
    visit.upload_to("#folder", &[&folder])?;
    visit.upload_to("#table", &[&table])?;
    visit.wait("document.querySelector('[data-role=row-troubles]')")?;
    visit.unfold()?;
    visit.screenshot(&picture("columns"))?;
    visit.click("#judge")?;
    visit.wait("/^[1-9]/.test(document.querySelector('[data-role=progress]').innerText)")?;
    visit.screenshot(&picture("judging"))?;
    visit.wait("document.querySelector('[data-kind=two-classes] canvas')")?;
    visit.screenshot(&picture("questions"))?;
    visit.click("[data-kind=two-classes] input[value=keep]")?;
    visit.click("[data-kind=near-copy] input[value=keep]")?;
    visit.click("#answer")?;
    visit.wait("document.querySelector('#figures')")?;
    visit.screenshot(&picture("figures"))?;
    let [width, height] = A4_INCHES;
    fs::write(picture("sheet").with_extension("pdf"), visit.print(width, height)?)?;
    visit.click("#begin-refit")?;
    visit.wait("document.querySelector('[data-role=fitted]')")?;
    visit.screenshot(&picture("head"))
}

/// Each colour on the screen, and one as it is printed.
fn by_age(visit: &Visit, picture: &dyn Fn(&str) -> PathBuf) -> Result<()> {
    for (age, verdict) in [("25", "normal"), ("52", "osteopenia"), ("78", "osteoporosis")] {
        visit.type_in("#age", age)?;
        visit.wait(&format!("document.querySelector('.banner[data-role=verdict]').dataset.verdict === '{verdict}'"))?;
        visit.screenshot(&picture(&format!("at-{age}")))?;
    }
    let [width, height] = A4_INCHES;
    fs::write(picture("print").with_extension("pdf"), visit.print(width, height)?)?;
    visit.type_in("#age", "")?;
    Ok(())
}

/// A batch of forty of which nine cannot be read.
fn forty(visit: &Visit, picture: &dyn Fn(&str) -> PathBuf) -> Result<()> {
    visit.text("(window.confirm = () => true, 'agreed')")?;
    visit.click("#batch-clear")?;
    visit.wait("!document.querySelector('[data-role=batch]')")?;
    let wrong: Vec<PathBuf> = files::wrong()?.into_iter().map(|(file, _)| file).collect();
    // The one in the middle of these is cut off, too.
    let many = files::many(40 - wrong.len())?;
    visit.upload(&many.iter().chain(&wrong).map(PathBuf::as_path).collect::<Vec<_>>())?;
    visit.wait("document.querySelectorAll('[data-role=batch] tbody tr').length === 40")?;
    visit.wait("!document.querySelector('#batch-stop, [data-role=batch] tbody tr[data-state=working]')")?;
    visit.screenshot(&picture("forty"))
}

/// Waits until nothing of a result is still to come.
fn judged(visit: &Visit, file: &Path) -> Result<()> {
    visit.upload(&[file])?;
    let name = file.file_name().context("it has a name")?.to_string_lossy().into_owned();
    visit.wait(&format!("document.querySelector('.banner[data-role=verdict][data-file=\"{name}\"]')"))?;
    visit.wait("document.querySelector('.banner.refused') || getComputedStyle(document.querySelector('canvas[data-role=heatmap]')).opacity > 0.55")
}
