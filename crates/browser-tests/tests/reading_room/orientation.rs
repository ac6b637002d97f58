//! How somebody finds the way about the page who does not see it, or wants to check what it says of itself.

use super::*;

#[test]
fn the_word_on_privacy_opens_the_list_that_proves_it() {
    with_site(|site| {
        let visit = with_result(site, "")?;
        let list = "document.querySelector('[data-role=traffic]')";
        ensure!(visit.text(&format!("String({list}.open)"))? == "false", "it is open from the start");
        visit.click(".chip.private")?;
        visit.wait(&format!("{list}.open && {list}.getBoundingClientRect().top < innerHeight"))?;
        visit.wait("document.querySelector('[data-role=traffic-sum]')")
    });
}

#[test]
fn the_first_stop_of_the_keyboard_leads_to_the_result() {
    with_site(|site| {
        let visit = with_result(site, "")?;
        for width in [1280, 390] {
            visit.resize(width, 900)?;
            // Where the keyboard begins is the browser's business: it is the first thing that can have the focus.
            visit.wait(
                "document.querySelector('a[href], button, input, select, summary, [tabindex]').matches('.skip')",
            )?;
            visit.text("(location.hash = '', document.querySelector('.skip').focus(), 'focused')")?;
            visit.wait("document.querySelector('.skip').getBoundingClientRect().top >= 0")?;
            visit.press("Enter")?;
            visit.wait("document.activeElement.id === 'reading'")?;
            visit.press("Tab")?;
            visit.wait("document.activeElement.id === 'age'")?;
        }
        Ok(())
    });
}

#[test]
fn the_heat_map_says_where_it_is_strongest() {
    with_site(|site| {
        let visit = with_result(site, "")?;
        let said = "document.querySelector('canvas[data-role=heatmap]').getAttribute('aria-label')";
        visit.wait(&format!("{said} !== null"))?;
        let told = visit.text(said)?;
        let class = visit.text("document.querySelector('canvas[data-role=heatmap]').dataset.class")?;
        ensure!(told.to_lowercase().contains(&class), "«{told}» does not name {class}");
        // By its pixels: the third of the picture in which the most opaque one lies.
        let by_pixels = "(() => { const c = document.querySelector('canvas[data-role=heatmap]'), \
             d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; let best = 3; \
             for (let at = 3; at < d.length; at += 4) if (d[at] > d[best]) best = at; \
             const pixel = (best - 3) / 4, third = share => Math.min(2, Math.floor(share * 3)); \
             return [['top', 'middle', 'bottom'][third(Math.floor(pixel / c.width) / c.height)], \
                     ['left', 'centre', 'right'][third(pixel % c.width / c.width)]].join(', ') })()";
        let place = visit.text(by_pixels)?;
        ensure!(told.contains(&place), "«{told}» does not say {place}");
        Ok(())
    });
}

#[test]
fn licence_citation_hosting_and_own_films_are_part_of_the_site() {
    with_site(|site| {
        let visit = open(site, "")?;
        let links =
            visit.text("[...document.querySelectorAll('.about a')].map(one => one.getAttribute('href')).join(' ')")?;
        let (own, others): (Vec<&str>, Vec<&str>) = links.split(' ').partition(|link| !link.contains("://"));
        ensure!(own.len() == 4 && others.len() == 1, "{links}");
        for file in own {
            ensure!(fs::read_to_string(site.join(file))?.len() > 300, "{file} says nothing");
        }
        Ok(())
    });
}
