//! Where reports go: each is written whole and flushed, so that a run that is cut off loses none.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use osteolens::report::Report;
use osteolens::report::rows::{Rows, safe};

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
    is_file: bool,
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

    /// What of an earlier run is whole: so many bytes, and the files they are of. The last file of a table may lack rows, and
    /// is left out.
    fn whole(&self, text: &str) -> Result<(usize, HashSet<PathBuf>)> {
        let mut done = HashSet::new();
        let lines = text.rfind('\n').map_or(0, |end| end + 1);
        let Self::Table(_) = self else {
            for (at, line) in text[..lines].lines().enumerate() {
                let report: Report =
                    serde_json::from_str(line).with_context(|| format!("line {} is no report", at + 1))?;
                done.extend(report_of_file::path(&report));
            }
            return Ok((lines, done));
        };
        let mut table =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&text.as_bytes()[..lines]);
        let mut last: Option<(usize, PathBuf)> = None;
        for record in table.records() {
            let record = record.context("it is no table of reports")?;
            let place = record.position().map_or(0, |position| position.byte() as usize);
            // The reader ends a record behind the first of the two letters that end a line.
            let place = place + usize::from(text[place..].starts_with('\n'));
            let (Some(folder), Some(name)) = (record.get(1), record.get(2)) else { continue };
            if record.get(0) == Some("number") {
                continue;
            }
            let path = Path::new(folder).join(name);
            if last.as_ref().is_none_or(|(_, before)| *before != path) {
                done.extend(last.replace((place, path)).map(|(_, before)| before));
            }
        }
        Ok((last.map_or(lines, |(place, _)| place), done))
    }

    /// A file as its report names it.
    fn key(&self, path: &Path) -> PathBuf {
        let Self::Table(_) = self else { return path.to_owned() };
        let text = |part: Option<&std::ffi::OsStr>| safe(&part.unwrap_or_default().to_string_lossy());
        Path::new(&text(path.parent().map(Path::as_os_str))).join(text(path.file_name()))
    }
}

impl Written {
    /// To the standard output.
    ///
    /// # Errors
    /// When nothing can be written there.
    pub fn printed(form: Form, with_head: bool) -> Result<Self> {
        let mut written = Self { to: Box::new(io::stdout()), done: HashSet::new(), form, is_file: false };
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
        let before = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error).with_context(|| format!("reading {}", told())),
        };
        let (whole, done) = if resumes {
            form.whole(&before).with_context(|| format!("{} cannot be continued", told()))?
        } else {
            (before.len(), HashSet::new())
        };
        let file: File =
            OpenOptions::new().create(true).append(true).open(path).with_context(|| format!("opening {}", told()))?;
        file.set_len(whole as u64).with_context(|| format!("cutting {} off behind the last whole report", told()))?;
        let mut written = Self { to: Box::new(file), done, form, is_file: true };
        let head = if with_head && whole == 0 { written.form.head() } else { String::new() };
        written.write(&head)?;
        Ok(written)
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

    const HEAD: &str = "number,folder,file,file_sha256,outcome\r\n";

    #[test]
    fn of_a_table_all_but_the_last_file_is_whole() {
        let rows = [
            "1,\"a\",\"x.png\",,judged,left\r\n",
            "1,\"a\",\"x.png\",,judged,right\r\n",
            "2,\"a\",\"'=y.png\",,failed\r\n",
        ];
        let text = HEAD.to_owned() + &rows.concat() + "3,\"a\",\"z.p";
        let form = Form::table(Vec::new());
        let (whole, done) = form.whole(&text).expect("a table");
        assert_eq!(&text[..whole], HEAD.to_owned() + rows[0] + rows[1]);
        assert_eq!(done, HashSet::from([PathBuf::from("a/x.png")]));
        let (whole, done) = form.whole(&(text + "ng\",,failed\r\n")).expect("a table");
        assert!(whole > HEAD.len() && done.contains(&form.key(Path::new("a/=y.png"))));
    }

    #[test]
    fn a_table_of_heads_alone_is_begun_behind_them() {
        let (whole, done) = Form::table(Vec::new()).whole(HEAD).expect("a table");
        assert_eq!((whole, done.len()), (HEAD.len(), 0));
    }

    #[test]
    fn what_is_something_else_is_not_continued() {
        let error = Form::Lines.whole("a letter\n").expect_err("no report");
        assert!(error.to_string().contains("line 1 is no report"));
    }
}
