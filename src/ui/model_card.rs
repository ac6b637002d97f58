//! How good it is: the figures that evaluation wrote for exactly these weights.

use leptos::prelude::*;
use leptos::task::spawn_local;
use osteolens::error::Error;
use osteolens::record::{ModelCard as Card, RedVerdict, Scores};
use osteolens::words::fill;

use super::charts::{Confusion, Reliability};
use super::parts::{changing, view};
use super::{browser, text};

/// Written by `cargo run -p train -- evaluate`, beside a `model_card.json` that people and tests read. Without it the
/// site does not build, and the build stops when it belongs to other weights.
const CARD: &str = "weights/model_card.bin";

/// Fetched and drawn when it is opened.
#[component]
pub fn ModelCard() -> impl IntoView {
    let card = RwSignal::new(None::<Result<Card, Error>>);
    let fetch = move |_| {
        if matches!(card.get_untracked(), Some(Ok(_))) {
            return;
        }
        spawn_local(async move {
            card.set(Some(fetched().await));
        });
    };
    let body = move || {
        card.get().map(|read| match read {
            Ok(card) => view! { <Body card/> },
            Err(error) => view! { <p role="status">{text::error(&error)}</p> },
        })
    };
    view! {
        <details class="scores" data-role="model-card" on:toggle=fetch>
            <summary>{text::words().scores_title}</summary>
            {changing(body)}
        </details>
    }
}

async fn fetched() -> Result<Card, Error> {
    let bytes = browser::fetch(&browser::of_this_release(CARD)).await?;
    let damaged = |reason| Error::Weights(format!("the model card is damaged ({reason})"));
    postcard::from_bytes(&bytes.to_vec()).map_err(damaged)
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
        <p>{text::words().scores_intro}</p>
        <p class="first">{text::decision(&decision)}</p>
        <Honest card=card.clone()/>
        <p class="hint">{combined.as_ref().map(|scores| protocol_line(&card.grouped.protocol, scores))}</p>
        <p>{text::words().scores_lesson}</p>
        {charts}
        {combined.map(|scores| view! { <PerClass scores/> })}
        <Prevalence red_verdicts=decision.red_verdicts/>
        <Protocols card=card.clone()/>
        <Groups title=text::words().subgroups_title note=text::words().subgroups_note rows=card.grouped.subgroups.clone()/>
        <Groups title=text::words().clinical_title note=text::words().clinical_note rows=card.clinical.models.clone()/>
        <Gate card=card.clone()/>
        <HeatMaps card/>
    }
}

#[component]
fn Honest(card: Card) -> impl IntoView {
    let w = text::words();
    let age = card.clinical.models.iter().find(|scores| scores.name == "age alone").cloned();
    let row = |name: String, scores: &Scores| {
        view! {
            <tr>
                <th scope="row">{name}</th>
                <td>{text::figure(scores.accuracy)}</td>
                <td>{text::figure(scores.balanced_accuracy)}</td>
                <td>{text::figure(scores.macro_auc)}</td>
                <td>{text::figure(scores.bone_loss_auc)}</td>
            </tr>
        }
    };
    view! {
        <Table heads=vec![w.accuracy, w.balanced_accuracy, w.macro_auc, w.bone_loss_auc]>
            <tr>
                <th scope="row">{text::words().always_osteopenia}</th>
                <td>{text::figure(card.grouped.majority_accuracy)}</td><td>"0.33"</td><td>"0.50"</td><td>"0.50"</td>
            </tr>
            {age.map(|scores| row(text::words().age_alone.to_owned(), &scores))}
            {card.grouped.models.iter().map(|scores| row(text::row(&scores.name), scores)).collect_view()}
        </Table>
    }
}

#[component]
fn PerClass(scores: Scores) -> impl IntoView {
    let w = text::words();
    view! {
        <h3>{text::words().per_class_title}</h3>
        <Table heads=vec![w.precision, w.recall, w.f1, w.class_auc]>
            {osteolens::prediction::Class::ALL.iter().zip(scores.per_class).map(|(class, of)| view! {
                <tr>
                    <th scope="row">{text::class(*class)}</th>
                    <td>{text::figure(of.precision)}</td><td>{text::figure(of.recall)}</td><td>{text::figure(of.f1)}</td><td>{text::figure(of.auc)}</td>
                </tr>
            }).collect_view()}
        </Table>
    }
}

