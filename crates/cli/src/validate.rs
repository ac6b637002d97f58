//! `osteolens validate`: films and a table of what is known of them → figures.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Mutex;

use analysis::film::Film;
use analysis::prediction::Class;
use anyhow::{Context, Result, anyhow, bail, ensure};
use clap::Args;
use osteolens::report::{Outcome, Report};
use serde::de::DeserializeOwned;
use validation::columns::{Columns, Meaning};
use validation::concerns::{Checked, Concern, Kind, Reply};
use validation::copies::Fingerprint;
use validation::entry::{self, ClassNames, Entry, Sex};
use validation::figures::figures;
use validation::own_film::{Answer, OwnFilm};
use validation::settling::settled;
use validation::sheet::{Answered, LeftOut, Protocol, Reference, Sheet, SheetModel, Site, VERSION, WARNING};
use validation::table::{Row, Table};

use crate::located::Files;
use crate::report_of_file::{self, judged};
use crate::results_before::{answer, results};
use crate::shipped_models::{Models, now_ms};
use crate::{jobs, listing, told};

/// What is validated, and how its truth was found.
#[derive(Args)]
pub struct Options {
    /// CSV or TSV with a row a film: its file, its class or T-score, and perhaps person, age, sex and more
    table: PathBuf,
    /// The folder with the files; not needed where `--results` has all of them
    folder: Option<PathBuf>,
    /// Lines that `analyze --json` has written: these files are not judged again
    #[arg(long)]
    results: Option<PathBuf>,
    /// The result sheet to write, as JSON: aggregates only
    #[arg(long)]
    sheet: Option<PathBuf>,
    /// What the place is called on the sheet; nothing unless said
    #[arg(long)]
    place: Option<String>,
    /// How the truth was found: dxa, ultrasound or unknown
    #[arg(long, value_parser = named::<Reference>, default_value = "unknown")]
    reference: Reference,
    /// Where a T-score was measured: hip, spine, heel or unknown
    #[arg(long, value_parser = named::<Site>, default_value = "unknown")]
    site: Site,
    /// Share (between 0 and 1) of the people who have osteoporosis, for predictive values; that of the table unless said
    #[arg(long)]
    prevalence: Option<f64>,
    /// Column with the file's name
    #[arg(long)]
    file: Option<String>,
    /// Column with the class
    #[arg(long)]
    class: Option<String>,
    /// Column with the T-score
    #[arg(long)]
    t_score: Option<String>,
    /// Column with the person: films of one person are drawn together for the intervals, and never compared as copies
    #[arg(long)]
    person: Option<String>,
    /// Column with the age in years
    #[arg(long)]
    age: Option<String>,
    /// Column with the sex
    #[arg(long)]
    sex: Option<String>,
    /// Column by which the films are parted into subgroups; may be repeated. Its values stand on the sheet
    #[arg(long)]
    subgroup: Vec<String>,
    /// What a class is called in the table, such as `0=normal`; may be repeated
    #[arg(long, value_name = "NAME=CLASS")]
    class_name: Vec<String>,
    /// Ages and sexes that the table lacks are taken from DICOM files
    #[arg(long)]
    from_dicom: bool,
    /// What is done about what the checks find; may be repeated: same-file=drop|merge|keep, near-copy=drop|merge|keep,
    /// two-classes=drop|keep, small-class=keep, one-machine=keep
    #[arg(long, value_name = "KIND=REPLY")]
    answer: Vec<String>,
    /// Files judged at the same time; as many as there are processors unless said
    #[arg(long)]
    jobs: Option<NonZeroUsize>,
    /// A folder with other models and their `manifest.json`; those of this program unless said
    #[arg(long)]
    weights: Option<PathBuf>,
}

/// A value by the name that it has on the sheet.
fn named<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(text.into()).map_err(|error| error.to_string())
}

/// A film of the table and what came of its file.
struct Seen {
    checked: Checked,
    answer: Answer,
}

