//! `osteolens analyze`: files → reports, each written as soon as it is there.

use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, ensure};
use clap::Args;
use osteolens::report::Outcome;

use crate::jobs;
use crate::listing::{self, Listed, Shard};
use crate::report_of_file::judged;
use crate::shipped_models::Models;
use crate::written::{Form, Written};

/// What is judged, and how it is written.
#[derive(Args)]
pub struct Options {
    /// Files, folders with all below them, or `-` for a list of paths on the standard input, one a line
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Files judged at the same time; as many as there are processors unless said
    #[arg(long)]
    jobs: Option<NonZeroUsize>,
    /// One JSON object a file and line, as `docs/report.schema.json` describes it (the default)
    #[arg(long)]
    json: bool,
    /// One row a knee, as in the page's table of many files
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// The file to append to; the standard output unless said
    #[arg(long)]
    out: Option<PathBuf>,
    /// Leave out files that stand in `--out` already: a run that was cut off goes on
    #[arg(long, requires = "out")]
    skip_done: bool,
    /// Judge only each N-th file of the list, from the I-th, as one of N machines; only the first writes a table's heads, so
    /// that `cat` joins them
    #[arg(long, value_name = "I/N", default_value_t = Shard::WHOLE)]
    shard: Shard,
    /// A folder with other models and their `manifest.json`; those of this program unless said
    #[arg(long)]
    weights: Option<PathBuf>,
    /// A head that `refit` has written, in place of that of the models
    #[arg(long, value_name = "FILE")]
    head: Option<PathBuf>,
}

/// Whether every file could be read.
///
/// # Errors
/// When the list, the models or the output fail, and not when a file does.
pub fn run(options: &Options) -> Result<bool> {
    let files = listing::of_shard(listing::files(&options.files, io::stdin().lock())?, options.shard);
    // What is written must not become a part of what is listed: shards would no longer share one list.
    if let Some(out) = &options.out {
        let folder = |path: &Path| path.canonicalize().ok();
        let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let is_below = |named: &PathBuf| {
            named.is_dir() && folder(parent).zip(folder(named)).is_some_and(|(out, named)| out.starts_with(named))
        };
        ensure!(
            !options.files.iter().any(is_below),
            "{} lies in a folder that is judged: name a place outside",
            out.display()
        );
    }
    let models = Models::read(options.weights.as_deref(), options.head.as_deref())?;
    let ids = models.manifest.models.iter().map(|entry| entry.id.clone()).collect();
    let form = if options.csv { Form::table(ids) } else { Form::Lines };
    let written = match &options.out {
        Some(path) => Written::appended(path, form, options.shard.index == 1, options.skip_done)?,
        None => Written::printed(form, options.shard.index == 1)?,
    };
    let files: Vec<Listed> = files.into_iter().filter(|file| !written.holds(&file.path)).collect();
    judge(&files, &models, jobs::count(options.jobs)?, written)
}

fn judge(files: &[Listed], models: &Models, jobs: usize, written: Written) -> Result<bool> {
    let is_shown = written.is_file();
    let (failed, written) = (AtomicUsize::new(written.failed()), Mutex::new(written));
    jobs::each(files.len(), jobs, models, is_shown, |analyzer, at| {
        let (report, _) = judged(analyzer, &files[at].path);
        if matches!(report.outcome, Outcome::Failed { .. }) {
            failed.fetch_add(1, Ordering::Relaxed);
        }
        let mut written = written.lock().ok().context("another thread could not write")?;
        written.add(files[at].number, &report)
    })?;
    Ok(failed.into_inner() == 0)
}
