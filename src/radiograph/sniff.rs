//! Which kind of file the bytes are, and for those not read here what to do instead.

use image::ImageFormat;

use crate::error::{Error, Result};

/// The picture format of `bytes`, by content.
///
/// # Errors
/// [`Error::Unreadable`] for empty and cut-off files, [`Error::Unsupported`] for everything that
/// is not one of these formats, each with its own advice.
pub(super) fn format(bytes: &[u8]) -> Result<ImageFormat> {
    if bytes.is_empty() {
        return Err(Error::Unreadable("The file is empty (0 bytes). Export or download it again.".into()));
    }
    if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
        return if jpeg_reaches_its_end(bytes) {
            Ok(ImageFormat::Jpeg)
        } else {
            Err(Error::Unreadable("The JPEG file is cut off: its end is missing. Export or download it again.".into()))
        };
    }
    match image::guess_format(bytes) {
        Ok(
            format @ (ImageFormat::Png | ImageFormat::Bmp | ImageFormat::Tiff | ImageFormat::WebP | ImageFormat::Jpeg),
        ) => Ok(format),
        _ => Err(Error::Unsupported(format!(
            "{} Choose a DICOM, PNG, JPEG, BMP, TIFF or WebP picture of the radiograph.",
            kind(bytes)
        ))),
    }
}

/// The name of a format that people know.
pub(super) fn name(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Png => "PNG",
        ImageFormat::Jpeg => "JPEG",
        ImageFormat::Bmp => "BMP",
        ImageFormat::Tiff => "TIFF",
        ImageFormat::WebP => "WebP",
        _ => "picture",
    }
}

/// A sentence on what the file is instead.
fn kind(bytes: &[u8]) -> &'static str {
    let brand = bytes.get(4..12).unwrap_or_default();
    let head = &bytes[..bytes.len().min(512)];
    let text = std::str::from_utf8(head).unwrap_or_default().trim_start();
    if bytes.starts_with(b"%PDF") {
        "This is a PDF document: open it and export the page with the radiograph as a picture."
    } else if brand.starts_with(b"ftyp")
        && [b"heic", b"heix", b"heif", b"mif1", b"msf1", b"hevc"].iter().any(|name| brand.ends_with(*name))
    {
        "This is an HEIC photograph, which browsers cannot read: share it as JPEG (on an iPhone: Settings → Camera → Formats → Most Compatible)."
    } else if brand.starts_with(b"ftyp") {
        "This is a video or an AVIF picture."
    } else if bytes.starts_with(b"GIF8") {
        "This is a GIF, which has too few shades of grey for a radiograph."
    } else if text.starts_with("<svg") || (text.starts_with("<?xml") && text.contains("<svg")) {
        "This is an SVG drawing, not a radiograph."
    } else if bytes.starts_with(b"PK\x03\x04") {
        "This is a ZIP archive or an office document: unpack it first."
    } else if !text.is_empty() && !text.contains('\0') {
        "This is a text file, whatever its name says."
    } else {
        "This is not a picture that can be read here."
    }
}

/// Walks the segments of a JPEG (ITU-T T.81, annex B) up to its end-of-image marker.
///
/// Decoders fill a missing rest with grey and say nothing; a half-grey film must not be judged.
fn jpeg_reaches_its_end(bytes: &[u8]) -> bool {
    const END_OF_IMAGE: u8 = 0xD9;
    let mut at = 2;
    loop {
        // To the next marker: over entropy-coded data, stuffed zeros and restart markers.
        let marker = loop {
            match (bytes.get(at), bytes.get(at + 1)) {
                (Some(0xFF), Some(0x00 | 0x01 | 0xD0..=0xD8)) => at += 2,
                (Some(0xFF), Some(0xFF)) | (Some(0..=0xFE), Some(_)) => at += 1,
                (Some(0xFF), Some(&marker)) => break marker,
                _ => return false,
            }
        };
        if marker == END_OF_IMAGE {
            return true;
        }
        let Some(&[high, low]) = bytes.get(at + 2..at + 4) else { return false };
        let length = usize::from(u16::from_be_bytes([high, low]));
        at += 2 + length.max(2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wrong_kind_gets_its_own_advice() {
        let heic = b"\0\0\0\x18ftypheic\0\0\0\0";
        let mut dicom = vec![0; 128];
        dicom.extend_from_slice(b"DICM");
        let cases: [(&[u8], &str); 7] = [
            (b"", "empty"),
            (b"%PDF-1.7", "PDF"),
            (heic, "HEIC"),
            (&dicom, "DICOM"),
            (b"GIF89a", "GIF"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
            (b"hello, I am text", "text file"),
        ];
        for (bytes, word) in cases {
            let message = format(bytes).expect_err("not one of the five formats").to_string();
            assert!(message.contains(word), "{word}: {message}");
        }
    }
}
