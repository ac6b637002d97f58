//! What a reader does beyond dropping one picture: DICOM, viewer, part of a picture, many files, reports,
//! languages, the questionnaire; and whether everybody can. As `browser.rs`: in a real Chromium, on the
//! built site, skipped without one.

#[path = "reading_room/dicom.rs"]
mod dicom;
#[path = "browser/files.rs"]
#[allow(dead_code, reason = "shared with browser.rs")]
mod files;
#[path = "browser/visit.rs"]
#[allow(dead_code, reason = "shared with browser.rs")]
mod visit;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use visit::{Size, Visit, site};

/// Runs a test against the built site, or says why not.
fn with_site(test: impl Fn(&Path) -> Result<()>) {
    match site() {
        Some(site) => test(&site).expect("the page does what this test describes"),
        None => println!("skipped: OSTEOLENS_SITE names no built site; `cargo xtask test` does"),
    }
}

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

#[test]
fn a_dicom_film_is_judged_as_its_picture_is_and_either_photometric_gives_the_same() {
    with_site(|site| {
        let visit = open(site, "")?;
        let knee = image::open(files::knee())?.into_luma8();
        let mut answers = Vec::new();
        for kind in [dicom::Kind::Monochrome2, dicom::Kind::Monochrome1, dicom::Kind::SixteenBitsWithWindow] {
            let file = dicom::write(&knee, kind)?;
            visit.upload(&[&file])?;
            let verdict = verdict_of(&visit, &file)?;
            answers.push((verdict, visit.probabilities("combined")?));
        }
        let png = files::knee();
        visit.upload(&[&png])?;
        answers.push((verdict_of(&visit, &png)?, visit.probabilities("combined")?));
        ensure!(answers.iter().all(|one| *one == answers[0]), "{answers:?}");
        Ok(())
    });
}

#[test]
fn every_dicom_file_opens_or_says_why_not() {
    with_site(|site| {
        let visit = open(site, "")?;
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dicom");
        let mut files: Vec<PathBuf> = fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
        files.retain(|path| path.extension().is_some_and(|ending| ending == "dcm"));
        files.sort();
        for file in files {
            visit.upload(&[&file])?;
            let verdict = verdict_of(&visit, &file)?;
            let words = match verdict.as_str() {
                "error" => visit.text("[...document.querySelectorAll('.alert')].pop().innerText")?,
                "refused" => visit.text("document.querySelector('.reasons').innerText")?,
                other => anyhow::bail!("{} shows no knee and is called {other}", file.display()),
            };
            ensure!(words.trim().len() > 20, "{}: «{words}»", file.display());
            println!("{}: {}", file.display(), words.replace('\n', " "));
        }
        Ok(())
    });
}

#[test]
fn identifiers_are_neither_shown_nor_stored_nor_saved() {
    with_site(|site| {
        let visit = open(site, "")?;
        let knee = image::open(files::knee())?.into_luma8();
        let file = dicom::write(&knee, dicom::Kind::Monochrome2)?;
        visit.upload(&[&file])?;
        visit.wait_for_verdict(&file)?;
        visit.text("(document.querySelectorAll('details').forEach(one => one.open = true), 'open')")?;
        let shown = visit.text("document.body.innerText")?;
        let stored = visit.text("JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie")?;
        let report = saved(&visit, "#report-data")?;
        ensure!(report.contains("\"modality\": \"DX\""), "the report does not say what the file is: {report}");
        for secret in dicom::SECRETS {
            for (place, text) in [("shown", &shown), ("stored", &stored), ("saved", &report)] {
                ensure!(!text.contains(secret), "«{secret}» is {place}");
            }
        }
        Ok(())
    });
}

