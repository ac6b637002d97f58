//! A forest plot (Lewis and Clarke, "Forest plots: trying to see the wood and the trees", 2001) as SVG.

use std::fmt::Write;

use statistics::bootstrap::Estimate;

use crate::figures::Condition;
use crate::pooling::PooledArea;

/// Height of a row, and sizes across, in CSS pixels.
const ROW: f64 = 24.0;
const NAMES: f64 = 260.0;
const PLOT: f64 = 360.0;
const NUMBERS: f64 = 150.0;

/// Areas from 0 to 1, place by place, and what they say together.
pub fn svg(areas: &[PooledArea]) -> String {
    let rows: usize = areas.iter().map(|area| area.places.len() + 5).sum();
    let (width, height) = (NAMES + PLOT + NUMBERS, (rows as f64) * ROW + 8.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"13\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    let mut y = ROW;
    for area in areas {
        let name = match area.condition {
            Condition::Osteoporosis => "osteoporosis",
            Condition::BoneLoss => "bone loss",
        };
        text(&mut svg, 8.0, y, &format!("Area under the ROC curve, {name}"), "bold");
        let top = y + 6.0;
        let people = area.places.iter().map(|(_, people, _)| *people).max().unwrap_or(1);
        for (name, count, estimate) in &area.places {
            y += ROW;
            text(&mut svg, 8.0, y, &format!("{name} ({count})"), "normal");
            whiskers(&mut svg, y, estimate);
            // The side of a square grows with the root of the people: its area with the people.
            let side = 4.0 + 8.0 * (*count as f64 / people as f64).sqrt();
            let (x, top) = (across(estimate.value) - side / 2.0, y - 4.0 - side / 2.0);
            let _ = writeln!(
                svg,
                "<rect x=\"{x:.1}\" y=\"{top:.1}\" width=\"{side:.1}\" height=\"{side:.1}\" fill=\"#224\"/>"
            );
            numbers(&mut svg, y, estimate);
        }
        for (name, estimate) in
            [("all, the same area (fixed effect)", &area.fixed), ("all, each its own (random effects)", &area.random)]
        {
            y += ROW;
            text(&mut svg, 8.0, y, name, "bold");
            let [low, middle, high] = [estimate.low, estimate.value, estimate.high].map(across);
            let centre = y - 4.0;
            let _ = writeln!(
                svg,
                "<path d=\"M{low:.1} {centre:.1}L{middle:.1} {:.1}L{high:.1} {centre:.1}L{middle:.1} {:.1}Z\" fill=\"#842\"/>",
                centre - 7.0,
                centre + 7.0
            );
            numbers(&mut svg, y, estimate);
        }
        for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
            let (x, bottom) = (across(share), y + 8.0);
            let dash = if (share - 0.5f64).abs() < 1e-9 { "" } else { " stroke-dasharray=\"1 4\"" };
            let _ = writeln!(svg, "<path d=\"M{x:.1} {top:.1}V{bottom:.1}\" stroke=\"#999\"{dash}/>");
            let _ = writeln!(
                svg,
                "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#555\">{share}</text>",
                bottom + 14.0
            );
        }
        y += ROW;
        text(&mut svg, 8.0, y, &format!("I² {:.0} %, τ² {:.3}", area.i_squared * 100.0, area.tau_squared), "normal");
        y += ROW * 1.5;
    }
    svg + "</svg>\n"
}

fn across(share: f64) -> f64 {
    NAMES + share.clamp(0.0, 1.0) * (PLOT - 20.0) + 10.0
}

fn whiskers(svg: &mut String, y: f64, estimate: &Estimate) {
    let [low, high] = [estimate.low, estimate.high].map(across);
    let _ = writeln!(svg, "<path d=\"M{low:.1} {0:.1}H{high:.1}\" stroke=\"#224\" stroke-width=\"1.5\"/>", y - 4.0);
}

fn numbers(svg: &mut String, y: f64, estimate: &Estimate) {
    let said = format!("{:.2} ({:.2}–{:.2})", estimate.value, estimate.low, estimate.high);
    text(svg, NAMES + PLOT + 10.0, y, &said, "normal");
}

fn text(svg: &mut String, x: f64, y: f64, words: &str, weight: &str) {
    let words: String = words.chars().filter(|letter| !letter.is_control()).collect();
    let words = words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" font-weight=\"{weight}\">{words}</text>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_drawn_where_its_area_is() {
        let at = |value| Estimate { value, low: value - 0.1, high: value + 0.1 };
        let area = PooledArea {
            condition: Condition::Osteoporosis,
            places: vec![("A & <B>".into(), 100, at(0.5)), ("C".into(), 25, at(0.75))],
            left_out: Vec::new(),
            fixed: at(0.6),
            random: at(0.6),
            i_squared: 0.4,
            tau_squared: 0.1,
        };
        let svg = svg(&[area]);
        assert!(svg.contains("A &amp; &lt;B&gt; (100)") && svg.contains("0.75 (0.65–0.85)") && svg.contains("I² 40 %"));
        // The middle of the larger square is that of the plot; the smaller one has half its side.
        assert!(
            svg.contains("<rect x=\"434.0\"") && svg.contains("width=\"12.0\"") && svg.contains("width=\"8.0\""),
            "{svg}"
        );
        assert_eq!(svg.matches("<path d=\"M").count(), 2 + 2 + 5);
    }
}
