//! Why a network cannot be built, loaded or run.

use serde::{Deserialize, Serialize};

/// One variant per person who can act on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Error {
    /// The plan, or the file of weights for it, is wrong: whoever published it can mend it.
    #[error("{0}")]
    Weights(String),
    /// The processor in use failed: another one can be tried.
    #[error("{0}")]
    Compute(String),
}

/// The result of this crate's functions.
pub type Result<T> = std::result::Result<T, Error>;
