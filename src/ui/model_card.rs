//! How good it is: the figures that evaluation wrote for exactly these weights.

use analysis::error::Error;
use analysis::prediction::Class;
use leptos::prelude::*;
use leptos::task::spawn_local;
use osteolens::words::fill;
use statistics::record::{
    ClassScores, Decision, ModelCard as Card, PromiseRecord, PromisesRecord, Refused, SaliencyRecord, Scores,
};

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
    let shown = move || {
        let shown = |read: &Result<Card, Error>| match read {
            Ok(card) => body(card),
            Err(error) => view! { <p role="status">{text::error(error)}</p> },
        };
        card.with(|read| read.as_ref().map(shown))
    };
    view! {
        <details class="scores" data-role="model-card" on:toggle=fetch>
            <summary>{text::words().scores_title}</summary>
            {changing(shown)}
        </details>
    }
}

async fn fetched() -> Result<Card, Error> {
    let bytes = browser::fetch(&browser::of_this_release(CARD)).await?;
    postcard::from_bytes(&bytes.to_vec()).map_err(|_| Error::Weights("the model card is damaged".into()))
}

fn body(card: &Card) -> AnyView {
    let w = text::words();
    let combined = card.grouped.models.iter().find(|scores| scores.name == "combined");
    let decision = &card.grouped.decision;
    view! {
        <p>{w.scores_intro}</p>
        <p class="first">{text::decision(decision)}</p>
        {honest(card)}
        <p class="hint">{combined.map(|scores| protocol_line(&card.grouped.protocol, scores))}</p>
        <p>{w.scores_lesson}</p>
        {combined.map(|scores| view! {
            <div class="charts">
                <Confusion counts=scores.confusion/>
                <Reliability bins=scores.reliability.clone()/>
            </div>
            {per_class(scores)}
        })}
        {promises(decision)}
        {protocols(card)}
        {groups(w.subgroups_title, w.subgroups_note, &card.grouped.subgroups)}
        {groups(w.clinical_title, w.clinical_note, &card.clinical.models)}
        {gate(card)}
        {heat_maps(card)}
    }
}

fn honest(card: &Card) -> AnyView {
    let w = text::words();
    let row = |name: String, scores: &Scores| {
        let Scores { accuracy, balanced_accuracy, macro_auc, bone_loss_auc, .. } = scores;
        (name, [accuracy, balanced_accuracy, macro_auc, bone_loss_auc].map(|of| text::figure(*of)).to_vec())
    };
    let by_chance = [text::figure(card.grouped.majority_accuracy), "0.33".into(), "0.50".into(), "0.50".into()];
    let age = card.clinical.models.iter().find(|scores| scores.name == "age alone");
    let mut rows = vec![(w.always_osteopenia.to_owned(), by_chance.to_vec())];
    rows.extend(age.map(|scores| row(w.age_alone.to_owned(), scores)));
    rows.extend(card.grouped.models.iter().map(|scores| row(text::row(&scores.name), scores)));
    table(&[w.accuracy, w.balanced_accuracy, w.macro_auc, w.bone_loss_auc], rows)
}

fn per_class(scores: &Scores) -> AnyView {
    let w = text::words();
    let row = |(class, of): (&Class, &ClassScores)| {
        let figures = [of.precision, of.recall, of.f1, of.auc].map(text::figure);
        (text::class(*class).to_owned(), figures.to_vec())
    };
    let rows = Class::ALL.iter().zip(&scores.per_class).map(row).collect();
    section(w.per_class_title, None, table(&[w.precision, w.recall, w.f1, w.class_auc], rows))
}

/// How often each colour was true of people not seen, by each kind of evidence.
fn promises(decision: &Decision) -> AnyView {
    let w = text::words();
    let rows = |basis: &'static str, of: &PromisesRecord| {
        let row = move |one: &PromiseRecord| {
            let shown = if one.is_kept { w.promise_kept } else { w.promise_not_kept };
            let worth = one.worth.map_or(["–".to_owned(), "–".to_owned()], |worth| {
                [worth.right, worth.osteoporosis].map(text::share_figure)
            });
            let said = [one.said, one.said_of_osteoporosis].map(text::share_figure);
            let cells = said.into_iter().chain(worth).chain([text::share(one.frequency), shown.to_owned()]);
            (fill(basis, [text::class(one.class)]), cells.collect())
        };
        of.verdicts.iter().map(row).collect::<Vec<(String, Vec<String>)>>()
    };
    let mut all = rows(w.promise_by_picture, &decision.by_picture);
    all.extend(rows(w.promise_by_age, &decision.by_age));
    let heads =
        [w.promise_said, w.promise_said_ill, w.promise_right, w.promise_ill, w.promise_frequency, w.promise_shown];
    section(w.promise_title, Some(w.promise_note.to_owned()), table(&heads, all))
}

