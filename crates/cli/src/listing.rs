//! Which files are judged, in which order, and which of them by this machine.

use std::collections::BTreeSet;
use std::fmt;
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, Result, ensure};
use osteolens::disc::may_be_picture;
use walkdir::WalkDir;

/// A file and its place among all that were named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// From 1, the same on every machine that shares the list.
    pub number: usize,
    /// Where it is.
    pub path: PathBuf,
}

/// The part of a list that a machine takes: every `of`-th file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 1.
    pub index: usize,
    /// How many there are.
    pub of: usize,
}

impl Shard {
    /// All files.
    pub const WHOLE: Self = Self { index: 1, of: 1 };

    fn takes(self, number: usize) -> bool {
        (number - 1) % self.of == self.index - 1
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').and_then(|(index, of)| Some((index.parse().ok()?, of.parse().ok()?)));
        match numbers {
            Some((index, of)) if (1..=of).contains(&index) => Ok(Self { index, of }),
            _ => Err("a shard is written as 3/8, from 1/8 to 8/8".to_owned()),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

/// Files by themselves, those of folders and of what lies below these (programs, lists and hidden files are left out), and for
/// `-` those whose paths stand in the lines of `lines`. Each is taken once, ordered by its path.
///
/// # Errors
/// When a folder cannot be listed, a path is not there, or nothing is left.
pub fn files(named: &[PathBuf], lines: impl BufRead) -> Result<Vec<Listed>> {
    let mut paths = BTreeSet::new();
    let mut lines = Some(lines);
    for path in named {
        if path.as_os_str() == "-" {
            for line in lines.take().into_iter().flat_map(BufRead::lines) {
                let line = line.context("reading the list of files from the standard input")?;
                if !line.trim().is_empty() {
                    paths.insert(PathBuf::from(line.trim_end_matches('\r')));
                }
            }
        } else if path.is_dir() {
            paths.extend(below(path)?);
        } else {
            ensure!(path.exists(), "{} is not there", path.display());
            paths.insert(path.clone());
        }
    }
    ensure!(!paths.is_empty(), "there is no file to judge");
    Ok(paths.into_iter().enumerate().map(|(at, path)| Listed { number: at + 1, path }).collect())
}

/// What of a list a shard takes.
pub fn of_shard(files: Vec<Listed>, shard: Shard) -> Vec<Listed> {
    files.into_iter().filter(|file| shard.takes(file.number)).collect()
}

fn below(folder: &Path) -> Result<Vec<PathBuf>> {
    let is_hidden =
        |entry: &walkdir::DirEntry| entry.depth() > 0 && entry.file_name().as_encoded_bytes().starts_with(b".");
    let mut paths = Vec::new();
    for entry in WalkDir::new(folder).follow_links(true).into_iter().filter_entry(|entry| !is_hidden(entry)) {
        let entry = entry.with_context(|| format!("listing {}", folder.display()))?;
        if entry.file_type().is_file() && may_be_picture(&entry.file_name().to_string_lossy()) {
            paths.push(entry.into_path());
        }
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(count: usize) -> Vec<Listed> {
        (1..=count).map(|number| Listed { number, path: PathBuf::from(format!("{number}.png")) }).collect()
    }

    #[test]
    fn shards_share_a_list_without_gap_or_double() {
        for of in [1, 3, 8, 20] {
            let mut all: Vec<Listed> = (1..=of).flat_map(|index| of_shard(listed(17), Shard { index, of })).collect();
            all.sort_by_key(|file| file.number);
            assert_eq!(all, listed(17));
        }
    }

    #[test]
    fn a_shard_is_written_as_a_fraction() {
        assert_eq!("3/8".parse(), Ok(Shard { index: 3, of: 8 }));
        for wrong in ["0/8", "9/8", "3", "/", "3/x", "", "-1/2"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn folders_lists_and_files_are_joined_and_ordered() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(path("b/.hidden")).expect("a folder");
        for name in ["b/2.dcm", "b/1", "b/autorun.inf", "b/.hidden/3.png", "a.txt"] {
            std::fs::write(path(name), "x").expect("written");
        }
        let lines = format!("{}\r\n\n{}\n", path("b/2.dcm").display(), path("c.png").display());
        let files = files(&[path("b"), path("a.txt"), "-".into()], lines.as_bytes()).expect("listed");
        let paths: Vec<PathBuf> = files.into_iter().map(|file| file.path).collect();
        // A file that was named by itself is judged, whatever it is called.
        assert_eq!(paths, ["a.txt", "b/1", "b/2.dcm", "c.png"].map(path));
    }

    #[test]
    fn what_is_not_there_is_named() {
        let error = files(&["nowhere.png".into()], &b""[..]).expect_err("it is not there");
        assert!(error.to_string().contains("nowhere.png is not there"));
        assert!(files(&["-".into()], &b"\n"[..]).is_err(), "an empty list");
    }
}
