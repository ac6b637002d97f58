//! Files to drop on the page: right ones and wrong ones.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};

use anyhow::{Context, Result};
use image::{GrayImage, Luma, imageops};

use crate::in_repository;

/// A sample of the page: an average of knees, which the gate takes for one.
pub fn knee() -> PathBuf {
    in_repository("public/samples/sample-a.png")
}

/// Makes a file once in a run: a browser of another test may be reading it.
fn once(path: &Path, make: impl FnOnce() -> Result<()>) -> Result<()> {
    static MADE: LazyLock<Mutex<HashSet<PathBuf>>> = LazyLock::new(Mutex::default);
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if !made.contains(path) {
        make()?;
        made.insert(path.to_owned());
    }
    Ok(())
}

/// Pictures that are no knees, and what the page must say of each. Chest film and cat are real
/// ones where the training data are at hand.
pub fn not_knees() -> Result<Vec<(PathBuf, &'static str)>> {
    const NOT_A_KNEE: &str = "does not look like a front-view knee";
    let folder = scratch().join("not knees");
    fs::create_dir_all(&folder)?;
    let save = |name: &str, picture: GrayImage| -> Result<PathBuf> {
        let path = folder.join(name);
        once(&path, || Ok(picture.save(&path)?))?;
        Ok(path)
    };
    let ramp = GrayImage::from_fn(400, 400, |x, y| Luma([((x + y) * 255 / 800) as u8]));
    let rings = GrayImage::from_fn(400, 400, |x, y| {
        Luma([(127.0 + 100.0 * ((x as f32 - 200.0).hypot(y as f32 - 200.0) / 9.0).sin()) as u8])
    });
    let mut cases = vec![
        (save("ramp.png", ramp)?, NOT_A_KNEE),
        (save("rings.png", rings)?, NOT_A_KNEE),
        (save("blank.png", GrayImage::from_pixel(300, 300, Luma([90])))?, "hardly any difference"),
        (save("thumbnail.png", GrayImage::from_fn(90, 90, |x, y| Luma([(x * 2 + y) as u8])))?, "fewer than 128 pixels"),
        (knee().with_file_name("not-a-knee.png"), "colours of a photograph"),
    ];
    let real = in_repository("../shared/data/not_knees");
    for (name, words) in [
        // Called a chest, or no knee.
        ("chest/nih_00000574_000.png", "X-ray"),
        ("chest/txv_16747_3_1.jpg", "X-ray"),
        ("photos/burn_cat.jpg", "colours of a photograph"),
    ] {
        let path = real.join(name);
        if path.is_file() {
            cases.push((path, words));
        } else {
            println!("skipped: {}, which is not there", path.display());
        }
    }
    Ok(cases)
}

/// The sample knee as it must not come, and the button that mends it.
pub fn adjusted_knees() -> Result<Vec<(PathBuf, &'static str)>> {
    let folder = scratch().join("adjusted knees");
    fs::create_dir_all(&folder)?;
    let upright = image::open(knee())?.into_luma8();
    let mut inverted = upright.clone();
    imageops::invert(&mut inverted);
    let cases = [("inverted.png", inverted, "invert"), ("sideways.png", imageops::rotate90(&upright), "turn-left")];
    cases
        .into_iter()
        .map(|(name, picture, adjustment)| {
            let path = folder.join(name);
            once(&path, || Ok(picture.save(&path)?))?;
            Ok((path, adjustment))
        })
        .collect()
}

/// Real films where the training data are at hand, the last one with two knees; else a sample.
pub fn films() -> Vec<PathBuf> {
    let folder = in_repository("../shared/data/films");
    let real: Vec<PathBuf> =
        ["OS25.jpg", "N6.jpg"].iter().map(|name| folder.join(name)).filter(|film| film.is_file()).collect();
    if real.is_empty() {
        println!("skipped: the real films, since {} is not there", folder.display());
        return vec![knee()];
    }
    real
}

/// A folder for files of this run.
pub fn scratch() -> PathBuf {
    let folder = std::env::temp_dir().join("osteolens-browser-tests");
    fs::create_dir_all(&folder).expect("a folder for temporary files can be made");
    folder
}

