//! What can go wrong, one variant per person who can act on it.
//!
//! Every message is read by a person with a file in hand: it says what is wrong and what to do. What is
//! wrong with a file is data ([`Fault`]) and put in words by [`words`](crate::words), in the reader's
//! language.

use serde::{Deserialize, Serialize};

use crate::words::{ENGLISH, Words};

/// An error of the library; its `Display` text is English, [`Error::in_words`] any language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{}", self.in_words(&ENGLISH))]
pub enum Error {
    /// The file: its owner can export, convert or reduce it.
    File(Fault),
    /// A weight file or the manifest is wrong: whoever published the page can mend it.
    Weights(String),
    /// The reader has stopped the loading of the models, and can begin it again.
    Stopped,
    /// The processor in use failed or answered wrongly: another one can be tried.
    Compute(String),
}

/// The result of a library function.
pub type Result<T> = std::result::Result<T, Error>;

/// What is wrong with a file. Reasons in a field are a decoder's own English.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are what they are called")]
pub enum Fault {
    /// It holds no byte.
    Empty,
    /// It could not be read from the disk.
    NotRead { reason: String },
    /// Its end is missing.
    CutOff { kind: String },
    /// Its bytes make no sense.
    Damaged { kind: String, reason: String },
    /// It is over the limit in bytes.
    TooManyBytes { megabytes: u64, most: u64 },
    /// Its picture is over the limit in pixels.
    TooManyPixels { width: u32, height: u32, most_megapixels: u64 },
    /// The part of it to be judged is under the limit.
    PartTooSmall { width: u32, height: u32, least: u32 },
    /// It is sound, but of a kind that is not read here.
    Foreign(Foreign),
    /// A DICOM file of another modality.
    OtherModality(String),
    /// A DICOM file without a picture.
    NoPicture,
    /// A DICOM file whose pixels are packed in a way that is not read here.
    OtherPacking(String),
    /// Its pixels have a depth that no radiograph has.
    OtherDepth { bits: u32 },
}

/// What a file is instead of a picture that is read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::File(fault)
    }
}

impl Error {
    /// The message in the words of a language.
    pub fn in_words(&self, words: &Words) -> String {
        match self {
            Self::File(fault) => words.fault(fault),
            Self::Weights(reason) => crate::words::fill(words.error_weights, [reason]),
            Self::Stopped => words.loading_stopped.to_owned(),
            Self::Compute(reason) => crate::words::fill(words.error_compute, [reason]),
        }
    }
}
