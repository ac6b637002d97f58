//! `osteolens refit`: films and a table of what is known of them → a head for the shipped networks.

use std::fs;
use std::path::PathBuf;

use analysis::own_head::LONGEST_NAME;
use anyhow::{Context, Result, ensure};
use clap::Args;
use validation::fitted_head::Asked;
use validation::head_file::{HeadFile, WARNING};
use validation::refit::{Refit, refit};

use crate::gathered::{FilmOptions, Gathered, gathered};
use crate::shipped_models::Models;
use crate::{jobs, told, told_refit};

/// What is fitted.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    films: FilmOptions,
    /// The head to write: a file that ends with .osteolens-head.json
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// What the head is called; it stands in every verdict that comes from it
    #[arg(long)]
    name: String,
    /// The share (between 0 and 1) of the films with osteoporosis that a test is to find
    #[arg(long, default_value = "0.9")]
    sensitivity: f64,
    /// Writes the head though its figures are no better than those of the shipped one
    #[arg(long)]
    though_no_better: bool,
    /// Writes the names of the files into the head
    #[arg(long)]
    with_names: bool,
}

/// Whether all that was asked for was done: not while a question has no answer, or if the head that was to be written is no better
/// and was not asked for all the same.
///
/// # Errors
/// When the table, its columns, the models or an answer cannot be used, or a class has too few people.
pub fn run(options: &Options) -> Result<bool> {
    let name = options.name.trim();
    let letters = name.chars().count();
    ensure!((1..=LONGEST_NAME).contains(&letters), "the name of a head has 1 to {LONGEST_NAME} letters");
    let share = options.sensitivity;
    ensure!(share > 0.0 && share < 1.0, "a sensitivity lies between 0 and 1, such as 0.9 for nine of ten");
    ensure!(
        options.films.folder.is_some(),
        "name the folder with the films: the last layer is fitted to what it sees of them"
    );
    let models = Models::read(options.films.weights.as_deref(), None)?;
    let Some(Gathered { settled, films, told: about }) = gathered(&options.films, None, &models)? else {
        return Ok(false);
    };
    let bar = jobs::bar("layers")?;
    let asked = Asked {
        name: name.to_owned(),
        date: format!("{:.3}", jiff::Timestamp::now()),
        sensitivity: options.sensitivity,
    };
    let Refit { head, record } = jobs::within(jobs::count(options.films.jobs)?, || {
        refit(&films, &models.manifest, &asked, &|done, all| {
            bar.set_length(all as u64);
            bar.set_position(done as u64);
        })
    })??;
    bar.finish_and_clear();
    told::print(&told_refit::text(&record))?;
    let is_written = record.is_better || options.though_no_better;
    let names = || films.iter().map(|film| film.entry.file.clone()).collect();
    let file = HeadFile {
        warning: WARNING.to_owned(),
        app_version: env!("CARGO_PKG_VERSION").to_owned(),
        head,
        reference: about.reference,
        site: about.site,
        people_known: about.people_known,
        checks: about.answered(&settled.times),
        record,
        files: options.with_names.then(names),
    };
    for doubt in file.doubts() {
        eprintln!("{doubt}");
    }
    match &options.out {
        Some(path) if is_written => {
            fs::write(path, file.json()).with_context(|| format!("writing {}", path.display()))?;
            eprintln!("The head was written to {}.", path.display());
        }
        Some(_) => eprintln!("No head was written: it is no better than the shipped one (`--though-no-better`)."),
        None => {}
    }
    Ok(is_written || options.out.is_none())
}
