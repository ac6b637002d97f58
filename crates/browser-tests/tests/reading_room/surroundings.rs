//! What surrounds the page: a cache of pages, dense screens, extensions, copies on a disk, large folders, other pages.

use std::time::{Duration, Instant};

use super::*;

/// Lets a test end the page's workers as a browser does that is short of memory: without a word.
const HOLD_WORKERS: &str = "window.workers = []; window.Worker = class extends Worker { \
     constructor(...all) { super(...all); window.workers.push(this) } }";

#[test]
fn a_page_that_comes_back_with_a_dead_worker_judges_the_next_film() {
    /// The page's own patience is 10 s; then the engine starts, and judges.
    const MOST: Duration = Duration::from_secs(30);
    with_site(|site| {
        let visit = Visit::open_with_script(site, "?backend=cpu", HOLD_WORKERS)?;
        visit.click("#notice button")?;
        visit.wait_for_engine("cpu")?;
        let (first, second) = (files::knee(), files::knee().with_file_name("sample-b.png"));
        visit.upload(&[&first])?;
        visit.wait_for_verdict(&first)?;
        visit.text("(window.workers.forEach(worker => worker.terminate()), 'dead')")?;
        visit.text("(dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true})), 'back')")?;
        let begun = Instant::now();
        visit.upload(&[&second])?;
        ensure!(verdict_of(&visit, &second)? != "error", "the film is blamed");
        ensure!(begun.elapsed() < MOST, "it took {:?}", begun.elapsed());
        // A worker that lives is left alone, also once the page's patience is over.
        let workers = visit.text("String(window.workers.length)")?;
        visit.text("(window.since = performance.now(), dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true})), 'back')")?;
        visit.wait("performance.now() - window.since > 12000")?;
        visit.upload(&[&first])?;
        visit.wait("document.querySelectorAll('[data-role=batch] tbody tr:not([data-state=working])').length === 3")?;
        ensure!(visit.text("String(window.workers.length)")? == workers, "another worker was started");
        Ok(())
    });
}

#[test]
fn a_visit_goes_on_after_another_page_was_looked_at() {
    with_site(|site| {
        let visit = with_result(site, "")?;
        visit.text("(location.href = 'LICENSE.txt', 'away')")?;
        visit.wait("location.pathname.endsWith('LICENSE.txt') && document.readyState === 'complete'")?;
        visit.text("(history.back(), 'back')")?;
        visit.wait("!location.pathname.endsWith('LICENSE.txt') && document.querySelector('#file')")?;
        visit.wait_for_engine("cpu")?;
        let film = files::knee().with_file_name("sample-b.png");
        visit.upload(&[&film])?;
        ensure!(verdict_of(&visit, &film)? != "error");
        Ok(())
    });
}

/// The probabilities of the part that is shown, and where it lies in the file.
fn part(visit: &Visit) -> Result<(Vec<f64>, Vec<f64>)> {
    let report: serde_json::Value = serde_json::from_str(&saved(visit, "#report-data")?)?;
    let crop = &report["edit"]["crop"];
    let side = |name: &str| crop[name].as_f64().with_context(|| format!("no {name} in {report}"));
    let place = ["x_px", "y_px", "width_px", "height_px"].map(side).into_iter().collect::<Result<_>>()?;
    Ok((visit.probabilities("combined")?, place))
}

#[test]
fn a_part_that_is_chosen_is_the_same_on_every_screen() {
    /// Of the picture's side: what a mouse can hit.
    const PLACE_AGREES_WITHIN: f64 = 0.01;
    with_site(|site| {
        let mut by_keys = Vec::new();
        // A plain screen, one enlarged to 125 %, and a telephone's.
        for density in [1.0, 1.25, 3.0] {
            let visit = with_result(site, "")?;
            visit.densify(density)?;
            visit.wait(&format!("devicePixelRatio === {density}"))?;
            visit.click("#crop")?;
            visit.wait("document.activeElement?.matches('.crop-box')")?;
            for key in ["ArrowLeft", "ArrowUp", "ArrowUp"] {
                visit.press(key)?;
            }
            visit.click("#crop-apply")?;
            visit.wait("document.querySelector('#crop-undo')")?;
            visit.wait("document.querySelector('.banner[data-role=verdict]')")?;
            by_keys.push(part(&visit)?);
            visit.click("#crop-undo")?;
            visit.wait("!document.querySelector('#crop-undo')")?;
            visit.wait("document.querySelector('.banner[data-role=verdict]')")?;
            // From the very corner of the picture to four fifths of it.
            visit.click("#crop")?;
            visit.wait("document.querySelector('.crop-stage')")?;
            visit.text("(document.querySelector('.crop-stage').scrollIntoView({block: 'center'}), 'seen')")?;
            let side = |name: &str| {
                visit.number(&format!("document.querySelector('.crop-stage').getBoundingClientRect().{name}"))
            };
            let canvas =
                |name: &str| visit.number(&format!("document.querySelector('canvas[data-role=radiograph]').{name}"));
            let [film_width, film_height] = [canvas("width")?, canvas("height")?];
            let (left, top, width, height) = (side("left")?, side("top")?, side("width")?, side("height")?);
            visit.drag((left + 0.5, top + 0.5), (left + 0.8 * width, top + 0.8 * height))?;
            visit.click("#crop-apply")?;
            visit.wait("document.querySelector('#crop-undo')")?;
            visit.wait("document.querySelector('.banner[data-role=verdict]')")?;
            let (_, place) = part(&visit)?;
            let wanted = [0.0, 0.0, 0.8 * film_width, 0.8 * film_height];
            let off = place.iter().zip(wanted).map(|(is, wanted)| (is - wanted).abs()).fold(0.0, f64::max);
            ensure!(off <= PLACE_AGREES_WITHIN * film_width, "at {density}: {place:?} instead of {wanted:?}");
        }
        ensure!(by_keys.iter().all(|one| *one == by_keys[0]), "by keys: {by_keys:?}");
        Ok(())
    });
}

