//! Small files that ask for much: memory, time or stack.

use std::io::{Cursor, Write};

use anyhow::Result;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, ExtendedColorType, GrayImage, ImageEncoder, ImageFormat, RgbImage};

use super::elements::{element, header, number, text};

/// What must become of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It is a picture.
    Opens,
    /// It is a picture of 16 × 16 pixels.
    Small,
    /// The message says this.
    Says(&'static str),
    /// Either, within the bounds.
    Any,
}

/// Name, bytes and end of each.
pub fn all() -> Result<Vec<(&'static str, Vec<u8>, End)>> {
    const SIDE: u32 = 8000;
    let square = |depth: usize| GrayImage::new(SIDE * depth as u32, SIDE).into_raw();
    let jpeg = encoded(&GrayImage::new(SIDE, SIDE).into(), ImageFormat::Jpeg)?;
    Ok(vec![
        ("64 megapixels of black, PNG", png(&square(1), SIDE, SIDE, ExtendedColorType::L8)?, End::Opens),
        ("the same in 16 bits", png(&square(2), SIDE, SIDE, ExtendedColorType::L16)?, End::Opens),
        ("the same in colours", png(&square(3), SIDE, SIDE, ExtendedColorType::Rgb8)?, End::Opens),
        (
            "the same in 64 bits a pixel",
            png(&square(8), SIDE, SIDE, ExtendedColorType::Rgba16)?,
            End::Says("32 megapixels"),
        ),
        ("64 megapixels of black, JPEG", jpeg.clone(), End::Opens),
        ("a JPEG of 500 scans", scans(&jpeg, 500), End::Says("JPEG")),
        ("a progressive JPEG of 64 megapixels", progressive(SIDE as u16)?, End::Says("40 megapixels")),
        ("a progressive JPEG of 36 megapixels of nothing", progressive(6000)?, End::Any),
        ("64 megapixels of black, TIFF", tiff(SIDE)?, End::Opens),
        ("64 megapixels of black, WebP", encoded(&RgbImage::new(SIDE, SIDE).into(), ImageFormat::WebP)?, End::Opens),
        ("a BMP header of 64 megapixels", bmp(SIDE), End::Says("cut off")),
        ("1 GB deflated, DICOM", deflated(1 << 30)?, End::Says("DICOM")),
        ("100,000 sequences in one another", nested(100_000), End::Says("DICOM")),
        ("the same without lengths", nested_without_lengths(1_000_000), End::Says("DICOM")),
        ("a million fragments", fragments(1_000_000), End::Says("DICOM")),
        ("64 megapixels of colours in run lengths", run_lengths(SIDE as u16), End::Says("21 megapixels")),
        ("JPEG 2000 of tiles of one pixel", jpeg_2000(SIDE / 2, 1), End::Says("too many parts")),
        ("JPEG 2000 of 64 megapixels of nothing", jpeg_2000(SIDE, SIDE), End::Says("24 megapixels")),
        ("JPEG 2000 of 16 megapixels of nothing", jpeg_2000(SIDE / 2, SIDE / 2), End::Any),
        ("JPEG-LS of 64 megapixels of nothing", jpeg_ls(SIDE as u16), End::Says("DICOM")),
        ("a lossless JPEG of 64 megapixels of nothing", lossless(SIDE as u16), End::Says("cut off")),
        ("a million windows", windows(1_000_000), End::Small),
        ("thirty million texts", texts(30_000_000), End::Says("too long")),
    ])
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Result<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format)?;
    Ok(bytes.into_inner())
}

fn png(pixels: &[u8], width: u32, height: u32, colours: ExtendedColorType) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::NoFilter);
    encoder.write_image(pixels, width, height, colours)?;
    Ok(bytes)
}

/// The scan of a JPEG again and again.
fn scans(jpeg: &[u8], times: usize) -> Vec<u8> {
    let start = jpeg.windows(2).position(|pair| pair == [0xFF, 0xDA]).unwrap_or(0);
    let scan = &jpeg[start..jpeg.len() - 2];
    let mut bytes = jpeg[..start].to_vec();
    // 64 MB in all at most.
    let times = times.min((60 << 20) / scan.len());
    for _ in 0..times {
        bytes.extend(scan);
    }
    bytes.extend([0xFF, 0xD9]);
    bytes
}

