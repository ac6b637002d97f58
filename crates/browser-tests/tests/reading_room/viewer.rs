//! Looking at a picture and at its result.

use super::*;

#[test]
fn the_viewer_is_worked_by_keys_buttons_and_wheel_and_leaves_the_result_alone() {
    with_site(|site| {
        let visit = with_result(site, "")?;
        let before = visit.probabilities("combined")?;
        let transform = || visit.text("document.querySelector('.stage').style.transform");
        let filter = || visit.text("document.querySelector('canvas[data-role=radiograph]').style.filter");
        let key = |key: &str| {
            visit.text(&format!(
                "(document.querySelector('.panes').dispatchEvent(new KeyboardEvent('keydown', {{key: '{key}', bubbles: true, cancelable: true}})), 'sent')"
            ))
        };
        let (still, plain) = (transform()?, filter()?);
        for name in ["+", "r", "l", "m"] {
            let now = transform()?;
            key(name)?;
            visit.wait(&format!("document.querySelector('.stage').style.transform !== '{now}'"))?;
        }
        for name in ["i", "]", "."] {
            let now = filter()?;
            key(name)?;
            visit.wait(&format!("document.querySelector('canvas[data-role=radiograph]').style.filter !== '{now}'"))?;
        }
        key("0")?;
        visit.wait(&format!("document.querySelector('.stage').style.transform === '{still}'"))?;
        visit.wait(&format!("document.querySelector('canvas[data-role=radiograph]').style.filter === '{plain}'"))?;
        visit.text("(document.querySelector('.panes').dispatchEvent(new WheelEvent('wheel', {deltaY: -1, clientX: 300, clientY: 500, bubbles: true, cancelable: true})), 'turned')")?;
        visit.wait(&format!("document.querySelector('.stage').style.transform !== '{still}'"))?;
        key("0")?;
        visit.click(r#".tool[aria-label="Turn right"]"#)?;
        visit.wait("document.querySelector('.stage').style.transform.includes('rotate(90deg)')")?;
        visit.click("#side-by-side")?;
        visit.wait("document.querySelectorAll('.viewer').length === 2")?;
        let linked = visit.text(
            "[...new Set([...document.querySelectorAll('.stage')].map(one => one.style.transform))].length.toString()",
        )?;
        ensure!(linked == "1", "the two views are not linked");
        key("?")?;
        visit.wait("document.querySelector('#keys').open")?;
        ensure!(visit.probabilities("combined")? == before, "looking changed the result");
        Ok(())
    });
}

#[test]
fn a_part_of_the_picture_can_be_judged_and_left_again() {
    with_site(|site| {
        let visit = with_result(site, "")?;
        let size = "document.querySelector('canvas[data-role=radiograph]').width";
        let whole = visit.number(size)?;
        visit.click("#crop")?;
        visit.wait("document.querySelector('.crop-box')")?;
        visit.click("#crop-apply")?;
        visit.wait(&format!("{size} < {whole} * 0.8"))?;
        visit.wait("document.querySelector('.banner[data-role=verdict]')")?;
        visit.click("#crop-undo")?;
        visit.wait(&format!("{size} === {whole}"))?;
        visit.wait("document.querySelector('.banner[data-role=verdict]')")?;
        visit.wait("document.querySelector('canvas[data-role=heatmap]').dataset.class")?;
        visit.wait(
            "(() => { const c = document.querySelector('canvas[data-role=heatmap]'), \
             r = document.querySelector('canvas[data-role=radiograph]'); \
             return c.width === r.width && c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v > 0) })()",
        )?;
        Ok(())
    });
}

#[test]
fn the_picture_that_the_models_see_and_its_quality_are_shown() {
    with_site(|site| {
        let visit = with_result(site, "")?;
        visit.wait("document.querySelector('canvas[data-role=model-input]').width === 224")?;
        let lit = visit.number(
            "(() => { const c = document.querySelector('canvas[data-role=model-input]'); \
             return c.getContext('2d').getImageData(0, 0, 224, 224).data.filter((v, at) => at % 4 === 0 && v > 40).length })()",
        )?;
        ensure!(lit > 5000.0, "it is black");
        let ticks = visit.number("document.querySelectorAll('[data-role=quality] li').length")?;
        ensure!(ticks >= 4.0, "{ticks} ticks");
        Ok(())
    });
}

#[test]
fn two_knees_stand_in_a_column_each() {
    with_site(|site| {
        let visit = open(site, "")?;
        let film = files::pair()?;
        visit.upload(&[&film])?;
        visit.wait_for_verdict(&film)?;
        visit.wait("document.querySelectorAll('.knees.pair .knee').length === 2")?;
        for knee in ["left", "right"] {
            let lit = format!(
                "(() => {{ const c = document.querySelector('canvas[data-role=knee][data-knee={knee}]'); \
                 return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.filter((v, at) => at % 4 === 0 && v > 40).length }})()"
            );
            visit.wait(&format!("{lit} > 20000"))?;
        }
        let at = |knee: &str, side: &str| {
            visit.number(&format!("document.querySelector('.knee[data-knee={knee}]').getBoundingClientRect().{side}"))
        };
        ensure!(at("left", "right")? <= at("right", "left")?, "the left knee is not on the left");
        ensure!((at("left", "top")? - at("right", "top")?).abs() < 1.0, "they do not stand side by side");
        Ok(())
    });
}

#[test]
fn a_class_that_is_named_stands_in_a_box_beyond_the_hatched_part() {
    with_site(|site| {
        // The shipped rules name no class from the picture alone; these name yellow and red.
        let copy = files::scratch().join("naming-site");
        files::copy_folder(site, &copy)?;
        let path = copy.join("weights/manifest.json");
        let mut manifest: serde_json::Value = serde_json::from_slice(&fs::read(&path)?)?;
        manifest["operating_point"]["least"] = serde_json::json!([null, 0.3, 0.3]);
        let promises = &manifest["clinical"]["promises"]["of"];
        manifest["promises"]["of"] = serde_json::json!([null, promises[1], promises[2]]);
        fs::write(&path, manifest.to_string())?;
        let visit = open(&copy, "")?;
        for (sample, named) in
            [("sample-a.png", None), ("sample-b.png", Some("osteopenia")), ("sample-c.png", Some("osteoporosis"))]
        {
            let file = files::knee().with_file_name(sample);
            visit.upload(&[&file])?;
            visit.wait(&format!("document.querySelector('.banner[data-file=\"{sample}\"]')"))?;
            let boxed = visit.text("String(document.querySelectorAll('.bars li.named').length)")?;
            let verdict = visit.text("document.querySelector('.banner').dataset.verdict")?;
            ensure!(verdict == named.unwrap_or("uncertain"), "{sample} is called {verdict}");
            ensure!(boxed == if named.is_some() { "1" } else { "0" }, "{sample}: {boxed} boxes");
            let promised = visit.text("String(document.querySelectorAll('[data-role=promise]').length)")?;
            ensure!(promised == boxed, "{sample}: {promised} promises");
            let least = visit.number("Number(document.querySelector('[data-role=zone]').dataset.value)")?;
            if named.is_some() {
                ensure!(verdict == visit.text("document.querySelector('.bars li.named').dataset.class")?);
                let value = visit.number("Number(document.querySelector('.bars li.named').dataset.value)")?;
                ensure!(value >= least, "{sample}: {value} is in the hatched part up to {least}");
            }
            let widths = visit.text(
                "String(new Set([...document.querySelectorAll('.zone')].map(one => one.getBoundingClientRect().width.toFixed(1))).size)",
            )?;
            ensure!(widths == "1", "the hatched parts differ");
        }
        Ok(())
    });
}

#[test]
fn a_large_film_is_moved_without_delay() {
    /// What the page itself does for one turn of the wheel; a frame at 60 a second has 16.7 ms, of which
    /// the browser needs a part to paint.
    const LONGEST_STEP_MS: f64 = 8.0;
    with_site_alone(|site| {
        let visit = open(site, "")?;
        let film = files::large()?;
        visit.upload(&[&film])?;
        visit.wait_for_verdict(&film)?;
        visit.wait("document.querySelector('canvas[data-role=heatmap]').dataset.class")?;
        let steps = visit.text(
            "(async () => { const panes = document.querySelector('.panes'), frame = () => new Promise(requestAnimationFrame); \
             const own = [], frames = []; await frame(); let last = performance.now(); \
             for (let step = 0; step < 60; step++) { const begun = performance.now(); \
             panes.dispatchEvent(new WheelEvent('wheel', {deltaY: step < 30 ? -1 : 1, clientX: 300, clientY: 500, bubbles: true, cancelable: true})); \
             await Promise.resolve(); document.body.offsetHeight; own.push(performance.now() - begun); \
             await frame(); const now = performance.now(); frames.push(now - last); last = now } \
             const middle = all => all.sort((a, b) => a - b)[all.length >> 1]; return `${middle(own)} ${middle(frames)}` })()",
        )?;
        let (own, frame) = steps.split_once(' ').context("two numbers")?;
        println!("a step of the wheel: {own} ms of the page, a frame every {frame} ms (a software GPU)");
        ensure!(own.parse::<f64>()? < LONGEST_STEP_MS, "a step takes {own} ms");
        Ok(())
    });
}