/// Wrong files and what the message on each must say.
pub fn wrong() -> Result<Vec<(PathBuf, &'static str)>> {
    let folder = scratch().join("wrong files");
    fs::create_dir_all(&folder)?;
    let png = fs::read(knee()).context("reading the sample")?;
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
            once(&path, || Ok(fs::write(&path, bytes)?))?;
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

/// So many knees as a clinician would drop them; the one in the middle is cut off.
pub fn many(count: usize) -> Result<Vec<PathBuf>> {
    let folder = scratch().join("many");
    fs::create_dir_all(&folder)?;
    let knee = image::open(knee())?.into_luma8();
    (0..count)
        .map(|at| {
            // Each a little brighter than the one before, so that no two are the same file.
            let picture = imageops::brighten(&knee, (at % 20) as i32);
            if at == count / 2 {
                let path = folder.join(format!("film-{at:02}.jpg"));
                once(&path, || {
                    picture.save(&path)?;
                    let bytes = fs::read(&path)?;
                    Ok(fs::write(&path, &bytes[..bytes.len() / 2])?)
                })?;
                return Ok(path);
            }
            let path = folder.join(format!("film-{at:02}.png"));
            once(&path, || Ok(picture.save(&path)?))?;
            Ok(path)
        })
        .collect()
}

/// A film with two knees: the sample, and its mirror image beside it.
pub fn pair() -> Result<PathBuf> {
    let knee = image::open(knee())?.into_luma8();
    let (width, height) = knee.dimensions();
    let mut film = GrayImage::new(width * 2 + width / 8, height);
    imageops::replace(&mut film, &imageops::flip_horizontal(&knee), 0, 0);
    imageops::replace(&mut film, &knee, i64::from(width + width / 8), 0);
    let path = scratch().join("pair.png");
    once(&path, || Ok(film.save(&path)?))?;
    Ok(path)
}

/// The sample knee beside noise of its size, which no model takes for a knee.
pub fn half_known() -> Result<PathBuf> {
    let knee = image::open(knee())?.into_luma8();
    let (width, height) = knee.dimensions();
    let mut film = GrayImage::new(width * 2 + width / 8, height);
    imageops::replace(&mut film, &knee, 0, 0);
    let noise = GrayImage::from_fn(width, height, |x, y| {
        let is_bone = x.abs_diff(width / 2) < width / 4;
        image::Luma([if is_bone {
            60 + (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503) >> 3) as u8 % 150
        } else {
            10
        }])
    });
    imageops::replace(&mut film, &noise, i64::from(width + width / 8), 0);
    let path = scratch().join("half-known.png");
    once(&path, || Ok(film.save(&path)?))?;
    Ok(path)
}

/// The sample knee in a film of 3000 × 3000 pixels.
pub fn large() -> Result<PathBuf> {
    let knee = image::open(knee())?.into_luma8();
    let path = scratch().join("large.png");
    once(&path, || Ok(imageops::resize(&knee, 3000, 3000, imageops::FilterType::Triangle).save(&path)?))?;
    Ok(path)
}

/// A folder as on a CD with films: two of them, each in a folder of its own, and the CD's own viewer.
pub fn disc() -> Result<PathBuf> {
    let folder = scratch().join("disc");
    for (name, sample) in [("A/IM1.png", "sample-a.png"), ("B/IM2.png", "sample-b.png")] {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().context("it lies in a folder")?)?;
        once(&path, || Ok(fs::copy(knee().with_file_name(sample), &path).map(drop)?))?;
    }
    for name in ["DICOMDIR", "viewer.exe", "autorun.inf", ".hidden"] {
        let path = folder.join(name);
        once(&path, || Ok(fs::write(&path, b"no picture")?))?;
    }
    Ok(folder)
}

/// How many films [`planted`] has of each class.
pub const PLANTED_OF_CLASS: usize = 12;

/// A folder of films made of the samples: a bright square on the bone says that it is osteoporotic, a dark one that it is
/// osteopenic. So a head that is fitted to them can know what the shipped ones cannot. Returns the folder and, for each film, its
/// name and its class.
pub fn planted() -> Result<(PathBuf, Vec<(String, &'static str)>)> {
    let folder = scratch().join("planted");
    fs::create_dir_all(&folder)?;
    let mut films = Vec::new();
    for at in 0..3 * PLANTED_OF_CLASS {
        let (class, grey) = [("normal", None), ("osteopenia", Some(130)), ("osteoporosis", Some(235))][at % 3];
        let name = format!("{at:02}.png");
        let path = folder.join(&name);
        once(&path, || {
            let sample = ["sample-a.png", "sample-b.png", "sample-c.png"][at / 3 % 3];
            let mut film = image::open(knee().with_file_name(sample))?.into_luma8();
            // No two are the same: brightness, and noise that every machine makes alike.
            imageops::colorops::brighten_in_place(&mut film, at as i32 % 9 * 3 - 12);
            for (x, y, pixel) in film.enumerate_pixels_mut() {
                let noise = (x * 31 + y * 17 + at as u32 * 101).wrapping_mul(2_654_435_761) >> 28;
                pixel[0] = pixel[0].saturating_add(noise as u8 / 2);
            }
            if let Some(grey) = grey {
                imageops::replace(&mut film, &GrayImage::from_pixel(26, 26, Luma([grey])), 115, 45);
            }
            Ok(film.save(&path)?)
        })?;
        films.push((name, class));
    }
    Ok((folder, films))
}
