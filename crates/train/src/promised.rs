//! What verdicts are worth, in words and tables.

use std::fmt::Write as _;

use statistics::record::{Decision, PromisesRecord};

use crate::cell::figure;

/// A table of the colours by the picture alone, and one of those by the age.
pub fn tables(decision: &Decision, picture_weight: f64) -> String {
    let mut text = "\n### What a colour promises\n\nA colour is shown only if, among people not seen who got it, its class was \
                    clearly more frequent than among all people: the lower end of the interval must lie above the class's frequency. \
                    Thresholds are fitted on the other folds each time; which colours are shown is decided on these very \
                    figures. What is said of the other folds comes from models that have seen the film that is held out; so the \
                    few numbers that are fitted to it are somewhat too optimistic.\n\nBy the picture alone:\n\n"
        .to_owned();
    text += &table(&decision.by_picture);
    let _ = write!(
        text,
        "\nBy age and picture. The picture's weight is chosen on the other folds; on all of them it is {picture_weight}. A class \
         is named when it is the only one that stays possible at 80 % (class-conditional conformal prediction):\n\n"
    );
    text += &table(&decision.by_age);
    if let Some([in_80, in_90]) = decision.by_age.possible {
        let _ = writeln!(
            text,
            "\nThe true class stays possible for a share of {} at 80 % and of {} at 90 %.",
            figure(in_80),
            figure(in_90)
        );
    }
    text
}

/// The colours that are shown.
pub fn kept(of: &PromisesRecord) -> String {
    let shown: Vec<&str> = of.verdicts.iter().filter(|one| one.is_kept).map(|one| one.class.id()).collect();
    if shown.is_empty() { "none of the three".to_owned() } else { shown.join(", ") }
}

/// For what share of people a colour is shown, and how often it is right.
pub fn coverage(of: &PromisesRecord) -> String {
    of.right.map_or_else(
        || "no colour is shown".to_owned(),
        |right| {
            format!(
                "a colour is shown for a share of {} of people and is right for {} of these",
                figure(of.coverage),
                figure(right)
            )
        },
    )
}

fn table(of: &PromisesRecord) -> String {
    let mut text = "| said | of all people | of people with osteoporosis | right | have osteoporosis | frequency of the class | shown |\n|---|---|---|---|---|---|---|\n"
        .to_owned();
    for one in &of.verdicts {
        let worth = one
            .worth
            .map_or(["–".to_owned(), "–".to_owned()], |worth| [worth.right, worth.osteoporosis].map(figure));
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {:.2} | {} |",
            one.class.id(),
            figure(one.said),
            figure(one.said_of_osteoporosis),
            worth.join(" | "),
            one.frequency,
            if one.is_kept { "yes" } else { "no" }
        );
    }
    let _ = writeln!(text, "\nSo {}. Of a verdict on fewer than ten people nothing is told.", coverage(of));
    text
}
