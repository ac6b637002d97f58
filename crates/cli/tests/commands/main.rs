//! The commands as a person or a scheduler runs them, on the project's own samples.

mod federated;
mod heads;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use image::{GrayImage, imageops};
use osteolens::report::Report;
use osteolens::report::rows::csv;
use tempfile::TempDir;

fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn osteolens(arguments: &[&str], folder: &Path) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_osteolens")).args(arguments).current_dir(folder).output();
    output.expect("the program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The samples, one that is no knee, and two that cannot be read.
fn films() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let films = folder.path().join("films");
    fs::create_dir(&films).expect("made");
    for name in ["sample-a.png", "sample-b.png", "sample-c.png", "sample-d.png", "not-a-knee.png"] {
        fs::copy(in_repository("public/samples").join(name), films.join(name)).expect("committed");
    }
    fs::write(films.join("empty.png"), "").expect("written");
    let png = fs::read(films.join("sample-a.png")).expect("copied");
    fs::write(films.join("half.png"), &png[..png.len() / 2]).expect("written");
    fs::write(films.join("viewer.exe"), "MZ").expect("written");
    folder
}

/// The lines of a table but its first, without order.
fn rows(table: &str) -> BTreeSet<&str> {
    table.split("\r\n").skip(1).filter(|row| !row.is_empty()).collect()
}

#[test]
fn a_bad_file_is_a_line_and_the_exit_status_tells() {
    let folder = films();
    let output = osteolens(&["analyze", "films", "--json", "--jobs", "2"], folder.path());
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    let lines = text(&output.stdout);
    let mut reports: Vec<Report> =
        lines.lines().map(|line| serde_json::from_str(line).expect("a report a line")).collect();
    assert_eq!(reports.len(), 7, "the program among the files is left out");
    let name = |report: &Report| report.file.as_ref().map(|file| file.name.clone()).unwrap_or_default();
    reports.sort_by_key(name);
    let kinds: Vec<String> = reports
        .iter()
        .map(|report| format!("{:?}", report.outcome).split([' ', '{']).next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(kinds, ["Failed", "Failed", "Refused", "Judged", "Judged", "Judged", "Judged"]);

    // The table says the same, as the page writes it.
    let output = osteolens(&["analyze", "films", "--csv", "--jobs", "1"], folder.path());
    let (table, expected) = (text(&output.stdout), csv(&reports));
    assert_eq!(table.lines().next(), expected.lines().next());
    assert_eq!(rows(&table), rows(&expected));

    let good = osteolens(&["analyze", "films/sample-a.png"], folder.path());
    assert_eq!(good.status.code(), Some(0));
    let missing = osteolens(&["analyze", "nowhere.png"], folder.path());
    assert_eq!(missing.status.code(), Some(1));
    assert!(text(&missing.stderr).contains("nowhere.png is not there"));
}

#[test]
fn the_reports_of_shards_joined_are_those_of_one_run() {
    let folder = films();
    let whole = text(&osteolens(&["analyze", "films", "--csv"], folder.path()).stdout);
    let shards: Vec<String> = (1..=8)
        .map(|index| {
            let shard = format!("{index}/8");
            text(&osteolens(&["analyze", "films", "--csv", "--shard", &shard], folder.path()).stdout)
        })
        .collect();
    let joined = shards.concat();
    assert_eq!(joined.lines().next(), whole.lines().next(), "the first shard alone writes the heads");
    assert_eq!(rows(&joined), rows(&whole));
    assert_eq!(joined.len(), whole.len());
}

/// Where scripts find the program.
#[cfg(unix)]
fn path_with_the_program() -> std::ffi::OsString {
    let program = Path::new(env!("CARGO_BIN_EXE_osteolens")).parent().expect("a folder").to_owned();
    let others = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(program).chain(std::env::split_paths(&others))).expect("folders")
}

/// The script of a job array, each task as a process.
#[cfg(unix)]
#[test]
fn the_tasks_of_a_job_array_joined_are_one_run() {
    let folder = films();
    let whole = text(&osteolens(&["analyze", "films", "--csv"], folder.path()).stdout);
    let out = folder.path().join("results");
    fs::create_dir(&out).expect("made");
    let path = path_with_the_program();
    let tasks: Vec<std::process::Child> = (1..=8)
        .map(|task: usize| {
            Command::new("bash")
                .arg(in_repository("containers/slurm.sh"))
                .current_dir(folder.path())
                .env("PATH", &path)
                .envs([
                    ("FILMS", "films"),
                    ("OUT", "results"),
                    ("SLURM_ARRAY_TASK_COUNT", "8"),
                    ("SLURM_CPUS_PER_TASK", "1"),
                ])
                .env("SLURM_ARRAY_TASK_ID", task.to_string())
                .spawn()
                .expect("bash runs")
        })
        .collect();
    for mut task in tasks {
        assert!(task.wait().expect("it ends").success());
    }
    let mut parts: Vec<PathBuf> = fs::read_dir(&out).expect("listed").flatten().map(|entry| entry.path()).collect();
    parts.sort();
    let joined: String = parts.iter().map(|part| fs::read_to_string(part).expect("written")).collect();
    assert_eq!(joined.lines().next(), whole.lines().next());
    assert_eq!(rows(&joined), rows(&whole));
}

