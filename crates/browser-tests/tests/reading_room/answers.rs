//! What the reader knows besides the picture.

use super::*;

#[test]
fn age_is_told_beside_the_picture_and_a_wrong_one_at_its_field() {
    with_site(|site| {
        let visit = with_result(site, "")?;
        visit.unfold()?;
        visit.type_in("#age", "300")?;
        visit.wait("document.querySelector('#age-fault').innerText.includes('from')")?;
        ensure!(visit.number("document.querySelectorAll('[data-model=clinical]').length")? < 1.0);
        let osteoporosis =
            "Number(document.querySelector('[data-model=clinical][data-class=osteoporosis]').dataset.value)";
        visit.type_in("#age", "30")?;
        visit.wait("document.querySelector('[data-model=clinical]')")?;
        let young = visit.number(osteoporosis)?;
        visit.type_in("#age", "78")?;
        visit.wait(&format!("{osteoporosis} > {young}"))?;
        visit.type_in("#weight", "50")?;
        // 0.2 · (50 − 78) = −5.6.
        visit.wait("document.querySelector('[data-role=ost]').innerText.includes('-5')")?;
        Ok(())
    });
}

#[test]
fn answers_about_one_film_do_not_stand_beside_another() {
    with_site(|site| {
        let visit = with_result(site, "")?;
        visit.unfold()?;
        visit.click("#fracture")?;
        visit.type_in("#weight", "45")?;
        visit.wait("document.querySelector('.next [data-role=reasons]')")?;
        let other = files::knee().with_file_name("sample-d.png");
        visit.upload(&[&other])?;
        visit.wait("document.querySelector('.banner[data-file=\"sample-d.png\"]')")?;
        visit.wait("!document.querySelector('#fracture').checked && document.querySelector('#weight').value === ''")?;
        visit.wait("!document.querySelector('.next [data-role=reasons]')")?;
        visit.click(".studies button:first-child")?;
        visit.wait("document.querySelector('#fracture').checked")?;
        visit.wait("document.querySelector('.next [data-role=reasons]')")
    });
}

#[test]
fn units_can_be_switched_and_reasons_for_a_test_are_told() {
    with_site(|site| {
        let visit = with_result(site, "")?;
        visit.unfold()?;
        let bmi = |value: &str| {
            visit.wait(&format!("document.querySelector('[data-role=bmi]')?.innerText.includes('{value}')"))
        };
        visit.type_in("#weight", "50")?;
        visit.type_in("#height", "165")?;
        bmi("18.4")?;
        // 110 lb and 5 ft 5 in: 49.9 kg and 165.1 cm.
        visit.choose("#weight-unit", "1")?;
        visit.wait("document.querySelector('#weight-fault').innerText.includes('66')")?;
        visit.type_in("#weight", "110")?;
        visit.choose("#height-unit", "1")?;
        visit.type_in("#feet", "5")?;
        visit.type_in("#inches", "5")?;
        bmi("18.3")?;
        let found = "document.querySelector('[data-role=reasons-found]').innerText";
        let reasons = "document.querySelector('.next [data-role=reasons]').innerText";
        visit.wait(&format!("{found}.includes('Enter age and sex')"))?;
        visit.choose("#sex", "woman")?;
        visit.type_in("#age", "40")?;
        visit.wait(&format!("{found}.includes('None')"))?;
        visit.click("#menopause")?;
        visit.wait(&format!("{reasons}.includes('below 20')"))?;
        visit.wait(&format!("{reasons}.includes('before 45')"))?;
        visit.click("#fracture")?;
        visit.wait("document.querySelectorAll('[data-role=reasons] li').length === 3")?;
        visit.type_in("#age", "70")?;
        visit.wait(&format!("!{reasons}.includes('before 45')"))?;
        visit.wait("document.querySelectorAll('[data-role=reasons] li').length === 3")?;
        // What was typed outlives a change of language, and is nowhere stored.
        visit.choose("#language", "es")?;
        visit.wait("document.querySelector('#age').value === '70'")?;
        let stored = visit.text("JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie")?;
        ensure!(!stored.contains("70") && !stored.contains("110"), "{stored}");
        Ok(())
    });
}

