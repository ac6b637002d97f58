//! How good it is: the figures that evaluation wrote for exactly these weights.

use leptos::prelude::*;
use osteolens::record::{Decision, Estimate, ModelCard as Card, RedVerdict, Scores};

use super::charts::{Confusion, Reliability};
use super::text;

/// Written by `cargo run -p train -- evaluate`. Without it the page does not build, and the build
/// stops when it belongs to other weights.
const JSON: &[u8] = include_bytes!("../../weights/model_card.json");

/// Read and drawn when it is opened.
#[component]
pub fn ModelCard() -> impl IntoView {
    let opened = RwSignal::new(false);
    let body = move || {
        opened.get().then(|| {
            Card::parse(JSON)
                .map_or_else(|error| error.to_string().into_any(), |card| view! { <Body card/> }.into_any())
        })
    };
    view! {
        <details class="scores" data-role="model-card" on:toggle=move |_| opened.set(true)>
            <summary>{text::SCORES_TITLE}</summary>
            {body}
        </details>
    }
}

#[component]
fn Body(card: Card) -> impl IntoView {
    let combined = card.grouped.models.iter().find(|scores| scores.name == "combined").cloned();
    let decision = card.grouped.decision.clone();
    let charts = combined.clone().map(|scores| {
        view! {
            <div class="charts"><Confusion counts=scores.confusion/><Reliability bins=scores.reliability/></div>
        }
    });
    view! {
        <p>{text::SCORES_INTRO}</p>
        <p class="first">{decision_line(&decision)}</p>
        <Honest card=card.clone()/>
        <p class="hint">{combined.as_ref().map(|scores| protocol_line(&card.grouped.protocol, scores))}</p>
        <p>{text::SCORES_LESSON}</p>
        {charts}
        {combined.map(|scores| view! { <PerClass scores/> })}
        <Prevalence red_verdicts=decision.red_verdicts/>
        <Protocols card=card.clone()/>
        <Groups title=text::SUBGROUPS_TITLE note=text::SUBGROUPS_NOTE rows=card.grouped.subgroups.clone()/>
        <Groups title=text::CLINICAL_TITLE note=text::CLINICAL_NOTE rows=card.clinical.models.clone()/>
        <Gate card=card.clone()/>
        <HeatMaps card/>
    }
}

