//! How the elements of a data set are encoded.

/// How the elements of a data set are encoded (PS3.5, 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// The dictionary tells the value representation (VR); little-endian.
    Implicit,
    /// Each element tells its VR; little-endian.
    Explicit,
    /// Each element tells its VR; big-endian.
    ExplicitBigEndian,
}

impl Encoding {
    /// By the first element: its group is 2 to 8, and a VR is two capital letters.
    pub(super) fn of(data_set: &[u8]) -> Self {
        let has_types = data_set.get(4..6).is_some_and(|kind| kind.iter().all(u8::is_ascii_uppercase));
        match (has_types, data_set.first()) {
            (true, Some(0)) => Self::ExplicitBigEndian,
            (true, _) => Self::Explicit,
            (false, _) => Self::Implicit,
        }
    }
}
