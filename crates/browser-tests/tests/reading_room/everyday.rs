//! What people do with a page beside reading a result: translate it, stop, drop what is no file, print by the browser's own
//! command, refuse to have anything stored.

use image::{ImageBuffer, Rgb};

use super::*;

/// As a translating browser does: each text becomes capitals in elements of its own, now and whenever one is added.
const TRANSLATE: &str = "(() => { const ours = new WeakSet(); \
     const wrap = node => { const parent = node.parentElement; \
       if (!parent || ours.has(node) || !node.data.trim() || ['SCRIPT', 'STYLE'].includes(parent.nodeName)) return; \
       const text = document.createTextNode(node.data.toUpperCase()), outer = document.createElement('font'), inner = document.createElement('font'); \
       ours.add(text); inner.append(text); outer.append(inner); node.replaceWith(outer); }; \
     const all = root => { const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT), found = []; \
       while (walker.nextNode()) found.push(walker.currentNode); found.forEach(wrap); }; \
     all(document.body); document.documentElement.classList.add('translated-ltr'); \
     new MutationObserver(changes => changes.forEach(change => change.addedNodes.forEach(node => \
       node.nodeType === 3 ? wrap(node) : node.nodeType === 1 && all(node)))).observe(document.body, {childList: true, subtree: true}); \
     return 'translated' })()";

#[test]
fn a_translated_page_shows_what_is_said_last() {
    with_site(|site| {
        let visit = with_result(site, "")?;
        visit.text(TRANSLATE)?;
        let banner = || visit.text("document.querySelector('.banner').innerText");
        visit.wait("document.querySelector('.banner').innerText.includes('UNCERTAIN')")?;
        for (age, verdict) in [("30", "normal"), ("72", "osteoporosis")] {
            visit.type_in("#age", age)?;
            visit.wait(&format!("document.querySelector('.banner').dataset.verdict === '{verdict}'"))?;
            visit
                .wait(&format!("document.querySelector('.banner').innerText.includes('{}')", verdict.to_uppercase()))?;
            ensure!(!banner()?.contains("UNCERTAIN"), "the verdict before still stands there: «{}»", banner()?);
        }
        ensure!(!banner()?.contains("NORMAL"), "the verdict before still stands there: «{}»", banner()?);
        visit.choose("#language", "es")?;
        visit.wait("document.documentElement.lang === 'es'")?;
        visit.wait("!document.body.innerText.includes('WHAT NOW?')")?;
        Ok(())
    });
}

#[test]
fn a_batch_that_is_stopped_says_so_everywhere() {
    with_site(|site| {
        let visit = open(site, "")?;
        let many = files::many(24)?;
        let paths: Vec<&Path> = many.iter().map(PathBuf::as_path).collect();
        visit.upload(&paths)?;
        visit.wait("document.querySelector('#batch-stop')")?;
        visit.click("#batch-stop")?;
        visit.wait("!document.querySelector('[data-role=batch] tr[data-state=working]')")?;
        visit.wait("document.querySelector('[data-role=batch] tr[data-state=stopped]')")?;
        let tabs = visit.text("document.querySelector('.studies').innerText")?;
        ensure!(!tabs.contains("Reading"), "«{tabs}»");
        let done = visit.text("document.querySelector('[data-role=batch-progress]').innerText")?;
        ensure!(!done.contains("24 of 24"), "«{done}»");
        // One that was not read is read when it is asked for.
        let name = visit.text("document.querySelector('[data-role=batch] tr[data-state=stopped]').dataset.row")?;
        visit.text(&format!(
            "([...document.querySelectorAll('.studies button')].find(tab => tab.innerText.includes('{name}')).click(), 'asked')"
        ))?;
        visit.wait(&format!("document.querySelector('.banner[data-role=verdict][data-file=\"{name}\"]')"))
    });
}

#[test]
fn what_holds_no_file_is_told_and_words_in_a_field_are_not() {
    const PASTE: &str = "(() => { const data = new DataTransfer(); data.setData('text/plain', 'https://example.org/knee.png'); \
         TARGET.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true})); return 'pasted' })()";
    with_site(|site| {
        let visit = with_result(site, "")?;
        visit.text(&PASTE.replace("TARGET", "document.querySelector('#age')"))?;
        visit.text(&PASTE.replace("TARGET", "document.body"))?;
        visit.wait("document.querySelectorAll('[data-role=trouble]').length === 1")?;
        let said = visit.text("document.querySelector('[data-role=trouble]').innerText")?;
        ensure!(said.contains("no file here"), "«{said}»");
        visit.click("[data-role=trouble] button")?;
        visit.text(&PASTE.replace("TARGET", "document.querySelector('#age')"))?;
        ensure!(visit.number("document.querySelectorAll('[data-role=trouble]').length")? == 0.0, "of words in a field");
        Ok(())
    });
}

