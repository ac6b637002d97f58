//! What `osteolens analyze --json` has written: files that need not be judged again.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use osteolens::report::{Outcome, Report};
use radiograph::Edit;
use validation::own_film::{Answer, KneeAnswer};

use crate::report_of_file;
use crate::shipped_models::Models;

/// Every file's report, if these models judged the whole of it.
///
/// # Errors
/// When a line is no such report, or a file stands there twice.
pub fn results(path: &Path, models: &Models) -> Result<HashMap<PathBuf, Report>> {
    let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let mut all = HashMap::new();
    let shipped: Vec<(&str, &str)> =
        models.manifest.models.iter().map(|entry| (entry.sha256.as_str(), entry.name.as_str())).collect();
    for (at, line) in text.lines().enumerate() {
        let place = || format!("{}, line {}", path.display(), at + 1);
        let report: Report = serde_json::from_str(line)
            .with_context(|| format!("{}: no report of `osteolens analyze --json`", place()))?;
        let judged_by: Vec<(&str, &str)> =
            report.models.iter().map(|model| (model.sha256.as_str(), model.name.as_str())).collect();
        ensure!(judged_by == shipped, "{}: it was judged by other models", place());
        ensure!(report.edit == Edit::default(), "{}: a part of the film was judged, or it was changed", place());
        let file = report_of_file::path(&report).with_context(|| format!("{}: no name of a file", place()))?;
        ensure!(all.insert(file, report).is_none(), "{}: the file stands there twice", place());
    }
    Ok(all)
}

/// What the models said, as far as figures need it.
pub fn answer(report: &Report) -> Answer {
    match &report.outcome {
        Outcome::Judged { verdict, knees, .. } => Answer::Judged {
            verdict: *verdict,
            knees: knees
                .iter()
                .map(|knee| KneeAnswer {
                    is_known: knee.is_known,
                    models: knee.models.clone(),
                    descriptors: Vec::new(),
                })
                .collect(),
        },
        Outcome::Refused { .. } => Answer::Refused,
        Outcome::Failed { .. } | Outcome::Unread => Answer::Failed,
    }
}
