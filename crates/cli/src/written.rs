//! Where reports go: each is written whole and flushed, so that a run that is cut off loses none.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use osteolens::report::rows::{Rows, safe};
use osteolens::report::{Outcome, Report};

use crate::report_of_file;

/// How reports are written.
pub enum Form {
    /// A JSON object a line.
    Lines,
    /// A table.
    Table(Rows),
}

/// Reports on their way out.
pub struct Written {
    to: Box<dyn Write + Send>,
    form: Form,
    /// Files that an earlier run has finished.
    done: HashSet<PathBuf>,
    /// How many of these failed.
    failed: usize,
    is_file: bool,
}

/// What is left of an earlier run.
#[derive(Debug, Default, PartialEq, Eq)]
struct Whole {
    bytes: usize,
    done: HashSet<PathBuf>,
    failed: usize,
}

impl Form {
    /// A table with columns for these models.
    pub fn table(models: Vec<String>) -> Self {
        Self::Table(Rows::of(models))
    }

    fn head(&self) -> String {
        match self {
            Self::Lines => String::new(),
            Self::Table(rows) => rows.head(),
        }
    }

    /// What of an earlier run is whole: so many bytes, the files they are of, and how many of these failed. The last file of a
    /// table may lack rows, and is left out.
    ///
    /// # Errors
    /// When it is no such output: nothing of it may be cut off.
    fn whole(&self, text: &str) -> Result<Whole> {
        let mut whole = Whole { bytes: text.len(), ..Whole::default() };
        let Self::Table(_) = self else {
            for (at, line) in text.lines().enumerate() {
                let report: Report =
                    serde_json::from_str(line).with_context(|| format!("line {} is no report", at + 1))?;
                whole.failed += usize::from(matches!(report.outcome, Outcome::Failed { .. }));
                whole.done.extend(report_of_file::path(&report));
            }
            return Ok(whole);
        };
        let head = self.head();
        let columns = head.matches(',').count() + 1;
        let mut table = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        let mut last: Option<(usize, PathBuf, bool)> = None;
        for record in table.records() {
            let record = record.context("it is no table of reports")?;
            let place = record.position().map_or(0, |position| position.byte() as usize);
            // The reader ends a record behind the first of the two letters that end a line.
            let place = place + usize::from(text[place..].starts_with('\n'));
            if record.get(0) == Some("number") {
                ensure!(text[place..].starts_with(&head), "it has other columns");
                continue;
            }
            let is_row = record.len() == columns && record.get(0).is_some_and(|number| number.parse::<usize>().is_ok());
            ensure!(
                is_row,
                "line {} is no row of a table of reports",
                record.position().map_or(0, csv::Position::line)
            );
            let path = Path::new(&record[1]).join(&record[2]);
            if last.as_ref().is_none_or(|(_, before, _)| *before != path) {
                let next = (place, path, &record[4] == "failed");
                if let Some((_, before, has_failed)) = last.replace(next) {
                    whole.failed += usize::from(has_failed);
                    whole.done.insert(before);
                }
            }
        }
        whole.bytes = last.map_or(text.len(), |(place, ..)| place);
        Ok(whole)
    }

    /// A file as its report names it.
    fn key(&self, path: &Path) -> PathBuf {
        let is_table = matches!(self, Self::Table(_));
        let text = |part: Option<&std::ffi::OsStr>| {
            let plain = part.unwrap_or_default().to_string_lossy();
            if is_table { safe(&plain) } else { plain.into_owned() }
        };
        Path::new(&text(path.parent().map(Path::as_os_str))).join(text(path.file_name()))
    }
}

impl Written {
    /// To the standard output.
    ///
    /// # Errors
    /// When nothing can be written there.
    pub fn printed(form: Form, with_head: bool) -> Result<Self> {
        let mut written = Self { to: Box::new(io::stdout()), done: HashSet::new(), failed: 0, form, is_file: false };
        let head = if with_head { written.form.head() } else { String::new() };
        written.write(&head)?;
        Ok(written)
    }

