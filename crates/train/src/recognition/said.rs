//! What is said beside a refusal or a result, as tables of the model card.

use std::fmt::Write;

use super::recognised::{Named, Origin, Recognition, Remarks, told};

/// Names of body parts, sides, metal, photographs, and how far probabilities move.
pub fn tables(record: &Recognition) -> String {
    let mut text = PARTS.to_owned();
    let [named, others] = record.parts();
    for (parts, is_shipped) in [(named, true), (others, false)] {
        for Named { part, said, right, knees, shown } in parts {
            let _ = writeln!(
                text,
                "| {} | {} | {} | {knees} | {} |",
                format!("{part:?}").to_ascii_lowercase(),
                if is_shipped { "yes" } else { "no" },
                told(right, said),
                told(right, shown),
            );
        }
    }
    text += SIDES;
    for origin in [Origin::Film, Origin::Cohort] {
        let [knees, named, right] = record.sides(origin);
        let source = if origin == Origin::Film { "films of two knees" } else { origin.name() };
        let _ = writeln!(text, "| {source} | {knees} | {} | {} |", told(named, knees), told(right, named));
    }
    text += REMARKS;
    let move_of = |of: Option<f32>| of.map_or_else(|| "–".to_owned(), |of| format!("{:.1}", 100.0 * of));
    for of in record.remarks() {
        let Remarks { kind, pictures, refused, straightened, metal, moves, median_move, largest_move } = of;
        let _ = writeln!(
            text,
            "| {kind} | {pictures} | {refused} | {straightened} | {metal} | {moves} | {} | {} |",
            move_of(median_move),
            move_of(largest_move)
        );
    }
    text + NOTE
}

const PARTS: &str = "\n### What a refused film is called\n\n| part | named on the page | of those called so, right | of those, knees | of those that show it, called so |\n|---|---|---|---|---|\n";

const SIDES: &str =
    "\n### Left and right\n\n| knees | known side | a side is named | of these, right |\n|---|---|---|---|\n";

const REMARKS: &str = "\n### Knees with something, and films as they come\n\n| pictures | tried | refused | of these, straightening proposed | said to hold metal | judged before and after | median of the largest moves of a probability, % | largest, % |\n|---|---|---|---|---|---|---|---|\n";

const NOTE: &str = "\nA part of the body is named from a probability of 75 % on, by heads that learned from no copy of the film, and only parts are named on the page \
    that were named rightly at least nine times in ten, and ten films at least; threshold and choice were made on these figures. A side is named on films \
    that are not mirrored; the page tells it only where it contradicts the file or the other knee. Metal was drawn, for want of knees with it. \
    Straightening is proposed only if the straightened picture passes the gate. Photographs are simulated (`docs/decisions/0014-straightening.md`); those \
    straightened by hand are by corners that are each off by 2 % of the film's side. Moves are those of the mean of both networks, of knees that are judged \
    before and after the change.\n";
