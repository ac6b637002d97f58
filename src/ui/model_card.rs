//! How good it is: the figures that evaluation wrote for exactly these weights.

use analysis::error::Error;
use leptos::prelude::*;
use leptos::task::spawn_local;
use osteolens::words::fill;
use statistics::document::{Block, Said};

use super::charts::{Confusion, Reliability};
use super::parts::{attribute, changing, view};
use super::{browser, text};

/// Written by `cargo run -p train -- evaluate`, beside a `model_card.json` that people and tests read. Without it the
/// site does not build, and the build stops when it belongs to other weights.
const CARD: &str = "weights/model_card.bin";

/// What was fetched, once it was.
pub type Card = RwSignal<Option<Result<Vec<Block>, Error>>>;

/// Fetched and drawn when it is opened.
#[component]
pub fn ModelCard(card: Card) -> impl IntoView {
    let fetch = move |_| {
        if matches!(card.get_untracked(), Some(Ok(_))) {
            return;
        }
        spawn_local(async move {
            card.set(Some(fetched().await));
        });
    };
    let shown = move || {
        let shown = |read: &Result<Vec<Block>, Error>| match read {
            Ok(card) => card.iter().map(block).collect_view().into_any(),
            Err(error) => view! { <p role="status">{text::error(error)}</p> },
        };
        card.with(|read| read.as_ref().map(shown))
    };
    view! {
        <details class="scores" data-role="model-card" on:toggle=fetch>
            <summary>{text::words().scores_title()}</summary>
            {changing(shown)}
        </details>
    }
}

async fn fetched() -> Result<Vec<Block>, Error> {
    let bytes = browser::fetch(&browser::of_this_release(CARD)).await?;
    postcard::from_bytes(&bytes.to_vec()).map_err(|_| Error::Weights("the model card is damaged".into()))
}

fn block(of: &Block) -> AnyView {
    match of {
        Block::Title(text) => view! { <h3>{said(text)}</h3> },
        Block::Paragraph(text) => view! { <p>{said(text)}</p> },
        Block::Lead(text) => view! { <p class="first">{said(text)}</p> },
        Block::Remark(text) => view! { <p class="hint">{said(text)}</p> },
        Block::Table { heads, rows } => table(heads, rows),
        Block::Charts { confusion, reliability } => view! {
            <div class="charts">
                <Confusion counts=*confusion/>
                <Reliability bins=reliability.clone()/>
            </div>
        },
    }
}

/// A table that scrolls by itself on a phone; the first column names the row.
fn table(heads: &[Said], rows: &[Vec<Said>]) -> AnyView {
    let heads = heads.iter().map(|head| view! { <th scope="col">{said(head)}</th> }).collect_view();
    let cell = |of: &Said| view! { <td>{said(of)}</td> };
    let row = |cells: &Vec<Said>| {
        let (name, cells) = cells.split_first()?;
        let cells = cells.iter().map(cell).collect_view();
        Some(view! { <tr><th scope="row">{sentence(&said(name))}</th>{cells}</tr> })
    };
    view! {
        <div class="scroll" {..attribute("tabindex", "0")}>
            <table>
                <thead><tr><td></td>{heads}</tr></thead>
                <tbody>{rows.iter().filter_map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}

/// With a capital.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| browser::upper_case(first) + letters.as_str())
}

fn said(of: &Said) -> String {
    let all = |parts: &[Said]| parts.iter().map(said).collect::<Vec<String>>();
    match of {
        Said::Plain(text) => text.clone(),
        Said::Words { name, english, values } => fill(text::words().card(name, english), all(values)),
        Said::Class(class) => text::class(*class).to_owned(),
        Said::Number { value, decimals } => text::number(*value, u32::from(*decimals)),
        Said::Share(share) => text::share(*share),
        Said::Figure(estimate) => text::figure(*estimate),
        Said::ShareFigure(estimate) => text::share_figure(*estimate),
        Said::Joined { between, parts } => all(parts).join(between),
    }
}