    /// Behind what a file holds; with `resumes` what an earlier run has finished is known, and what it left half written is cut
    /// off.
    ///
    /// # Errors
    /// When the file cannot be written, or holds something else.
    pub fn appended(path: &Path, form: Form, with_head: bool, resumes: bool) -> Result<Self> {
        let told = || path.display().to_string();
        let before = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error).with_context(|| format!("reading {}", told())),
        };
        // A letter may be cut in two, too.
        let lines = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let rest = &before[lines..];
        let whole = if resumes {
            let is_ours = match &form {
                Form::Lines => rest.is_empty() || rest.starts_with(b"{") || b"{".starts_with(rest),
                Form::Table(_) if lines == 0 => form.head().as_bytes().starts_with(rest),
                Form::Table(_) => rest.iter().take_while(|byte| **byte != b',').all(u8::is_ascii_digit),
            };
            let text = std::str::from_utf8(&before[..lines]).context("it is no text");
            let whole = text.and_then(|text| {
                ensure!(is_ours, "its last line is nothing that this command writes");
                form.whole(text)
            });
            whole.with_context(|| format!("{} cannot be continued, and was left as it is", told()))?
        } else {
            ensure!(rest.is_empty(), "{} ends amid a line: continue it by `--skip-done`, or name another file", told());
            Whole { bytes: lines, ..Whole::default() }
        };
        let file: File =
            OpenOptions::new().create(true).append(true).open(path).with_context(|| format!("opening {}", told()))?;
        if whole.bytes < before.len() {
            let cut = file.set_len(whole.bytes as u64);
            cut.with_context(|| format!("cutting {} off behind the last whole report", told()))?;
        }
        let mut written = Self { to: Box::new(file), done: whole.done, failed: whole.failed, form, is_file: true };
        let head = if with_head && whole.bytes == 0 { written.form.head() } else { String::new() };
        written.write(&head)?;
        Ok(written)
    }

    /// How many files failed in an earlier run.
    pub fn failed(&self) -> usize {
        self.failed
    }

    /// Whether the standard output is free.
    pub fn is_file(&self) -> bool {
        self.is_file
    }

    /// Whether an earlier run has finished this file.
    pub fn holds(&self, path: &Path) -> bool {
        self.done.contains(&self.form.key(path))
    }

    /// Adds the report of the `number`-th file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add(&mut self, number: usize, report: &Report) -> Result<()> {
        let text = match &self.form {
            Form::Lines => serde_json::to_string(report).context("writing a report as JSON")? + "\n",
            Form::Table(rows) => rows.of_file(number, report),
        };
        self.write(&text)
    }

    fn write(&mut self, text: &str) -> Result<()> {
        let written = self.to.write_all(text.as_bytes()).and_then(|()| self.to.flush());
        written.context("writing a report")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row of a table without models has thirteen cells.
    fn row(number: usize, name: &str, outcome: &str, knee: &str) -> String {
        format!("{number},\"a\",\"{name}\",,{outcome},{knee},,,,,,0.2.0,x\r\n")
    }

    #[test]
    fn of_a_table_all_but_the_last_file_is_whole() {
        let form = Form::table(Vec::new());
        let rows =
            [row(1, "x.png", "judged", "left"), row(1, "x.png", "judged", "right"), row(2, "'=y.png", "failed", "")];
        let text = form.head() + &rows.concat();
        let whole = form.whole(&text).expect("a table");
        assert_eq!(text[..whole.bytes], form.head() + &rows[0] + &rows[1]);
        assert_eq!((whole.done, whole.failed), (HashSet::from([PathBuf::from("a/x.png")]), 0));
        let whole = form.whole(&(text + &row(3, "z.png", "judged", "only"))).expect("a table");
        assert!(whole.done.contains(&form.key(Path::new("a/=y.png"))));
        assert_eq!(whole.failed, 1);
    }

    #[test]
    fn a_table_of_heads_alone_is_begun_behind_them() {
        let form = Form::table(Vec::new());
        assert_eq!(form.whole(&form.head()).expect("a table"), Whole { bytes: form.head().len(), ..Whole::default() });
    }

    #[test]
    fn what_is_something_else_is_left_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        let of_json = || Form::Lines;
        let of_table: fn() -> Form = || Form::table(Vec::new());
        let lines = "{\"version\":2}\n";
        for (content, form) in [
            ("important notes", of_json as fn() -> Form),
            ("a letter\n", of_json),
            ("a,b,c\n1,2,3\n", of_table),
            (lines, of_table),
            ("1;2\n", of_table),
            ("x", of_table),
        ] {
            fs::write(&path, content).expect("written");
            let error = Written::appended(&path, form(), true, true).err().expect(content);
            assert!(error.to_string().contains("was left as it is"), "{error:#}");
            assert_eq!(fs::read_to_string(&path).expect("there"), content);
        }
        fs::write(&path, "{\"vers").expect("written");
        assert!(Written::appended(&path, Form::Lines, true, false).is_err(), "behind half a line nothing is written");
    }

    #[test]
    fn a_run_that_ends_amid_a_letter_goes_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        let form = || Form::table(Vec::new());
        let mut bytes =
            (form().head() + &row(1, "x.png", "judged", "only") + &row(2, "ü", "judged", "only")).into_bytes();
        let letter = bytes.windows(2).position(|pair| pair == "ü".as_bytes()).expect("there");
        bytes.truncate(letter + 1);
        fs::write(&path, &bytes).expect("written");
        // The film before may lack rows.
        assert!(Written::appended(&path, form(), true, true).is_ok());
        assert_eq!(fs::read_to_string(&path).expect("text"), form().head());
    }
}
