//! What can go wrong, one variant per person who can act on it.

use radiograph::Fault;
use serde::{Deserialize, Serialize};

/// Why there are no findings. The page has words of its own for it, in the reader's language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Error {
    /// The file: its owner can export, convert or reduce it.
    #[error("{0}")]
    File(Fault),
    /// A weight file or the manifest is wrong: whoever published the page can mend it.
    #[error("the models could not be loaded: {0}")]
    Weights(String),
    /// The reader has stopped the loading of the models, and can begin it again.
    #[error("the loading of the models was stopped")]
    Stopped,
    /// The processor in use failed or answered wrongly: another one can be tried.
    #[error("the computation failed: {0}")]
    Compute(String),
}

/// The result of this crate's functions.
pub type Result<T> = std::result::Result<T, Error>;

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::File(fault)
    }
}

impl From<networks::Error> for Error {
    fn from(error: networks::Error) -> Self {
        match error {
            networks::Error::Weights(reason) => Self::Weights(reason),
            networks::Error::Compute(reason) => Self::Compute(reason),
        }
    }
}
