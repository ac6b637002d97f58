//! What is wrong with a TIFF.

use tiff::TiffError;

use crate::fault::Fault;

/// Of the crate's reasons.
const MOST_LETTERS: usize = 80;

/// A TIFF that is damaged for this reason.
pub(super) fn damaged(reason: &str) -> Fault {
    Fault::Damaged { kind: "TIFF".into(), reason: reason.into() }
}

/// What the crate says.
pub(super) fn fault(error: TiffError) -> Fault {
    match error {
        // Their text may list thousands of numbers.
        TiffError::UnsupportedError(what) => {
            Fault::OtherPacking(format!("TIFF, {}", what.to_string().chars().take(MOST_LETTERS).collect::<String>()))
        }
        other => damaged(&other.to_string()),
    }
}
