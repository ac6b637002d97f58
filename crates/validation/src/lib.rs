//! A folder of films and a table of what is known of them → what the models are worth there.
//!
//! 1. [`table`]: bytes → cells; [`columns`]: which cell is what; [`entry`]: a row → what is known of a film; [`located`]: the
//!    name in it → a file; [`planned`]: all of it
//! 2. [`seen`]: what is kept of a film; [`own_film`]: what the models say of it
//! 3. [`concerns`]: what must be answered before there are figures, [`settling`]: by which replies; [`copies`]: the same knee in two files
//! 4. [`figures`]: by the scores of the crate `statistics`; [`power`]: how many films it takes
//! 5. [`refit`]: a last layer fitted to these films, its worth ([`refit_record`], [`screening`]), and the [`head_file`] that holds
//!    both
//! 6. [`sheet`]: what leaves the place, without pictures and names; [`pooling`]: figures of several places, and their [`forest`]
//!    plot
//!
//! Nothing here reads a file, decodes a picture or runs a network.

pub mod columns;
pub mod concerns;
pub mod copies;
pub mod entry;
pub mod figures;
pub mod fitted_head;
pub mod forest;
pub mod head_file;
pub mod located;
mod nested;
pub mod own_film;
pub mod planned;
pub mod pooling;
pub mod power;
pub mod refit;
pub mod refit_record;
pub mod screening;
pub mod seen;
pub mod settling;
pub mod sheet;
pub mod table;
mod within_folds;