#[test]
fn a_run_that_was_cut_off_goes_on_where_it_was() {
    let folder = films();
    let file = |name: &str| folder.path().join(name);
    for (form, name) in [("--csv", "all.csv"), ("--json", "all.jsonl")] {
        osteolens(&["analyze", "films", form, "--out", name], folder.path());
        let whole = fs::read_to_string(file(name)).expect("written");
        // Amid a line of the fourth file or so.
        let cut = whole.len() * 6 / 10;
        fs::write(file("cut"), &whole[..cut]).expect("written");
        let again = osteolens(&["analyze", "films", form, "--out", "cut", "--skip-done"], folder.path());
        assert_eq!(again.status.code(), Some(3), "the files that failed before count too: {}", text(&again.stderr));
        let resumed = fs::read_to_string(file("cut")).expect("written");
        // What differs from run to run: the date and the durations.
        let plain = |text: &str| -> BTreeSet<String> {
            if form == "--csv" {
                return rows(text).into_iter().map(str::to_owned).collect();
            }
            let report = |line: &str| {
                let report: Report = serde_json::from_str(line).expect("a report");
                csv(&[Report { date: String::new(), ..report }])
            };
            text.lines().map(report).collect()
        };
        assert_eq!(plain(&resumed), plain(&whole));
        assert_eq!(resumed.lines().count(), whole.lines().count(), "no file stands twice");
    }
}

/// A film for each class and person, and a table with every kind of trouble, in UTF-16 with semicolons and decimal commas.
fn validated() -> TempDir {
    let folder = films();
    let films = folder.path().join("films");
    let sample = |letter: char| -> GrayImage {
        image::open(films.join(format!("sample-{letter}.png"))).expect("a picture").into_luma8()
    };
    let mut table = "Datei;T-Score;Patient;Age;Sex;Ward\r\n".to_owned();
    for at in 0..12u32 {
        let letter = ['a', 'b', 'c'][at as usize % 3];
        // Each is darker than the one before, and so another file.
        let picture = imageops::colorops::brighten(&sample(letter), -(at as i32));
        let name = format!("p{at}.png");
        picture.save(films.join(&name)).expect("written");
        let t_score = ["0,3", "-1,7", "-3,1"][at as usize % 3];
        let sex = if at % 2 == 0 { "f" } else { "m" };
        writeln!(table, "{name};{t_score};P{at};{};{sex};east\r", 30 + at * 4).expect("a text grows");
    }
    table += "p0.png;0,3;P0;30;f;east\r\n";
    table += "missing.png;-1;P90;;;\r\n";
    table += "sample-d.png;02.05.2026;P91;;;\r\n";
    table += "sample-d.png;;P92;;;\r\n";
    table += "not-a-knee.png;-2,8;P93;70;f;west\r\n";
    table += "half.png;-0,2;P94;200;x;west\r\n";
    let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(table.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    fs::write(folder.path().join("table.csv"), utf16).expect("written");
    folder
}

#[test]
fn own_films_are_validated_once_every_question_is_answered() {
    let folder = validated();
    let asked = osteolens(&["validate", "table.csv", "films"], folder.path());
    let told = text(&asked.stderr);
    assert_eq!(asked.status.code(), Some(3), "{told}");
    for words in [
        "read as UTF-16LE, parted by «;»",
        "the file's name: column «Datei»",
        "missing.png: no file is called so (left out)",
        "looks like a date: spreadsheets turn numbers into dates (left out)",
        "it says neither class nor T-score (left out)",
        "the age «200» cannot be true (0 to 120) (used without it)",
        "«x» is neither woman nor man (used without it)",
        "same-file: the same file 2 times: p0.png, p0.png",
        "--answer same-file=drop or --answer same-file=merge or --answer same-file=keep",
        "near-copy: the same knee, it seems, of two people",
        "small-class: ",
    ] {
        assert!(told.contains(words), "no «{words}» in:\n{told}");
    }
    assert!(asked.stdout.is_empty(), "no figure before every question is answered");

    let answers = ["same-file=drop", "near-copy=keep", "small-class=keep"];
    let mut arguments =
        vec!["validate", "table.csv", "films", "--reference", "dxa", "--site", "hip", "--subgroup", "Ward"];
    arguments.extend(["--prevalence", "0.1", "--sheet", "sheet.json"]);
    arguments.extend(answers.iter().flat_map(|answer| ["--answer", answer]));
    let output = osteolens(&arguments, folder.path());
    let told = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    for words in [
        "14 films of 14 people, 12 knees judged; truth by DXA of the hip",
        "osteoporosis      5 films, 1 refused, 0 not read",
        "1 rows left out: its file was not found",
        "1 × same-file: drop",
        "where 10.0 of 100 have it",
        "subgroups have too few people of a class to be scored",
    ] {
        assert!(told.contains(words), "no «{words}» in:\n{told}");
    }
    let sheet: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.path().join("sheet.json")).expect("written")).expect("JSON");
    let schema = fs::read(in_repository("docs/result-sheet.schema.json")).expect("committed");
    let schema: serde_json::Value = serde_json::from_slice(&schema).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let faults: Vec<String> = validator.iter_errors(&sheet).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{faults:?}");
    let written = sheet.to_string();
    for name in ["p0.png", "P0", "sample", "films/"] {
        assert!(!written.contains(&format!("\"{name}")), "the sheet names «{name}»");
    }

    // The same from results that were written before, but for the copies, which need the pictures.
    osteolens(&["analyze", "films", "--json", "--out", "results.jsonl"], folder.path());
    let mut arguments = vec!["validate", "table.csv", "--results", "results.jsonl", "--sheet", "again.json"];
    arguments.extend(["--reference", "dxa", "--site", "hip", "--subgroup", "Ward", "--prevalence", "0.1"]);
    arguments.extend(answers.iter().flat_map(|answer| ["--answer", answer]));
    let output = osteolens(&arguments, folder.path());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let again: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.path().join("again.json")).expect("written")).expect("JSON");
    assert_eq!(again["figures"], sheet["figures"]);
    assert_eq!(again["copies_looked_for"], false);

    let twice = osteolens(&["pool", "sheet.json", "again.json"], folder.path());
    assert_eq!(twice.status.code(), Some(1), "the same films would count twice");
    let mut other = again.clone();
    other["figures"]["counts"]["films"] = 15.into();
    fs::write(folder.path().join("other.json"), other.to_string()).expect("written");
    let pooled = osteolens(&["pool", "sheet.json", "other.json", "--plot", "forest.svg"], folder.path());
    assert_eq!(pooled.status.code(), Some(0), "{}", text(&pooled.stderr));
    assert!(text(&pooled.stdout).contains("if all measure the same (fixed effect)"));
    assert!(fs::read_to_string(folder.path().join("forest.svg")).expect("written").starts_with("<svg"));
    let alone = osteolens(&["pool", "sheet.json"], folder.path());
    assert_eq!(alone.status.code(), Some(1));
}