/// Whether there are figures: not while a check has no answer.
///
/// # Errors
/// When the table, its columns, the models or an answer cannot be used.
pub fn run(options: &Options) -> Result<bool> {
    if let Some(share) = options.prevalence {
        ensure!(share > 0.0 && share < 1.0, "a prevalence lies between 0 and 1, such as 0.1 for one of ten");
    }
    ensure!(!options.from_dicom || options.folder.is_some(), "`--from-dicom` takes the folder with the files");
    let replies = replies(&options.answer)?;
    let Read { rows, entries, mut left_out, people_known } = read(options)?;
    let models = Models::read(options.weights.as_deref())?;
    let (seen, not_located, copies_looked_for) = seen(options, entries, &models)?;
    left_out.extend(not_located);
    ensure!(!seen.is_empty(), "no row of the table can be used");

    let answer = |one: &Seen| (one.checked.entry.line, one.answer.clone());
    let answers: Vec<(u64, Answer)> = seen.iter().map(answer).collect();
    let settled = match settled(seen.into_iter().map(|one| one.checked).collect(), &replies) {
        Ok(settled) => settled,
        Err(open) => {
            ask(&open);
            return Ok(false);
        }
    };
    ensure!(settled.films.iter().any(|film| film.is_judged), "no film was judged: all are refused or cannot be read");
    let mut answers: HashMap<u64, Answer> = answers.into_iter().collect();
    let entries = settled.films.into_iter().map(|film| film.entry);
    let films: Vec<OwnFilm> =
        entries.filter_map(|entry| Some(OwnFilm { answer: answers.remove(&entry.line)?, entry })).collect();
    let sheet = Sheet {
        version: VERSION,
        warning: WARNING.to_owned(),
        date: format!("{:.3}", jiff::Timestamp::now()),
        app_version: env!("CARGO_PKG_VERSION").to_owned(),
        place: options.place.clone(),
        models: models
            .manifest
            .models
            .iter()
            .map(|one| SheetModel { id: one.id.clone(), sha256: one.sha256.clone() })
            .collect(),
        protocol: Protocol::Shipped,
        reference: options.reference,
        site: options.site,
        people_known,
        rows,
        left_out: counted(left_out),
        checks: settled
            .times
            .into_iter()
            .map(|(kind, times)| Answered { kind, times, reply: replies[&kind] })
            .collect(),
        copies_looked_for,
        figures: figures(&films, &models.manifest, options.prevalence),
    };
    if let Some(path) = &options.sheet {
        let json = serde_json::to_string_pretty(&sheet).context("writing the sheet as JSON")?;
        fs::write(path, json + "\n").with_context(|| format!("writing {}", path.display()))?;
    }
    told::print(&told::sheet(&sheet))?;
    Ok(true)
}

/// A table that was read.
struct Read {
    rows: usize,
    /// Of rows that can be used.
    entries: Vec<Entry>,
    /// Why others cannot.
    left_out: Vec<String>,
    /// Whether it says of every film whose it is.
    people_known: bool,
}

fn read(options: &Options) -> Result<Read> {
    let bytes = fs::read(&options.table).with_context(|| format!("reading {}", options.table.display()))?;
    let table = Table::read(&bytes)?;
    let named = [
        (Meaning::File, &options.file),
        (Meaning::Class, &options.class),
        (Meaning::TScore, &options.t_score),
        (Meaning::Person, &options.person),
        (Meaning::Age, &options.age),
        (Meaning::Sex, &options.sex),
    ];
    let named: Vec<(Meaning, String)> =
        named.into_iter().filter_map(|(meaning, name)| Some((meaning, name.clone()?))).collect();
    let columns = Columns::find(&table.heads, &named, &options.subgroup)?;
    eprintln!(
        "{}: {} rows, read as {}, parted by «{}»",
        options.table.display(),
        table.rows.len(),
        table.encoding,
        table.delimiter.escape_default()
    );
    for meaning in Meaning::ALL {
        if let Some(at) = columns.place(meaning) {
            eprintln!("  {meaning}: column «{}»", table.heads[at]);
        }
    }
    check_subgroups(&table, &columns)?;
    let (entries, told) = entry::entries(&table, &columns, &class_names(&options.class_name)?);
    let mut left_out = Vec::new();
    for one in told {
        let what = if one.leaves_out_row { "left out" } else { "used without it" };
        eprintln!(
            "  line {}, {}: {} ({what})",
            one.line,
            if one.file.is_empty() { "no file" } else { &one.file },
            one.trouble
        );
        if one.leaves_out_row {
            left_out.push(one.trouble.kind().to_owned());
        }
    }
    let place = columns.place(Meaning::Person);
    let has_person = |row: &Row| place.and_then(|at| row.cells.get(at)).is_some_and(|person| !person.is_empty());
    let unknown = table.rows.iter().filter(|row| !has_person(row)).count();
    if unknown > 0 {
        eprintln!("  {unknown} rows do not say whose film it is: each counts as a person of its own (`--person`)");
    }
    Ok(Read { rows: table.rows.len(), entries, left_out, people_known: unknown == 0 })
}

/// Subgroups of so few values that none of them is a person.
fn check_subgroups(table: &Table, columns: &Columns) -> Result<()> {
    const MOST_VALUES: usize = 12;
    for (head, at) in &columns.subgroups {
        let names_film = [Meaning::File, Meaning::Person].iter().any(|meaning| columns.place(*meaning) == Some(*at));
        let values: BTreeSet<&String> = table.rows.iter().filter_map(|row| row.cells.get(*at)).collect();
        ensure!(
            !names_film && values.len() <= MOST_VALUES,
            "«{head}» makes no subgroups: it has {} values, which would stand on the sheet ({MOST_VALUES} at most, and none that \
             name a person or a file)",
            values.len()
        );
    }
    Ok(())
}

