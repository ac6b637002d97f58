//! Difficult files: kinds of file that other viewers have shown wrongly. `tests/cases/README.md` tells of them.

use std::fs;
use std::path::{Path, PathBuf};

use image::imageops::{self, FilterType};
use image::{DynamicImage, GrayImage};
use radiograph::{Note, Window, decode_frame};

/// What stands before the words that an error must hold.
const REFUSED: &str = "refused: ";

/// One line of `cases.csv`.
struct Case {
    id: String,
    file: PathBuf,
    expected: PathBuf,
    tolerance: String,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases")
}

fn cases() -> Vec<Case> {
    let mut reader = csv::Reader::from_path(folder().join("cases.csv")).expect("committed");
    let rows = reader.records().map(|row| row.expect("a line of the table"));
    // One line stands for names of files, not for a file.
    rows.filter(|row| !row[5].is_empty() || row[6].starts_with(REFUSED))
        .map(|row| Case {
            id: row[0].to_owned(),
            file: folder().join(&row[1]),
            expected: folder().join(&row[5]),
            tolerance: row[6].to_owned(),
        })
        .collect()
}

/// Why the picture is not the one that should be seen.
fn fault(case: &Case) -> Option<String> {
    let bytes = fs::read(&case.file).expect("committed");
    if let Some(words) = case.tolerance.strip_prefix(REFUSED) {
        return match decode_frame(&bytes, 0, Window::Own) {
            Ok(_) => Some("opens".to_owned()),
            Err(error) => Some(error.to_string()).filter(|error| !error.contains(words)),
        };
    }
    let ours = match decode_frame(&bytes, 0, Window::Own) {
        Ok(decoded) => decoded.radiograph.pixels().clone(),
        Err(error) => return Some(format!("refused: {error}")),
    };
    let expected = image::open(&case.expected).expect("committed").into_luma_alpha8();
    if case.tolerance.starts_with("height : width") {
        return other_shape(&ours, &DynamicImage::from(expected).into_luma8());
    }
    if ours.dimensions() != expected.dimensions() {
        return Some(format!("{:?} pixels instead of {:?}", ours.dimensions(), expected.dimensions()));
    }
    // Levels, and the share of pixels that must be within them.
    let (levels, share) = match case.tolerance.as_str() {
        "exact" => (0, 1.0),
        text if text.contains("98 %") => (2, 0.98),
        text if text.starts_with("24") => (24, 1.0),
        text if text.starts_with('4') => (4, 1.0),
        _ => (2, 1.0),
    };
    // At the edge of a shutter either side is right: there the expected picture is transparent.
    let pairs = ours.pixels().zip(expected.pixels()).filter(|(_, theirs)| theirs[1] > 0);
    let off: Vec<u8> = pairs.map(|(ours, theirs)| ours[0].abs_diff(theirs[0])).filter(|off| *off > levels).collect();
    let most = off.iter().max();
    (off.len() as f64 > ours.len() as f64 * (1.0 - share))
        .then(|| format!("{} pixels are off, by up to {most:?}", off.len()))
}

fn other_shape(ours: &GrayImage, expected: &GrayImage) -> Option<String> {
    /// Of the proportion, and in levels: programs interpolate in their own ways.
    const SHAPE_WITHIN: f64 = 0.01;
    const MEAN_WITHIN: f64 = 3.0;
    let shape = |picture: &GrayImage| f64::from(picture.height()) / f64::from(picture.width());
    if (shape(ours) / shape(expected) - 1.0).abs() > SHAPE_WITHIN {
        return Some(format!("{:?} has another shape than {:?}", ours.dimensions(), expected.dimensions()));
    }
    let same = imageops::resize(ours, expected.width(), expected.height(), FilterType::Triangle);
    let sum: u64 = same.iter().zip(expected.iter()).map(|(ours, theirs)| u64::from(ours.abs_diff(*theirs))).sum();
    let mean = sum as f64 / same.len() as f64;
    (mean > MEAN_WITHIN).then(|| format!("the mean difference is {mean:.1}"))
}

