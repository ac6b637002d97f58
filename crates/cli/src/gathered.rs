//! Films and a table of what is known of them → films that can be scored, once every question between them is answered.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use analysis::film::Film;
use analysis::prediction::Class;
use anyhow::{Context, Result, anyhow, bail, ensure};
use clap::Args;
use osteolens::report::Report;
use serde::de::DeserializeOwned;
use validation::columns::Meaning;
use validation::concerns::{Concern, Kind, Reply};
use validation::entry::{ClassNames, Entry};
use validation::located::Files;
use validation::own_film::OwnFilm;
use validation::planned::{Plan, Reading};
use validation::seen::{Seen, own_films};
use validation::settling::{Settled, Settling};
use validation::sheet::{Reference, Site, Told};
use validation::table::Table;

use crate::report_of_file::{self, judged};
use crate::results_before::{answer, results};
use crate::shipped_models::{Models, now_ms};
use crate::{jobs, listing};

/// Which films, and how their truth was found.
#[derive(Args)]
pub struct FilmOptions {
    /// CSV or TSV with a row a film: its file, its class or T-score, and perhaps person, age, sex and more
    table: PathBuf,
    /// The folder with the files
    pub folder: Option<PathBuf>,
    /// What the place is called on what is written; nothing unless said
    #[arg(long)]
    pub place: Option<String>,
    /// How the truth was found: dxa, ultrasound or unknown
    #[arg(long, value_parser = named::<Reference>, default_value = "unknown")]
    pub reference: Reference,
    /// Where a T-score was measured: hip, spine, heel or unknown
    #[arg(long, value_parser = named::<Site>, default_value = "unknown")]
    pub site: Site,
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
    pub jobs: Option<NonZeroUsize>,
    /// A folder with other models and their `manifest.json`; those of this program unless said
    #[arg(long)]
    pub weights: Option<PathBuf>,
}

/// What came of it.
pub struct Gathered {
    /// As the checks left them.
    pub settled: Settled,
    /// With what the models say.
    pub films: Vec<OwnFilm>,
    /// For the sheet.
    pub told: Told,
}

/// A value by the name that it has on the sheet.
fn named<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(text.into()).map_err(|error| error.to_string())
}

/// The films, judged, once every question is answered; none while one is open.
///
/// # Errors
/// When the table, its columns, the models or an answer cannot be used, or no film is judged.
pub fn gathered(options: &FilmOptions, results_path: Option<&Path>, models: &Models) -> Result<Option<Gathered>> {
    ensure!(!options.from_dicom || options.folder.is_some(), "`--from-dicom` takes the folder with the files");
    let replies = replies(&options.answer)?;
    let before = match results_path {
        Some(path) => results(path, models)?,
        None => HashMap::new(),
    };
    let paths: Vec<PathBuf> = match &options.folder {
        Some(folder) => {
            listing::files(std::slice::from_ref(folder), io::empty())?.into_iter().map(|file| file.path).collect()
        }
        None if results_path.is_some() => before.keys().cloned().collect(),
        None => bail!("name the folder with the files, or the results of `osteolens analyze --json` by `--results`"),
    };
    let plan = planned(options, &Files::of(paths))?;
    let told = Told {
        place: options.place.clone(),
        reference: options.reference,
        site: options.site,
        people_known: plan.without_person == 0,
        rows: plan.rows,
        left_out: plan.left_out(),
        replies,
        copies_looked_for: options.folder.is_some(),
    };
    ensure!(!plan.films.is_empty(), "no row of the table can be used");
    let seen = seen(options, &before, &plan.films, models)?;
    let checked = seen.iter().map(|(entry, seen)| seen.checked(entry.clone())).collect();
    let bar = jobs::bar("films compared with the others")?;
    let settling = jobs::within(jobs::count(options.jobs)?, || {
        Settling::new(checked, &|done, all| {
            bar.set_length(all as u64);
            bar.set_position(done as u64);
        })
    })?;
    bar.finish_and_clear();
    let settled = match settling.settled(&told.replies) {
        Ok(settled) => settled,
        Err(open) => {
            ask(&open);
            return Ok(None);
        }
    };
    ensure!(settled.films.iter().any(|film| film.is_judged), "no film was judged: all are refused or cannot be read");
    Ok(Some(Gathered { films: own_films(&settled, &seen), settled, told }))
}

/// The table, with what is said of it on the way.
fn planned(options: &FilmOptions, files: &Files) -> Result<Plan> {
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
    let reading = Reading {
        named: named.into_iter().filter_map(|(meaning, name)| Some((meaning, Some(name.clone()?)))).collect(),
        subgroups: options.subgroup.clone(),
        class_names: class_names(&options.class_name)?,
    };
    let plan = Plan::of(&table, files, &reading)?;
    eprintln!(
        "{}: {} rows, read as {}, parted by «{}»",
        options.table.display(),
        plan.rows,
        table.encoding,
        table.delimiter.escape_default()
    );
    for meaning in Meaning::ALL {
        if let Some(at) = plan.columns.place(meaning) {
            eprintln!("  {meaning}: column «{}»", table.heads[at]);
        }
    }
    for one in &plan.told {
        let what = if one.leaves_out_row { "left out" } else { "used without it" };
        let file = if one.file.is_empty() { "no file" } else { &one.file };
        eprintln!("  line {}, {file}: {} ({what})", one.line, one.trouble);
    }
    let unknown = plan.without_person;
    if unknown > 0 {
        eprintln!("  {unknown} rows do not say whose film it is: each counts as a person of its own (`--person`)");
    }
    Ok(plan)
}

/// Every film whose file is there, judged now or before.
fn seen(
    options: &FilmOptions,
    before: &HashMap<PathBuf, Report>,
    rows: &[(PathBuf, Entry)],
    models: &Models,
) -> Result<Vec<(Entry, Seen)>> {
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
        let seen = kept(&report, film, report_of_file::side_px(analyzer));
        let entry = seen.entry(entry, options.from_dicom);
        all.lock().map_err(|_| anyhow!("another thread broke"))?.push((entry, seen));
        Ok(())
    })?;
    let mut all = all.into_inner().map_err(|_| anyhow!("a thread broke"))?;
    all.sort_by_key(|(entry, _)| entry.line);
    Ok(all)
}

/// What is kept of a film.
fn kept(report: &Report, film: Option<Film>, side_px: u32) -> Seen {
    let sha256 = report.file_sha256.clone();
    let mut answer = answer(report);
    let seen = match film {
        Some(mut film) => {
            answer.describe(&film.descriptors());
            Seen::of(&mut film, sha256, side_px, now_ms)
        }
        None => Seen { picture_px: report.picture_px, ..Seen::nothing(sha256) },
    };
    Seen { answer, ..seen }
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
