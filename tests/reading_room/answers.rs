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
        visit.type_in("#age", "85")?;
        visit.wait(&format!("{osteoporosis} > {young}"))?;
        visit.wait("document.querySelector('[data-model=clinical-and-picture]')")?;
        visit.type_in("#weight", "50")?;
        // 0.2 · (50 − 85) = −7.
        visit.wait("document.querySelector('[data-role=ost]').innerText.includes('-7')")?;
        Ok(())
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
        let reasons = "document.querySelector('[data-role=reasons]').innerText";
        visit.wait(&format!("{reasons}.includes('Give age and sex')"))?;
        visit.choose("#sex", "woman")?;
        visit.type_in("#age", "40")?;
        visit.wait(&format!("{reasons}.includes('None')"))?;
        visit.click("#menopause")?;
        visit.wait(&format!("{reasons}.includes('under 20')"))?;
        visit.click("#fracture")?;
        visit.wait("document.querySelectorAll('[data-role=reasons] li').length === 2")?;
        visit.type_in("#age", "70")?;
        visit.wait("document.querySelectorAll('[data-role=reasons] li').length === 3")?;
        // What was typed outlives a change of language, and is nowhere stored.
        visit.choose("#language", "es")?;
        visit.wait("document.querySelector('#age').value === '70'")?;
        let stored = visit.text("JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie")?;
        ensure!(!stored.contains("70") && !stored.contains("110"), "{stored}");
        Ok(())
    });
}