#[test]
fn the_age_brings_a_colour_and_what_it_is_worth() {
    with_site(|site| {
        let visit = with_result(site, "")?;
        let banner = |what: &str| visit.text(&format!("document.querySelector('.banner').dataset.{what}"));
        let becomes = |verdict: &str, basis: &str| {
            visit.wait(&format!(
                "(banner => banner.verdict === '{verdict}' && banner.basis === '{basis}')(document.querySelector('.banner').dataset)"
            ))
        };
        becomes("uncertain", "picture")?;
        ensure!(visit.number("document.querySelectorAll('[data-role=promise]').length")? < 1.0);
        let hint = visit
            .text("document.querySelector('[data-role=first-questions] .hint:not([data-role=from-file])').innerText")?;
        ensure!(hint.contains("of 100 people"), "{hint}");
        for (age, verdict) in [("30", "normal"), ("50", "osteopenia"), ("72", "osteoporosis")] {
            visit.type_in("#age", age)?;
            becomes(verdict, "picture-age-sex")?;
            let told = visit.text("document.querySelector('[data-role=promise]').innerText")?;
            ensure!(told.contains("Of 100 people with this result") && told.contains('–'), "{told}");
            let meaning = visit.text("document.querySelector('.banner p').innerText")?;
            ensure!(meaning.contains(age), "{meaning}");
        }
        // Where osteoporosis is rarer a red answer is worth less.
        let share = "Number(/(\\d+) \\(\\d+–\\d+\\) of 100/.exec(document.querySelector('[data-role=worth-there]').innerText)[1])";
        visit.choose("#prevalence", "40")?;
        visit.wait("document.querySelector('[data-role=worth-there]')?.innerText.includes('If 40')")?;
        let common = visit.number(share)?;
        visit.choose("#prevalence", "5")?;
        visit.wait("document.querySelector('[data-role=worth-there]')?.innerText.includes('If 5')")?;
        let rare = visit.number(share)?;
        ensure!(rare < common, "{rare} of 100 where it is rare, {common} where it is common");
        // Between the groups nothing is promised.
        visit.type_in("#age", "60")?;
        becomes("uncertain", "picture-age-sex")?;
        ensure!(visit.number("document.querySelectorAll('[data-role=promise]').length")? < 1.0);
        let meaning = visit.text("document.querySelector('.banner p').innerText")?;
        ensure!(meaning.contains("Possible groups: Osteopenia, Osteoporosis"), "{meaning}");
        // What was chosen stays.
        visit.type_in("#age", "72")?;
        visit.wait("document.querySelector('[data-role=worth-there]')?.innerText.includes('If 5')")?;
        visit.type_in("#age", "")?;
        becomes("uncertain", "picture")?;
        ensure!(banner("file")? == "sample-a.png");
        Ok(())
    });
}

#[test]
fn each_verdict_is_two_clicks_away_and_the_age_of_a_sample_goes_with_it() {
    with_site(|site| {
        let visit = open(site, "")?;
        for (sample, verdict, age) in [
            ("sample-a.png", "normal", "30"),
            ("sample-b.png", "osteopenia", "50"),
            ("sample-c.png", "osteoporosis", "72"),
            ("sample-d.png", "uncertain", ""),
        ] {
            visit.click(&format!(".samples button:has(img[src=\"samples/{sample}\"])"))?;
            visit.wait(&format!(
                "(banner => banner?.file === '{sample}' && banner.verdict === '{verdict}')(document.querySelector('.banner')?.dataset)"
            ))?;
            ensure!(visit.text("document.querySelector('#age').value")? == age);
        }
        // An age is that of the person on the film beside it, and stands there again when the film is looked at again.
        visit.click(".samples button:has(img[src=\"samples/sample-c.png\"])")?;
        visit.wait("document.querySelector('#age').value === '72'")?;
        let film = files::pair()?;
        visit.upload(&[&film])?;
        visit.wait_for_verdict(&film)?;
        ensure!(visit.text("document.querySelector('#age').value")?.is_empty());
        visit.type_in("#age", "50")?;
        visit.wait("document.querySelector('.banner').dataset.verdict === 'osteopenia'")?;
        let knee = files::knee();
        visit.upload(&[&knee])?;
        visit.wait("document.querySelector('.banner').dataset.file === 'sample-a.png'")?;
        visit.wait("document.querySelector('#age').value === '' && document.querySelector('.banner').dataset.verdict === 'uncertain'")?;
        visit.click(".studies button:nth-last-child(2)")?;
        visit.wait("document.querySelector('#age').value === '50' && document.querySelector('.banner').dataset.verdict === 'osteopenia'")?;
        Ok(())
    });
}

#[test]
fn a_film_with_a_knee_that_no_model_knows_gets_no_colour_by_age() {
    with_site(|site| {
        let visit = open(site, "")?;
        let film = files::half_known()?;
        visit.upload(&[&film])?;
        visit.wait_for_verdict(&film)?;
        visit.wait("document.querySelectorAll('.knees.pair .knee').length === 2")?;
        visit.type_in("#age", "72")?;
        visit.wait("document.querySelector('#age').value === '72'")?;
        let banner =
            visit.text("(banner => banner.verdict + banner.basis)(document.querySelector('.banner').dataset)")?;
        ensure!(banner == "uncertainpicture", "{banner}");
        let meaning = visit.text("document.querySelector('.banner p').innerText")?;
        ensure!(meaning.contains("no result for this X-ray"), "{meaning}");
        Ok(())
    });
}

#[test]
fn age_and_sex_of_a_dicom_file_stand_in_their_fields_and_go_with_it() {
    with_site(|site| {
        let visit = open(site, "")?;
        let knee = image::open(files::knee())?.into_luma8();
        let file = dicom::write(&knee, dicom::Kind::OfAWomanOfSeventy)?;
        visit.upload(&[&file])?;
        visit.wait_for_verdict(&file)?;
        visit.wait(
            "document.querySelector('#age').value === '70' && document.querySelector('#sex').value === 'woman'",
        )?;
        visit.wait("document.querySelector('.banner').dataset.verdict === 'osteoporosis'")?;
        // They stay in the page.
        let report = saved(&visit, "#report-data")?;
        let told: serde_json::Value = serde_json::from_str(&report)?;
        ensure!(told["dicom"]["modality"] == "DX", "{report}");
        for key in ["age", "age_years", "sex", "is_female", "person"] {
            ensure!(told.get(key).is_none() && told["dicom"].get(key).is_none(), "«{key}» is saved: {report}");
        }
        let stored = visit.text("JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie")?;
        ensure!(!stored.contains("70") && !stored.contains("woman"), "{stored}");
        let png = files::knee();
        visit.upload(&[&png])?;
        visit.wait_for_verdict(&png)?;
        visit.wait("document.querySelector('#age').value === '' && document.querySelector('#sex').value === ''")?;
        Ok(())
    });
}
