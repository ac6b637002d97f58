//! Whether everybody can: languages, screen readers, small and enlarged windows, the keyboard.

use super::*;
use browser_tests::accessibility;

#[test]
fn every_language_shows_the_whole_page_in_its_direction() {
    with_site(|site| {
        for (tag, direction, word) in [("en", "ltr", "What now?"), ("es", "ltr", "¿Y ahora"), ("ar", "rtl", "ماذا")]
        {
            let visit = with_result(site, &format!("&lang={tag}"))?;
            let root = visit.text("document.documentElement.lang + ' ' + document.documentElement.dir")?;
            ensure!(root == format!("{tag} {direction}"), "{root}");
            let shown = visit.text("document.body.innerText")?;
            ensure!(shown.contains(word), "{tag}: «{word}» is not on the page");
        }
        // Changed by hand, the result stays.
        let visit = with_result(site, "")?;
        visit.choose("#language", "es")?;
        visit.wait("document.documentElement.lang === 'es' && document.querySelector('.banner[data-role=verdict]')")?;
        Ok(())
    });
}

/// Words do not come while `window.isCut`, which a late request hears of when it is given up; those that are held come
/// when they are let go.
const WORDS_ON_A_LEASH: &str = "const ask = window.fetch; window.isCut = location.search.includes('lang='); \
     window.isHeld = false; window.fetch = async (...all) => { const isWords = String(all[0]).includes('/words/'); \
     if (isWords && window.isCut) await new Promise((_, lost) => \
     all[1].signal.addEventListener('abort', () => lost(all[1].signal.reason))); \
     if (isWords && window.isHeld) await new Promise(go => window.letGo = go); return ask(...all) }";

#[test]
fn a_language_whose_words_cannot_be_had_leaves_the_page_as_it_is() {
    with_site(|site| {
        const LOST: &str = "document.querySelector('header [data-role=language-lost]').innerText";
        let spoken =
            |visit: &Visit| visit.text("document.documentElement.lang + document.querySelector('#language').value");
        // Nobody waits for long before an empty page.
        let visit = Visit::open_with_script(site, "?backend=cpu&lang=ar", WORDS_ON_A_LEASH)?;
        visit.wait("document.querySelector('#language')?.value === 'en'")?;
        visit.click("#notice .primary")?;
        visit.text("(window.isCut = false, '')")?;
        visit.choose("#language", "es")?;
        visit.wait("document.documentElement.lang === 'es'")?;
        visit.choose("#language", "en")?;
        visit.wait("document.documentElement.lang === 'en'")?;
        visit.text("(window.isCut = true, '')")?;
        visit.choose("#language", "ar")?;
        visit.wait(&format!("{LOST}.includes('could not be loaded')"))?;
        ensure!(spoken(&visit)? == "enen", "{}", spoken(&visit)?);
        visit.text("(window.isCut = false, '')")?;
        visit.choose("#language", "ar")?;
        visit.wait("document.documentElement.lang === 'ar'")?;
        ensure!(visit.text(LOST)?.is_empty() && spoken(&visit)? == "arar", "{}", spoken(&visit)?);
        Ok(())
    });
}

#[test]
fn of_two_languages_the_one_chosen_last_is_spoken() {
    with_site(|site| {
        let visit = Visit::open_with_script(site, "?backend=cpu", WORDS_ON_A_LEASH)?;
        visit.click("#notice .primary")?;
        visit.text("(window.isHeld = true, '')")?;
        visit.choose("#language", "es")?;
        visit.wait("window.letGo !== undefined")?;
        visit.text("(window.isHeld = false, '')")?;
        visit.choose("#language", "ar")?;
        visit.wait("document.documentElement.lang === 'ar'")?;
        visit.text("(window.letGo(), '')")?;
        // What was let go arrives before what is asked for after it.
        visit.text("fetch('words/es.txt').then(answer => answer.text())")?;
        let lang = visit.text("document.documentElement.lang + localStorage.getItem('osteolens-language')")?;
        ensure!(lang == "arar", "{lang}");
        Ok(())
    });
}

#[test]
fn axe_finds_no_fault_in_any_state() {
    with_site(|site| {
        for (lang, dark) in [("en", false), ("en", true), ("ar", false)] {
            let visit = Visit::open(site, &format!("?backend=cpu&lang={lang}"), Size::Desktop)?;
            visit.set_dark(dark)?;
            visit.wait("document.querySelector('#notice')")?;
            let check = |state: &str| accessibility::check(&visit, &format!("{state}, {lang}, dark {dark}"));
            check("notice")?;
            visit.click("#notice button")?;
            check("empty")?;
            visit.wait_for_engine("cpu")?;
            let states = [
                ("sample-a.png", "30", "normal"),
                ("sample-b.png", "50", "osteopenia"),
                ("sample-c.png", "72", "osteoporosis"),
                ("sample-d.png", "", "uncertain"),
                ("not-a-knee.png", "", "refused"),
            ];
            for (sample, age, verdict) in states {
                let file = files::knee().with_file_name(sample);
                visit.upload(&[&file])?;
                verdict_of(&visit, &file)?;
                visit.type_in("#age", age)?;
                visit.wait(&format!("document.querySelector('.banner').dataset.verdict === '{verdict}'"))?;
                check(verdict)?;
            }
            let (broken, _) = files::wrong()?.remove(1);
            visit.upload(&[&broken])?;
            visit.wait_for_verdict(&broken)?;
            visit.unfold()?;
            visit.wait("document.querySelectorAll('[data-role=model-card] svg').length === 2")?;
            check("error, batch, model card")?;
            visit.text("(document.querySelector('#keys').showModal(), 'open')")?;
            check("keys")?;
        }
        Ok(())
    });
}

