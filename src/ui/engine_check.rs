//! The check by a second engine, as the reader asks for it and is told of it.

use leptos::prelude::*;
use osteolens::decimal::fixed;
use osteolens::words::fill;

use super::parts::{changing, view};
use super::session::{Check, Event};
use super::studies::Studies;
use super::text;

/// A button below the details of the result that is looked at, and what came of it.
#[component]
pub fn EngineCheck(studies: Studies) -> impl IntoView {
    changing(move || {
        let study = studies.current()?;
        let w = text::words();
        // What is to be checked must still be in the first engine's hands.
        let is_disabled = study.explained.is_none() || study.check == Check::Running;
        Some(view! {
            <div class="check">
                <button
                    type="button"
                    class="button"
                    id="check-engine"
                    disabled=is_disabled
                    on:click=move |_| studies.tell(Event::Check(study.id))
                >
                    {w.check_engine()}
                </button>
                <p class="hint">{w.check_note()}</p>
                {told(study.check)}
            </div>
        })
    })
}

/// What came of a check. That both engines differ is told in every view.
fn told(check: Check) -> Option<AnyView> {
    let w = text::words();
    let (state, words, difference) = match check {
        Check::Idle | Check::Forgotten => return None,
        Check::Running => ("running", w.check_running().to_owned(), None),
        Check::Agrees(difference, backend) => {
            ("agrees", text::difference(w.check_agrees(), &difference, backend), Some(difference))
        }
        Check::Differs(difference, backend) => {
            let by = difference.map(|difference| text::difference(w.check_differs(), &difference, backend));
            let by = by.unwrap_or_else(|| w.check_incomparable().to_owned());
            ("differs", [&by, w.check_advice()].join(" "), difference)
        }
        Check::Lost(reason) => ("failed", fill(w.check_lost(), [reason]), None),
        Check::Failed(error) => ("failed", fill(w.check_failed(), [text::error(&error)]), None),
    };
    let (class, role) = match state {
        "differs" => ("alert", "alert"),
        "failed" => ("remark", "status"),
        _ => ("", "status"),
    };
    let [probabilities, maps] = [0, 1].map(|at| {
        let of = difference.map(|difference| [difference.probabilities, difference.maps]);
        of.map(|values| fixed(values[at], 6))
    });
    Some(view! {
        <p class=class role=role data-role="engine-check" data-state=state data-probabilities=probabilities data-maps=maps>
            {words}
        </p>
    })
}
