//! The page of own films in a real Chromium: a table with every kind of trouble, questions, figures, a head; and that nothing
//! leaves during all of it.
#![cfg(feature = "in-browser")]

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use browser_tests::test_files::{self as files, PLANTED_OF_CLASS, planted};
use browser_tests::visit::{Size, Visit};
use browser_tests::with_site;
use browser_tests::{accessibility, requests};

const PAGE: &str = "own-films.html";

fn open(site: &Path) -> Result<Visit> {
    let visit = Visit::open(site, PAGE, Size::Desktop)?;
    visit.wait("document.querySelector('#films')")?;
    Ok(visit)
}

fn table(name: &str, bytes: &[u8]) -> Result<PathBuf> {
    let folder = files::scratch().join("tables");
    fs::create_dir_all(&folder)?;
    let path = folder.join(name);
    fs::write(&path, bytes)?;
    Ok(path)
}

fn says(visit: &Visit, role: &str, words: &str) -> Result<()> {
    visit.wait(&format!("document.querySelector('[data-role={role}]').innerText.includes({words:?})"))
}

/// What the page offers as a file when something is clicked.
fn saved(visit: &Visit, click: &str) -> Result<serde_json::Value> {
    visit.text(
        "(window.kept = undefined, window.real ??= URL.createObjectURL, URL.createObjectURL = blob => { blob.text().then(text => window.kept = text); return '#' }, 'ready')",
    )?;
    visit.click(click)?;
    visit.wait("window.kept !== undefined")?;
    // Workers start from such addresses too.
    visit.text("(URL.createObjectURL = window.real, 'as before')")?;
    serde_json::from_str(&visit.text("window.kept")?).context("it is JSON")
}

/// A T-score for each class, with a decimal comma.
fn t_score(class: &str) -> &'static str {
    match class {
        "normal" => "-0,4",
        "osteopenia" => "-1,7",
        _ => "-3,1",
    }
}

/// Semicolons and decimal commas, a row for each film and five with troubles, and a copy under another person.
fn troubled(classes: &[(String, &str)]) -> String {
    let mut text = "Datei;Patient ID;Alter;Geschlecht;T-Wert;Station\r\n".to_owned();
    for (at, (name, class)) in classes.iter().enumerate() {
        let (sex, ward) = (["w", "m"][at % 2], ["A", "B"][at / 2 % 2]);
        let row = [name, &format!("P{at}"), &(50 + at).to_string(), sex, t_score(class), ward].join(";");
        text.extend([row.as_str(), "\r\n"]);
    }
    text += "missing.png;P90;60;w;-1,0;A\r\n";
    text += "00.png;P91;60;w;02.05.2026;A\r\n";
    text += "01.png;P92;60;w;;A\r\n";
    text += "02.png;P93;200;?;-3,1;B\r\n";
    text += "copy.png;P94;44;m;0,2;A\r\n";
    text
}