/// Every film whose file is there, judged now or before; and why others are not.
fn seen(options: &Options, entries: Vec<Entry>, models: &Models) -> Result<(Vec<Seen>, Vec<String>, bool)> {
    let before = match &options.results {
        Some(path) => results(path, models)?,
        None => HashMap::new(),
    };
    let paths: Vec<PathBuf> = match &options.folder {
        Some(folder) => {
            listing::files(std::slice::from_ref(folder), io::empty())?.into_iter().map(|file| file.path).collect()
        }
        None if options.results.is_some() => before.keys().cloned().collect(),
        None => bail!("name the folder with the files, or the results of `osteolens analyze --json` by `--results`"),
    };
    let files = Files::of(paths);
    let mut rows = Vec::new();
    let mut left_out = Vec::new();
    for entry in entries {
        match files.find(&entry.file) {
            Ok(path) => rows.push((path.to_owned(), entry)),
            Err(reason) => {
                eprintln!("  line {}, {}: {reason} (left out)", entry.line, entry.file);
                left_out.push("its file was not found".to_owned());
            }
        }
    }
    let has_pictures = options.folder.is_some();
    let all = Mutex::new(Vec::with_capacity(rows.len()));
    jobs::each(rows.len(), jobs::count(options.jobs)?, models, true, |analyzer, at| {
        let (path, entry) = &rows[at];
        let (report, film) = match before.get(path) {
            Some(report) if has_pictures => match report_of_file::opened(path, report.file_sha256.as_deref()) {
                Some(film) => (report.clone(), Some(film)),
                // It could not be read then, or is another file now.
                None => judged(analyzer, path),
            },
            Some(report) => (report.clone(), None),
            None => judged(analyzer, path),
        };
        let one = Seen {
            answer: answer(&report),
            checked: checked(entry, &report, film, report_of_file::side_px(analyzer), options.from_dicom),
        };
        all.lock().map_err(|_| anyhow!("another thread broke"))?.push(one);
        Ok(())
    })?;
    let mut all = all.into_inner().map_err(|_| anyhow!("a thread broke"))?;
    all.sort_by_key(|one| one.checked.entry.line);
    Ok((all, left_out, has_pictures))
}

fn checked(entry: &Entry, report: &Report, film: Option<Film>, side_px: u32, from_dicom: bool) -> Checked {
    let mut entry = entry.clone();
    let (mut fingerprints, mut machine) = (Vec::new(), None);
    if let Some([width, height]) = report.picture_px {
        machine = Some(format!("{} × {}", width.max(height), width.min(height)));
    }
    if let Some(mut film) = film {
        if from_dicom {
            let person = film.person();
            let sex = person.is_female.map(|is_female| if is_female { Sex::Woman } else { Sex::Man });
            (entry.age_years, entry.sex) = (entry.age_years.or(person.age_years.map(f32::from)), entry.sex.or(sex));
        }
        fingerprints = film.seen(side_px, now_ms).iter().map(|(_, square)| Fingerprint::of(square)).collect();
    }
    Checked {
        entry,
        sha256: report.file_sha256.clone(),
        fingerprints,
        is_judged: matches!(report.outcome, Outcome::Judged { .. }),
        machine,
    }
}

fn class_names(options: &[String]) -> Result<ClassNames> {
    let name = |text: &String| {
        let (name, class) = text.split_once('=').context("a class's name is written as 0=normal")?;
        let class = Class::ALL.into_iter().find(|one| one.id() == class);
        Ok((
            name.to_owned(),
            class.with_context(|| format!("«{text}»: classes are normal, osteopenia and osteoporosis"))?,
        ))
    };
    let mut names = ClassNames::new();
    for (name, class) in options.iter().map(name).collect::<Result<Vec<_>>>()? {
        ensure!(names.insert(name.clone(), class).is_none(), "«{name}» means two classes");
    }
    Ok(names)
}

fn replies(options: &[String]) -> Result<BTreeMap<Kind, Reply>> {
    let known: Vec<(Kind, Reply)> =
        Kind::ALL.into_iter().flat_map(|kind| kind.replies().iter().map(move |reply| (kind, *reply))).collect();
    let name = |(kind, reply): &(Kind, Reply)| format!("{}={}", kind.id(), reply.id());
    let mut replies = BTreeMap::new();
    for text in options {
        let found = known.iter().find(|one| name(one) == *text);
        let all = || known.iter().map(name).collect::<Vec<_>>().join(", ");
        let (kind, reply) = found.with_context(|| format!("«{text}» is no answer; there are: {}", all()))?;
        ensure!(replies.insert(*kind, *reply).is_none(), "{} has two answers", kind.id());
    }
    Ok(replies)
}

fn ask(open: &[Concern]) {
    eprintln!("\nBefore there are figures, say what is to be done about this:");
    for one in open {
        eprintln!("  {}: {}", one.kind.id(), one.told);
    }
    let mut kinds: Vec<Kind> = open.iter().map(|one| one.kind).collect();
    kinds.dedup();
    for kind in kinds {
        let ways: Vec<String> =
            kind.replies().iter().map(|reply| format!("--answer {}={}", kind.id(), reply.id())).collect();
        eprintln!("  {}", ways.join(" or "));
    }
}

fn counted(reasons: Vec<String>) -> Vec<LeftOut> {
    let mut rows = BTreeMap::<String, usize>::new();
    for reason in reasons {
        *rows.entry(reason).or_default() += 1;
    }
    rows.into_iter().map(|(reason, rows)| LeftOut { reason, rows }).collect()
}
