//! Small drawings of the model card, as SVG that a screen reader can read.

use analysis::prediction::Class;
use leptos::prelude::*;
use osteolens::decimal::fixed;
use statistics::record::ReliabilityBin;

use super::parts::{attribute, view};
use super::text;

/// Side of a cell of the confusion matrix, in the drawing's units.
const CELL: f64 = 76.0;
const LEFT: f64 = 92.0;
const TOP: f64 = 40.0;

/// Rows are the truth, columns what was predicted; the darker, the larger the share of the row.
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
            <rect class="cell" {..attribute("x", at(x))} {..attribute("y", at(y))} {..attribute("width", at(CELL - 2.0))} {..attribute("height", at(CELL - 2.0))} {..attribute("fill-opacity", fixed(0.06 + 0.5 * share, 2))}/>
            <text class="count" {..attribute("x", at(x + CELL / 2.0))} {..attribute("y", at(y + CELL / 2.0 + 5.0))}>{fixed(count, 0)}</text>
        }
    };
    let across = |class: Class| LEFT + place(class) * CELL + CELL / 2.0;
    view! {
        <figure>
            <svg class="chart" {..attribute("viewBox", format!("0 0 {} {}", at(width), at(height)))} role="img" aria-label=said.join(". ")>
                <text {..attribute("x", at(LEFT))} y="14">{text::words().called()}</text>
                {Class::ALL.into_iter().map(|class| view! {
                    <text {..attribute("x", at(across(class)))} {..attribute("y", "32")} class="small">{text::class(class)}</text>
                    <text {..attribute("x", at(LEFT - 6.0))} {..attribute("y", at(TOP + place(class) * CELL + CELL / 2.0 + 5.0))} class="small end">
                        {text::class(class)}
                    </text>
                }).collect_view()}
                {cells.map(cell).collect_view()}
            </svg>
            <figcaption>{text::words().confusion_caption()}</figcaption>
        </figure>
    }
}

/// How often the leading class is right, by its predicted probability; on the diagonal both are the same.
#[component]
pub fn Reliability(bins: Vec<ReliabilityBin>) -> impl IntoView {
    const SIDE: f64 = 168.0;
    const MARGIN: f64 = 34.0;
    let x = |share: f64| MARGIN + share * SIDE;
    let y = |share: f64| 8.0 + (1.0 - share) * SIDE;
    let place = |across: f64, up: f64| format!("{} {}", at(x(across)), at(y(up)));
    let said: Vec<String> =
        bins.iter().map(|bin| format!("{} → {}", text::share(bin.said), text::share(bin.right))).collect();
    let most = bins.iter().map(|bin| bin.pictures).fold(1.0, f64::max);
    view! {
        <figure>
            <svg class="chart" {..attribute("viewBox", format!("0 0 {} {}", at(MARGIN + SIDE + 16.0), at(SIDE + 40.0)))} role="img" aria-label=format!("{} {}", text::words().reliability_caption(), said.join("; "))>
                <path class="axis" d=format!("M{}L{}L{}", place(0.0, 1.0), place(0.0, 0.0), place(1.0, 0.0))/>
                <path class="ideal" d=format!("M{}L{}", place(0.0, 0.0), place(1.0, 1.0))/>
                {[0.0, 0.5, 1.0].into_iter().map(|share| view! {
                    <text class="small" {..attribute("x", at(x(share)))} {..attribute("y", at(y(0.0) + 14.0))}>{fixed(share * 100.0, 0)}</text>
                    <text class="small end" {..attribute("x", at(x(0.0) - 4.0))} {..attribute("y", at(y(share) + 4.0))}>{fixed(share * 100.0, 0)}</text>
                }).collect_view()}
                {bins.into_iter().map(|bin| view! {
                    <circle class="bin" {..attribute("cx", at(x(bin.said)))} {..attribute("cy", at(y(bin.right)))} {..attribute("r", at(2.0 + 6.0 * (bin.pictures / most).sqrt()))}/>
                }).collect_view()}
                <text class="small" {..attribute("x", at(x(0.5)))} {..attribute("y", at(y(0.0) + 28.0))}>{text::words().reliability_axis()}</text>
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
