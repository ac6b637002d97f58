//! The film's own pixels, and what is measured on them.

use image::{GrayImage, Luma, imageops};
use radiograph::Window;

use super::dicom::{self, Kind};
use super::*;

/// Of a millimetre or degree: a click lands on a pixel of the screen, of which a picture pixel is some 0.3 mm.
const CLICK_WITHIN: f64 = 0.6;

/// Fine grain on slow shades, of which a reduced picture has nothing.
fn grain(width: u32, height: u32) -> GrayImage {
    GrayImage::from_fn(width, height, |x, y| {
        let noise = x.wrapping_mul(0x9E37_79B1).rotate_left(15) ^ y.wrapping_mul(0x85EB_CA77);
        Luma([(64 + (x / 20) % 64 + (noise.wrapping_mul(0xC2B2_AE3D) >> 25)) as u8])
    })
}

/// Waits for the part in sight of a film whose pixels are these, in as many pixels as the film has there.
fn expect_own_pixels(visit: &Visit, film: &GrayImage) -> Result<()> {
    visit.wait(
        "(() => { const c = document.querySelector('.viewer:last-child canvas[data-role=detail]'), box = it => it.getBoundingClientRect(); \
         if (c.classList.contains('hidden')) return false; \
         const [part, pane, whole] = [box(c), box(c.closest('.viewer')), box(c.closest('.stage'))]; \
         const near = (a, b) => Math.abs(a - b) < 0.01 * pane.width + 2; \
         return near(part.left, Math.max(pane.left, whole.left)) && near(part.right, Math.min(pane.right, whole.right)) && \
                near(part.top, Math.max(pane.top, whole.top)) && near(part.bottom, Math.min(pane.bottom, whole.bottom)) })()",
    )?;
    let place = visit.text(
        "document.querySelector('.viewer:last-child canvas[data-role=detail]').style.transform.match(/[0-9.]+/g).join(' ')",
    )?;
    let numbers: Vec<f64> = place.split(' ').map(str::parse).collect::<Result<_, _>>()?;
    let [x, y, wide, high] = numbers[..] else { bail!("«{place}» is no place") };
    let at = |share: f64, length: u32| (share * f64::from(length)).round() as u32;
    let (x, y) = (at(x / 100.0, film.width()), at(y / 100.0, film.height()));
    let (width, height) = (at(wide, film.width()), at(high, film.height()));
    ensure!(width < film.width() / 4 && height < film.height() / 4, "it is the whole film: {width} × {height}");
    let part = imageops::crop_imm(film, x, y, width, height).to_image();
    visit
        .wait(&format!("{} === {}", digest_of("detail"), digest(&part)))
        .with_context(|| format!("it is another part than {width} × {height} at {x}, {y}"))
}

fn press(visit: &Visit, keys: &[&str]) -> Result<()> {
    for key in keys {
        visit.text(&format!(
            "(document.querySelector('.panes').dispatchEvent(new KeyboardEvent('keydown', {{key: '{key}', bubbles: true, cancelable: true}})), 'sent')"
        ))?;
    }
    Ok(())
}

/// Taps on a place of the picture as it stands on the screen, in shares of its width and height.
fn tap(visit: &Visit, (x, y): (f64, f64)) -> Result<()> {
    visit.text(&format!(
        "(() => {{ const area = document.querySelector('.stage').getBoundingClientRect(), \
         at = {{clientX: area.left + {x} * area.width, clientY: area.top + {y} * area.height, pointerId: 7, bubbles: true, cancelable: true}}; \
         const pane = document.querySelector('.viewer'); \
         pane.dispatchEvent(new PointerEvent('pointerdown', {{...at, buttons: 1}})); \
         pane.dispatchEvent(new PointerEvent('pointerup', at)); return 'tapped' }})()"
    ))?;
    Ok(())
}

/// What the list of measurements says, and the number in its last line.
fn measured(visit: &Visit) -> Result<(String, f64)> {
    let rows = "[...document.querySelectorAll('[data-role=measurements] li > span')]";
    let last = visit.text(&format!("{rows}.at(-1).textContent"))?;
    let number =
        last.split(|letter: char| !letter.is_ascii_digit() && letter != '.').find_map(|word| word.parse().ok());
    Ok((last.clone(), number.with_context(|| last)?))
}

fn wait_for_rows(visit: &Visit, count: usize) -> Result<()> {
    visit.wait(&format!("document.querySelectorAll('[data-role=measurements] li').length === {count}"))
}

