//! DICOM films.

use super::*;

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
        let folder = in_repository("tests/dicom");
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
        // Even in the name of a window.
        let file = dicom::write(&knee, dicom::Kind::ThreeWindows)?;
        visit.upload(&[&file])?;
        visit.wait_for_verdict(&file)?;
        visit.text("(document.querySelectorAll('details').forEach(one => one.open = true), 'open')")?;
        let shown = visit.text("document.body.textContent")?;
        let stored = visit.text("JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie")?;
        let report = saved(&visit, "#report-data")?;
        ensure!(report.contains("\"modality\": \"DX\""), "the report does not say what the file is: {report}");
        let aged = dicom::write(&knee, dicom::Kind::OfAWomanOfSeventy)?;
        visit.upload(&[&aged])?;
        visit.wait_for_verdict(&aged)?;
        let shown = shown + &visit.text("document.body.textContent")?;
        let report = report + &saved(&visit, "#report-data")?;
        for secret in dicom::SECRETS {
            for (place, text) in [("shown", &shown), ("stored", &stored), ("saved", &report)] {
                ensure!(!text.contains(secret), "«{secret}» is {place}");
            }
        }
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
        visit.choose("#frame", "2")?;
        visit.wait("document.querySelector('[data-role=trouble]').innerText.includes('a picture is missing')")?;
        ensure!(verdict_of(&visit, &file)? == verdict, "the result is gone");
        visit.wait("document.querySelector('#frame').value === '0'")?;
        Ok(())
    });
}

#[test]
fn another_window_changes_what_is_seen_and_nothing_else() {
    with_site(|site| {
        let visit = open(site, "")?;
        let knee = image::open(files::knee())?.into_luma8();
        let file = dicom::write(&knee, dicom::Kind::ThreeWindows)?;
        visit.upload(&[&file])?;
        let verdict = verdict_of(&visit, &file)?;
        let before = visit.probabilities("combined")?;
        let names =
            visit.text("[...document.querySelectorAll('#window option')].map(one => one.innerText).join('|')")?;
        ensure!(names.contains("NORMAL") && names.contains("DARK"), "{names}");
        // The mean grey of what is shown.
        let grey = "(() => { const c = document.querySelector('canvas[data-role=radiograph]'), \
                    d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; \
                    let sum = 0; for (let at = 0; at < d.length; at += 4) sum += d[at]; return sum * 4 / d.length })()";
        let own = visit.number(grey)?;
        // The second window spreads the darker half: the picture becomes brighter.
        visit.choose("#window", "1")?;
        visit.wait(&format!("{grey} > {own} * 1.3"))?;
        ensure!(visit.text("document.querySelector('#window').value")? == "1");
        for window in ["whole", "middle"] {
            let now = visit.number(grey)?;
            visit.choose("#window", window)?;
            visit.wait(&format!("Math.abs({grey} - {now}) > 0.5"))?;
        }
        visit.choose("#window", "own")?;
        visit.wait(&format!("Math.abs({grey} - {own}) < 0.01"))?;
        ensure!(verdict_of(&visit, &file)? == verdict && visit.probabilities("combined")? == before);
        Ok(())
    });
}
