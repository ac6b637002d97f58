//! What may befall the engine. Each fault is put in from outside, by lines of JavaScript before its program: the
//! program under test is that of the release, which knows nothing of it.

use super::*;

/// The site with a line of JavaScript before the engine's program.
pub fn with_engine_prelude(site: &Path, name: &str, prelude: &str) -> Result<PathBuf> {
    let copy = files::scratch().join(name);
    files::copy_folder(site, &copy)?;
    let loader = fs::read_to_string(copy.join("engine_loader.js"))?;
    // Before the program itself, which `init` starts.
    let start = "await init(";
    ensure!(loader.contains(start), "the loader has no {start}");
    fs::write(copy.join("engine_loader.js"), loader.replace(start, &format!("{prelude}; {start}")))?;
    Ok(copy)
}

/// The page is never blocked for longer, whatever its engine does.
const LONGEST_STALL_MS: f64 = 200.0;

/// Writes down the longest task of the page.
pub const WATCH: &str = "(window.longest = 0, new PerformanceObserver(list => { for (const task of list.getEntries()) \
     window.longest = Math.max(window.longest, task.duration) }).observe({ type: 'longtask' }), 'watching')";

pub fn require_no_stall(visit: &Visit, name: &str) -> Result<()> {
    let longest = visit.number("window.longest")?;
    println!("{name}: the page was never blocked for longer than {longest:.0} ms");
    ensure!(longest <= LONGEST_STALL_MS, "{name}: the page was blocked for {longest} ms");
    Ok(())
}

#[test]
fn an_engine_that_says_nothing_for_a_while_is_waited_for_and_one_that_is_gone_is_replaced() {
    with_site_alone(|site| {
        // Of two films, the one of this size is the end of the engine that gets it.
        let (bad, good) = (files::pair()?, files::knee());
        let size = fs::metadata(&bad)?.len();
        let on_bad = |does: &str| {
            format!("addEventListener('message', ({{data}}) => {{ if (data[1]?.byteLength === {size}) {{ {does} }} }})")
        };
        for (name, does, words) in [
            ("stalled", "const end = Date.now() + 4000; while (Date.now() < end) {}", ""),
            ("killed", "self.close(); throw new Error('gone')", "gone"),
            ("silent", "data[0] = ''", "no response for 8 seconds"),
        ] {
            let copy = with_engine_prelude(site, name, &on_bad(does))?;
            let visit = Visit::open(&copy, &format!("{SMALL}&patience=8"), Size::Desktop)?;
            visit.wait_for_engine("cpu")?;
            visit.text(WATCH)?;
            visit.upload(&[&bad, &good])?;
            visit.wait_for_verdict(&bad)?;
            let state = |file: &Path| {
                let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
                visit.text(&format!("document.querySelector('tr[data-row=\"{name}\"]').dataset.state"))
            };
            visit.wait("document.querySelectorAll('[data-role=batch] tbody tr[data-state=working]').length === 0")?;
            ensure!(!["error", "working"].contains(&state(&good)?.as_str()), "{name}: the other film failed");
            ensure!((state(&bad)? == "error") != words.is_empty(), "{name}: {}", state(&bad)?);
            let row = visit.text("document.querySelector('[data-role=batch]').textContent")?;
            ensure!(row.contains(words), "{name}: {row}");
            // The engine is there for the next.
            visit.wait_for_engine("cpu")?;
            require_no_stall(&visit, name)?;
        }
        Ok(())
    });
}

#[test]
fn a_colour_by_the_age_stays_while_the_engine_is_started_anew() {
    with_site(|site| {
        let (bad, good) = (files::pair()?, files::knee());
        let size = fs::metadata(&bad)?.len();
        let prelude = format!(
            "addEventListener('message', ({{data}}) => {{ if (data[1]?.byteLength === {size}) {{ self.close(); throw new Error('gone') }} }})"
        );
        let copy = with_engine_prelude(site, "ended-beside-an-age", &prelude)?;
        let visit = Visit::open(&copy, SMALL, Size::Desktop)?;
        visit.wait_for_engine("cpu")?;
        visit.upload(&[&good])?;
        visit.wait_for_verdict(&good)?;
        visit.type_in("#age", "30")?;
        visit.wait("document.querySelector('.banner').dataset.verdict === 'normal'")?;
        // Every verdict that the banner shows from now on, and every state of the engine.
        visit.text(
            "(() => { const see = () => { seen.add(document.querySelector('.banner').dataset.verdict); \
             engines.add(document.documentElement.dataset.engine) }; window.seen = new Set(); window.engines = new Set(); see(); \
             new MutationObserver(see).observe(document, {subtree: true, childList: true, attributes: true}); return 'watched' })()",
        )?;
        visit.upload(&[&bad])?;
        visit.wait("document.querySelector('[data-verdict=error]')")?;
        visit.wait_for_engine("cpu")?;
        let (seen, engines) = (visit.text("[...seen].join()")?, visit.text("[...engines].join()")?);
        ensure!(engines.contains("loading"), "the engine was not started anew: {engines}");
        ensure!(seen == "normal", "the banner showed {seen}");
        Ok(())
    });
}

/// Counts the files that another worker has read for the engine.
fn count() -> String {
    format!(
        "window.judged = 0; window.Worker = class extends Worker {{ postMessage(message, ...all) {{ \
         if (message[0]?.[0] === {}) window.judged++; super.postMessage(message, ...all) }} }}",
        kinds::request("Judge")
    )
}

