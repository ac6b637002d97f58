//! Films of something else, knees with something, films within a picture: what is said of each, and what can be done.
//! The pictures are made by `cargo run -p train -- fixtures`.

use super::*;

fn made(name: &str) -> PathBuf {
    in_repository("tests/films").join(name)
}

/// The verdict on a file, and what stands beside it.
fn said_of(visit: &Visit, file: &Path) -> Result<(String, String)> {
    visit.upload(&[file])?;
    let verdict = verdict_of(visit, file)?;
    let said =
        "[...document.querySelectorAll('.banner[data-role=verdict], .reasons')].map(one => one.innerText).join(' ')";
    Ok((verdict, visit.text(said)?))
}

const METAL: &str = "very bright areas with hard edges";
const WITHIN: &str = "within this image";

#[test]
fn each_unusual_film_is_refused_or_told_with_its_reason() {
    with_site(|site| {
        let visit = open(site, "")?;
        for (file, is_refused, words) in [
            (made("hand.png"), true, "It looks like an X-ray of a hand"),
            (made("spine.png"), true, "knee"),
            (made("teeth.png"), true, "knee"),
            (made("chest.png"), true, "knee"),
            // Of some photographs the knee is found as they are.
            (made("photo-light-box.jpg"), false, "Uncertain"),
            (made("photo-window.jpg"), false, "Uncertain"),
            (made("photo-screen.jpg"), false, "Uncertain"),
            (made("viewer.png"), false, "Uncertain"),
            (made("photo-table.jpg"), true, WITHIN),
            (made("askew.png"), true, WITHIN),
            (made("prosthesis.png"), true, METAL),
            (made("plate.png"), false, METAL),
        ] {
            let (verdict, said) = said_of(&visit, &file)?;
            let name = file.display();
            ensure!((verdict == "refused") == is_refused, "{name}: {verdict}: «{said}»");
            ensure!(said.contains(words), "{name}: «{said}» does not say «{words}»");
        }
        let (_, said) = said_of(&visit, &files::pair()?)?;
        ensure!(!said.contains("do not match") && !said.contains(METAL), "of a film as it should be: «{said}»");
        Ok(())
    });
}

#[test]
fn a_photograph_is_straightened_by_its_corners_and_can_be_left_as_it_was() {
    with_site(|site| {
        let visit = open(site, "")?;
        let photo = made("photo-table.jpg");
        visit.upload(&[&photo])?;
        ensure!(verdict_of(&visit, &photo)? == "refused", "a photograph is judged as it is");
        let size = "(c => c.width + ' × ' + c.height)(document.querySelector('canvas[data-role=radiograph]'))";
        let whole = visit.text(size)?;
        let corner = "document.querySelector('.corner')";
        let show = "button[data-adjustment=straighten]";

        // By keys: the focus stays, Escape leaves all as it was.
        visit.click(show)?;
        visit.wait(&format!("document.activeElement === {corner}"))?;
        let before = visit.text(&format!("{corner}.style.left"))?;
        visit.press("ArrowRight")?;
        visit.wait(&format!("{corner}.style.left !== '{before}'"))?;
        visit.press("ArrowRight")?;
        ensure!(
            visit.text(&format!("(document.activeElement === {corner}).toString()"))? == "true",
            "the focus is lost"
        );
        visit.press("Escape")?;
        visit.wait("!document.querySelector('.corner')")?;
        ensure!(visit.text(size)? == whole, "the picture has changed");

        visit.click(show)?;
        visit.click("#crop-apply")?;
        visit.wait("document.querySelector('.banner:not(.refused)[data-role=verdict]')")?;
        ensure!(visit.text(size)? != whole, "the photograph is still shown");
        visit.wait("document.querySelector('#straighten').disabled")?;
        let report: serde_json::Value = serde_json::from_str(&saved(&visit, "#report-data")?)?;
        ensure!(report["edit"]["corners"].as_array().is_some_and(|corners| corners.len() == 4), "{}", report["edit"]);

        visit.click("#crop-undo")?;
        visit.wait(&format!("{size} === '{whole}'"))?;
        visit.wait("document.querySelector('.banner.refused')")?;
        Ok(())
    });
}

#[test]
fn a_part_is_chosen_by_keys_and_escape_leaves_it() {
    with_site(|site| {
        let visit = with_result(site, "")?;
        visit.click("#crop")?;
        visit.wait("document.querySelector('.crop-box')")?;
        visit.text("(document.querySelector('.crop-box').focus(), 'ready')")?;
        let left = || visit.text("document.querySelector('.crop-box').style.left");
        for _ in 0..2 {
            let before = left()?;
            visit.press("ArrowRight")?;
            visit.wait(&format!("document.querySelector('.crop-box').style.left !== '{before}'"))?;
            visit.wait("document.activeElement === document.querySelector('.crop-box')")?;
        }
        visit.press("Escape")?;
        visit.wait("!document.querySelector('.crop-box')")
    });
}