/// Results that are not those of these models and films are not scored as such.
#[test]
fn results_of_other_models_are_not_used() {
    let folder = validated();
    osteolens(&["analyze", "films", "--json", "--out", "results.jsonl"], folder.path());
    let path = folder.path().join("results.jsonl");
    let lines = fs::read_to_string(&path).expect("written");
    let hash = lines.split("\"sha256\":\"").nth(1).expect("a model").split('"').next().expect("its hash").to_owned();
    fs::write(&path, lines.replace(&hash, &"0".repeat(64))).expect("written");
    let output = osteolens(&["validate", "table.csv", "--results", "results.jsonl"], folder.path());
    assert!(text(&output.stderr).contains("it was judged by other models"), "{}", text(&output.stderr));
    let first = lines.lines().next().expect("a line");
    fs::write(&path, format!("{first}\n{first}\n")).expect("written");
    let output = osteolens(&["validate", "table.csv", "--results", "results.jsonl"], folder.path());
    assert!(text(&output.stderr).contains("stands there twice"), "{}", text(&output.stderr));
}

#[test]
fn wrong_arguments_say_what_is_right() {
    let folder = validated();
    for (arguments, words) in [
        (&["validate", "table.csv", "films", "--answer", "same-file=ignore"][..], "there are: same-file=drop"),
        (&["validate", "table.csv", "films", "--age", "years"], "no column is called «years»; the table has: Datei"),
        (&["validate", "table.csv"], "name the folder with the files"),
        (&["validate", "films/sample-a.png", "films"], "table"),
        (&["validate", "table.csv", "films", "--prevalence", "10"], "between 0 and 1"),
        (
            &["validate", "table.csv", "films", "--class-name", "0=healthy"],
            "classes are normal, osteopenia and osteoporosis",
        ),
        (&["analyze", "films", "--shard", "9/8"], "a shard is written as 3/8"),
        (&["analyze", "films", "--skip-done"], "--out"),
        (&["analyze", "films", "--out", "films/all.jsonl"], "lies in a folder that is judged"),
        (
            &["validate", "table.csv", "films", "--answer", "same-file=drop", "--answer", "same-file=keep"],
            "has two answers",
        ),
        (&["validate", "table.csv", "films", "--subgroup", "Datei"], "makes no subgroups"),
        (&["validate", "table.csv", "--results", "table.csv"], "table.csv"),
    ] {
        let output = osteolens(arguments, folder.path());
        let told = text(&output.stderr);
        assert!(matches!(output.status.code(), Some(1 | 2)) && told.contains(words), "{arguments:?}:\n{told}");
    }
}
