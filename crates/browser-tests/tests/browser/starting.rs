//! How the engine starts, and what the page does when it cannot.

use super::*;

#[test]
fn an_engine_that_fails_on_the_gpu_is_started_anew_on_the_cpu() {
    with_site_alone(|site| {
        let copy = files::scratch().join("failing-site");
        files::copy_folder(site, &copy)?;
        // The software GPU of the tests passes for a real one. As soon as the engine says that it runs on the
        // GPU (the first of the backends), its program dies.
        let ready = kinds::response("Ready");
        let loader = fs::read_to_string(copy.join("engine_loader.js"))?;
        let dies = format!(
            "const ask = navigator.gpu.requestAdapter.bind(navigator.gpu); \
                    navigator.gpu.requestAdapter = async options => {{ const adapter = await ask(options); \
                    for (const one of [adapter, adapter.info]) Object.defineProperty(one, 'isFallbackAdapter', {{value: false}}); \
                    return adapter }}; \
                    const post = self.postMessage.bind(self); self.postMessage = (message, moved) => {{ \
                    if (message[0][0] === {ready} && message[0][1] === 0) \
                    setTimeout(() => {{ throw new Error('the device is lost') }}); return post(message, moved) }};"
        );
        fs::write(copy.join("engine_loader.js"), format!("{dies}\n{loader}"))?;
        let visit = Visit::open(&copy, "", Size::Desktop)?;
        visit.wait("document.documentElement.dataset.engine === 'cpu'")?;
        let note = visit.text("document.querySelector('.note').innerText")?;
        ensure!(note.contains("the device is lost") && note.contains("CPU"), "{note}");
        let film = files::knee();
        visit.upload(&[&film])?;
        visit.wait_for_verdict(&film)?;
        visit.wait("document.querySelector('.banner[data-role=verdict]')")?;
        Ok(())
    });
}

#[test]
fn an_engine_that_cannot_start_is_an_error_on_the_page() {
    with_site(|site| {
        for (file, contents, words) in [
            ("engine_loader.js", "throw new Error('no engine today')", "no engine today"),
            ("engine.js", "no script", "SyntaxError"),
            ("engine_bg.wasm", "no program", "did not arrive whole"),
        ] {
            let copy = files::scratch().join("broken-site");
            files::copy_folder(site, &copy)?;
            fs::write(copy.join(file), contents)?;
            let visit = Visit::open(&copy, "", Size::Desktop)?;
            visit.wait("document.documentElement.dataset.engine === 'failed'")?;
            let note = visit.text("document.querySelector('.note').innerText")?;
            println!("{file}: {note}");
            ensure!(note.contains(words), "{file}: {note}");
        }
        Ok(())
    });
}

#[test]
fn the_engine_starts_whatever_comes_before_its_program_or_with_it() {
    with_site(|site| {
        for (name, script) in [
            (
                "a message that comes before the program",
                "window.Worker = class extends Worker { constructor(...all) { \
                 super(...all); this.postMessage([new Uint8Array([7]), undefined]) } }",
            ),
            (
                "a server that does not know what it sends",
                "const ask = window.fetch; window.fetch = async (...all) => { const answer = await ask(...all); \
                 return String(all[0]).includes('.wasm') ? \
                 new Response(answer.body, { headers: { 'Content-Type': 'application/octet-stream' } }) : answer }",
            ),
        ] {
            let visit = Visit::open_with_script(site, "", script)?;
            visit.wait("document.documentElement.dataset.engine !== 'loading'")?;
            let note = visit.text("document.querySelector('.note')?.innerText ?? ''")?;
            ensure!(!note.contains("failed"), "{name}: {note}");
            visit.wait_for_engine("cpu")?;
        }
        Ok(())
    });
}