#[test]
fn nothing_is_cut_off_on_a_narrow_or_enlarged_page() {
    with_site(|site| {
        for lang in ["en", "es", "ar"] {
            let visit = with_result(site, &format!("&lang={lang}"))?;
            visit.unfold()?;
            let film = files::pair()?;
            visit.upload(&[&film])?;
            visit.wait_for_verdict(&film)?;
            // 320 CSS pixels are also a window of 1280 enlarged four times; 640 one enlarged twice.
            for width in [320, 360, 640] {
                visit.resize(width, 800)?;
                visit.wait(&format!("innerWidth === {width}"))?;
                let wide = visit.text(
                    "[...document.querySelectorAll('body *')].filter(one => !one.closest('.scroll, .studies, .tools, .viewer, dialog, .sheet') \
                     && getComputedStyle(one).position !== 'absolute' && one.checkVisibility() \
                     && (one.getBoundingClientRect().right > innerWidth + 1 || one.getBoundingClientRect().left < -1)) \
                     .slice(0, 4).map(one => one.outerHTML.slice(0, 120)).join('\\n')",
                )?;
                ensure!(wide.is_empty(), "{lang}, {width} px:\n{wide}");
                let scrolls = visit.number("document.documentElement.scrollWidth")?;
                ensure!(scrolls <= f64::from(width), "{lang}: at {width} px the page is {scrolls} px wide");
            }
        }
        Ok(())
    });
}

#[test]
fn touch_targets_are_large_enough() {
    /// In CSS pixels (WCAG 2.2, 2.5.5).
    const SIDE: f64 = 44.0;
    with_site(|site| {
        let visit = with_result(site, "")?;
        visit.unfold()?;
        visit.resize(360, 780)?;
        let small = visit.text(&format!(
            "[...document.querySelectorAll('button, select, summary, label.button, label.switch')].filter(one => one.checkVisibility() \
             && one.getBoundingClientRect().height < {SIDE} - 0.5).map(one => one.outerHTML.slice(0, 100)).join('\\n')"
        ))?;
        ensure!(small.is_empty(), "lower than {SIDE} px:\n{small}");
        Ok(())
    });
}

#[test]
fn forced_colours_and_reduced_motion_are_respected() {
    with_site(|site| {
        let visit = with_result(site, "")?;
        visit.emulate(&[("forced-colors", "active"), ("prefers-reduced-motion", "reduce")])?;
        visit.wait("matchMedia('(forced-colors: active)').matches")?;
        let style =
            |of: &str, what: &str| visit.text(&format!("getComputedStyle(document.querySelector('{of}')).{what}"));
        ensure!(style(".banner", "borderTopStyle")? == "solid", "the banner has no border");
        let (fill, track) = (style(".fill", "backgroundColor")?, style(".track", "backgroundColor")?);
        ensure!(fill != track, "a bar cannot be seen: {fill}");
        ensure!(style("canvas[data-role=heatmap]", "animationName")? == "none", "the heat map fades in");
        Ok(())
    });
}

#[test]
fn the_keyboard_reaches_a_result_and_its_report() {
    with_site(|site| {
        let visit = Visit::open(site, "?backend=cpu", Size::Desktop)?;
        visit.wait_for_engine("cpu")?;
        let tab_to = |selector: &str| -> Result<()> {
            for _ in 0..80 {
                if visit.text(&format!("String(!!document.activeElement?.matches('{selector}'))"))? == "true" {
                    let ring = visit.text("getComputedStyle(document.activeElement).outlineStyle")?;
                    ensure!(
                        ring != "none" || selector.contains("input"),
                        "{selector} has the focus and does not show it"
                    );
                    return Ok(());
                }
                visit.press("Tab")?;
            }
            anyhow::bail!("{selector} cannot be reached")
        };
        tab_to("#notice .primary")?;
        visit.press("Enter")?;
        visit.wait("!document.querySelector('#notice').open")?;
        tab_to(".samples button")?;
        visit.press("Enter")?;
        visit.wait("document.querySelector('.banner[data-role=verdict]')")?;
        visit.wait("document.querySelector('canvas[data-role=heatmap]').dataset.class")?;
        tab_to(".panes")?;
        let still = visit.text("document.querySelector('.stage').style.transform")?;
        visit.press("+")?;
        visit.wait(&format!("document.querySelector('.stage').style.transform !== '{still}'"))?;
        tab_to("#heatmap-class")?;
        tab_to("#report-print")?;
        visit.text("(window.print = () => window.printed = true, 'stubbed')")?;
        visit.press("Enter")?;
        visit.wait("window.printed")?;
        Ok(())
    });
}