/// The two ways of splitting, side by side.
fn protocols(card: &Card) -> AnyView {
    let w = text::words();
    let honest = |name: &str| {
        let scores = card.grouped.models.iter().find(|scores| scores.name == name);
        scores.map(|scores| text::figure(scores.accuracy)).unwrap_or_default()
    };
    let row = |scores: &Scores| (text::row(&scores.name), vec![honest(&scores.name), text::figure(scores.accuracy)]);
    let rows = card.file_level.models.iter().map(row).collect();
    let note = text::protocols_note(card.file_level.copies_in_training);
    view! {
        {section(w.protocols_title, Some(note), table(&[w.accuracy_unseen, w.accuracy_file_level], rows))}
        <p class="hint">{text::reported(&card.file_level.reported)}</p>
    }
}

fn groups(title: &'static str, note: &'static str, groups: &[Scores]) -> AnyView {
    let w = text::words();
    let row = |of: &Scores| {
        let figures = [of.balanced_accuracy, of.macro_auc, of.bone_loss_auc].map(text::figure);
        let cells = std::iter::once(of.films.to_string()).chain(figures);
        (text::row(&of.name), cells.collect())
    };
    let rows = groups.iter().map(row).collect();
    let heads = [w.films, w.balanced_accuracy, w.macro_auc, w.bone_loss_auc];
    section(title, Some(note.to_owned()), table(&heads, rows))
}

fn gate(card: &Card) -> AnyView {
    let w = text::words();
    let row = |of: &Refused| {
        let never_seen = if of.never_seen > 0 {
            text::share(of.refused_never_seen as f64 / of.never_seen as f64)
        } else {
            "–".to_owned()
        };
        let name = of.kind.as_ref().map_or_else(|| text::row(&of.origin), |kind| format!("– {}", text::row(kind)));
        (name, vec![of.pictures.to_string(), of.refused.to_string(), never_seen])
    };
    // How knees fare that were changed one way or another stands in MODEL_CARD.md.
    let rows = card.gate.iter().filter(|of| !of.is_knee || of.kind.is_none()).map(row).collect();
    section(w.gate_title, Some(w.gate_note.to_owned()), table(&[w.tried, w.refused, w.refused_never_seen], rows))
}

fn heat_maps(card: &Card) -> AnyView {
    let w = text::words();
    let row = |of: &SaliencyRecord| {
        let figures = [(of.rank_correlation_when_random, 2), (of.lost_by_heat, 3), (of.lost_at_random, 3)];
        (text::row(&of.model), figures.map(|(figure, decimals)| text::number(figure, decimals)).to_vec())
    };
    let rows = card.saliency.iter().map(row).collect();
    let heads = [w.likeness, w.lost_by_heat, w.lost_at_random];
    section(w.saliency_title, Some(w.saliency_note.to_owned()), table(&heads, rows))
}

fn section(title: &'static str, note: Option<String>, table: AnyView) -> AnyView {
    view! {
        <h3>{title}</h3>
        {note.map(|note| view! { <p>{note}</p> })}
        {table}
    }
}

/// A table that scrolls by itself on a phone; the first column names the row.
fn table(heads: &[&'static str], rows: Vec<(String, Vec<String>)>) -> AnyView {
    let heads = heads.iter().map(|head| view! { <th scope="col">{*head}</th> }).collect_view();
    let row = |(name, cells): (String, Vec<String>)| {
        let cells = cells.into_iter().map(|cell| view! { <td>{cell}</td> }).collect_view();
        view! { <tr><th scope="row">{name}</th>{cells}</tr> }
    };
    view! {
        <div class="scroll" tabindex="0">
            <table>
                <thead><tr><td></td>{heads}</tr></thead>
                <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}

fn protocol_line(protocol: &str, scores: &Scores) -> String {
    fill(text::words().scores_protocol, [protocol.to_owned(), scores.pictures.to_string(), scores.films.to_string()])
}
