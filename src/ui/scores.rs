//! What the models score, beside what is reached without the picture.

use leptos::prelude::*;
use osteolens::record::{Estimate, Scores as Figures};

use super::engine::Status;
use super::text;

/// A table generated from the manifest that came with the weights.
#[component]
pub fn Scores(status: RwSignal<Status, LocalStorage>) -> impl IntoView {
    move || {
        let Status::Ready(state) = status.get() else { return None };
        if !state.complete {
            return None;
        }
        let row = |name: String, scores: &Figures| {
            view! {
                <tr>
                    <th scope="row">{name}</th>
                    <td>{figure(scores.accuracy)}</td>
                    <td>{figure(scores.balanced_accuracy)}</td>
                    <td>{figure(scores.macro_auc)}</td>
                    <td>{figure(scores.bone_loss_auc)}</td>
                </tr>
            }
        };
        let (baselines, combined) = (&state.baselines, &state.combined_scores);
        Some(view! {
            <details class="scores">
                <summary>{text::SCORES_TITLE}</summary>
                <p>{text::SCORES_INTRO}</p>
                <div class="scroll">
                    <table>
                        <thead>
                            <tr>
                                <td></td>
                                <th scope="col">"Accuracy"</th>
                                <th scope="col">"Balanced accuracy"</th>
                                <th scope="col">"AUC, mean of classes"</th>
                                <th scope="col">"AUC, normal or not"</th>
                            </tr>
                        </thead>
                        <tbody>
                            <tr>
                                <th scope="row">"Always “osteopenia”"</th>
                                <td>{figure(baselines.majority_accuracy)}</td>
                                <td>"0.33"</td><td>"0.50"</td><td>"0.50"</td>
                            </tr>
                            <tr>
                                <th scope="row">"Age alone, no picture"</th>
                                <td></td><td></td>
                                <td>{figure(baselines.age_only_macro_auc)}</td>
                                <td>{figure(baselines.age_only_bone_loss_auc)}</td>
                            </tr>
                            {state.models.iter().map(|model| row(model.name.clone(), &model.scores)).collect_view()}
                            {row(text::COMBINED.to_owned(), combined)}
                        </tbody>
                    </table>
                </div>
                <p>{coverage(combined)}</p>
                <p>{text::SCORES_LESSON}</p>
                <p class="hint">
                    {format!("{}: {} knees of {} films.", combined.protocol, combined.knees, combined.groups)}
                </p>
            </details>
        })
    }
}

fn figure(estimate: Estimate) -> String {
    format!("{:.2} ({:.2}–{:.2})", estimate.value, estimate.low, estimate.high)
}

fn coverage(scores: &Figures) -> Option<String> {
    let (share, right) = (scores.coverage?, scores.accuracy_when_sure?);
    Some(format!(
        "A verdict other than “uncertain” is given for {:.0} % ({:.0}–{:.0}) of the knees; of these {:.0} % ({:.0}–{:.0}) are right.",
        share.value * 100.0,
        share.low * 100.0,
        share.high * 100.0,
        right.value * 100.0,
        right.low * 100.0,
        right.high * 100.0,
    ))
}
