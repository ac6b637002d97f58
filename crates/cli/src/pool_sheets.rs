//! `osteolens pool`: result sheets of several places → their areas under the curve, joined.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, anyhow};
use clap::Args;
use validation::forest;
use validation::pooling::areas;
use validation::sheet::Sheet;

use crate::told;

/// Which sheets are joined.
#[derive(Args)]
pub struct Options {
    /// Result sheets that `validate` has written
    #[arg(required = true)]
    sheets: Vec<PathBuf>,
    /// A forest plot to write, as SVG
    #[arg(long)]
    plot: Option<PathBuf>,
    /// The joined figures to write, as JSON
    #[arg(long)]
    out: Option<PathBuf>,
}

/// Joins them.
///
/// # Errors
/// When a file is no sheet, sheets cannot be joined, or nothing can be written.
pub fn run(options: &Options) -> Result<()> {
    let sheets = options.sheets.iter().map(|path| {
        let name = path.display().to_string();
        let json = fs::read(path).with_context(|| format!("reading {name}"))?;
        let sheet = Sheet::read(&json).map_err(|reason| anyhow!("{name}: {reason}"))?;
        Ok((
            sheet.place.clone().unwrap_or_else(|| path.file_stem().unwrap_or_default().to_string_lossy().into_owned()),
            sheet,
        ))
    });
    let joined = areas(&sheets.collect::<Result<Vec<_>>>()?).map_err(|reason| anyhow!(reason))?;
    if let Some(path) = &options.plot {
        fs::write(path, forest::svg(&joined)).with_context(|| format!("writing {}", path.display()))?;
    }
    if let Some(path) = &options.out {
        let json = serde_json::to_string_pretty(&joined).context("writing the figures as JSON")?;
        fs::write(path, json + "\n").with_context(|| format!("writing {}", path.display()))?;
    }
    told::print(&told::areas(&joined))
}
