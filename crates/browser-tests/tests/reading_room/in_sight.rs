//! What a person looks for is in sight, or gone to: messages, results chosen in a list, buttons.

use super::*;

/// Whether an element is wholly in the window.
fn is_in_sight(selector: &str) -> String {
    format!(
        "(() => {{ const area = document.querySelector('{selector}')?.getBoundingClientRect(); \
         return area && area.top >= 0 && area.bottom <= innerHeight }})()"
    )
}

#[test]
fn a_file_that_fails_is_told_in_sight_wherever_the_page_was() {
    with_site(|site| {
        let visit = Visit::open(site, "?backend=cpu", Size::Phone)?;
        visit.wait_for_engine("cpu")?;
        visit.click("#notice button")?;
        visit.upload(&[&files::knee()])?;
        visit.wait_for_verdict(&files::knee())?;
        visit.wait("document.querySelector('canvas[data-role=heatmap]').dataset.class")?;
        visit.text("(scrollTo(0, 700), 'scrolled')")?;
        let (broken, _) = files::wrong()?.remove(1);
        visit.upload(&[&broken])?;
        visit.wait(&is_in_sight(".alert[data-verdict=error]"))?;
        // The earlier result is still there.
        visit.wait("document.querySelector('.banner[data-role=verdict]')")?;
        // What failed before stands not above what comes next.
        let next = files::knee().with_file_name("sample-b.png");
        visit.upload(&[&next])?;
        visit.wait("document.querySelector('.banner[data-file=\"sample-b.png\"]')")?;
        visit.wait("!document.querySelector('.alert')")?;
        visit.wait(&is_in_sight(".banner[data-role=verdict] strong"))
    });
}

#[test]
fn corners_are_marked_with_their_buttons_in_sight() {
    with_site(|site| {
        let visit = Visit::open(site, "?backend=cpu", Size::Phone)?;
        visit.wait_for_engine("cpu")?;
        visit.click("#notice button")?;
        let photo = in_repository("tests/films/photo-table.jpg");
        visit.upload(&[&photo])?;
        ensure!(verdict_of(&visit, &photo)? == "refused", "a photograph is judged as it is");
        visit.wait("document.querySelector('.next').innerText.includes('button above')")?;
        visit.click("button[data-adjustment=straighten]")?;
        visit.wait(&is_in_sight("#crop-apply"))?;
        visit.click("#crop-apply")?;
        visit.wait("document.querySelector('.banner:not(.refused)[data-role=verdict]')")?;
        visit.wait("document.activeElement.id === 'reading'")
    });
}

#[test]
fn a_film_chosen_in_the_table_is_gone_to() {
    with_site(|site| {
        let visit = open(site, "")?;
        let many = files::many(5)?;
        visit.upload(&many.iter().map(PathBuf::as_path).collect::<Vec<_>>())?;
        visit.wait("document.querySelectorAll('[data-role=batch] tbody tr').length === 5")?;
        visit.wait("!document.querySelector('[data-role=batch] tbody tr[data-state=working]')")?;
        visit.click("[data-role=batch] tbody tr:last-child button")?;
        visit.wait("document.activeElement.id === 'reading'")?;
        visit.wait(&is_in_sight("#reading"))
    });
}

#[test]
fn what_is_open_stays_open_in_another_language() {
    with_site(|site| {
        let visit = with_result(site, "")?;
        visit.click("[data-role=model-card] summary")?;
        visit.wait("document.querySelector('[data-role=model-card] table')")?;
        for language in ["es", "en"] {
            visit.choose("#language", language)?;
            visit.wait(&format!("document.documentElement.lang === '{language}'"))?;
            visit.wait("document.querySelector('[data-role=model-card][open] table')")?;
        }
        Ok(())
    });
}

#[test]
fn of_an_age_that_was_hardly_measured_no_group_is_named() {
    with_site(|site| {
        let visit = with_result(site, "")?;
        visit.type_in("#age", "78")?;
        visit.wait("document.querySelector('.banner').dataset.verdict === 'osteoporosis'")?;
        visit.type_in("#age", "90")?;
        visit.wait("document.querySelector('.banner').dataset.verdict === 'uncertain'")?;
        visit.wait("document.querySelector('.first-questions').innerText.includes('from 20 to 78 years')")
    });
}
