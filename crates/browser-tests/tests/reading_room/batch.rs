//! Many files, and every way in.

use super::*;

#[test]
fn many_files_become_a_table_and_a_bad_one_is_a_row() {
    with_site(|site| {
        let visit = open(site, "")?;
        let many = files::many(24)?;
        let paths: Vec<&Path> = many.iter().map(PathBuf::as_path).collect();
        visit.upload(&paths)?;
        visit.wait("document.querySelectorAll('[data-role=batch] tbody tr').length === 24")?;
        visit.wait("document.querySelectorAll('[data-role=batch] tbody tr[data-state=working]').length === 0")?;
        let bad = visit.text("document.querySelector('tr[data-row=\"film-12.jpg\"]').innerText")?;
        ensure!(bad.contains("cut off"), "«{bad}» does not say why");
        ensure!(
            visit.number("document.querySelectorAll('tr[data-state=error]').length")? < 2.0,
            "more than one failed"
        );
        visit.click("[data-role=batch] th:nth-child(2) button")?;
        visit.wait("document.querySelector('th[aria-sort=ascending]')")?;
        visit.click("[data-role=batch] th:nth-child(2) button")?;
        visit.wait("document.querySelector('[data-role=batch] tbody tr').dataset.row === 'film-23.png'")?;
        // The pictures of the second have gone by now; opening it judges it again.
        visit.click("tr[data-row=\"film-01.png\"] .link")?;
        visit.wait("document.querySelector('.banner[data-file=\"film-01.png\"]')")?;
        let table = saved(&visit, "#batch-csv")?;
        ensure!(table.lines().count() >= 25, "{table}");
        ensure!(!table.contains("film-"), "the table names files");
        visit.click("#batch-names")?;
        let named = saved(&visit, "#batch-csv")?;
        ensure!(named.contains(",\"\",\"film-01.png\","), "{named}");
        let json = saved(&visit, "#batch-json")?;
        let reports: Vec<serde_json::Value> = serde_json::from_str(&json)?;
        ensure!(reports.len() == 24 && reports[0]["file"]["name"].is_string(), "{}", reports[0]);
        let release = visit.text("document.documentElement.dataset.release")?;
        ensure!(reports.iter().all(|report| report["release"] == *release), "{}", reports[0]["release"]);
        ensure!(named.lines().skip(1).all(|row| row.ends_with(&release)), "{named}");
        visit.choose("#batch-filter", "error")?;
        visit.wait("document.querySelectorAll('[data-role=batch] tbody tr').length === 1")?;
        visit.text("(window.confirm = () => true, 'agreed')")?;
        visit.click("#batch-clear")?;
        visit.wait("!document.querySelector('[data-role=batch]')")?;
        Ok(())
    });
}

#[test]
fn two_hundred_films_take_no_longer_each_than_one_and_memory_stays_flat() {
    const FILMS: usize = 200;
    /// Judged one at a time before, for comparison.
    const SINGLE: usize = 10;
    /// Of page and engine together, from the first quarter to the end.
    const MOST_GROWTH_MB: f64 = 50.0;
    /// A film of a batch, heat maps and all, beside one alone until its verdict.
    const MOST_TIMES_AS_LONG: f64 = 1.1;
    const DONE: &str = "document.querySelectorAll('[data-role=batch] tbody tr:not([data-state=working])').length";
    with_site_alone(|site| {
        let visit = open(site, "")?;
        visit.wait_for_engine("cpu")?;
        visit.wait_for_offline()?;
        let many = files::many(FILMS)?;
        let paths: Vec<&Path> = many.iter().map(PathBuf::as_path).collect();
        let mut single = Vec::new();
        for (at, film) in paths[..=SINGLE].iter().enumerate() {
            visit.upload(&[film])?;
            visit.wait(&format!("performance.getEntriesByName('grad-cam').length === {}", at + 1))?;
            // From the file to its verdict, by the page's own clock.
            single.push(visit.number("performance.getEntriesByName('total').at(-1).duration")?);
        }
        // The first one waits for what is compiled or laid out once.
        single.remove(0);
        single.sort_by(f64::total_cmp);
        let single_ms = single[single.len() / 2];
        visit.text("(window.confirm = () => true, 'agreed')")?;
        visit.click("#batch-clear")?;
        visit.wait("!document.querySelector('[data-role=batch]')")?;

        let begun = std::time::Instant::now();
        visit.upload(&paths)?;
        visit.wait(&format!("{DONE} >= {}", FILMS / 4))?;
        visit.collect_garbage()?;
        let early_mb = visit.renderers_mb();
        visit.wait(&format!("{DONE} === {FILMS}"))?;
        let each_ms = begun.elapsed().as_secs_f64() * 1e3 / FILMS as f64;
        visit.collect_garbage()?;
        let late_mb = visit.renderers_mb();
        println!("{each_ms:.0} ms a film, {single_ms:.0} ms one at a time; from {early_mb:.0} to {late_mb:.0} MB");
        ensure!(early_mb > 0.0 && late_mb <= early_mb + MOST_GROWTH_MB, "from {early_mb} to {late_mb} MB");
        ensure!(each_ms <= single_ms * MOST_TIMES_AS_LONG, "{each_ms} ms in a batch, {single_ms} ms one at a time");
        Ok(())
    });
}

