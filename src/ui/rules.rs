//! The rules by which verdicts come about, and what these are worth.

use analysis::clinical::ClinicalModel;
use analysis::prediction::OperatingPoint;
use analysis::promises::Promises;
use leptos::prelude::*;
use osteolens::link::Status;

/// As the manifest has them.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// When a class is named from the picture alone.
    pub operating_point: OperatingPoint,
    /// What such verdicts are worth.
    pub promises: Promises,
    /// Share (0..=1) of each class among the people of all figures.
    pub frequencies: [f32; 3],
    /// What the age tells.
    pub clinical: ClinicalModel,
}

/// Those of the engine that was ready last: while another one is on its way, what was said stays.
pub fn rules(status: RwSignal<Status, LocalStorage>) -> Memo<Option<Rules>> {
    Memo::new(move |before: Option<&Option<Rules>>| {
        status.with(|status| match status {
            Status::Ready(state) => Some(Rules {
                operating_point: state.operating_point,
                promises: state.promises.clone(),
                frequencies: state.frequencies,
                clinical: state.clinical.clone()?,
            }),
            _ => before.cloned().flatten(),
        })
    })
}
