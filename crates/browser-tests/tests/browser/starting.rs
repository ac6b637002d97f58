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
            ("engine_relaxed.js", "no script", "SyntaxError"),
            ("engine_bg.wasm", "no program", "did not arrive whole"),
        ] {
            let copy = files::scratch().join("broken-site");
            files::copy_folder(site, &copy)?;
            fs::write(copy.join(file), contents)?;
            if file == "engine_bg.wasm" {
                // It stands in for the other, which must be broken too.
                fs::write(copy.join("engine_relaxed_bg.wasm"), "no program either")?;
            }
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
fn the_engine_starts_whatever_comes_before_its_program_or_instead_of_it() {
    with_site(|site| {
        for (name, script, program) in [
            (
                "a message that comes before the program",
                "window.Worker = class extends Worker { constructor(...all) { \
                 super(...all); this.postMessage([new Uint8Array([7]), undefined]) } }",
                "engine_relaxed",
            ),
            (
                "a program that the browser refuses",
                "const compile = WebAssembly.compileStreaming; WebAssembly.compileStreaming = async source => \
                 (await source).url.includes('relaxed') ? Promise.reject(new Error('refused')) : compile(source)",
                "engine",
            ),
            (
                "a server that does not know what it sends",
                "const ask = window.fetch; window.fetch = async (...all) => { const answer = await ask(...all); \
                 return String(all[0]).includes('.wasm') ? \
                 new Response(answer.body, { headers: { 'Content-Type': 'application/octet-stream' } }) : answer }",
                "engine_relaxed",
            ),
        ] {
            let visit = Visit::open_with_script(site, "", script)?;
            visit.wait("document.documentElement.dataset.engine !== 'loading'")?;
            let note = visit.text("document.querySelector('.note')?.innerText ?? ''")?;
            ensure!(!note.contains("failed"), "{name}: {note}");
            visit.wait_for_engine("cpu")?;
            let loaded = format!("/{program}.js");
            ensure!(visit.asked().iter().any(|one| one.address.contains(&loaded)), "{name}: {loaded} is not in use");
        }
        Ok(())
    });
}

#[test]
fn a_browser_without_relaxed_simd_runs_and_keeps_the_other_program() {
    /// Products are rounded by themselves there, and not here.
    const PROBABILITIES_AGREE_WITHIN: f64 = 1e-4;
    with_site(|site| {
        let film = files::knee();
        let mut found = Vec::new();
        for (script, program, other) in
            [("", "engine_relaxed", "engine"), ("WebAssembly.validate = () => false", "engine", "engine_relaxed")]
        {
            // What the service worker keeps is chosen where the script does not reach.
            let copy = files::scratch().join(program);
            files::copy_folder(site, &copy)?;
            let worker = fs::read_to_string(copy.join("sw.js"))?;
            fs::write(copy.join("sw.js"), format!("{script};\n{worker}"))?;
            let visit = Visit::open_with_script(&copy, "?backend=cpu", script)?;
            visit.wait_for_engine("cpu")?;
            visit.upload(&[&film])?;
            visit.wait_for_verdict(&film)?;
            visit.wait_for_offline()?;
            let asked = visit.asked();
            let is_asked_for = |file: &str| asked.iter().any(|one| one.address.contains(&format!("/{file}")));
            for file in [format!("{program}.js"), format!("{program}_bg.wasm")] {
                ensure!(is_asked_for(&file), "{file} was not asked for");
            }
            // Nor is the reference engine, for which nobody has asked.
            let others = [other, "engine_reference"].map(|name| [format!("{name}.js"), format!("{name}_bg.wasm")]);
            for file in others.as_flattened() {
                ensure!(!is_asked_for(file), "{file} was asked for beside {program}");
            }
            found.push([visit.probabilities("custom-cnn")?, visit.probabilities("resnet18")?].concat());
        }
        let off = found[0].iter().zip(&found[1]).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        println!("the two programs differ by at most {off:.1e}");
        ensure!(off <= PROBABILITIES_AGREE_WITHIN, "{found:?}");
        Ok(())
    });
}
