//! Which kind of file the bytes are, and for those not read here what to do instead.

use image::ImageFormat;

use crate::fault::{Fault, Foreign, Result};

/// The picture format of `bytes`, by content; TIFF has been told before.
///
/// # Errors
/// [`Fault::Empty`], [`Fault::CutOff`], or [`Fault::Foreign`] for everything that is not one of these
/// formats, each with its own advice.
pub(super) fn format(bytes: &[u8]) -> Result<ImageFormat> {
    if bytes.is_empty() {
        return Err(Fault::Empty);
    }
    if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
        return Ok(ImageFormat::Jpeg);
    }
    match image::guess_format(bytes) {
        Ok(ImageFormat::Bmp) if !has_bmp_header(bytes) => Err(Fault::Foreign(kind(bytes))),
        // Its pixels would begin within its header.
        Ok(ImageFormat::Bmp) if bytes.get(10..14).is_some_and(|start| start[1..] == [0; 3] && start[0] < 26) => {
            Err(Fault::Damaged { kind: "BMP".into(), reason: "its pixels have no place".into() })
        }
        Ok(ImageFormat::WebP) if !webp_is_whole(bytes) => Err(Fault::CutOff { kind: "WebP".into() }),
        Ok(format @ (ImageFormat::Png | ImageFormat::Bmp | ImageFormat::WebP | ImageFormat::Jpeg)) => Ok(format),
        _ => Err(Fault::Foreign(kind(bytes))),
    }
}

/// The name of a format that people know.
pub(super) fn name(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Png => "PNG",
        ImageFormat::Jpeg => "JPEG",
        ImageFormat::Bmp => "BMP",
        ImageFormat::WebP => "WebP",
        _ => "picture",
    }
}

/// How pictures of formats begin that are sound and not read here.
const OTHER_PICTURES: [(&[u8], &str); 13] = [
    (&[0xFF, 0x4F, 0xFF, 0x51], "JPEG 2000"),
    (b"\0\0\0\x0CjP  ", "JPEG 2000"),
    (&[0xFF, 0x0A], "JPEG XL"),
    (b"\0\0\0\x0CJXL ", "JPEG XL"),
    (&[0x49, 0x49, 0xBC], "JPEG XR"),
    (b"8BPS", "Photoshop"),
    (&[0x76, 0x2F, 0x31, 0x01], "OpenEXR"),
    (b"SIMPLE  =", "FITS"),
    (b"NRRD", "NRRD"),
    (b"P5\n", "PGM"),
    (b"P5 ", "PGM"),
    (b"P6\n", "PPM"),
    (b"P6 ", "PPM"),
];

/// What the file is instead.
fn kind(bytes: &[u8]) -> Foreign {
    let brand = bytes.get(4..12).unwrap_or_default();
    let head = &bytes[..bytes.len().min(512)];
    let text = std::str::from_utf8(head).unwrap_or_default().trim_start();
    if bytes.starts_with(b"%PDF") {
        Foreign::Pdf
    } else if brand.starts_with(b"ftyp")
        && [b"heic", b"heix", b"heif", b"mif1", b"msf1", b"hevc"].iter().any(|name| brand.ends_with(*name))
    {
        Foreign::Heic
    } else if brand == b"ftypcrx " {
        Foreign::Picture("Canon raw".into())
    } else if brand.starts_with(b"ftyp") {
        Foreign::Video
    } else if let Some((_, name)) = OTHER_PICTURES.iter().find(|(start, _)| bytes.starts_with(start)) {
        Foreign::Picture((*name).to_owned())
    } else if bytes.starts_with(b"GIF8") {
        Foreign::Gif
    } else if text.starts_with("<svg") || (text.starts_with("<?xml") && text.contains("<svg")) {
        Foreign::Svg
    } else if bytes.starts_with(b"PK\x03\x04") {
        Foreign::Zip
    } else if !text.is_empty() && !text.contains('\0') {
        Foreign::Text
    } else {
        Foreign::Unknown
    }
}

/// Whether a file that begins with BM is a bitmap: its header has one of few lengths.
fn has_bmp_header(bytes: &[u8]) -> bool {
    matches!(bytes.get(14..18), Some([12 | 16 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0]))
}

/// Whether a RIFF container holds as many bytes as it says; its decoder makes up what is missing.
fn webp_is_whole(bytes: &[u8]) -> bool {
    let says = bytes.get(4..8).and_then(|size| Some(u32::from_le_bytes(size.try_into().ok()?)));
    says.is_some_and(|says| bytes.len() as u64 >= u64::from(says) + 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wrong_kind_gets_its_own_advice() {
        let heic = b"\0\0\0\x18ftypheic\0\0\0\0";
        let mut dicom = vec![0; 128];
        dicom.extend_from_slice(b"DICM");
        let cases: [(&[u8], Fault); 8] = [
            (b"", Fault::Empty),
            (b"%PDF-1.7", Fault::Foreign(Foreign::Pdf)),
            (heic, Fault::Foreign(Foreign::Heic)),
            (&dicom, Fault::Foreign(Foreign::Unknown)),
            (b"GIF89a", Fault::Foreign(Foreign::Gif)),
            (b"8BPS\0\x01", Fault::Foreign(Foreign::Picture("Photoshop".into()))),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", Fault::Foreign(Foreign::Svg)),
            (b"hello, I am text", Fault::Foreign(Foreign::Text)),
        ];
        for (bytes, fault) in cases {
            assert_eq!(format(bytes), Err(fault));
        }
    }
}
