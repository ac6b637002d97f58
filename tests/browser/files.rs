//! Files to drop on the page: right ones and wrong ones.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The drawn leg of the golden tests.
pub fn phantom() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/phantom.png")
}

/// Real films where the training data are at hand, the last one with two knees; else the phantom.
pub fn films() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/films");
    let real: Vec<PathBuf> =
        ["OS25.jpg", "N6.jpg"].iter().map(|name| folder.join(name)).filter(|film| film.is_file()).collect();
    if real.is_empty() {
        println!("skipped: the real films, since {} is not there", folder.display());
        return vec![phantom()];
    }
    real
}

/// A folder for files of this run.
pub fn scratch() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).to_owned()
}

/// Wrong files and what the message on each must say.
pub fn wrong() -> Result<Vec<(PathBuf, &'static str)>> {
    let folder = scratch().join("wrong files");
    fs::create_dir_all(&folder)?;
    let png = fs::read(phantom()).context("reading the phantom")?;
    let mut huge = png.clone();
    huge[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
    let crc = png_crc(&huge[12..29]);
    huge[29..33].copy_from_slice(&crc.to_be_bytes());
    let mut jpeg = Vec::new();
    image::codecs::jpeg::JpegEncoder::new(&mut jpeg).encode_image(&image::load_from_memory(&png)?)?;
    let cases: [(&str, Vec<u8>, &str); 8] = [
        ("empty.png", Vec::new(), "empty (0 bytes)"),
        ("truncated.jpg", jpeg[..jpeg.len() / 2].to_vec(), "cut off"),
        ("truncated.png", png[..png.len() / 2].to_vec(), "damaged or cut off"),
        ("text.png", b"This is a letter, not a picture.".to_vec(), "text file"),
        ("huge.png", huge, "30000 × 30000"),
        ("report.pdf", b"%PDF-1.7\n1 0 obj".to_vec(), "PDF"),
        ("photo.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec(), "HEIC"),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), "SVG"),
    ];
    cases
        .into_iter()
        .map(|(name, bytes, words)| {
            let path = folder.join(name);
            fs::write(&path, bytes)?;
            Ok((path, words))
        })
        .collect()
}

/// The CRC of PNG chunks (ISO 3309), bit by bit.
fn png_crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
    })
}

/// Copies a folder and all below it.
pub fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