#[test]
fn a_folder_that_is_dropped_gives_its_films_and_leaves_its_programs_out() {
    with_site(|site| {
        let visit = open(site, "")?;
        let disc = files::disc()?;
        visit.drop(&[&disc])?;
        visit.wait("document.querySelectorAll('[data-role=batch] tbody tr').length === 2")?;
        visit.wait("document.querySelectorAll('[data-role=batch] tbody tr[data-state=working]').length === 0")?;
        let names = visit
            .text("[...document.querySelectorAll('[data-role=batch] tbody tr')].map(row => row.dataset.row).join()")?;
        ensure!(names == "IM1.png,IM2.png", "{names}");
        let cell = visit.text("document.querySelector('tr[data-row=\"IM2.png\"] th').textContent")?;
        ensure!(cell.contains("disc/B"), "«{cell}» does not name the folder");
        let said = visit.text("document.querySelector('[data-role=trouble]').innerText")?;
        ensure!(said.contains("4 files"), "{said}");
        Ok(())
    });
}

#[test]
fn many_files_that_cannot_be_read_are_one_line_that_opens() {
    with_site(|site| {
        let visit = open(site, "")?;
        let bad: Vec<PathBuf> = files::wrong()?.into_iter().map(|(path, _)| path).take(5).collect();
        let knee = files::knee();
        let all: Vec<&Path> = bad.iter().map(PathBuf::as_path).chain([knee.as_path()]).collect();
        visit.upload(&all)?;
        visit.wait_for_verdict(&knee)?;
        let line = "document.querySelector('[data-role=failures] summary')";
        visit.wait(&format!("{line}?.innerText.includes('{} of {}')", bad.len(), all.len()))?;
        visit.wait("document.querySelector('.banner[data-file=\"sample-a.png\"]').getBoundingClientRect().bottom < innerHeight")?;
        visit.click("[data-role=failures] summary")?;
        let told = visit.text("document.querySelector('[data-role=failures]').innerText")?;
        for path in &bad {
            let name = path.file_name().context("a name")?.to_string_lossy();
            ensure!(told.contains(&*name), "«{told}» does not name {name}");
        }
        // One that comes alone is told by itself.
        visit.upload(&[&bad[0]])?;
        visit.wait("document.querySelector('main > .alert[data-verdict=error]')")?;
        visit.click("main > .alert > button")?;
        // Those before it were not dismissed.
        visit.wait("document.querySelector('[data-role=failures]')")?;
        visit.click("main > .alert > button")?;
        visit.wait("!document.querySelector('.alert')")?;
        visit.wait("document.querySelector('.banner[data-file=\"sample-a.png\"]')")
    });
}

#[test]
fn escape_stops_a_batch_once_the_reader_agrees() {
    with_site(|site| {
        let visit = open(site, "")?;
        let many = files::many(24)?;
        let paths: Vec<&Path> = many.iter().map(PathBuf::as_path).collect();
        visit.text("(window.asked = 0, window.confirm = () => ++window.asked > 1, 'ready')")?;
        visit.upload(&paths)?;
        visit.wait("document.querySelector('#batch-stop')")?;
        visit.text("(document.activeElement.blur(), 'nothing has the focus')")?;
        visit.press("Escape")?;
        visit.wait("window.asked === 1")?;
        ensure!(
            visit.text("String(document.querySelector('#batch-stop') !== null)")? == "true",
            "stopped against the will"
        );
        visit.press("Escape")?;
        visit.wait("document.querySelector('[data-role=batch] tr[data-state=stopped]')")
    });
}

#[test]
fn a_single_file_can_be_dropped_anywhere_or_pasted() {
    with_site(|site| {
        let visit = open(site, "")?;
        let knee = files::knee();
        visit.drop(&[&knee])?;
        visit.wait_for_verdict(&knee)?;
        let bytes: Vec<String> = fs::read(knee.with_file_name("sample-b.png"))?.iter().map(u8::to_string).collect();
        visit.text(&format!(
            "(() => {{ const data = new DataTransfer(); data.items.add(new File([new Uint8Array([{}])], 'pasted.png')); \
             window.dispatchEvent(new ClipboardEvent('paste', {{clipboardData: data, bubbles: true}})); return 'pasted' }})()",
            bytes.join(",")
        ))?;
        visit.wait("document.querySelector('.banner[data-file=\"pasted.png\"]')")?;
        ensure!(visit.text("document.querySelector('#camera').getAttribute('capture')")? == "environment");
        Ok(())
    });
}

#[test]
fn results_are_kept_only_when_asked_for_and_can_be_deleted() {
    const STORED: &str = "String(localStorage.getItem('osteolens-history'))";
    const ROW: &str = "document.querySelector('[data-role=history] tbody tr').textContent";
    with_site(|site| {
        let visit = with_result(site, "")?;
        ensure!(visit.text(STORED)? == "null", "a result was kept unasked");
        visit.click("#history-keep")?;
        let file = files::knee().with_file_name("sample-b.png");
        visit.upload(&[&file])?;
        visit.wait_for_verdict(&file)?;
        visit.wait("document.querySelectorAll('[data-role=history] tbody tr').length === 1")?;
        let stored = visit.text(STORED)?;
        ensure!(stored.contains(" uncertain ") && !stored.contains("sample"), "{stored}");
        let row = visit.text(ROW)?;
        visit.reload()?;
        visit.wait("document.querySelectorAll('[data-role=history] tbody tr').length === 1")?;
        let again = visit.text(ROW)?;
        ensure!(row == again && row.contains('%'), "«{row}» has become «{again}»");
        visit.click("#history-clear")?;
        visit.wait(&format!("{STORED} === ''"))?;
        visit.click("#history-keep")?;
        visit.wait(&format!("{STORED} === 'null'"))?;
        Ok(())
    });
}