#[test]
fn tables_of_every_kind_are_read_and_their_troubles_told() {
    with_site(|site| {
        let (folder, classes) = planted()?;
        let visit = open(site)?;
        visit.upload_to("#folder", &[&folder])?;
        says(&visit, "films", &format!("{} films.", classes.len()))?;
        let text = troubled(&classes);
        let utf16: Vec<u8> = [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        visit.upload_to("#table", &[&table("utf16.csv", &utf16)?])?;
        says(&visit, "table", "read as UTF-16LE; its cells are parted by semicolons")?;
        // Missing file, date, no truth; the copy is not among the files here.
        says(&visit, "rows", &format!("{} of {} rows can be used.", classes.len() + 1, classes.len() + 5))?;
        visit.unfold()?;
        for words in
            ["no file is called so", "looks like a date", "neither class nor T-score", "the age «200» cannot be true"]
        {
            says(&visit, "row-troubles", words)?;
        }
        for (name, sign, delimiter, decimal) in [
            ("tabs.tsv", "tabs", "\t", ","),
            ("commas.csv", "commas", ",", "."),
            ("bars.csv", "vertical bars", "|", ","),
        ] {
            let text = text.replace(',', decimal).replace(';', delimiter);
            visit.upload_to("#table", &[&table(name, text.as_bytes())?])?;
            says(&visit, "table", &format!("read as UTF-8; its cells are parted by {sign}"))?;
            says(&visit, "rows", &format!("{} of {} rows can be used.", classes.len() + 1, classes.len() + 5))?;
        }

        // What is no table says why, and columns are named by hand.
        visit.upload_to("#table", &[&table("book.xlsx", b"PK\x03\x04....")?])?;
        says(&visit, "table-fault", "save it as CSV first")?;
        says(&visit, "table", "Table bars.csv")?;
        says(&visit, "rows", &format!("{} of {} rows can be used.", classes.len() + 1, classes.len() + 5))?;
        let odd: Vec<String> = classes.iter().map(|(name, class)| format!("{name},{},x\n", class.len() % 4)).collect();
        visit.upload_to("#table", &[&table("odd.csv", format!("scan,grade,label\n{}", odd.concat()).as_bytes())?])?;
        says(&visit, "column-fault", "no column holds the file's name; the table has: scan, grade, label")?;
        visit.choose("#column-file", "scan")?;
        visit.choose("#column-class", "grade")?;
        // Lengths of the three classes' names are 6, 10 and 12: a 2 is normal or osteopenia, which nobody can know.
        says(&visit, "rows", "0 of 36 rows can be used.")?;
        visit.choose("[data-word=\"2\"]", "osteopenia")?;
        says(&visit, "rows", "24 of 36 rows can be used.")?;
        Ok(())
    });
}

#[test]
fn own_films_are_judged_questioned_scored_and_refitted_and_nothing_leaves() {
    with_site(|site| {
        let (planted, classes) = planted()?;
        let folder = files::scratch().join("hospital");
        files::copy_folder(&planted, &folder)?;
        // The film of a person with osteoporosis once more, as somebody else's who is normal; and what is no film.
        fs::copy(folder.join("02.png"), folder.join("copy.png"))?;
        fs::copy(files::knee().with_file_name("not-a-knee.png"), folder.join("cat.png"))?;
        fs::write(folder.join("broken.png"), &fs::read(folder.join("00.png"))?[..300])?;
        let text = troubled(&classes) + "cat.png;P95;44;m;0,2;A\r\nbroken.png;P96;44;m;0,2;A\r\n";
        let visit = open(site)?;
        visit.upload_to("#folder", &[&folder])?;
        visit.upload_to("#table", &[&table("troubled.csv", text.as_bytes())?])?;
        says(&visit, "rows", &format!("{} of {} rows can be used.", classes.len() + 4, classes.len() + 7))?;
        visit.unfold()?;
        accessibility::check(&visit, "a table with troubles")?;
        visit.choose("#reference", "dxa")?;
        visit.choose("#site", "hip")?;
        visit.click("[data-role=subgroups] input[value=Station]")?;

        // It is stopped in the middle, and goes on.
        visit.click("#judge")?;
        visit.wait("/^[1-9]/.test(document.querySelector('[data-role=progress]').innerText)")?;
        visit.click("#stop")?;
        visit.wait("document.querySelector('#judge').innerText.startsWith('Go on with')")?;
        visit.click("#judge")?;
        visit.wait("document.querySelector('#questions')")?;
        says(&visit, "counts", &format!("{} films judged, 1 refused, 1 not read.", classes.len() + 2))?;
        visit.unfold()?;
        says(&visit, "not-judged", "colours of a photograph")?;

        // The same film twice in the table, copies, and a copy with another class; with pictures.
        visit.wait("document.querySelector('[data-kind=two-classes] canvas') && document.querySelector('[data-kind=near-copy] canvas')")?;
        ensure!(visit.text("String(document.querySelector('#answer').disabled)")? == "true", "nothing is answered yet");
        accessibility::check(&visit, "questions")?;
        let grey = "(c => c.getContext('2d').getImageData(0, 0, 64, 64).data.some(value => value > 60 && value < 250))";
        visit.wait(&format!("{grey}(document.querySelector('[data-kind=near-copy] canvas'))"))?;
        let answer = |kind: &str, reply: &str| visit.click(&format!("[data-kind={kind}] input[value={reply}]"));
        // All of them are copies of three samples: to leave out what has two classes leaves nothing.
        answer("two-classes", "drop")?;
        answer("near-copy", "keep")?;
        visit.click("#answer")?;
        answer("small-class", "keep")?;
        visit.click("#answer")?;
        says(&visit, "fault", "No film was judged")?;
        visit.click("#answer-anew")?;
        // Until nothing is open: what an answer brings about is asked too.
        for _ in 0..3 {
            visit.wait("document.querySelector('#questions')")?;
            let open =
                visit.text("[...document.querySelectorAll('[data-kind]')].map(one => one.dataset.kind).join(' ')")?;
            for kind in open.split(' ') {
                answer(kind, "keep")?;
            }
            visit.click("#answer")?;
            visit.wait("document.querySelector('#figures') || (!document.querySelector('[data-role=progress]') && document.querySelector('#questions'))")?;
            if visit.text("String(!!document.querySelector('#figures'))")? == "true" {
                break;
            }
        }
        let sheet = saved(&visit, "#save-sheet")?;
        let counts = &sheet["figures"]["counts"];
        ensure!(sheet["reference"] == "dxa" && sheet["site"] == "hip" && sheet["copies_looked_for"] == true, "{sheet}");
        ensure!(counts["people"] == 3 * PLANTED_OF_CLASS + 4, "{counts}");
        ensure!(counts["classes"][0]["refused"] == 1 && counts["classes"][0]["failed"] == 1, "{counts}");
        let two_classes =
            sheet["checks"].as_array().is_some_and(|all| all.iter().any(|one| one["kind"] == "two-classes"));
        ensure!(two_classes, "{}", sheet["checks"]);
        ensure!(
            !sheet.to_string().contains(".png") && !sheet.to_string().contains("P94"),
            "the sheet names files or people"
        );
        let shown = visit.text("document.querySelector('#figures [data-row=combined]').innerText")?;
        let auc = sheet["figures"]["networks"][2]["bone_loss_auc"]["value"].as_f64().context("a figure")?;
        ensure!(shown.contains(&format!("{auc:.2} (")), "{shown} has not {auc}");
        visit.type_in("#prevalence", "10")?;
        visit.choose("#prevalence", "10")?;
        visit.wait("document.querySelector('[data-role=tests]').innerText.includes('10.0 %')")?;

        stopped_again_and_again(&visit)?;
        visit.resize(360, 780)?;
        visit.wait("document.documentElement.scrollWidth <= innerWidth")?;
        visit.resize(1440, 1000)?;
        // The square tells the class: a head that is fitted knows it.
        visit.type_in("#head-name", "Squares")?;
        visit.click("#begin-refit")?;
        visit.wait("document.querySelector('[data-role=fitted]')")?;
        ensure!(visit.text("document.querySelector('[data-role=fitted]').dataset.better")? == "true", "it is better");
        for dark in [false, true] {
            visit.set_dark(dark)?;
            accessibility::check(&visit, &format!("figures and a head, dark {dark}"))?;
        }
        let head = saved(&visit, "#save-head")?;
        ensure!(head["name"] == "Squares" && head["files"].is_null(), "{}", head["files"]);
        ensure!(head["record"]["areas"]["macro_auc"]["low"].as_f64() > Some(0.55), "{}", head["record"]["areas"]);
        ensure!(
            head["record"]["people"].as_u64() == Some(3 * PLANTED_OF_CLASS as u64 + 2),
            "{}",
            head["record"]["people"]
        );

        // On this device every verdict comes from it and says so, until it is removed.
        let path = table("squares.osteolens-head.json", head.to_string().as_bytes())?;
        visit.upload_to("#head", &[&path])?;
        says(&visit, "head-in-use", "ResNet18 · Squares")?;
        used_and_removed(&visit)?;
        requests::send_nothing(&visit, &requests::of_page(&visit))?;
        Ok(())
    });
}

/// Who stops it again and again has broken nothing, and answers are kept.
fn stopped_again_and_again(visit: &Visit) -> Result<()> {
    for _ in 0..5 {
        visit.click("#judge")?;
        visit.click("#stop")?;
        visit.wait("document.querySelector('#judge')")?;
    }
    visit.click("#judge")?;
    visit.wait("document.querySelector('#figures')")
}

fn used_and_removed(visit: &Visit) -> Result<()> {
    let film = files::knee();
    visit.go("?backend=cpu")?;
    visit.wait_for_engine("cpu")?;
    visit.click("#notice button")?;
    visit.upload(&[&film])?;
    visit.wait_for_verdict(&film)?;
    visit.wait("document.querySelector('.result').innerText.includes('an imported head')")?;
    visit.wait("document.body.textContent.includes('ResNet18 · Squares')")?;
    visit.go(PAGE)?;
    visit.click("#remove-head")?;
    says(visit, "head-in-use", "from the site’s own heads")?;
    visit.go("?backend=cpu")?;
    visit.wait_for_engine("cpu")?;
    visit.upload(&[&film])?;
    visit.wait_for_verdict(&film)?;
    visit.wait("document.querySelector('canvas[data-role=heatmap]').dataset.class")?;
    ensure!(!visit.text("document.body.textContent")?.contains("Squares"), "the head is gone");
    visit.go(PAGE)
}

#[test]
fn a_head_that_is_none_or_of_other_networks_changes_nothing() {
    with_site(|site| {
        let visit = open(site)?;
        for (name, text, words) in [
            ("none.json", "{}".to_owned(), "this is no head of OsteoLens"),
            ("old.json", r#"{"version":9,"name":"x","date":"","layers":[],"operating_point":{"least":[null,null,null]},"promises":{"of":[null,null,null],"coverage":0.0},"frequencies":[0.3,0.3,0.4],"clinical":{"inputs":[],"offsets":[0,0,0],"picture_weight":0,"sets":{"least_80":[0,0,0],"least_90":[0,0,0]},"promises":{"of":[null,null,null],"coverage":0}}}"#.to_owned(), "has form 9"),
        ] {
            visit.upload_to("#head", &[&table(name, text.as_bytes())?])?;
            says(&visit, "head-said", words)?;
            says(&visit, "head-in-use", "from the site’s own heads")?;
        }
        Ok(())
    });
}

#[test]
fn the_first_page_leads_here_and_fetches_none_of_it() {
    with_site(|site| {
        let visit = Visit::open(site, "?backend=cpu", Size::Phone)?;
        visit.wait_for_engine("cpu")?;
        visit.wait_for_offline()?;
        ensure!(!visit.asked().iter().any(|one| one.address.contains("own_films")), "a first visit fetches it");
        visit.wait("document.querySelector('footer a[href=\"own-films.html\"]')")?;
        visit.go(PAGE)?;
        visit.wait("document.querySelector('#films')")?;
        ensure!(visit.number("document.documentElement.scrollWidth - innerWidth")? < 1.0, "it is wider than a phone");
        Ok(())
    });
}