#[test]
fn of_files_that_come_together_the_first_film_is_shown() {
    with_site(|site| {
        let visit = open(site, "")?;
        let (landscape, knee) = (files::knee().with_file_name("not-a-knee.png"), files::knee());
        visit.upload(&[&landscape, &knee])?;
        visit.wait("document.querySelector('.banner[data-file=\"sample-a.png\"]:not(.refused)')")?;
        // What somebody has chosen stays, and so does what came alone.
        visit.text("(document.querySelector('.studies button').click(), 'chosen')")?;
        visit.wait("document.querySelector('.banner.refused')")?;
        visit.text("([...document.querySelectorAll('.studies button')].at(-1).click(), 'chosen')")?;
        visit.wait("document.querySelector('.banner[data-file=\"sample-a.png\"]')")?;
        let hand = in_repository("tests/films/hand.png");
        visit.upload(&[&hand])?;
        ensure!(verdict_of(&visit, &hand)? == "refused");
        visit.wait("document.querySelector('.banner.refused[data-file=\"hand.png\"]')")
    });
}

#[test]
fn the_browsers_own_print_command_gives_the_report() {
    with_site(|site| {
        let visit = with_result(site, "")?;
        let pages = visit.print(8.27, 11.69)?;
        ensure!(pages.windows(11).filter(|part| part == b"/Type /Page").count() > 0, "no page");
        visit.wait("document.querySelector('[data-role=report]')")?;
        let painted = "[...document.querySelectorAll('[data-role=report] canvas')].filter(canvas => \
             canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((value, at) => at % 4 < 3 && value > 0)).length";
        ensure!(visit.number(painted)? >= 2.0, "its pictures are blank");
        Ok(())
    });
}

#[test]
fn where_nothing_may_be_stored_the_notice_comes_once() {
    const BLOCKED: &str = "window.faults = []; addEventListener('error', event => faults.push(event.message)); \
         addEventListener('unhandledrejection', event => faults.push(String(event.reason))); \
         for (const [of, what] of [[window, 'localStorage'], [Navigator.prototype, 'serviceWorker']]) \
         Object.defineProperty(of, what, {get() { throw new DOMException('blocked', 'SecurityError') }})";
    with_site(|site| {
        let visit = Visit::open_with_script(site, "?backend=cpu&model=custom-cnn", BLOCKED)?;
        visit.wait_for_engine("cpu")?;
        visit.wait("document.querySelector('#notice').open")?;
        visit.click("#notice .primary")?;
        visit.choose("#language", "es")?;
        visit.wait("document.documentElement.lang === 'es'")?;
        ensure!(visit.text("document.querySelector('#notice').open.toString()")? == "false", "it is asked again");
        let faults = visit.text("window.faults.join('; ')")?;
        ensure!(faults.is_empty(), "{faults}");
        Ok(())
    });
}

#[test]
fn what_was_removed_in_another_tab_is_known_here() {
    with_site(|site| {
        let visit = Visit::open(site, "?backend=cpu", Size::Desktop)?;
        visit.wait_for_engine("cpu")?;
        visit.wait_for_offline()?;
        visit.click("#notice .primary")?;
        // As the other tab leaves it; a browser tells every tab but that one.
        visit.text("(localStorage.setItem('osteolens-keep-nothing', '1'), dispatchEvent(new StorageEvent('storage', {key: 'osteolens-keep-nothing'})), 'removed')")?;
        visit.wait("document.documentElement.dataset.offline === 'removed'")
    });
}

#[test]
fn where_the_program_cannot_start_the_page_says_what_it_needs() {
    with_site(|site| {
        let visit = Visit::open_with_script(site, "", "delete window.WebAssembly")?;
        visit.wait("getComputedStyle(document.querySelector('#start')).visibility === 'visible'")?;
        let said = visit.text("document.querySelector('#start').innerText")?;
        ensure!(said.contains("WebAssembly") && said.contains("servidor"), "«{said}»");
        drop(visit);
        let visit = open(site, "")?;
        ensure!(visit.number("document.querySelector('#start').offsetHeight")? == 0.0, "it stays");
        Ok(())
    });
}

#[test]
fn a_photo_with_a_cast_is_judged_once_its_corners_are_shown() {
    with_site(|site| {
        let knee = image::open(files::knee())?.into_luma8();
        let blue = ImageBuffer::from_fn(knee.width(), knee.height(), |x, y| {
            let grey = u16::from(knee.get_pixel(x, y)[0]);
            Rgb([(grey * 7 / 10) as u8, (grey * 8 / 10) as u8, (grey + 45).min(255) as u8])
        });
        let path = files::scratch().join("blue.png");
        blue.save(&path)?;
        let visit = open(site, "")?;
        visit.upload(&[&path])?;
        ensure!(verdict_of(&visit, &path)? == "refused", "a photograph is judged as it is");
        visit.click("button[data-adjustment=straighten]")?;
        visit.click("#crop-apply")?;
        visit.wait("document.querySelector('.banner:not(.refused)[data-role=verdict]')")
    });
}

#[test]
fn after_a_result_folders_and_samples_are_still_there() {
    with_site(|site| {
        let visit = with_result(site, "")?;
        let height = |of: &str| visit.number(&format!("document.querySelector('{of}').getBoundingClientRect().height"));
        ensure!(height(".folder")? > 40.0, "no folder can be chosen");
        ensure!(height(".samples summary")? > 20.0 && height(".samples")? < 80.0, "samples are gone, or in the way");
        visit.click(".samples summary")?;
        visit.wait("document.querySelector('.samples button').getBoundingClientRect().height > 40")?;
        visit.emulate(&[("pointer", "coarse")])?;
        visit.wait("!document.querySelector('.intake').innerText.includes('CD')")
    });
}
