//! The model card as the page shows it: the trainer puts it together, and the page only draws it, in its language.

use analysis::prediction::Class;
use serde::{Deserialize, Serialize};

use crate::bootstrap::Estimate;
use crate::record::ReliabilityBin;

/// A part of the card; they stand one below the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Block {
    /// A heading.
    Title(Said),
    /// A paragraph.
    Paragraph(Said),
    /// The paragraph that comes first.
    Lead(Said),
    /// A remark in small print.
    Remark(Said),
    /// A table; the first cell of each row is its name.
    Table {
        /// Of each column but the first.
        heads: Vec<Said>,
        /// Their cells.
        rows: Vec<Vec<Said>>,
    },
    /// The confusion matrix, as in [`crate::record::Scores::confusion`], and the reliability of these predictions.
    Charts {
        /// `confusion[truth][leading]`
        confusion: [[f64; 3]; 3],
        /// By the predicted probability of the leading class.
        reliability: Vec<ReliabilityBin>,
    },
}

/// A text or a figure, which each language writes in its own way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Said {
    /// The same in every language.
    Plain(String),
    /// Words that are translated.
    Words {
        /// What translations call them.
        name: String,
        /// In English; `{0}`, `{1}` and so on stand for the values.
        english: String,
        /// What goes into them.
        values: Vec<Said>,
    },
    /// The name of a class.
    Class(Class),
    /// A number.
    Number {
        /// The number.
        value: f64,
        /// How many decimals are written.
        decimals: u8,
    },
    /// A share, in whole per cent.
    Share(f64),
    /// An estimate with its interval, with two decimals.
    Figure(Estimate),
    /// An estimated share with its interval, in whole per cent.
    ShareFigure(Estimate),
    /// One after the other.
    Joined {
        /// What stands between them.
        between: String,
        /// The parts.
        parts: Vec<Said>,
    },
}
