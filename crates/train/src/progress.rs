//! What a person sees of a long computation.

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};

/// A bar that tells how long it will take.
pub fn bar(title: &str, steps: usize) -> Result<ProgressBar> {
    let bar = ProgressBar::new(steps as u64).with_message(title.to_owned());
    bar.set_style(ProgressStyle::with_template("{msg:20} {bar:40} {pos}/{len} {elapsed_precise} < {eta_precise}")?);
    Ok(bar)
}
