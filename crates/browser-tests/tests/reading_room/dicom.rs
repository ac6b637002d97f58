//! Small DICOM files of a picture, and what must not be told of them.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;
use image::GrayImage;

use browser_tests::elements::{self, element, number, text};

/// What must never be seen again.
pub const SECRETS: [&str; 4] = ["Doe^Jane", "ID-4711", "19500101", "Dr.Secret"];

/// How the same picture is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Monochrome2,
    /// Stored inverted, so that it looks the same.
    Monochrome1,
    /// In 12 of 16 bits, with a rescale and a window that bring the 8 bits back.
    SixteenBitsWithWindow,
    /// In 12 of 16 bits, with three windows: the second shows only the darker half, the third has a name that is none.
    ThreeWindows,
    /// Says that it holds three pictures and holds one.
    TwoMissing,
    /// Of a woman, taken 70 years after her birth.
    OfAWomanOfSeventy,
    /// With the size of a pixel on the detector: 0.2 mm.
    OnTheDetector,
}

/// The file, in a folder of the tests.
pub fn write(picture: &GrayImage, kind: Kind) -> Result<PathBuf> {
    let folder = browser_tests::test_files::scratch().join("dicom");
    fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{kind:?}"));
    fs::write(&path, bytes(picture, kind))?;
    Ok(path)
}

fn bytes(picture: &GrayImage, kind: Kind) -> Vec<u8> {
    let mut file = elements::header("1.2.840.10008.1.2.1");
    if kind == Kind::OfAWomanOfSeventy {
        text(&mut file, (0x08, 0x20), "DA", "20200615");
    }
    text(&mut file, (0x08, 0x60), "CS", "DX");
    text(&mut file, (0x08, 0x90), "PN", SECRETS[3]);
    text(&mut file, (0x10, 0x10), "PN", SECRETS[0]);
    text(&mut file, (0x10, 0x20), "LO", SECRETS[1]);
    text(&mut file, (0x10, 0x30), "DA", SECRETS[2]);
    if kind == Kind::OfAWomanOfSeventy {
        text(&mut file, (0x10, 0x40), "CS", "F");
    }
    text(&mut file, (0x18, 0x15), "CS", "KNEE");
    if kind == Kind::OnTheDetector {
        text(&mut file, (0x18, 0x1164), "DS", "0.2\\0.2");
    }
    let photometric = if kind == Kind::Monochrome1 { "MONOCHROME1" } else { "MONOCHROME2" };
    let deep = matches!(kind, Kind::SixteenBitsWithWindow | Kind::ThreeWindows);
    let bits = if deep { 12u16 } else { 8 };
    number(&mut file, (0x28, 2), 1);
    text(&mut file, (0x28, 4), "CS", photometric);
    if kind == Kind::TwoMissing {
        text(&mut file, (0x28, 8), "IS", "3");
    }
    number(&mut file, (0x28, 0x10), picture.height() as u16);
    number(&mut file, (0x28, 0x11), picture.width() as u16);
    number(&mut file, (0x28, 0x100), if deep { 16 } else { 8 });
    number(&mut file, (0x28, 0x101), bits);
    number(&mut file, (0x28, 0x102), bits - 1);
    number(&mut file, (0x28, 0x103), 0);
    if deep {
        // Stored 1000 + 8·level, rescaled to level; the window is 0..=255 exactly.
        let three = kind == Kind::ThreeWindows;
        text(&mut file, (0x28, 0x1050), "DS", if three { "127.5\\63.75\\127.5" } else { "127.5" });
        text(&mut file, (0x28, 0x1051), "DS", if three { "255\\127.5\\255" } else { "255" });
        text(&mut file, (0x28, 0x1052), "DS", "-125");
        text(&mut file, (0x28, 0x1053), "DS", "0.125");
        if three {
            text(&mut file, (0x28, 0x1055), "LO", &format!("NORMAL\\DARK\\{}", SECRETS[0]));
        }
        text(&mut file, (0x28, 0x1056), "CS", "LINEAR_EXACT");
    }
    let pixels: Vec<u8> = match kind {
        Kind::Monochrome2 | Kind::TwoMissing | Kind::OfAWomanOfSeventy | Kind::OnTheDetector => {
            picture.as_raw().clone()
        }
        Kind::Monochrome1 => picture.iter().map(|level| 255 - level).collect(),
        Kind::SixteenBitsWithWindow | Kind::ThreeWindows => {
            picture.iter().flat_map(|level| (1000 + 8 * u16::from(*level)).to_le_bytes()).collect()
        }
    };
    element(&mut file, (0x7FE0, 0x10), if deep { "OW" } else { "OB" }, &pixels);
    file
}
