//! Names in a table → files.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

/// Files by their names.
pub struct Files {
    by_name: HashMap<OsString, Vec<PathBuf>>,
}

/// Why a name stands for no file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotLocated {
    /// No file is called so.
    Missing,
    /// More than one is.
    Several(Vec<PathBuf>),
}

impl Files {
    /// All that names may stand for.
    pub fn of(paths: impl IntoIterator<Item = PathBuf>) -> Self {
        let mut by_name = HashMap::<OsString, Vec<PathBuf>>::new();
        for path in paths {
            by_name.entry(path.file_name().unwrap_or_default().to_owned()).or_default().push(path);
        }
        Self { by_name }
    }

    /// The file whose path ends with a name, which may have folders before it; or whose path has no folder.
    ///
    /// # Errors
    /// When there is none, or more than one.
    pub fn find(&self, name: &str) -> Result<&Path, NotLocated> {
        let plain = Path::new(name).components().filter(|part| *part != Component::CurDir).collect::<PathBuf>();
        let is_windows = !self.by_name.contains_key(plain.file_name().unwrap_or_default());
        let name = if is_windows { PathBuf::from(name.replace('\\', "/")) } else { plain };
        let alike = self.by_name.get(name.file_name().unwrap_or_default()).map_or(&[][..], Vec::as_slice);
        // A browser does not tell the folder of a file that was chosen by itself.
        let is_meant = |path: &&PathBuf| path.ends_with(&name) || path.components().count() == 1;
        let found: Vec<&PathBuf> = alike.iter().filter(is_meant).collect();
        match found[..] {
            [] => Err(NotLocated::Missing),
            [one] => Ok(one),
            _ => Err(NotLocated::Several(found.into_iter().cloned().collect())),
        }
    }
}

impl std::fmt::Display for NotLocated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing => f.write_str("no file is called so"),
            Self::Several(paths) => {
                let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
                write!(f, "more than one file is called so: {}", names.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_for_the_one_file_whose_path_ends_with_it() {
        let files = Files::of(["d/a/1.dcm", "d/b/1.dcm", "d/b/2.dcm"].map(PathBuf::from));
        assert_eq!(files.find("2.dcm"), Ok(Path::new("d/b/2.dcm")));
        assert_eq!(files.find("a/1.dcm"), Ok(Path::new("d/a/1.dcm")));
        assert_eq!(files.find("a\\1.dcm"), Ok(Path::new("d/a/1.dcm")), "as Windows writes it");
        assert!(matches!(files.find("1.dcm"), Err(NotLocated::Several(paths)) if paths.len() == 2));
        assert_eq!(files.find("./b/2.dcm"), Ok(Path::new("d/b/2.dcm")), "as find prints it");
        assert_eq!(files.find("2.DCM"), Err(NotLocated::Missing), "nothing is guessed");
        assert_eq!(files.find("11.dcm"), Err(NotLocated::Missing));
        assert_eq!(
            Files::of([PathBuf::from("1.dcm")]).find("d/a/1.dcm"),
            Ok(Path::new("1.dcm")),
            "its folder is not known"
        );
    }
}