#[test]
fn the_viewer_is_worked_by_keys_buttons_and_wheel_and_leaves_the_result_alone() {
    with_site(|site| {
        let visit = with_result(site, "")?;
        let before = visit.probabilities("combined")?;
        let transform = || visit.text("document.querySelector('.stage').style.transform");
        let filter = || visit.text("document.querySelector('canvas[data-role=radiograph]').style.filter");
        let key = |key: &str| {
            visit.text(&format!(
                "(document.querySelector('.panes').dispatchEvent(new KeyboardEvent('keydown', {{key: '{key}', bubbles: true, cancelable: true}})), 'sent')"
            ))
        };
        let (still, plain) = (transform()?, filter()?);
        for name in ["+", "r", "l", "m"] {
            let now = transform()?;
            key(name)?;
            visit.wait(&format!("document.querySelector('.stage').style.transform !== '{now}'"))?;
        }
        for name in ["i", "]", "."] {
            let now = filter()?;
            key(name)?;
            visit.wait(&format!("document.querySelector('canvas[data-role=radiograph]').style.filter !== '{now}'"))?;
        }
        key("0")?;
        visit.wait(&format!("document.querySelector('.stage').style.transform === '{still}'"))?;
        visit.wait(&format!("document.querySelector('canvas[data-role=radiograph]').style.filter === '{plain}'"))?;
        visit.text("(document.querySelector('.panes').dispatchEvent(new WheelEvent('wheel', {deltaY: -1, clientX: 300, clientY: 500, bubbles: true, cancelable: true})), 'turned')")?;
        visit.wait(&format!("document.querySelector('.stage').style.transform !== '{still}'"))?;
        key("0")?;
        visit.click(r#".tool[aria-label="Turn right"]"#)?;
        visit.wait("document.querySelector('.stage').style.transform.includes('rotate(90deg)')")?;
        visit.click("#side-by-side")?;
        visit.wait("document.querySelectorAll('.viewer').length === 2")?;
        let linked = visit.text(
            "[...new Set([...document.querySelectorAll('.stage')].map(one => one.style.transform))].length.toString()",
        )?;
        ensure!(linked == "1", "the two views are not linked");
        key("?")?;
        visit.wait("document.querySelector('#keys').open")?;
        ensure!(visit.probabilities("combined")? == before, "looking changed the result");
        Ok(())
    });
}

#[test]
fn a_part_of_the_picture_can_be_judged_and_left_again() {
    with_site(|site| {
        let visit = with_result(site, "")?;
        let size = "document.querySelector('canvas[data-role=radiograph]').width";
        let whole = visit.number(size)?;
        visit.click("#crop")?;
        visit.wait("document.querySelector('.crop-box')")?;
        visit.click("#crop-apply")?;
        visit.wait(&format!("{size} < {whole} * 0.8"))?;
        visit.wait("document.querySelector('.banner[data-role=verdict]')")?;
        visit.click("#crop-undo")?;
        visit.wait(&format!("{size} === {whole}"))?;
        visit.wait("document.querySelector('.banner[data-role=verdict]')")?;
        visit.wait("document.querySelector('canvas[data-role=heatmap]').dataset.class")?;
        visit.wait(
            "(() => { const c = document.querySelector('canvas[data-role=heatmap]'), \
             r = document.querySelector('canvas[data-role=radiograph]'); \
             return c.width === r.width && c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v > 0) })()",
        )?;
        Ok(())
    });
}

#[test]
fn another_picture_of_the_file_that_is_missing_leaves_the_result() {
    with_site(|site| {
        let visit = open(site, "")?;
        let knee = image::open(files::knee())?.into_luma8();
        let file = dicom::write(&knee, dicom::Kind::TwoMissing)?;
        visit.upload(&[&file])?;
        let verdict = verdict_of(&visit, &file)?;
        visit.wait("document.querySelectorAll('#frame option').length === 3")?;
        visit.text("(document.querySelector('#frame').value = '2', document.querySelector('#frame').dispatchEvent(new Event('change', {bubbles: true})), 'chosen')")?;
        visit.wait("document.querySelector('[data-role=trouble]').innerText.includes('a picture is missing')")?;
        ensure!(verdict_of(&visit, &file)? == verdict, "the result is gone");
        visit.wait("document.querySelector('#frame').value === '0'")?;
        Ok(())
    });
}

#[test]
fn the_picture_that_the_models_see_and_its_quality_are_shown() {
    with_site(|site| {
        let visit = with_result(site, "")?;
        visit.wait("document.querySelector('canvas[data-role=model-input]').width === 224")?;
        let lit = visit.number(
            "(() => { const c = document.querySelector('canvas[data-role=model-input]'); \
             return c.getContext('2d').getImageData(0, 0, 224, 224).data.filter((v, at) => at % 4 === 0 && v > 40).length })()",
        )?;
        ensure!(lit > 5000.0, "it is black");
        let ticks = visit.number("document.querySelectorAll('[data-role=quality] li').length")?;
        ensure!(ticks >= 4.0, "{ticks} ticks");
        Ok(())
    });
}

#[test]
fn many_files_become_a_table_and_a_bad_one_is_a_row() {
    with_site(|site| {
        let visit = open(site, "")?;
        let many = files::many(24)?;
        let paths: Vec<&Path> = many.iter().map(PathBuf::as_path).collect();
        visit.upload(&paths)?;
        visit.wait("document.querySelectorAll('[data-role=batch] tbody tr').length === 24")?;
        visit.wait("document.querySelectorAll('[data-role=batch] tbody tr[data-state=working]').length === 0")?;
        let bad = visit.text("document.querySelector('tr[data-row=\"film-12.jpg\"]').innerText")?;
        ensure!(bad.contains("cut off"), "«{bad}» does not say why");
        ensure!(
            visit.number("document.querySelectorAll('tr[data-state=error]').length")? < 2.0,
            "more than one failed"
        );
        visit.click("[data-role=batch] th:nth-child(2) button")?;
        visit.wait("document.querySelector('th[aria-sort=ascending]')")?;
        visit.click("[data-role=batch] th:nth-child(2) button")?;
        visit.wait("document.querySelector('[data-role=batch] tbody tr').dataset.row === 'film-23.png'")?;
        // The pictures of the second have gone by now; opening it judges it again.
        visit.click("tr[data-row=\"film-01.png\"] .link")?;
        visit.wait("document.querySelector('.banner[data-file=\"film-01.png\"]')")?;
        let table = saved(&visit, "#batch-csv")?;
        ensure!(table.lines().count() >= 25, "{table}");
        ensure!(!table.contains("film-"), "the table names files");
        visit.text("(document.querySelector('#batch-filter').value = 'error', document.querySelector('#batch-filter').dispatchEvent(new Event('change', {bubbles: true})), 'chosen')")?;
        visit.wait("document.querySelectorAll('[data-role=batch] tbody tr').length === 1")?;
        visit.click("#batch-clear")?;
        visit.wait("!document.querySelector('[data-role=batch]')")?;
        Ok(())
    });
}

#[test]
fn a_report_is_saved_and_printed_with_its_warning() {
    with_site(|site| {
        let visit = with_result(site, "")?;
        let report: serde_json::Value = serde_json::from_str(&saved(&visit, "#report-data")?)?;
        ensure!(report["warning"].as_str().is_some_and(|words| words.contains("not a diagnosis")));
        ensure!(report["file_sha256"].as_str().is_some_and(|hash| hash.len() == 64), "{report}");
        let schema: serde_json::Value = serde_json::from_str(include_str!("../docs/report.schema.json"))?;
        let faults: Vec<String> =
            jsonschema::validator_for(&schema)?.iter_errors(&report).map(|fault| fault.to_string()).collect();
        ensure!(faults.is_empty(), "{faults:?}");
        visit.text("(window.print = () => window.printed = true, 'stubbed')")?;
        visit.click("#report-print")?;
        visit.wait("window.printed")?;
        let sheet = visit.text("document.querySelector('[data-role=report]').textContent")?;
        for words in ["NOT FOR DIAGNOSIS", "Looks", "SHA-256", "What now?"] {
            ensure!(sheet.contains(words), "the sheet does not say «{words}»");
        }
        let painted = visit.number("document.querySelectorAll('[data-role=report] canvas').length")?;
        ensure!(painted >= 2.0, "original and overlay are not both there");
        Ok(())
    });
}

#[test]
fn the_saved_picture_has_the_warning_burned_in() {
    with_site(|site| {
        let visit = with_result(site, "")?;
        visit.text(
            "(window.kept = undefined, URL.createObjectURL = blob => { createImageBitmap(blob).then(picture => { \
             const c = new OffscreenCanvas(picture.width, picture.height), x = c.getContext('2d'); x.drawImage(picture, 0, 0); \
             const band = x.getImageData(0, picture.height - 12, picture.width, 8).data; \
             window.kept = [band.filter((v, at) => at % 4 === 0 && v > 200).length, band.filter((v, at) => at % 4 === 0 && v < 30).length] }); return '#' }, 'ready')",
        )?;
        visit.click("#report-picture")?;
        visit.wait("window.kept")?;
        let (white, black) = (visit.number("window.kept[0]")?, visit.number("window.kept[1]")?);
        ensure!(white > 50.0 && black > white, "no white letters on black: {white}, {black}");
        Ok(())
    });
}

#[test]
fn age_is_told_beside_the_picture_and_a_wrong_one_at_its_field() {
    with_site(|site| {
        let visit = with_result(site, "")?;
        visit.text("(document.querySelector('[data-role=clinical]').open = true, 'open')")?;
        let type_in = |field: &str, value: &str| {
            visit.text(&format!(
                "(document.querySelector('#{field}').value = '{value}', document.querySelector('#{field}').dispatchEvent(new Event('input', {{bubbles: true}})), 'typed')"
            ))
        };
        type_in("age", "300")?;
        visit.wait("document.querySelector('#age-fault').innerText.includes('from')")?;
        ensure!(visit.number("document.querySelectorAll('[data-model=clinical]').length")? < 1.0);
        let osteoporosis =
            "Number(document.querySelector('[data-model=clinical][data-class=osteoporosis]').dataset.value)";
        type_in("age", "30")?;
        visit.wait("document.querySelector('[data-model=clinical]')")?;
        let young = visit.number(osteoporosis)?;
        type_in("age", "85")?;
        visit.wait(&format!("{osteoporosis} > {young}"))?;
        visit.wait("document.querySelector('[data-model=clinical-and-picture]')")?;
        type_in("weight", "50")?;
        // 0.2 · (50 − 85) = −7.
        visit.wait("document.querySelector('[data-role=ost]').innerText.includes('-7')")?;
        Ok(())
    });
}

#[test]
fn every_language_shows_the_whole_page_in_its_direction() {
    with_site(|site| {
        for (tag, direction, word) in [("en", "ltr", "What now?"), ("es", "ltr", "¿Y ahora"), ("ar", "rtl", "ماذا")]
        {
            let visit = with_result(site, &format!("&lang={tag}"))?;
            let root = visit.text("document.documentElement.lang + ' ' + document.documentElement.dir")?;
            ensure!(root == format!("{tag} {direction}"), "{root}");
            let shown = visit.text("document.body.innerText")?;
            ensure!(shown.contains(word), "{tag}: «{word}» is not on the page");
        }
        // Changed by hand, the result stays.
        let visit = with_result(site, "")?;
        visit.text("(document.querySelector('#language').value = 'es', document.querySelector('#language').dispatchEvent(new Event('change', {bubbles: true})), 'chosen')")?;
        visit.wait("document.documentElement.lang === 'es' && document.querySelector('.banner[data-role=verdict]')")?;
        Ok(())
    });
}

#[test]
fn axe_finds_no_fault_in_any_state() {
    let Some(axe) = std::env::var_os("OSTEOLENS_AXE").and_then(|path| fs::read_to_string(path).ok()) else {
        println!("skipped: OSTEOLENS_AXE names no axe.min.js; `cargo xtask test` fetches it with npm");
        return;
    };
    with_site(|site| {
        for (lang, dark) in [("en", false), ("en", true), ("ar", false)] {
            let visit = Visit::open(site, &format!("?backend=cpu&lang={lang}"), Size::Desktop)?;
            visit.set_dark(dark)?;
            visit.wait("document.querySelector('#notice')")?;
            visit.text(&format!("{axe}; 'loaded'"))?;
            let check = |state: &str| -> Result<()> {
                let faults = visit.text(
                    "axe.run({resultTypes: ['violations']}).then(found => found.violations.map(fault => \
                     fault.id + ': ' + fault.nodes.slice(0, 3).map(node => node.html.slice(0, 160)).join(' | ')).join('\\n'))",
                )?;
                ensure!(faults.is_empty(), "{state}, {lang}, dark {dark}:\n{faults}");
                Ok(())
            };
            check("notice")?;
            visit.click("#notice button")?;
            check("empty")?;
            visit.wait_for_engine("cpu")?;
            let states = [
                ("sample-a.png", "normal"),
                ("sample-b.png", "osteopenia"),
                ("sample-c.png", "osteoporosis"),
                ("sample-d.png", "uncertain"),
                ("not-a-knee.png", "refused"),
            ];
            for (sample, verdict) in states {
                let file = files::knee().with_file_name(sample);
                visit.upload(&[&file])?;
                let said = verdict_of(&visit, &file)?;
                ensure!(said == verdict, "{sample} is called {said}");
                check(verdict)?;
            }
            let (broken, _) = files::wrong()?.remove(1);
            visit.upload(&[&broken])?;
            visit.wait_for_verdict(&broken)?;
            visit.text("(document.querySelectorAll('details').forEach(one => one.open = true), 'open')")?;
            visit.wait("document.querySelectorAll('[data-role=model-card] svg').length === 2")?;
            check("error, batch, model card")?;
            visit.text("(document.querySelector('#keys').showModal(), 'open')")?;
            check("keys")?;
        }
        Ok(())
    });
}
