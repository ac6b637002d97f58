//! Films side by side: one analyzer a thread.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

use analysis::analyzer::Analyzer;
use anyhow::{Context, Result, ensure};
use indicatif::{ProgressBar, ProgressStyle};

use crate::shipped_models::Models;

/// How many threads are asked for, or as many as there are processors.
///
/// # Errors
/// When these cannot be counted.
pub fn count(asked: Option<NonZeroUsize>) -> Result<usize> {
    let jobs = match asked {
        Some(jobs) => jobs,
        None => std::thread::available_parallelism().context("counting the processors: use `--jobs`")?,
    };
    Ok(jobs.get())
}

/// Does what rayon shares among threads on so many of them.
///
/// # Errors
/// When the threads cannot be started.
pub fn within<T: Send>(jobs: usize, work: impl FnOnce() -> T + Send) -> Result<T> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build().context("starting the threads")?;
    Ok(pool.install(work))
}

/// A bar on a terminal for steps that are counted while they are done.
///
/// # Errors
/// Never in practice: the template is fixed.
pub fn bar(of: &str) -> Result<ProgressBar> {
    let style = ProgressStyle::with_template(&format!("{{pos}} of {{len}} {of} {{wide_bar}}"))?;
    Ok(ProgressBar::new(0).with_style(style))
}

/// Does `work` for each of the numbers from 0 below `films`, on so many threads; what has been done is shown on a terminal if
/// `is_shown`.
///
/// # Errors
/// The first of `work`, or of loading the models.
pub fn each(
    films: usize,
    jobs: usize,
    models: &Models,
    is_shown: bool,
    work: impl Fn(&Analyzer, usize) -> Result<()> + Sync,
) -> Result<()> {
    if films == 0 {
        return Ok(());
    }
    let bar = if is_shown { ProgressBar::new(films as u64) } else { ProgressBar::hidden() };
    bar.set_style(ProgressStyle::with_template("{pos} of {len} films, {eta} to go {wide_bar}")?);
    let next = AtomicUsize::new(0);
    let thread = || -> Result<()> {
        let analyzer = models.analyzer()?;
        loop {
            let film = next.fetch_add(1, Ordering::Relaxed);
            if film >= films {
                return Ok(());
            }
            work(&analyzer, film)?;
            bar.inc(1);
        }
    };
    // rayon's iterators would load the models for every piece into which they part the list.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs.min(films)).build().context("starting the threads")?;
    pool.broadcast(|_| thread()).into_iter().collect::<Result<()>>()?;
    bar.finish_and_clear();
    ensure!(next.into_inner() >= films, "not every film was judged");
    Ok(())
}
