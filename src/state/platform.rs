//! What the state needs from its platform.

/// What the state holds and never looks into: a browser's handles, or numbers in a test.
pub trait Platform: Clone + 'static {
    /// A file on the user's device.
    type File: Clone;
    /// The bytes of a file, or RGBA pixels row by row.
    type Bytes: Clone;

    /// A square of `side_px` reduced to another side.
    fn smaller(square: &Self::Bytes, side_px: u32, to_px: u32) -> Self::Bytes;

    /// Whether anything may be kept on this device.
    fn may_keep() -> bool;

    /// The speed of graphics processor and CPU, if it was measured and kept.
    fn remembered_race() -> Option<String>;

    /// The number of CPU threads.
    fn processors() -> u32;
}
