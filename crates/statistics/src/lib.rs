//! Scores of predictions with their intervals, and what is fitted to predictions.
//!
//! * [`metrics`] scores [`judgement`]s, and [`bootstrap`] says how sure a score is;
//! * [`kept`] tells which verdicts keep their promise;
//! * [`folds`] splits films, so that what is fitted never sees the films it is scored on;
//! * [`logistic`] is the last layer of the networks, [`calibration`] fits temperature and operating point, and
//!   [`weighting`] makes each class count alike;
//! * [`record`] is what comes of it all, which the trainer writes, and [`document`] is what the page shows of it: the
//!   model card.
//!
//! Nothing here depends on time or on the number of threads: the same predictions give the same figures.

pub mod bootstrap;
pub mod calibration;
pub mod document;
pub mod folds;
pub mod judgement;
pub mod kept;
pub mod logistic;
pub mod metrics;
pub mod record;
pub mod weighting;
pub mod with_answers;
