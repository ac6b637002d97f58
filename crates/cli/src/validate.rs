//! `osteolens validate`: films and a table of what is known of them → figures.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::Args;
use validation::figures::figures;
use validation::sheet::Sheet;

use crate::gathered::{FilmOptions, Gathered, gathered};
use crate::shipped_models::Models;
use crate::{jobs, told};

/// What is validated.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    films: FilmOptions,
    /// Lines that `analyze --json` has written: these files are not judged again
    #[arg(long)]
    results: Option<PathBuf>,
    /// The result sheet to write, as JSON: aggregates only
    #[arg(long)]
    sheet: Option<PathBuf>,
    /// Share (between 0 and 1) of the people who have osteoporosis, for predictive values; that of the table unless said
    #[arg(long)]
    prevalence: Option<f64>,
}

/// Whether there are figures: not while a question has no answer.
///
/// # Errors
/// When the table, its columns, the models or an answer cannot be used.
pub fn run(options: &Options) -> Result<bool> {
    if let Some(share) = options.prevalence {
        ensure!(share > 0.0 && share < 1.0, "a prevalence lies between 0 and 1, such as 0.1 for one of ten");
    }
    let models = Models::read(options.films.weights.as_deref(), None)?;
    let Some(Gathered { settled, films, told: about }) = gathered(&options.films, options.results.as_deref(), &models)?
    else {
        return Ok(false);
    };
    let jobs = jobs::count(options.films.jobs)?;
    let figures = jobs::within(jobs, || figures(&films, &models.manifest, options.prevalence))?;
    let date = format!("{:.3}", jiff::Timestamp::now());
    let sheet = Sheet::new(date, env!("CARGO_PKG_VERSION"), about, &settled.times, &models.manifest, figures);
    if let Some(path) = &options.sheet {
        let json = serde_json::to_string_pretty(&sheet).context("writing the sheet as JSON")?;
        fs::write(path, json + "\n").with_context(|| format!("writing {}", path.display()))?;
    }
    told::print(&told::sheet(&sheet))?;
    Ok(true)
}