/// A small one that says that it is large.
fn progressive(side: u16) -> Result<Vec<u8>> {
    let seed = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/raster/progressive.jpg");
    let mut bytes = std::fs::read(seed)?;
    let frame = bytes.windows(2).position(|pair| pair == [0xFF, 0xC2]).unwrap_or(0);
    for field in [frame + 5, frame + 7] {
        bytes[field..field + 2].copy_from_slice(&side.to_be_bytes());
    }
    Ok(bytes)
}

/// One strip of deflated zeros.
fn tiff(side: u32) -> Result<Vec<u8>> {
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), Compression::best());
    packed.write_all(GrayImage::new(side, side).as_raw())?;
    let strip = packed.finish()?;
    let entries: [(u16, u16, u32); 9] = [
        (256, 4, side),
        (257, 4, side),
        (258, 3, 8),
        (259, 3, 8),
        (262, 3, 1),
        (273, 4, 8),
        (277, 3, 1),
        (278, 4, side),
        (279, 4, strip.len() as u32),
    ];
    let mut bytes = b"II*\0".to_vec();
    bytes.extend((8 + strip.len() as u32).to_le_bytes());
    bytes.extend(&strip);
    bytes.extend((entries.len() as u16).to_le_bytes());
    for (tag, kind, value) in entries {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.extend(1u32.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend([0; 4]);
    Ok(bytes)
}

fn bmp(side: u32) -> Vec<u8> {
    let mut bytes = b"BM".to_vec();
    for word in [54 + 3 * side * side, 0, 54, 40, side, side] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend([1, 0, 24, 0]);
    bytes.extend([0; 24]);
    bytes
}

/// What a radiograph of this size says of itself.
fn described(transfer_syntax: &str, side: u16, samples: u16, bits: u16) -> Vec<u8> {
    let mut file = header(transfer_syntax);
    file.extend(description(side, samples, bits));
    file
}

fn description(side: u16, samples: u16, bits: u16) -> Vec<u8> {
    let mut file = Vec::new();
    text(&mut file, (0x08, 0x60), "CS", "DX");
    number(&mut file, (0x28, 2), samples);
    text(&mut file, (0x28, 4), "CS", if samples == 1 { "MONOCHROME2" } else { "RGB" });
    number(&mut file, (0x28, 6), 0);
    number(&mut file, (0x28, 0x10), side);
    number(&mut file, (0x28, 0x11), side);
    number(&mut file, (0x28, 0x100), bits);
    number(&mut file, (0x28, 0x101), bits);
    number(&mut file, (0x28, 0x102), bits - 1);
    number(&mut file, (0x28, 0x103), 0);
    file
}

/// Pixels that are so many bytes once they are inflated.
fn deflated(zeros: usize) -> Result<Vec<u8>> {
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&description(1000, 1, 8))?;
    packed.write_all(&[0xE0, 0x7F, 0x10, 0, b'O', b'B', 0, 0])?;
    packed.write_all(&(zeros as u32).to_le_bytes())?;
    let block = vec![0; 1 << 20];
    for _ in 0..zeros >> 20 {
        packed.write_all(&block)?;
    }
    let mut file = header("1.2.840.10008.1.2.1.99");
    file.extend(packed.finish()?);
    Ok(file)
}

/// Sequences with an item with a sequence …, all of them with their lengths.
fn nested(depth: usize) -> Vec<u8> {
    let mut file = described("1.2.840.10008.1.2.1", 16, 1, 8);
    for level in (0..depth).rev() {
        // What is inside: so many levels of two headers, of 12 and of 8 bytes.
        let inside = (level * 20) as u32;
        file.extend([0x40, 0, 0x75, 0x02, b'S', b'Q', 0, 0]);
        file.extend((inside + 8).to_le_bytes());
        file.extend([0xFE, 0xFF, 0, 0xE0]);
        file.extend(inside.to_le_bytes());
    }
    file
}

fn nested_without_lengths(depth: usize) -> Vec<u8> {
    let mut file = described("1.2.840.10008.1.2.1", 16, 1, 8);
    for _ in 0..depth {
        file.extend([0x40, 0, 0x75, 0x02, b'S', b'Q', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]);
        file.extend([0xFE, 0xFF, 0, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF]);
    }
    file
}

