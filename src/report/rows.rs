//! Results as a table (RFC 4180): one row a knee, or one for a file without a verdict.

use analysis::prediction::Class;

use super::{FileName, Outcome, Report, ReportedKnee};
use crate::decimal::fixed;

/// A table whose columns are known before its rows.
pub struct Rows {
    /// Ids of models: their probabilities follow those of all together.
    models: Vec<String>,
}

/// A whole table, with columns for the models that spoke on any knee.
pub fn csv(reports: &[Report]) -> String {
    let mut models: Vec<String> = Vec::new();
    for (model, _) in reports.iter().flat_map(Report::knees).flat_map(|knee| &knee.models) {
        if !models.contains(model) {
            models.push(model.clone());
        }
    }
    let rows = Rows::of(models);
    let mut table = rows.head();
    for (at, report) in reports.iter().enumerate() {
        table.push_str(&rows.of_file(at + 1, report));
    }
    table
}

impl Rows {
    /// With columns for these models.
    pub fn of(models: Vec<String>) -> Self {
        Self { models }
    }

    /// The first line.
    pub fn head(&self) -> String {
        let mut head = "number,folder,file,file_sha256,outcome,knee,verdict,normal,osteopenia,osteoporosis".to_owned();
        for model in &self.models {
            for class in Class::ALL {
                head.extend([",", model, "_", class.id()]);
            }
        }
        head + ",remark,app_version,release\r\n"
    }

    /// The lines of a file; `number` counts files from 1.
    pub fn of_file(&self, number: usize, report: &Report) -> String {
        let [folder, file] = match &report.file {
            Some(FileName { folder, name }) => [folder, name].map(|name| field(name)),
            None => Default::default(),
        };
        let start = [number.to_string(), folder, file, report.file_sha256.clone().unwrap_or_default()].join(",");
        let end = [",", &report.app_version, ",", &report.release, "\r\n"].concat();
        let empty = ",".repeat(5 + 3 * self.models.len());
        match &report.outcome {
            Outcome::Judged { knees, remarks, .. } => {
                let remarks = remarks.iter().map(|remark| remark.id()).collect::<Vec<_>>().join(" ");
                knees
                    .iter()
                    .map(|knee| [&start, ",judged,", &self.of_knee(knee), ",", &remarks, &end].concat())
                    .collect()
            }
            Outcome::Refused { reasons } => format!("{start},refused{empty},{}{end}", field(&reasons.join(" "))),
            Outcome::Failed { reason } => format!("{start},failed{empty},{}{end}", field(reason)),
            Outcome::Unread => format!("{start},unread{empty},{end}"),
        }
    }

    fn of_knee(&self, knee: &ReportedKnee) -> String {
        let mut row = format!("{},{}", name(&knee.position), name(&knee.verdict));
        let of = |model: &String| knee.models.iter().find(|(id, _)| id == model).map(|(_, all)| *all);
        for all in std::iter::once(knee.combined).chain(self.models.iter().map(of)) {
            for class in Class::ALL {
                row.push(',');
                row.push_str(&all.map(|all| fixed(all[class as usize], 4)).unwrap_or_default());
            }
        }
        row
    }
}

impl Report {
    fn knees(&self) -> &[ReportedKnee] {
        if let Outcome::Judged { knees, .. } = &self.outcome { knees } else { &[] }
    }
}

/// The name of a plain value as in JSON, without its quotes.
fn name(value: &dyn std::fmt::Debug) -> String {
    format!("{value:?}").to_ascii_lowercase()
}

/// Never taken for a formula by a spreadsheet. What begins with an apostrophe gets one more, so that no two become one.
pub fn safe(words: &str) -> String {
    if words.starts_with(['=', '+', '-', '@', '\'']) { format!("'{words}") } else { words.to_owned() }
}

/// In quotes.
fn field(words: &str) -> String {
    format!("\"{}\"", safe(words).replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{judged, report};
    use super::*;

    #[test]
    fn a_table_has_a_row_for_each_knee_and_each_failure() {
        let table = csv(&[judged(), report(Outcome::Failed { reason: "=1+\"2\"".into() })]);
        let rows: Vec<&str> = table.trim_end().split("\r\n").collect();
        assert_eq!(rows.len(), 4);
        assert!(rows[0].ends_with(
            ",osteoporosis,resnet18_normal,resnet18_osteopenia,resnet18_osteoporosis,remark,app_version,release"
        ));
        let name = format!("1,\"disc/IMAGES\",\"'=IM\"\"1.dcm\",{},", "ab".repeat(32));
        assert!(rows[1].starts_with(&name), "{}", rows[1]);
        let ends = [
            ",judged,left,osteopenia,0.2000,0.5000,0.3000,0.2000,0.5000,0.3000,metal other-side,0.1.0,0123456789ab",
            ",judged,right,uncertain,,,,,,,metal other-side,0.1.0,0123456789ab",
            ",failed,,,,,,,,,\"'=1+\"\"2\"\"\",0.1.0,0123456789ab",
        ];
        for (row, end) in rows[1..].iter().zip(ends) {
            assert!(row.ends_with(end), "{row}");
        }
        let commas = |row: &str| row.matches(',').count();
        assert!(rows.iter().all(|row| commas(row) == commas(rows[0])));
    }
}
