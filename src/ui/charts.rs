//! Small drawings of the model card, as SVG that a screen reader can read.

use analysis::prediction::Class;
use leptos::prelude::*;
use osteolens::decimal::fixed;
use statistics::record::ReliabilityBin;

use super::parts::view;
use super::text;

/// Side of a cell of the confusion matrix, in the drawing's units.
const CELL: f64 = 76.0;
const LEFT: f64 = 92.0;
const TOP: f64 = 40.0;

/// Rows are the truth, columns what was called; the darker, the larger the share of the row.
#[component]
pub fn Confusion(counts: [[f64; 3]; 3]) -> impl IntoView {
    let (width, height) = (LEFT + 3.0 * CELL + 4.0, TOP + 3.0 * CELL + 4.0);
    let said: Vec<String> = Class::ALL
        .iter()
        .zip(counts)
        .map(|(class, row)| {
            let [normal, osteopenia, osteoporosis] = row.map(|count| fixed(count, 0));
            let called =
                [(Class::Normal, normal), (Class::Osteopenia, osteopenia), (Class::Osteoporosis, osteoporosis)]
                    .map(|(called, count)| format!("{}: {count}", text::class(called)));
            format!("{} – {} {}", text::class(*class), text::words().called(), called.join(", "))
        })
        .collect();
    let cells = Class::ALL.into_iter().flat_map(|truth| Class::ALL.map(|called| (truth, called)));
    let cell = move |(truth, called): (Class, Class)| {
        let row = counts[truth as usize];
        let count = row[called as usize];
        let share = count / row.iter().sum::<f64>().max(1.0);
        let (x, y) = (LEFT + place(called) * CELL, TOP + place(truth) * CELL);
        view! {
            <rect class="cell" x=at(x) y=at(y) width=at(CELL - 2.0) height=at(CELL - 2.0) fill-opacity=fixed(0.06 + 0.5 * share, 2)/>
            <text class="count" x=at(x + CELL / 2.0) y=at(y + CELL / 2.0 + 5.0) text-anchor="middle">{fixed(count, 0)}</text>
        }
    };
    let across = |class: Class| LEFT + place(class) * CELL + CELL / 2.0;
    view! {
        <figure>
            <svg class="chart" viewBox=format!("0 0 {} {}", at(width), at(height)) role="img" aria-label=said.join(". ")>
                <text x=at(LEFT) y="14">{text::words().called()}</text>
                {Class::ALL.into_iter().map(|class| view! {
                    <text x=at(across(class)) y="32" text-anchor="middle" class="small">{text::class(class)}</text>
                    <text x=at(LEFT - 6.0) y=at(TOP + place(class) * CELL + CELL / 2.0 + 5.0) text-anchor="end" class="small">
                        {text::class(class)}
                    </text>
                }).collect_view()}
                {cells.map(cell).collect_view()}
            </svg>
            <figcaption>{text::words().confusion_caption()}</figcaption>
        </figure>
    }
}

/// How often the leading class is right, by how probable it was called; on the diagonal it keeps
/// its word.
#[component]
pub fn Reliability(bins: Vec<ReliabilityBin>) -> impl IntoView {
    const SIDE: f64 = 168.0;
    const MARGIN: f64 = 34.0;
    let x = |share: f64| MARGIN + share * SIDE;
    let y = |share: f64| 8.0 + (1.0 - share) * SIDE;
    let said: Vec<String> =
        bins.iter().map(|bin| format!("{} → {}", text::share(bin.said), text::share(bin.right))).collect();
    let most = bins.iter().map(|bin| bin.pictures).fold(1.0, f64::max);
    view! {
        <figure>
            <svg class="chart" viewBox=format!("0 0 {} {}", at(MARGIN + SIDE + 16.0), at(SIDE + 40.0)) role="img" aria-label=format!("{} {}", text::words().reliability_caption(), said.join("; "))>
                <line class="axis" x1=at(x(0.0)) y1=at(y(0.0)) x2=at(x(1.0)) y2=at(y(0.0))/>
                <line class="axis" x1=at(x(0.0)) y1=at(y(0.0)) x2=at(x(0.0)) y2=at(y(1.0))/>
                <line class="ideal" x1=at(x(0.0)) y1=at(y(0.0)) x2=at(x(1.0)) y2=at(y(1.0))/>
                {[0.0, 0.5, 1.0].into_iter().map(|share| view! {
                    <text class="small" x=at(x(share)) y=at(y(0.0) + 14.0) text-anchor="middle">{fixed(share * 100.0, 0)}</text>
                    <text class="small" x=at(x(0.0) - 4.0) y=at(y(share) + 4.0) text-anchor="end">{fixed(share * 100.0, 0)}</text>
                }).collect_view()}
                {bins.into_iter().map(|bin| view! {
                    <circle class="bin" cx=at(x(bin.said)) cy=at(y(bin.right)) r=at(2.0 + 6.0 * (bin.pictures / most).sqrt())/>
                }).collect_view()}
                <text class="small" x=at(x(0.5)) y=at(y(0.0) + 28.0) text-anchor="middle">{text::words().reliability_axis()}</text>
            </svg>
            <figcaption>{text::words().reliability_caption()}</figcaption>
        </figure>
    }
}

/// A place or a length, as SVG takes it.
fn at(units: f64) -> String {
    fixed(units, 1)
}

/// The column or row of a class.
fn place(class: Class) -> f64 {
    f64::from(class as u8)
}
