//! How the modules of DICOM say that a file is damaged.

use crate::fault::Fault;

/// The fault of a DICOM file that is damaged for this reason.
pub(super) fn damaged(reason: &str) -> Fault {
    Fault::Damaged { kind: "DICOM".into(), reason: reason.into() }
}