#[test]
fn an_enlarged_film_is_shown_in_its_own_pixels() {
    with_site(|site| {
        let visit = open(site, "")?;
        let film = grain(3000, 4000);
        let path = files::scratch().join("grain.png");
        film.save(&path)?;
        visit.upload(&[&path])?;
        visit.wait_for_verdict(&path)?;
        ensure!(visit.text("document.querySelector('canvas[data-role=detail]').className")? == "hidden");
        let enlarged = ["+"; 12];
        press(&visit, &enlarged)?;
        expect_own_pixels(&visit, &film)?;
        for moved in ["ArrowLeft", "ArrowUp", "r", "m"] {
            press(&visit, &[moved])?;
            expect_own_pixels(&visit, &film)?;
        }
        visit.click("#side-by-side")?;
        visit.wait("document.querySelectorAll('canvas[data-role=detail]:not(.hidden)').length === 2")?;
        visit.click("#side-by-side")?;
        // Of the whole film the reduced picture is sharper.
        press(&visit, &["0"])?;
        visit.wait("document.querySelector('canvas[data-role=detail]').classList.contains('hidden')")?;

        visit.click("#crop")?;
        visit.click("#crop-apply")?;
        let side = |length: u32, share: f64| (f64::from(length) * share).round() as u32;
        let (x, y) = (side(film.width(), 0.15), side(film.height(), 0.15));
        let (right, bottom) = (side(film.width(), 0.85), side(film.height(), 0.85));
        let part = imageops::crop_imm(&film, x, y, right - x, bottom - y).to_image();
        visit.wait(&format!("document.querySelector('canvas[data-role=radiograph]').height < {}", part.height()))?;
        visit.wait("document.querySelector('.banner[data-role=verdict]')")?;
        press(&visit, &enlarged)?;
        expect_own_pixels(&visit, &part)?;

        // So has another window, which the engine has to read.
        let deep = dicom::write(&grain(2400, 2000), Kind::ThreeWindows)?;
        let in_window = |window| -> Result<GrayImage> {
            Ok(radiograph::decode_frame(&fs::read(&deep)?, 0, window)?.radiograph.pixels().clone())
        };
        visit.upload(&[&deep])?;
        visit.wait_for_verdict(&deep)?;
        press(&visit, &enlarged)?;
        expect_own_pixels(&visit, &in_window(Window::Own)?)?;
        visit.choose("#window", "1")?;
        expect_own_pixels(&visit, &in_window(Window::Proposed(1))?)?;
        // The engine holds one such picture: after another one it reads this one again.
        visit.choose("#window", "whole")?;
        expect_own_pixels(&visit, &in_window(Window::Whole)?)?;
        visit.choose("#window", "own")?;
        expect_own_pixels(&visit, &in_window(Window::Own)?)?;
        Ok(())
    });
}