#[test]
fn every_difficult_file_is_shown_as_it_is() {
    let faults: Vec<String> =
        cases().iter().filter_map(|case| Some(format!("{}: {}", case.id, fault(case)?))).collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn the_person_is_told_what_was_chosen() {
    let told = [
        ("C01", vec![]),
        ("D01", vec![Note::TableDepth]),
        ("D04", vec![Note::TableUnusable]),
        ("D05", vec![]),
        ("D07", vec![Note::PolarityContradiction]),
        ("D12", vec![]),
        ("D14", vec![]),
        ("D30", vec![Note::Stretched { percent: 200 }]),
        ("D31", vec![Note::Stretched { percent: 200 }]),
        ("D40", vec![]),
        ("D41", vec![Note::Shutter]),
        ("D50", vec![Note::PolarityUnknown]),
        ("D52", vec![Note::SignContradiction]),
        ("S13", vec![Note::ShutterUnusable]),
        ("S16", vec![Note::WindowUnusable]),
        ("S20", vec![Note::RescaleUnusable]),
        ("I14", vec![]),
        ("I20", vec![Note::Page { number: 2, of: 2 }]),
        ("I27", vec![Note::Transparent]),
    ];
    let cases = cases();
    for (id, notes) in told {
        let case = cases.iter().find(|case| case.id == id).expect("a line of the table");
        let decoded = decode_frame(&fs::read(&case.file).expect("committed"), 0, Window::Own).expect(id);
        assert_eq!(decoded.notes, notes, "{id}");
    }
}

#[test]
fn a_window_menu_offers_what_shows_something() {
    let windows = |id: &str| {
        let cases = cases();
        let case = cases.iter().find(|case| case.id == id).expect("a line of the table");
        decode_frame(&fs::read(&case.file).expect("committed"), 0, Window::Own).expect(id).windows.len()
    };
    // Letters that can be taken for numbers, the window of the shared group, none that makes sense, one of two.
    assert_eq!([windows("D49"), windows("D40"), windows("S15"), windows("S16")], [1, 1, 0, 1]);
}

#[test]
fn a_stream_of_another_kind_than_is_announced_is_read_as_it_is() {
    let bytes = fs::read(folder().join("files/D22-j2k-ybr-full.dcm")).expect("committed");
    let said = b"1.2.840.10008.1.2.4.9";
    let at = bytes.windows(said.len()).position(|part| part == said).expect("JPEG 2000");
    let mut changed = bytes.clone();
    // JPEG baseline.
    changed[at + said.len() - 1..=at + said.len()].copy_from_slice(b"50");
    let [whole, other] = [&bytes, &changed].map(|bytes| decode_frame(bytes, 0, Window::Own).expect("sound"));
    assert_eq!(whole.radiograph.pixels(), other.radiograph.pixels());
    assert_eq!(other.notes, [Note::PackingContradiction]);
}

#[test]
fn every_file_that_the_conformance_statement_names_exists() {
    let statement = fs::read_to_string(folder().join("../../docs/dicom.md")).expect("committed");
    let ids: Vec<String> = cases().into_iter().map(|case| case.id).collect();
    let is_id = |word: &&str| {
        let (letter, number) = word.split_at_checked(1).unwrap_or_default();
        ["D", "R", "S", "I", "C"].contains(&letter) && number.starts_with(|digit: char| digit.is_ascii_digit())
    };
    let words = statement.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(is_id);
    // Chapters of the standard are called C.11.
    let named: Vec<&str> = words.filter(|word| word.len() >= 3 && !word.starts_with('C')).collect();
    assert!(named.len() > 40, "{}: the search for them is wrong", named.len());
    for id in named {
        assert!(ids.iter().any(|known| known == id), "{id}");
    }
}
