//! What is wrong with a file, as data: whoever shows it to a person has words of its own for it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The result of reading a file.
pub type Result<T> = std::result::Result<T, Fault>;

/// What is wrong with a file. Reasons in a field are a decoder's own English.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are what they are called")]
pub enum Fault {
    /// It holds no byte.
    #[error("the file is empty")]
    Empty,
    /// It could not be read from the disk.
    #[error("the file could not be read ({reason})")]
    NotRead { reason: String },
    /// Its end is missing.
    #[error("the {kind} file is cut off")]
    CutOff { kind: String },
    /// Its bytes make no sense.
    #[error("the {kind} file is damaged or cut off ({reason})")]
    Damaged { kind: String, reason: String },
    /// It is over the limit in bytes.
    #[error("the file has {megabytes} MB, and the limit is {most} MB")]
    TooManyBytes { megabytes: u64, most: u64 },
    /// Its picture is over the limit in pixels.
    #[error("the picture has {width} × {height} pixels, and the limit is {most_megapixels} megapixels")]
    TooManyPixels { width: u32, height: u32, most_megapixels: u64 },
    /// The part of it to be judged is under the limit.
    #[error("the part has {width} × {height} pixels, and each side needs at least {least}")]
    PartTooSmall { width: u32, height: u32, least: u32 },
    /// It is sound, but of a kind that is not read here.
    #[error("the file is {0}")]
    Foreign(Foreign),
    /// A DICOM file of another modality.
    #[error("the DICOM file is no plain X-ray (modality {0})")]
    OtherModality(String),
    /// A DICOM file without a picture.
    #[error("the DICOM file holds no picture")]
    NoPicture,
    /// A valid file whose pixels are compressed in a way that is not read here.
    #[error("the file packs its pixels in a way that is not read here ({0})")]
    OtherPacking(String),
    /// Its pixels have a depth that no radiograph has.
    #[error("the picture has {bits} bits a pixel, and a radiograph has 8 to 16")]
    OtherDepth { bits: u32 },
    /// A list of the files on a disc (DICOMDIR).
    #[error("the file is a DICOMDIR, the list of a disc's files")]
    Directory,
}

/// What a file is instead of a picture that is read here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the formats are known by their names")]
pub enum Foreign {
    Pdf,
    Heic,
    /// Or AVIF, which is packed as a video is.
    Video,
    Gif,
    Svg,
    Zip,
    Text,
    Unknown,
    /// A picture of a format that is known by this name.
    Picture(String),
}

impl fmt::Display for Foreign {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Picture(name) => return write!(formatter, "a picture of the format {name}"),
            Self::Pdf => "a PDF document",
            Self::Heic => "an HEIC photograph",
            Self::Video => "a video or an AVIF picture",
            Self::Gif => "a GIF, which has too few shades of grey",
            Self::Svg => "an SVG drawing",
            Self::Zip => "a ZIP archive or an office document",
            Self::Text => "a text file",
            Self::Unknown => "no picture that is read here",
        })
    }
}
