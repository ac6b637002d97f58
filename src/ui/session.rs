//! The page's state as a browser holds it.

pub use osteolens::state::{Came, Check, CloseUp, Stage, Trouble, age_of_sample, by_seriousness, deciding, verdict_id};

use super::browser::Handles;

pub type Closest = osteolens::state::Closest<Handles>;
pub type Effect = osteolens::state::Effect<Handles>;
pub type Event = osteolens::state::Event<Handles>;
pub type Overlay = osteolens::state::Overlay<Handles>;
pub type Picture = osteolens::state::Picture<Handles>;
pub type Seen = osteolens::state::Seen<Handles>;
pub type Source = osteolens::state::Source<Handles>;
pub type State = osteolens::state::State<Handles>;
pub type Study = osteolens::state::Study<Handles>;
