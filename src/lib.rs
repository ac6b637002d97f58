//! OsteoLens in a browser: what the page and the engine share.
//!
//! The page (`main.rs`, `ui`) is a thin shell; the engine (`bin/engine`) is a web worker around
//! [`analysis::analyzer::Analyzer`]. [`protocol`] is what they say to each other and [`wire`] how a browser carries it;
//! [`words`] is what the page says to people, [`report`] what it writes into files, [`decimal`] how it writes numbers;
//! [`state`] is what the page knows, and what becomes of it; [`link`] is what it knows of its engine; [`view`] is how a film is looked at, [`detail`] what of it in full resolution, [`measurement`] what is measured on it; [`disc`] tells
//! films from what else a folder holds. [`helper`] is the engine's own second worker. [`task`] is what the page of own films and its workers say to each other.

pub mod decimal;
pub mod detail;
pub mod disc;
pub mod helper;
#[cfg(feature = "web")]
pub mod incoming;
#[cfg(feature = "web")]
pub mod launch;
pub mod link;
pub mod measurement;
pub mod protocol;
pub mod report;
pub mod sorting;
pub mod state;
#[cfg(any(feature = "own-films", feature = "own-films-worker"))]
pub mod task;
pub mod view;
#[cfg(feature = "web")]
pub mod wire;
pub mod words;