#[test]
fn an_extension_that_darkens_pages_leaves_words_and_answer() {
    const DARKEN: &str = "(() => { const style = new CSSStyleSheet(); style.replaceSync('html, img, video { filter: \
         invert(1) hue-rotate(180deg) !important } * { background-color: #111 !important; color: #eee !important }'); \
         document.adoptedStyleSheets = [...document.adoptedStyleSheets, style]; return 'dark' })()";
    with_site(|site| {
        let visit = with_result(site, "")?;
        let before = visit.probabilities("combined")?;
        visit.text(DARKEN)?;
        let film = files::knee().with_file_name("sample-b.png");
        visit.upload(&[&film])?;
        visit.wait_for_verdict(&film)?;
        visit.click("nav.studies button")?;
        visit.wait("document.querySelector('.banner[data-file=\"sample-a.png\"]')")?;
        ensure!(visit.probabilities("combined")? == before, "the answer has changed");
        let (banner, tab) = (
            visit.text("document.querySelector('.banner strong').innerText")?,
            visit.text("document.querySelector('nav.studies .badge').innerText")?,
        );
        ensure!(banner.contains("Uncertain") && tab.contains("Uncertain"), "«{banner}» «{tab}»");
        ensure!(visit.text("document.querySelector('meta[name=color-scheme]').content")? == "light dark");
        Ok(())
    });
}

#[test]
fn a_copy_of_the_page_that_was_saved_says_what_it_needs() {
    with_site(|site| {
        let visit = with_result(site, "")?;
        let copy = files::scratch().join("saved page.html");
        fs::write(&copy, visit.text("'<!doctype html>' + document.documentElement.outerHTML")?)?;
        drop(visit);
        let visit = Visit::open_at(&format!("file://{}", copy.display()).replace(' ', "%20"), "", Size::Desktop)?;
        visit.wait("getComputedStyle(document.querySelector('#start p')).visibility === 'visible'")?;
        let said = visit.text("document.querySelector('#start').innerText")?;
        ensure!(said.contains("web server") && said.contains("servidor"), "«{said}»");
        let above = visit.number("document.querySelector('#start p').getBoundingClientRect().top")?;
        ensure!((0.0..300.0).contains(&above), "it stands at {above} px");
        Ok(())
    });
}

#[test]
fn a_folder_of_more_files_than_browsers_give_at_once_is_read_whole() {
    /// Browsers give the entries of a folder in portions of 100.
    const FILES: usize = 130;
    with_site(|site| {
        let folder = files::scratch().join("large folder");
        fs::create_dir_all(&folder)?;
        for at in 0..FILES {
            fs::write(folder.join(format!("film-{at:03}.png")), b"")?;
        }
        for at in 0..5 {
            fs::write(folder.join(format!("list-{at}.txt")), b"no picture")?;
        }
        let visit = open(site, "")?;
        visit.drop(&[&folder])?;
        visit.wait(&format!("document.querySelectorAll('[data-role=batch] tbody tr').length === {FILES}"))?;
        visit.wait("document.querySelectorAll('[data-role=batch] tbody tr[data-state=working]').length === 0")?;
        visit.wait("document.querySelector('[data-role=trouble]')?.innerText.includes('5 files')")
    });
}

#[test]
fn what_is_dragged_from_another_page_is_told_and_not_fetched() {
    const DROP: &str = "(() => { const data = new DataTransfer(); data.setData('text/uri-list', 'http://elsewhere.example/knee.png'); \
         data.setData('text/html', '<img src=\"http://elsewhere.example/knee.png\">'); \
         for (const name of ['dragenter', 'dragover', 'drop']) \
         document.body.dispatchEvent(new DragEvent(name, {dataTransfer: data, bubbles: true, cancelable: true})); return 'dropped' })()";
    with_site(|site| {
        let visit = with_result(site, "")?;
        let (address, asked) = (visit.text("location.href")?, visit.asked().len());
        for _ in 0..3 {
            visit.text(DROP)?;
        }
        visit.wait("document.querySelector('[data-role=trouble]')?.innerText.includes('no file here')")?;
        ensure!(visit.text("String(document.querySelectorAll('[data-role=trouble]').length)")? == "1");
        ensure!(visit.text("location.href")? == address, "the page was left");
        let elsewhere = visit.asked()[asked..].iter().any(|one| one.address.contains("elsewhere"));
        ensure!(!elsewhere, "the picture was fetched");
        visit.wait("document.querySelector('.banner[data-file=\"sample-a.png\"]')")
    });
}
