//! What the page of own films and its workers say to each other, in plain data; [`wire`](crate::wire) carries it.
//!
//! Every worker judges films; one of them also keeps what was seen, looks for copies, scores and refits.

use serde::{Deserialize, Serialize};
use validation::concerns::Concern;
use validation::entry::Entry;
use validation::seen::Seen;
use validation::sheet::{Reference, Site, Told};

/// From page to worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Task {
    /// The manifest of the networks; their weights follow in its order.
    Manifest {
        /// As it lies on the server.
        json: String,
    },
    /// A weight file, which is the buffer. Answered by [`Answer::Ready`] once the last is there.
    Weights,
    /// A file to judge, which is the buffer. Answered by [`Answer::Judged`].
    Judge {
        /// Chosen by the page.
        film: u32,
    },
    /// Films of the table and what was seen of them: copies are looked for. Answered by [`Answer::Checked`].
    Check {
        /// All of them.
        films: Vec<(Entry, Seen)>,
    },
    /// Scores them. Answered by [`Answer::Open`] or [`Answer::Scored`].
    Score {
        /// With the replies.
        told: Box<Told>,
        /// Share (0..1) of the people who have osteoporosis; that of the table unless said.
        prevalence: Option<f64>,
        /// When (ISO 8601, UTC).
        date: String,
    },
    /// Fits a head to what was scored last. Answered by [`Answer::Refitted`].
    Refit {
        /// What it is called.
        name: String,
        /// When (ISO 8601, UTC).
        date: String,
        /// The share (0..1) of the films with osteoporosis that a test is to find.
        sensitivity: f64,
        /// How the truth was found.
        reference: Reference,
        /// Where it was measured.
        site: Site,
        /// Whether the files' names are written into it.
        with_names: bool,
    },
}

/// From worker to page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Answer {
    /// The program runs.
    Awake,
    /// Films can be judged.
    Ready,
    /// It cannot work; why.
    Failed(String),
    /// What came of a file.
    Judged {
        /// Which.
        film: u32,
        /// What is kept of it.
        seen: Box<Seen>,
        /// Why it was not judged, in words.
        why: Option<String>,
    },
    /// How many steps of how many are done.
    Progress(u32, u32),
    /// Copies were looked for.
    Checked,
    /// What must be answered before there are figures.
    Open(Vec<Concern>),
    /// The result sheet as JSON, or why there is none.
    Scored(Result<String, String>),
    /// The head's file as JSON, or why there is none.
    Refitted(Result<String, String>),
}
