//! What the decoder chose where a file is ambiguous, for the person who looks at the film.

use serde::{Deserialize, Serialize};

/// A choice that was made where a file can be read in more than one way, or contradicts itself. The person is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Note {
    /// The VOI lookup table lacks entries: the next table, a window or the range of the values is used.
    TableUnusable,
    /// The VOI lookup table declares another depth than its entries have, which is used.
    TableDepth,
    /// The first window makes no sense, or shows no shades: the next one, or the range of the values, is used.
    WindowUnusable,
    /// The rescale slope or the modality lookup table makes no sense and is left out.
    RescaleUnusable,
    /// `MONOCHROME1` or `MONOCHROME2` contradicts the presentation LUT shape: the former is used.
    PolarityContradiction,
    /// The file does not say whether bone is stored bright or dark: it is taken as bright.
    PolarityUnknown,
    /// What lies outside the file's shutter is black.
    Shutter,
    /// The file's shutter is incomplete or would hide everything: it is left out.
    ShutterUnusable,
    /// The pixels are not square: the picture is stretched along one side, to so many per cent.
    Stretched {
        /// Length of that side relative to the other one, in per cent of what it was as stored: a whole number above 100.
        percent: u32,
    },
    /// The pixels are not square, in a proportion that no film has: the picture is shown as it is stored.
    AspectUnusable,
    /// A JPEG 2000 stream says another sign than the file's header: the header is followed.
    SignContradiction,
    /// The pixels are compressed in another way than the file's header says.
    PackingContradiction,
    /// One page of several.
    Page {
        /// From 1.
        number: u32,
        /// How many the file has.
        of: u32,
    },
    /// Parts are transparent: they are black.
    Transparent,
}
