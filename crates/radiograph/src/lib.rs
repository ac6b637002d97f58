//! Bytes of a file → [`Radiograph`]: decoded, upright, greyscale and within limits.
//!
//! The kind of a file is told by its content, never by its name. Limits are checked on the header, before any pixel
//! is allocated. A file that cannot be read is a [`Fault`], which is data: the page has its own words for it.

mod adjustment;
mod corners;
mod decode;
mod dicom;
mod edit;
mod fault;
pub mod geometry;
pub mod grey_pixels;
mod jpeg;
mod limits;
mod note;
mod picture;
mod sniff;
mod tiff_file;

pub use adjustment::Adjustment;
pub use corners::Corners;
pub use decode::{Decoded, decode, decode_frame};
pub use dicom::{DicomFacts, PersonFacts, PixelSpacing, ProposedWindow, SpacingPlane, Window};
pub use edit::{Edit, open};
pub use fault::{Fault, Foreign, Result};
pub use geometry::{Placement, Region};
pub use limits::{MAX_FILE_BYTES, MAX_PIXELS, MIN_SIDE_PX, too_many_bytes};
pub use note::Note;
pub use picture::Radiograph;