/// Pixel data of one item for each fragment, after an empty table of offsets.
fn encapsulated(mut file: Vec<u8>, fragments: &[&[u8]]) -> Vec<u8> {
    let item = |file: &mut Vec<u8>, tag: u8, bytes: &[u8]| {
        file.extend([0xFE, 0xFF, tag, 0xE0]);
        file.extend((bytes.len() as u32).to_le_bytes());
        file.extend(bytes);
    };
    file.extend([0xE0, 0x7F, 0x10, 0, b'O', b'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]);
    item(&mut file, 0, &[]);
    for fragment in fragments {
        item(&mut file, 0, fragment);
    }
    item(&mut file, 0xDD, &[]);
    file
}

fn fragments(count: usize) -> Vec<u8> {
    encapsulated(described("1.2.840.10008.1.2.4.50", 16, 1, 8), &vec![&[][..]; count])
}

fn run_lengths(side: u16) -> Vec<u8> {
    let pixels = usize::from(side) * usize::from(side);
    let run: Vec<u8> = [0x81, 0].repeat(pixels.div_ceil(128));
    let segments = 6u32;
    let mut frame = segments.to_le_bytes().to_vec();
    for segment in 0..15 {
        let start = if segment < segments { 64 + segment * run.len() as u32 } else { 0 };
        frame.extend(start.to_le_bytes());
    }
    for _ in 0..segments {
        frame.extend(&run);
    }
    encapsulated(described("1.2.840.10008.1.2.5", side, 3, 16), &[&frame])
}

/// A code stream (ISO 15444-1, annex A) that ends after its main header.
fn jpeg_2000(side: u32, tile: u32) -> Vec<u8> {
    let mut stream = vec![0xFF, 0x4F, 0xFF, 0x51, 0, 41, 0, 0];
    for word in [side, side, 0, 0, tile, tile, 0, 0] {
        stream.extend(word.to_be_bytes());
    }
    stream.extend([0, 1, 7, 1, 1]);
    stream.extend([0xFF, 0x52, 0, 12, 0, 0, 0, 1, 0, 5, 4, 4, 0, 1]);
    stream.extend([0xFF, 0x5C, 0, 19, 0x40]);
    stream.extend([0x48; 16]);
    // One tile-part of two empty packets.
    stream.extend([0xFF, 0x90, 0, 10, 0, 0, 0, 0, 0, 16, 0, 1, 0xFF, 0x93, 0, 0, 0xFF, 0xD9]);
    encapsulated(described("1.2.840.10008.1.2.4.90", side as u16, 1, 8), &[&stream])
}

fn jpeg_ls(side: u16) -> Vec<u8> {
    let [high, low] = side.to_be_bytes();
    let mut stream = vec![0xFF, 0xD8, 0xFF, 0xF7, 0, 11, 8, high, low, high, low, 1, 1, 0x11, 0];
    stream.extend([0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0, 0, 0, 0, 0xFF, 0xD9]);
    encapsulated(described("1.2.840.10008.1.2.4.80", side, 1, 8), &[&stream])
}

fn lossless(side: u16) -> Vec<u8> {
    let [high, low] = side.to_be_bytes();
    let mut stream = vec![0xFF, 0xD8, 0xFF, 0xC3, 0, 11, 8, high, low, high, low, 1, 1, 0x11, 0];
    stream.extend([0xFF, 0xC4, 0, 20, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    stream.extend([0xFF, 0xDA, 0, 8, 1, 1, 0, 1, 0, 0, 0, 0, 0xFF, 0xD9]);
    encapsulated(described("1.2.840.10008.1.2.4.70", side, 1, 8), &[&stream])
}

/// A value of so many empty texts.
fn texts(count: usize) -> Vec<u8> {
    let mut file = described("1.2.840.10008.1.2.1", 16, 1, 8);
    file.extend([0x28, 0, 0x51, 0x10, b'U', b'C', 0, 0]);
    file.extend((count as u32).to_le_bytes());
    file.extend(vec![b'\\'; count]);
    element(&mut file, (0x7FE0, 0x10), "OB", &[0; 256]);
    file
}

fn windows(count: usize) -> Vec<u8> {
    let mut file = described("1.2.840.10008.1.2.1", 16, 1, 8);
    for tag in [0x1050u16, 0x1051] {
        let value = "1\\".repeat(count);
        file.extend([0x28, 0]);
        file.extend(tag.to_le_bytes());
        // Unknown kinds have a length of 32 bits.
        file.extend(b"UN\0\0");
        file.extend((value.len() as u32).to_le_bytes());
        file.extend(value.as_bytes());
    }
    element(&mut file, (0x7FE0, 0x10), "OB", &[0; 256]);
    file
}
