//! Files that other viewers show wrongly, and names that other pages stumble over.

use super::*;

/// The page shows what `crates/radiograph/tests/cases.rs` has compared with the expected pictures.
#[test]
fn a_difficult_file_is_shown_as_it_is_and_tells_what_was_chosen() {
    /// The list above a film is drawn anew for each file: with a hundred of them that takes longer than to read one.
    const ON_A_PAGE: usize = 20;
    with_site(|site| {
        let mut files: Vec<PathBuf> =
            fs::read_dir(in_repository("tests/cases/files"))?.flatten().map(|entry| entry.path()).collect();
        files.sort();
        ensure!(files.len() > 70, "{} files", files.len());
        let mut visit = open(site, "&model=custom-cnn")?;
        for (at, file) in files.into_iter().enumerate() {
            if at > 0 && at % ON_A_PAGE == 0 {
                visit = open(site, "&model=custom-cnn")?;
            }
            visit.upload(&[&file])?;
            let verdict = verdict_of(&visit, &file)?;
            let Ok(decoded) = radiograph::decode_frame(&fs::read(&file)?, 0, radiograph::Window::Own) else {
                ensure!(verdict == "error", "{} is damaged and called {verdict}", file.display());
                continue;
            };
            let shown = format!("{} === {}", digest_of("radiograph"), digest(decoded.radiograph.pixels()));
            visit.wait(&shown).with_context(|| format!("{} is another picture", file.display()))?;
            let notes = visit.text("String(document.querySelectorAll('[data-role=file-notes] li').length)")?;
            ensure!(notes == decoded.notes.len().to_string(), "{}: {notes} of {:?}", file.display(), decoded.notes);
        }
        Ok(())
    });
}

#[test]
fn how_a_file_was_read_stands_in_its_report() {
    with_site(|site| {
        let visit = open(site, "")?;
        let file = in_repository("tests/cases/files/I20-thumbnail-first.tif");
        visit.upload(&[&file])?;
        visit.wait_for_verdict(&file)?;
        let told = visit.text("document.querySelector('[data-role=file-notes]').innerText")?;
        ensure!(told.contains("2 pages") && told.contains("Page 2 was read"), "{told}");
        let report: serde_json::Value = serde_json::from_str(&saved(&visit, "#report-data")?)?;
        ensure!(report["notes"] == serde_json::json!([{ "page": { "number": 2, "of": 2 } }]), "{report}");
        Ok(())
    });
}

#[test]
fn awkward_names_are_shown_as_they_are_and_harmless_in_a_table() {
    /// What a name may hold on Linux, where the tests run.
    fn names() -> Vec<String> {
        let mut names: Vec<String> = [
            "+49 knee.png",
            "<img src=x onerror=alert(1)>.png",
            "=1+1 cmd.png",
            "a\u{202e}gnp.exe.png",
            "colonne #3 50% off.png",
            "knee;a,b\"c.png",
            "مريض ركبة.png",
        ]
        .map(str::to_owned)
        .to_vec();
        names.push(format!("{}.png", "n".repeat(200)));
        names
    }
    with_site(|site| {
        let visit = open(site, "")?;
        let folder = files::scratch().join("awkward-names");
        fs::create_dir_all(&folder)?;
        let mut paths = Vec::new();
        for name in names() {
            let path = folder.join(name);
            fs::copy(files::knee(), &path)?;
            paths.push(path);
        }
        visit.text("(window.ran = false, window.alert = () => window.ran = true, 'ready')")?;
        let paths: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
        visit.upload(&paths)?;
        visit.wait("document.querySelectorAll('[data-role=batch] tbody tr').length === 8")?;
        visit.wait("document.querySelectorAll('[data-role=batch] tbody tr[data-state=working]').length === 0")?;
        let rows = "[...document.querySelectorAll('[data-role=batch] tbody tr')]";
        let mut shown: Vec<String> =
            serde_json::from_str(&visit.text(&format!("JSON.stringify({rows}.map(row => row.dataset.row))"))?)?;
        let mut wanted = names();
        shown.sort();
        wanted.sort();
        ensure!(shown == wanted, "{shown:?}");
        // As text, apart from the writing around it, and not wider than its cell.
        let odd = format!(
            "{rows}.filter(row => {{ const name = row.querySelector('.link'); \
             return name.textContent !== row.dataset.row || !name.querySelector('bdi') }}).length"
        );
        ensure!(visit.number(&odd)? < 1.0, "a name is not shown as it is");
        ensure!(visit.number("document.documentElement.scrollWidth - innerWidth")? <= 0.0, "a name widens the page");
        ensure!(visit.text("String(window.ran)")? == "false", "a name is run");
        ensure!(visit.number("document.querySelectorAll('img[src=x]').length")? < 1.0, "a name is HTML");
        let table = saved(&visit, "#batch-csv")?;
        let cells = table.lines().flat_map(|line| line.split(','));
        ensure!(!cells.into_iter().any(|cell| cell.starts_with(['=', '+', '@'])), "{table}");
        Ok(())
    });
}
