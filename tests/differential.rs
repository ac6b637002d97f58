//! The same files through OsteoLens and through Pillow and pydicom: thousands of damaged ones, none of which may
//! become a picture here that it is not there; and thousands of valid ones, generated at random from all that headers and
//! packings allow, each of which must become the picture that was put into it.
//!
//! `cargo xtask differential` installs the Python libraries, names them in `OSTEOLENS_PYTHON` and runs this;
//! no other command does.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use image::GrayImage;
use radiograph::Window;

/// Damaged copies of each seed.
const COPIES: u64 = 80;

/// JPEG, WebP, BMP and most TIFF carry no checksum: what is damaged amid their pixels is a picture to most programs.
/// At most one file in so many may be one here and none there.
const ONE_IN: usize = 100;

/// Valid files that one of the two does not read: no picture, a depth of no radiograph, a packing that the libraries
/// do not know.
const NOT_SAME: [&str; 5] = ["JPEG-lossy.dcm", "chrKoreanMulti.dcm", "rtdose_1frame.dcm", "one_bit.png", "fax.tif"];

/// A simple generator (Marsaglia 2003, xorshift), so that every run makes the same files.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }
}

/// What networks, disks and hands do to a file.
fn damaged(sound: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = sound.to_vec();
    let at = random.below(bytes.len());
    let length = 1 + random.below(bytes.len() / 4).min(bytes.len() - at - 1);
    match random.below(6) {
        0 => bytes.truncate(at),
        1 => drop(bytes.drain(at..at + length)),
        2 => bytes[at..at + length].fill(0),
        3 => {
            let again = bytes[at..at + length].to_vec();
            bytes.splice(at..at, again);
        }
        _ => {
            for _ in 0..=random.below(3) {
                let at = random.below(bytes.len());
                bytes[at] ^= 1 << random.below(8);
            }
        }
    }
    bytes
}

fn seeds() -> Result<Vec<PathBuf>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    let mut files = Vec::new();
    for folder in ["raster", "dicom"] {
        for entry in fs::read_dir(root.join(folder))? {
            files.push(entry?.path());
        }
    }
    files.sort();
    Ok(files)
}

#[test]
#[ignore = "`cargo xtask differential` runs it"]
fn no_damaged_file_becomes_another_picture_than_elsewhere() -> Result<()> {
    let python =
        std::env::var("OSTEOLENS_PYTHON").context("OSTEOLENS_PYTHON names a Python with pydicom and Pillow")?;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("differential");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let mut random = Random(0x05_7E0_1E5);
    for seed in seeds()? {
        let sound = fs::read(&seed)?;
        let name = seed.file_name().context("a file")?.to_string_lossy().into_owned();
        for copy in 0..=COPIES {
            // The first is the valid file itself.
            let bytes = if copy == 0 { sound.clone() } else { damaged(&sound, &mut random) };
            let path = folder.join(format!("{name}.{copy:03}"));
            fs::write(&path, &bytes)?;
            if let Ok(decoded) = radiograph::decode_frame(&bytes, 0, Window::Own) {
                fs::write(folder.join(format!("{name}.{copy:03}.ours")), sized(decoded.radiograph.pixels()))?;
            }
        }
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/differential.py");
    let said = Command::new(python).arg(script).arg(&folder).output().context("starting Python")?;
    ensure!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let said = String::from_utf8(said.stdout)?;
    let outcome = |line: &'_ str| line.split('\t').nth(1).unwrap_or_default().to_owned();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for line in said.lines() {
        *counts.entry(outcome(line)).or_default() += 1;
    }
    println!("{counts:?}");
    let odd = |name: &str| NOT_SAME.iter().any(|known| name.starts_with(known));
    // Nothing can be told of a file that pydicom does not read when it is sound, nor where it does not come to the pixels
    // since the end behind them is damaged.
    let is_strict = |line: &&str| {
        let is_seen = !odd(line) && !line.contains("no pixel data to decode");
        line.contains(".png.") || (line.contains(".dcm.") && is_seen)
    };
    let wrong = said.lines().filter(|line| outcome(line) == "wrong");
    let garbled: Vec<&str> = said.lines().filter(|line| outcome(line) == "ours only, garbled").collect();
    let wrong: Vec<&str> = wrong.chain(garbled.iter().copied().filter(is_strict)).collect();
    ensure!(wrong.is_empty(), "{} wrong pictures:\n{}", wrong.len(), wrong.join("\n"));
    // Both read what is sound, unless one of them says why not.
    for line in said.lines().filter(|line| line.contains(".000\t")) {
        ensure!((outcome(line) == "same") != odd(line), "a valid file: {line}");
    }
    let files = said.lines().count();
    ensure!(
        garbled.len() * ONE_IN <= files,
        "{} of {files} damaged files are opened only here:\n{}",
        garbled.len(),
        garbled.join("\n")
    );
    Ok(())
}

/// Valid files generated in one go.
const A_BATCH: usize = 2000;
/// Batches, each generated from its number.
const BATCHES: usize = 10;

#[test]
#[ignore = "`cargo xtask differential` runs it"]
fn no_sound_file_becomes_another_picture_than_it_is() -> Result<()> {
    let python =
        std::env::var("OSTEOLENS_PYTHON").context("OSTEOLENS_PYTHON names a Python with pydicom and Pillow")?;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("structured");
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/structured");
    let run = |arguments: &[&str]| {
        let said = Command::new(&python).arg("-B").arg(&program).args(arguments).output().context("starting Python")?;
        ensure!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        Ok(String::from_utf8(said.stdout)?)
    };
    let path = folder.to_string_lossy().into_owned();
    let (mut counts, mut faults) = (BTreeMap::<String, usize>::new(), Vec::new());
    for batch in 0..BATCHES {
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        run(&["make", &path, &A_BATCH.to_string(), &batch.to_string()])?;
        for entry in fs::read_dir(&folder)? {
            let file = entry?.path();
            if file.extension().is_some_and(|ending| ending == "expected") {
                continue;
            }
            let beside = |ending: &str| format!("{}.{ending}", file.display());
            match radiograph::decode_frame(&fs::read(&file)?, 0, Window::Own) {
                Ok(decoded) => fs::write(beside("ours"), sized(decoded.radiograph.pixels()))?,
                Err(fault) => fs::write(beside("refused"), fault.to_string())?,
            }
        }
        for line in run(&["compare", &path])?.lines() {
            let outcome = line.split('\t').nth(1).unwrap_or_default();
            *counts.entry(outcome.to_owned()).or_default() += 1;
            if !["same", "refused, allowed"].contains(&outcome) {
                faults.push(format!("batch {batch}: {line}"));
            }
        }
    }
    fs::remove_dir_all(&folder)?;
    println!("{counts:?}");
    ensure!(counts.values().sum::<usize>() == A_BATCH * BATCHES, "not every file was compared");
    ensure!(faults.is_empty(), "{} files are read wrongly:\n{}", faults.len(), faults.join("\n"));
    Ok(())
}

/// Width, height and grey values of a picture, as the scripts read them.
fn sized(picture: &GrayImage) -> Vec<u8> {
    let size = [picture.width(), picture.height()].map(u32::to_le_bytes).concat();
    [size, picture.as_raw().clone()].concat()
}
