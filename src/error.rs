//! What can go wrong, one variant per person who can act on it.
//!
//! Every message is read by a person with a file in hand: it says what is wrong and what to do.

use serde::{Deserialize, Serialize};

/// An error of the library; its `Display` text is shown to the user as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Error {
    /// The bytes are damaged: the owner of the file can export or download it again.
    #[error("{0}")]
    Unreadable(String),
    /// The bytes are sound but of a kind that is not read here: the owner can convert the file.
    #[error("{0}")]
    Unsupported(String),
    /// The picture is over a limit: the owner can make it smaller.
    #[error("{0}")]
    TooLarge(String),
    /// A weight file or the manifest is wrong: whoever published the page can mend it.
    #[error("The model could not be loaded: {0}. Reload the page; if it stays, tell whoever runs this site.")]
    Weights(String),
    /// The processor in use failed or answered wrongly: another one can be tried.
    #[error("The computation failed on this device: {0}.")]
    Compute(String),
}

/// The result of a library function.
pub type Result<T> = std::result::Result<T, Error>;