#[test]
fn films_are_read_while_others_are_judged_and_without_a_reader_all_goes_on() {
    const ROWS: &str = "[...document.querySelectorAll('[data-role=batch] tbody tr')]";
    with_site_alone(|site| {
        ensure!(std::thread::available_parallelism()?.get() > 1, "with one processor nothing is read ahead");
        let (many, pair) = (files::many(23)?, files::pair()?);
        let mut films: Vec<&Path> = many.iter().map(PathBuf::as_path).collect();
        films.insert(20, &pair);
        let bytes = fs::metadata(&pair)?.len();
        let on = |what: &str, does: &str| {
            format!("addEventListener('message', ({{data}}) => {{ if ({what}) {{ {does} }} }})")
        };
        // Only a reader is told to read.
        let is_read = &format!("data[0]?.[0] === {}", kinds::request("Read"));
        let dies = "self.close(); throw new Error('gone')";
        let is_bad = format!("data[1]?.byteLength === {bytes}");
        let mut right = None;
        for (name, prelude, failed) in [
            ("none", String::new(), 1),
            ("reader killed", on(is_read, dies), 1),
            ("reader silent", on(is_read, "data[0] = ''"), 1),
            ("bad file", on(&is_bad, dies), 2),
        ] {
            let copy = with_engine_prelude(site, name, &prelude)?;
            let visit = Visit::open_with_script(&copy, &format!("{SMALL}&patience=10"), &count())?;
            visit.wait_for_engine("cpu")?;
            visit.text(WATCH)?;
            visit.upload(&films)?;
            visit.wait(&format!("{ROWS}.length === 24 && !{ROWS}.some(row => row.dataset.state === 'working')"))?;
            let judged = visit.number("window.judged")?;
            println!("{name}: {judged} of 24 films read ahead");
            let is_right = if name.starts_with("reader") { judged == 0.0 } else { judged >= 8.0 };
            ensure!(is_right, "{name}: {judged} films were read ahead");
            let states = visit.text(&format!("{ROWS}.map(row => row.dataset.state).join()"))?;
            ensure!(states.matches("error").count() == failed, "{name}: {states}");
            if failed == 1 {
                let rows = visit.text(&format!("{ROWS}.map(row => row.innerText).join()"))?;
                ensure!(right.get_or_insert(rows.clone()) == &rows, "{name}: {rows} instead of {right:?}");
            }
            require_no_stall(&visit, name)?;
        }
        Ok(())
    });
}

/// Keeps the first heat map back until the study is judged once more, by another part of its picture.
fn late_map() -> String {
    format!(
        "const post = self.postMessage.bind(self); let held, explained = 0; \
         self.postMessage = (message, moved) => {{ const kind = message?.[0]?.[0]; \
         if (kind === {} && !held) {{ held = [message, moved]; return }} \
         if (kind === {} && ++explained === 2) post(...held); post(message, moved) }}",
        kinds::response("Overlay"),
        kinds::response("Explained")
    )
}

#[test]
fn a_heat_map_of_an_earlier_part_of_the_picture_is_not_shown_on_a_later_one() {
    const MAP: &str = "document.querySelector('canvas[data-role=heatmap]')";
    with_site(|site| {
        let mut right = None;
        for (name, prelude) in [("in time", String::new()), ("late", late_map())] {
            let copy = with_engine_prelude(site, name, &prelude)?;
            let visit = Visit::open(&copy, SMALL, Size::Desktop)?;
            visit.wait_for_engine("cpu")?;
            judge_a_sample(&visit)?;
            visit.click("#crop")?;
            visit.wait("document.querySelector('.crop-box')")?;
            visit.click("#crop-apply")?;
            visit.wait("document.querySelector('#crop-undo')")?;
            visit.wait(&format!(
                "{MAP}.dataset.class && {MAP}.getContext('2d').getImageData(0, 0, {MAP}.width, {MAP}.height).data.some(v => v)"
            ))?;
            let map = visit.text(&format!("{MAP}.toDataURL()"))?;
            ensure!(right.get_or_insert(map.clone()) == &map, "{name}: another heat map");
        }
        Ok(())
    });
}

#[test]
fn a_device_without_room_for_the_weights_uses_them_all_the_same() {
    with_site(|site| {
        let full = "Cache.prototype.put = () => Promise.reject(new DOMException('full', 'QuotaExceededError'))";
        let copy = with_engine_prelude(site, "no-room", full)?;
        let visit = Visit::open(&copy, SMALL, Size::Desktop)?;
        visit.wait_for_engine("cpu")?;
        judge_a_sample(&visit)?;
        let kept = visit.text(
            "caches.open('osteolens-weights ' + location.href.split('?')[0]).then(store => store.keys()).then(all => String(all.length))",
        )?;
        ensure!(kept == "0", "{kept} files are kept");
        Ok(())
    });
}

#[test]
fn loading_can_be_stopped_and_begun_again() {
    with_site(|site| {
        let server = Faulty::start(site)?;
        server.fail("custom-cnn.weights", Fault::Slow);
        let visit = Visit::open_at(&server.address(), SMALL, Size::Desktop)?;
        visit.click("#notice .primary")?;
        visit.click("#stop-loading")?;
        visit.wait(&format!("{ENGINE} === 'failed'"))?;
        let note = visit.text("document.querySelector('.note').innerText")?;
        ensure!(note.contains("Loading was stopped"), "{note}");
        server.mend();
        visit.click("#load-again")?;
        visit.wait_for_engine("cpu")?;
        judge_a_sample(&visit)
    });
}