#[test]
fn lengths_and_angles_are_measured_by_taps_and_keys_and_kept_in_the_report() {
    with_site(|site| {
        let visit = open(site, "")?;
        let film = dicom::write(&image::open(files::knee())?.into_luma8(), Kind::OnTheDetector)?;
        visit.upload(&[&film])?;
        visit.wait_for_verdict(&film)?;
        let [width, height] = ["width", "height"]
            .map(|side| visit.number(&format!("document.querySelector('canvas[data-role=radiograph]').{side}")));
        let (width, height) = (width?, height?);
        visit.click("#measure-length")?;
        for place in [(0.2, 0.5), (0.7, 0.5)] {
            tap(&visit, place)?;
        }
        wait_for_rows(&visit, 1)?;
        let (said, length) = measured(&visit)?;
        ensure!((length - 0.5 * width * 0.2).abs() < CLICK_WITHIN && said.ends_with("mm"), "{said} of {width} px");
        let told = visit.text("document.querySelector('[data-role=spacing]').textContent")?;
        ensure!(told.contains("on the detector"), "{told}");

        // The same two places after a quarter turn clockwise.
        press(&visit, &["r", "+"])?;
        visit.wait("document.querySelector('.stage').style.transform.includes('rotate(90deg)')")?;
        for place in [(0.5, 0.2), (0.5, 0.7)] {
            tap(&visit, place)?;
        }
        wait_for_rows(&visit, 2)?;
        let (said, turned) = measured(&visit)?;
        ensure!((turned - length).abs() < CLICK_WITHIN, "{said} after a turn, {length} before");
        press(&visit, &["0"])?;
        visit.wait("document.querySelector('.stage').style.transform.includes('rotate(0deg)')")?;

        visit.click("#measure-angle")?;
        for place in [(0.3, 0.3), (0.3, 0.6), (0.6, 0.6)] {
            tap(&visit, place)?;
        }
        wait_for_rows(&visit, 3)?;
        let (said, angle) = measured(&visit)?;
        ensure!((angle - 90.0).abs() < CLICK_WITHIN && said.ends_with('°'), "{said}");

        // An end of the first line is dragged towards the right edge.
        visit.text(
            "(() => { const area = document.querySelector('.stage').getBoundingClientRect(), pane = document.querySelector('.viewer'), \
             at = share => ({clientX: area.left + share * area.width, clientY: area.top + 0.5 * area.height, pointerId: 7, bubbles: true, cancelable: true}); \
             pane.dispatchEvent(new PointerEvent('pointerdown', {...at(0.7), buttons: 1})); \
             pane.dispatchEvent(new PointerEvent('pointermove', {...at(0.9), buttons: 1})); \
             pane.dispatchEvent(new PointerEvent('pointerup', at(0.9))); return 'dragged' })()",
        )?;
        let first =
            "parseFloat(document.querySelector('[data-role=measurements] li > span').textContent.match(/[0-9.]+/)[0])";
        visit.wait(&format!("Math.abs({first} - {}) < {CLICK_WITHIN}", 0.7 * width * 0.2))?;

        // A point that is dragged out of the pane does not take the picture along.
        press(&visit, &["+", "+"])?;
        visit.wait("!document.querySelector('.stage').style.transform.includes('scale(1, 1)')")?;
        let still = visit.text("document.querySelector('.stage').style.transform")?;
        visit.text(
            "(() => { const area = document.querySelector('.stage').getBoundingClientRect(), pane = document.querySelector('.viewer'), \
             at = (x, y) => ({clientX: area.left + x * area.width, clientY: area.top + y * area.height, pointerId: 7, bubbles: true, cancelable: true}); \
             pane.dispatchEvent(new PointerEvent('pointerdown', {...at(0.3, 0.6), buttons: 1})); \
             for (const x of [0.2, -0.2, -0.4]) pane.dispatchEvent(new PointerEvent('pointermove', {...at(x, 0.6), buttons: 1})); \
             pane.dispatchEvent(new PointerEvent('pointercancel', at(-0.4, 0.6))); return 'dragged' })()",
        )?;
        ensure!(visit.text("document.querySelector('.stage').style.transform")? == still, "the picture moved");
        let (said, back) = measured(&visit)?;
        ensure!((back - 90.0).abs() < CLICK_WITHIN, "{said}: a point that was let go did not go back");
        press(&visit, &["0"])?;

        // A part that is cut out holds the same places.
        visit.click("#crop")?;
        visit.click("#crop-apply")?;
        visit.wait(&format!("document.querySelector('canvas[data-role=radiograph]').width < {}", 0.8 * width))?;
        wait_for_rows(&visit, 3)?;
        visit.wait(&format!("Math.abs({first} - {}) < {CLICK_WITHIN}", 0.7 * width * 0.2))?;
        visit.click("#crop-undo")?;
        visit.wait(&format!("document.querySelector('canvas[data-role=radiograph]').width === {width}"))?;
        visit.wait("document.querySelector('.banner[data-role=verdict]')")?;

        // By keys: ten steps of a fiftieth of the pane to the right.
        visit.click("#measure-length")?;
        press(&visit, &["Enter", "Enter"])?;
        press(&visit, &["ArrowRight"; 10])?;
        press(&visit, &["Enter"])?;
        wait_for_rows(&visit, 4)?;
        let (said, by_keys) = measured(&visit)?;
        ensure!((by_keys - 0.2 * width * 0.2).abs() < CLICK_WITHIN, "{said} by keys of {width} × {height} px");
        press(&visit, &["Backspace"])?;
        wait_for_rows(&visit, 3)?;
        press(&visit, &["Escape"])?;
        visit.wait("document.querySelector('#measure-length').ariaPressed === 'false'")?;

        let report: serde_json::Value = serde_json::from_str(&saved(&visit, "#report-data")?)?;
        ensure!(report["spacing"] == serde_json::json!({ "mm": 0.2, "plane": "detector" }), "{report}");
        let kept = report["measurements"].as_array().context("a list")?;
        ensure!(kept.len() == 3 && kept[2]["unit"] == "deg" && kept[0]["unit"] == "mm", "{report}");
        let schema: serde_json::Value = serde_json::from_str(include_str!("../../../../docs/report.schema.json"))?;
        ensure!(jsonschema::validator_for(&schema)?.is_valid(&report), "{report}");
        visit.text("(window.print = () => window.printed = true, 'stubbed')")?;
        visit.click("#report-print")?;
        visit.wait("window.printed")?;
        let sheet = visit.text("document.querySelector('[data-role=measured]').textContent")?;
        ensure!(sheet.contains("Angle 90") && sheet.contains("on the detector"), "{sheet}");

        visit.click("[data-role=measurements] button")?;
        wait_for_rows(&visit, 2)?;
        Ok(())
    });
}