/// A red verdict is worth the less, the rarer osteoporosis is among those who come.
#[component]
fn Prevalence(red_verdicts: Vec<RedVerdict>) -> impl IntoView {
    view! {
        <h3>{text::words().prevalence_title}</h3>
        <p>{text::words().prevalence_note}</p>
        <Table heads=vec![text::words().prevalence_head]>
            {red_verdicts.into_iter().map(|of| view! {
                <tr><th scope="row">{text::of_hundred(of.prevalence)}</th><td>{text::share_figure(of.right)}</td></tr>
            }).collect_view()}
        </Table>
    }
}

/// The two ways of splitting, side by side.
#[component]
fn Protocols(card: Card) -> impl IntoView {
    let honest = |name: &str| {
        card.grouped.models.iter().find(|scores| scores.name == name).map(|scores| text::figure(scores.accuracy))
    };
    let rows = card
        .file_level
        .models
        .iter()
        .map(|scores| {
            view! {
                <tr>
                    <th scope="row">{text::row(&scores.name)}</th>
                    <td>{honest(&scores.name)}</td>
                    <td>{text::figure(scores.accuracy)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <h3>{text::words().protocols_title}</h3>
        <p>{text::protocols_note(card.file_level.copies_in_training)}</p>
        <Table heads=vec![text::words().accuracy_unseen, text::words().accuracy_file_level]>{rows}</Table>
        <p class="hint">{text::reported(&card.file_level.reported)}</p>
    }
}

#[component]
fn Groups(title: &'static str, note: &'static str, rows: Vec<Scores>) -> impl IntoView {
    let w = text::words();
    view! {
        <h3>{title}</h3>
        <p>{note}</p>
        <Table heads=vec![w.films, w.balanced_accuracy, w.macro_auc, w.bone_loss_auc]>
            {rows.into_iter().map(|scores| view! {
                <tr>
                    <th scope="row">{text::row(&scores.name)}</th>
                    <td>{scores.films}</td>
                    <td>{text::figure(scores.balanced_accuracy)}</td>
                    <td>{text::figure(scores.macro_auc)}</td>
                    <td>{text::figure(scores.bone_loss_auc)}</td>
                </tr>
            }).collect_view()}
        </Table>
    }
}

#[component]
fn Gate(card: Card) -> impl IntoView {
    view! {
        <h3>{text::words().gate_title}</h3>
        <p>{text::words().gate_note}</p>
        <Table heads=vec![text::words().tried, text::words().refused]>
            {card.gate.into_iter().map(|of| view! {
                <tr><th scope="row">{text::row(&of.origin)}</th><td>{of.pictures}</td><td>{of.refused}</td></tr>
            }).collect_view()}
        </Table>
    }
}

#[component]
fn HeatMaps(card: Card) -> impl IntoView {
    view! {
        <h3>{text::words().saliency_title}</h3>
        <p>{text::words().saliency_note}</p>
        <Table heads=vec![text::words().likeness, text::words().lost_by_heat, text::words().lost_at_random]>
            {card.saliency.into_iter().map(|of| view! {
                <tr>
                    <th scope="row">{text::row(&of.model)}</th>
                    <td>{text::number(of.rank_correlation_when_random, 2)}</td>
                    <td>{text::number(of.lost_by_heat, 3)}</td>
                    <td>{text::number(of.lost_at_random, 3)}</td>
                </tr>
            }).collect_view()}
        </Table>
    }
}

/// A table that scrolls by itself on a phone; the first column names the row.
#[component]
fn Table(heads: Vec<&'static str>, children: Children) -> impl IntoView {
    view! {
        <div class="scroll" tabindex="0">
            <table>
                <thead>
                    <tr><td></td>{heads.into_iter().map(|head| view! { <th scope="col">{head}</th> }).collect_view()}</tr>
                </thead>
                <tbody>{children()}</tbody>
            </table>
        </div>
    }
}

fn protocol_line(protocol: &str, scores: &Scores) -> String {
    fill(text::words().scores_protocol, [protocol.to_owned(), scores.pictures.to_string(), scores.films.to_string()])
}
