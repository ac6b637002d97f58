//! What is kept: reports, tables, earlier results.

use super::*;

#[test]
fn a_report_is_saved_and_printed_with_its_warning() {
    with_site(|site| {
        let visit = with_result(site, "")?;
        let report: serde_json::Value = serde_json::from_str(&saved(&visit, "#report-data")?)?;
        ensure!(report["warning"].as_str().is_some_and(|words| words.contains("not a diagnosis")));
        ensure!(report["file_sha256"].as_str().is_some_and(|hash| hash.len() == 64), "{report}");
        let schema: serde_json::Value = serde_json::from_str(include_str!("../../../../docs/report.schema.json"))?;
        let faults: Vec<String> =
            jsonschema::validator_for(&schema)?.iter_errors(&report).map(|fault| fault.to_string()).collect();
        ensure!(faults.is_empty(), "{faults:?}");
        visit.type_in("#age", "30")?;
        visit.wait("document.querySelector('.banner').dataset.verdict === 'normal'")?;
        visit.click("#fracture")?;
        visit.choose("#prevalence", "5")?;
        visit.text("(window.print = () => window.printed = true, 'stubbed')")?;
        visit.click("#report-print")?;
        visit.wait("window.printed")?;
        let sheet = visit.text("document.querySelector('[data-role=report]').textContent")?;
        for words in [
            "NOT FOR DIAGNOSIS",
            "Based on age: normal",
            "People of about 30",
            "A bone broken in a minor fall",
            "If 5 of 100 have it",
            "Only the age counts",
            "as equally common",
            "Of 100 people with this result",
            "SHA-256",
            "What now?",
        ] {
            ensure!(sheet.contains(words), "the sheet does not say «{words}»");
        }
        let painted = visit.number("document.querySelectorAll('[data-role=report] canvas').length")?;
        ensure!(painted >= 2.0, "original and overlay are not both there");
        Ok(())
    });
}

#[test]
fn a_browser_that_falsifies_canvases_saves_no_picture_and_says_so() {
    with_site(|site| {
        let visit = with_result(site, "")?;
        // As browsers do that guard against being recognised.
        visit.text(
            "(() => { const own = CanvasRenderingContext2D.prototype.getImageData; window.saved = 0; \
             CanvasRenderingContext2D.prototype.getImageData = function (...area) { const read = own.apply(this, area); \
               for (let at = 0; at < read.data.length; at += 97) read.data[at] ^= 1; return read; }; \
             URL.createObjectURL = () => { window.saved++; return '#' }; return 'falsified' })()",
        )?;
        visit.click("#report-picture")?;
        visit.wait("document.querySelector('[data-role=trouble]')?.innerText.includes('canvas data')")?;
        ensure!(visit.number("window.saved")? == 0.0, "noise was saved");
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
fn the_report_fits_one_page_in_every_language_on_either_paper() {
    /// In inches.
    const PAPERS: [(&str, f64, f64); 2] = [("A4", 8.27, 11.69), ("Letter", 8.5, 11.0)];
    with_site(|site| {
        for lang in ["en", "es", "ar"] {
            let visit = open(site, &format!("&lang={lang}"))?;
            visit.text("(window.print = () => window.printed = true, 'stubbed')")?;
            let not_a_knee = files::knee().with_file_name("not-a-knee.png");
            for file in [files::knee(), files::pair()?, not_a_knee] {
                visit.upload(&[&file])?;
                let name = file.file_name().context("it has a name")?.to_string_lossy().into_owned();
                visit.wait(&format!("document.querySelector('.banner[data-file=\"{name}\"]')"))?;
                visit.wait("document.querySelector('.banner.refused') || document.querySelector('canvas[data-role=heatmap]').dataset.class")?;
                visit.text("(window.printed = false, 'not yet')")?;
                visit.click("#report-print")?;
                visit.wait("window.printed")?;
                for (paper, width, height) in PAPERS {
                    let pdf = visit.print(width, height)?;
                    if let Some(folder) = std::env::var_os("OSTEOLENS_SCREENSHOTS") {
                        fs::write(Path::new(&folder).join(format!("report-{lang}-{paper}-{name}.pdf")), &pdf)?;
                    }
                    let is_page = |part: &&[u8]| part.starts_with(b"/Type /Page") && part[11] != b's';
                    let pages = pdf.windows(12).filter(is_page).count();
                    ensure!(pages == 1, "{name}, {lang}, {paper}: {pages} pages");
                }
            }
        }
        Ok(())
    });
}

#[test]
fn diagnostics_tell_what_happened_and_no_name() {
    with_site(|site| {
        let visit = with_result(site, "")?;
        visit.choose("#audience", "clinician")?;
        visit.text(
            "(navigator.clipboard.writeText = words => { window.kept = words; return Promise.resolve() }, 'ready')",
        )?;
        visit.click("#diagnostics")?;
        visit.wait("window.kept")?;
        let told = visit.text("window.kept")?;
        ensure!(told.contains("ready on cpu") && told.contains("OsteoLens"), "{told}");
        ensure!(!told.contains("sample-a"), "{told}");
        Ok(())
    });
}