#[component]
fn Honest(card: Card) -> impl IntoView {
    let age = card.clinical.models.iter().find(|scores| scores.name == "age alone").cloned();
    let row = |name: String, scores: &Scores| {
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
    view! {
        <Table heads=&["Accuracy", "Balanced accuracy", "AUC, mean of classes", "AUC, normal or not"]>
            <tr>
                <th scope="row">{text::ALWAYS_OSTEOPENIA}</th>
                <td>{figure(card.grouped.majority_accuracy)}</td><td>"0.33"</td><td>"0.50"</td><td>"0.50"</td>
            </tr>
            {age.map(|scores| row(text::AGE_ALONE.to_owned(), &scores))}
            {card.grouped.models.iter().map(|scores| row(text::model(&scores.name), scores)).collect_view()}
        </Table>
    }
}

#[component]
fn PerClass(scores: Scores) -> impl IntoView {
    view! {
        <h3>{text::PER_CLASS_TITLE}</h3>
        <Table heads=&["Of those called so, right", "Of those who have it, found", "F1", "AUC against the others"]>
            {osteolens::prediction::Class::ALL.iter().zip(scores.per_class).map(|(class, of)| view! {
                <tr>
                    <th scope="row">{text::class(*class)}</th>
                    <td>{figure(of.precision)}</td><td>{figure(of.recall)}</td><td>{figure(of.f1)}</td><td>{figure(of.auc)}</td>
                </tr>
            }).collect_view()}
        </Table>
    }
}

/// A red verdict is worth the less, the rarer osteoporosis is among those who come.
#[component]
fn Prevalence(red_verdicts: Vec<RedVerdict>) -> impl IntoView {
    view! {
        <h3>{text::PREVALENCE_TITLE}</h3>
        <p>{text::PREVALENCE_NOTE}</p>
        <Table heads=&["Red verdicts that are right"]>
            {red_verdicts.into_iter().map(|of| view! {
                <tr><th scope="row">{text::of_hundred(of.prevalence)}</th><td>{share(of.right)}</td></tr>
            }).collect_view()}
        </Table>
    }
}

/// The two ways of splitting, side by side.
#[component]
fn Protocols(card: Card) -> impl IntoView {
    let honest = |name: &str| {
        card.grouped.models.iter().find(|scores| scores.name == name).map(|scores| figure(scores.accuracy))
    };
    let rows = card
        .file_level
        .models
        .iter()
        .map(|scores| {
            view! {
                <tr>
                    <th scope="row">{text::model(&scores.name)}</th>
                    <td>{honest(&scores.name)}</td>
                    <td>{figure(scores.accuracy)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <h3>{text::PROTOCOLS_TITLE}</h3>
        <p>{text::protocols_note(card.file_level.copies_in_training)}</p>
        <Table heads=&["Accuracy on people not seen", "Accuracy, file-level: not to be believed"]>{rows}</Table>
        <p class="hint">{text::reported(&card.file_level.reported)}</p>
    }
}

#[component]
fn Groups(title: &'static str, note: &'static str, rows: Vec<Scores>) -> impl IntoView {
    view! {
        <h3>{title}</h3>
        <p>{note}</p>
        <Table heads=&["Films", "Balanced accuracy", "AUC, mean of classes", "AUC, normal or not"]>
            {rows.into_iter().map(|scores| view! {
                <tr>
                    <th scope="row">{text::sentence(&scores.name)}</th>
                    <td>{scores.films}</td>
                    <td>{figure(scores.balanced_accuracy)}</td>
                    <td>{figure(scores.macro_auc)}</td>
                    <td>{figure(scores.bone_loss_auc)}</td>
                </tr>
            }).collect_view()}
        </Table>
    }
}

#[component]
fn Gate(card: Card) -> impl IntoView {
    view! {
        <h3>{text::GATE_TITLE}</h3>
        <p>{text::GATE_NOTE}</p>
        <Table heads=&["Tried", "Refused"]>
            {card.gate.into_iter().map(|of| view! {
                <tr><th scope="row">{text::sentence(&of.origin)}</th><td>{of.pictures}</td><td>{of.refused}</td></tr>
            }).collect_view()}
        </Table>
    }
}

#[component]
fn HeatMaps(card: Card) -> impl IntoView {
    view! {
        <h3>{text::SALIENCY_TITLE}</h3>
        <p>{text::SALIENCY_NOTE}</p>
        <Table heads=&["Likeness to a random network's map", "Lost by heat", "Lost at random"]>
            {card.saliency.into_iter().map(|of| view! {
                <tr>
                    <th scope="row">{text::model(&of.model)}</th>
                    <td>{format!("{:.2}", of.rank_correlation_when_random)}</td>
                    <td>{format!("{:.3}", of.lost_by_heat)}</td>
                    <td>{format!("{:.3}", of.lost_at_random)}</td>
                </tr>
            }).collect_view()}
        </Table>
    }
}

/// A table that scrolls by itself on a phone; the first column names the row.
#[component]
fn Table(heads: &'static [&'static str], children: Children) -> impl IntoView {
    view! {
        <div class="scroll" tabindex="0">
            <table>
                <thead>
                    <tr><td></td>{heads.iter().map(|head| view! { <th scope="col">{*head}</th> }).collect_view()}</tr>
                </thead>
                <tbody>{children()}</tbody>
            </table>
        </div>
    }
}

fn figure(estimate: Estimate) -> String {
    format!("{:.2} ({:.2}–{:.2})", estimate.value, estimate.low, estimate.high)
}

fn protocol_line(protocol: &str, scores: &Scores) -> String {
    format!("{protocol}: {} knees of {} films.", scores.pictures, scores.films)
}

fn share(one: Estimate) -> String {
    format!("{:.0} % ({:.0}–{:.0})", one.value * 100.0, one.low * 100.0, one.high * 100.0)
}

fn decision_line(decision: &Decision) -> String {
    text::decision(
        &share(decision.osteoporosis_sensitivity),
        &share(decision.osteoporosis_called_normal),
        &share(decision.coverage),
        &share(decision.accuracy_when_sure),
        &share(decision.majority),
    )
}
