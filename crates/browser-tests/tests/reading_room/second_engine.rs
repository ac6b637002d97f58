//! The reference engine: the same networks by burn's own layers, beside the fast engine.

use super::*;

/// What other arithmetic may cost, as `Difference::is_within_tolerance` has it: probabilities and maps.
const AGREE_WITHIN: [(&str, f64); 2] = [("probabilities", 1e-2), ("maps", 2e-2)];

/// Every sample of the page that is a film.
fn samples() -> [PathBuf; 4] {
    ["sample-a.png", "sample-b.png", "sample-c.png", "sample-d.png"].map(|name| files::knee().with_file_name(name))
}

fn is_reference(one: &xtask::server::Asked) -> bool {
    one.address.contains("engine_reference")
}

#[test]
fn the_second_engine_agrees_on_every_sample_on_the_cpu() {
    with_site(|site| agrees(site, "cpu", &samples()));
}

#[test]
fn the_second_engine_agrees_on_webgpu() {
    // In software each takes a dozen seconds.
    with_site_alone(|site| agrees(site, "webgpu", &samples()[..2]));
}

fn agrees(site: &Path, backend: &str, samples: &[PathBuf]) -> Result<()> {
    let visit = Visit::open(site, &format!("?backend={backend}"), Size::Desktop)?;
    visit.wait_for_engine(backend)?;
    visit.click("#notice button")?;
    visit.choose("#audience", "clinician")?;
    ensure!(!visit.asked().iter().any(is_reference), "the second engine is fetched before anybody asks for it");
    for sample in samples {
        visit.upload(&[sample])?;
        visit.wait_for_verdict(sample)?;
        visit.wait("document.querySelector('canvas[data-role=heatmap]').dataset.class")?;
        visit.unfold()?;
        visit.wait("!document.querySelector('[data-role=engine-check][data-state]')")?;
        visit.click("#check-engine")?;
        let state = "document.querySelector('[data-role=engine-check]')?.dataset.state";
        visit.wait(&format!("{state} && {state} !== 'running'"))?;
        let said = visit.text("document.querySelector('[data-role=engine-check]').innerText")?;
        println!("{}, {backend}: {said}", sample.display());
        ensure!(visit.text(state)? == "agrees", "{}: {said}", sample.display());
        for (what, most) in AGREE_WITHIN {
            let off =
                visit.number(&format!("Number(document.querySelector('[data-role=engine-check]').dataset.{what})"))?;
            ensure!(off <= most, "{}: {what} are {off} apart", sample.display());
        }
    }
    ensure!(visit.asked().iter().any(is_reference), "there was a second engine");
    Ok(())
}

#[test]
fn the_page_runs_on_the_reference_engine_and_says_the_same() {
    with_site(|site| {
        let knee = files::knee();
        let mut said = Vec::new();
        for engine in ["fast", "burn"] {
            let visit = open(site, &format!("&engine={engine}"))?;
            ensure!(visit.asked().iter().any(is_reference) == (engine == "burn"), "{engine}: another program runs");
            visit.upload(&[&knee])?;
            visit.wait_for_verdict(&knee)?;
            visit.wait("document.querySelector('canvas[data-role=heatmap]').dataset.class")?;
            said.push([visit.probabilities("custom-cnn")?, visit.probabilities("resnet18")?].concat());
        }
        let off = said[0].iter().zip(&said[1]).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        println!("the two engines differ by at most {off:.1e}");
        ensure!(off <= AGREE_WITHIN[0].1, "{said:?}");
        Ok(())
    });
}

/// A result whose check was asked for, on a copy of the site whose workers run this script first.
fn checked_on(site: &Path, name: &str, script: &str) -> Result<Visit> {
    let copy = files::scratch().join(name);
    files::copy_folder(site, &copy)?;
    let loader = fs::read_to_string(copy.join("engine_loader.js"))?;
    fs::write(copy.join("engine_loader.js"), format!("{script}\n{loader}"))?;
    let visit = with_result(&copy, "")?;
    visit.choose("#audience", "clinician")?;
    visit.unfold()?;
    visit.click("#check-engine")?;
    Ok(visit)
}

#[test]
fn an_engine_that_computes_otherwise_is_an_error_that_the_page_shows() {
    with_site(|site| {
        // The reference engine answers with a difference of a tenth: the message ends with two floats.
        let lies = format!(
            "const post = self.postMessage.bind(self); self.postMessage = (message, moved) => {{ \
             if (message[0]?.[0] === {}) message[0].set(new Uint8Array(new Float32Array([0.1, 0.1]).buffer), \
             message[0].length - 8); return post(message, moved) }};",
            kinds::response("Checked")
        );
        let visit = checked_on(site, "differing-site", &lies)?;
        visit.wait("document.querySelector('[data-role=engine-check]')?.dataset.state === 'differs'")?;
        let said = visit.text("document.querySelector('[data-role=engine-check]').innerText")?;
        ensure!(said.contains("0.1"), "{said}");
        Ok(())
    });
}

#[test]
fn a_film_that_the_engine_no_longer_holds_is_judged_once_more_and_can_be_checked() {
    with_site(|site| {
        // Before it is first asked for its evidence it is told to forget the film.
        let forgets = format!(
            "let told = 0; addEventListener('message', ({{ data }}) => {{ if (data?.[0]?.[0] === {} && !told++) \
             dispatchEvent(new MessageEvent('message', {{ data: [new Uint8Array([{}, data[0][1]]), undefined] }})) }});",
            kinds::request("Evidence"),
            kinds::request("Forget")
        );
        let visit = checked_on(site, "forgetful-site", &forgets)?;
        visit.wait("performance.getEntriesByName('grad-cam').length === 2")?;
        ensure!(!visit.asked().iter().any(is_reference), "the second engine is fetched for nothing");
        visit.unfold()?;
        visit.wait("document.querySelector('#check-engine:enabled')")?;
        visit.click("#check-engine")?;
        visit.wait("document.querySelector('[data-role=engine-check]')?.dataset.state === 'agrees'")?;
        Ok(())
    });
}
