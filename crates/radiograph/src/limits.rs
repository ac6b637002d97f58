//! How large a file and its picture may be, and how small.

use crate::fault::{Fault, Result};

/// The largest file that is read.
pub const MAX_FILE_BYTES: usize = 64 << 20;
/// The largest picture that is decoded.
pub const MAX_PIXELS: u64 = 64_000_000;
/// The most memory that a decoder may take for a picture: [`MAX_PIXELS`] in four bytes each.
pub(crate) const MAX_DECODED_BYTES: u64 = MAX_PIXELS * 4;
/// The smallest side on which a knee can still be judged.
pub const MIN_SIDE_PX: u32 = 128;

/// What is said of a file above [`MAX_FILE_BYTES`].
pub fn too_many_bytes(bytes: u64) -> Fault {
    Fault::TooManyBytes { megabytes: bytes >> 20, most: MAX_FILE_BYTES as u64 >> 20 }
}

/// Refuses a picture of more than `most` pixels. It is called before any pixel is allocated.
///
/// # Errors
/// [`Fault::TooManyPixels`].
pub(crate) fn require_few_pixels(width: u32, height: u32, most: u64) -> Result<()> {
    if u64::from(width) * u64::from(height) <= most {
        return Ok(());
    }
    Err(Fault::TooManyPixels { width, height, most_megapixels: most / 1_000_000 })
}
