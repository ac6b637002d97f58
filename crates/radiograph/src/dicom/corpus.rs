//! The committed DICOM files that tests read, most of them of pydicom.

use std::fs;
use std::path::{Path, PathBuf};

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/dicom")
}

pub(crate) fn file(name: &str) -> Vec<u8> {
    fs::read(folder().join(name)).expect("committed")
}

pub(crate) fn names() -> Vec<String> {
    let entries = fs::read_dir(folder()).expect("committed").flatten();
    let files = entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "dcm"));
    let mut names: Vec<String> =
        files.filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect();
    names.sort();
    assert_eq!(names.len(), 21);
    names
}
