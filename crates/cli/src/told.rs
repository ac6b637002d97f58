//! Figures as text for a terminal.

use std::io::{self, ErrorKind, Write};

use anyhow::{Context, Result};
use statistics::bootstrap::Estimate;
use statistics::record::{PromisesRecord, Scores};
use validation::figures::{Area, Basis, ClassCount, Figures, Test, written};
use validation::pooling::PooledArea;
use validation::sheet::{Protocol, Sheet};

/// A result sheet.
pub fn sheet(sheet: &Sheet) -> String {
    let Figures { counts, majority, networks, with_age, sex_alone, tests, subgroups, too_small, areas, .. } =
        &sheet.figures;
    let mut lines = vec![format!(
        "{}\n\n{} films of {} people, {} knees judged; truth by {}{}; {}",
        sheet.warning,
        counts.films,
        counts.people,
        counts.knees,
        sheet.reference.words(),
        sheet.site.words(),
        match sheet.protocol {
            Protocol::Shipped =>
                "the models as they are shipped (of films that they learned from, such as those of the public Mendeley set, the figures are far too good)",
            Protocol::Refitted => "a last layer fitted to these films, each judged by one that has not seen its person",
        }
    )];
    for (class, count) in ["normal", "osteopenia", "osteoporosis"].into_iter().zip(&counts.classes) {
        let ClassCount { films, refused, failed } = count;
        lines.push(format!("  {class:<14}{films:>5} films, {refused} refused, {failed} not read"));
    }
    for one in &sheet.left_out {
        lines.push(format!("  {} rows left out: {}", one.rows, one.reason));
    }
    for one in &sheet.checks {
        lines.push(format!("  {} × {}: {}", one.times, one.kind.id(), one.reply.id()));
    }
    if !sheet.copies_looked_for {
        lines.push("  Near-copies were not looked for: that takes the pictures.".to_owned());
    }
    lines.push("\nBy knee, with 95 % intervals over people:".to_owned());
    lines.extend(table(networks.iter().chain(subgroups)));
    lines.push(format!("  always the most frequent class: accuracy {}", written(majority)));
    if *too_small > 0 {
        lines.push(format!("  {too_small} subgroups have too few people of a class to be scored"));
    }
    if !sheet.people_known {
        lines.push("  The table does not say of every film whose it is: intervals may be too narrow.".to_owned());
    }
    if !with_age.is_empty() || sex_alone.is_some() {
        lines.push("\nBy film:".to_owned());
        lines.extend(table(with_age.iter().chain(sex_alone)));
    }
    lines.push("\nVerdicts of the page:".to_owned());
    lines.extend(verdicts("picture alone", &sheet.figures.verdicts_by_picture));
    if let Some(record) = &sheet.figures.verdicts_with_age {
        lines.extend(verdicts("age and picture", record));
    }
    lines.push("\nThe same as tests («uncertain» counts as not found):".to_owned());
    for one in tests {
        lines.push(test(one));
    }
    lines.push("\nHow many films it takes:".to_owned());
    for one in areas {
        lines.push(films_needed(one));
    }
    lines.join("\n") + "\n"
}

/// Areas of several places.
pub fn areas(areas: &[PooledArea]) -> String {
    let mut lines = Vec::new();
    for area in areas {
        lines.push(format!("Area under the ROC curve, {}, all networks together:", area.condition.words()));
        for (name, people, estimate) in &area.places {
            lines.push(format!("  {name:<40} {people:>6} people  {}", written(estimate)));
        }
        for name in &area.left_out {
            lines.push(format!("  {name:<40} left out: nobody there, or everybody, has the condition"));
        }
        lines.push(format!("  {:<54} {}", "all, if all measure the same (fixed effect)", written(&area.fixed)));
        lines.push(format!(
            "  {:<54} {}  I² {:.0} %, τ² {:.3}",
            "all, if each has its own (random effects)",
            written(&area.random),
            area.i_squared * 100.0,
            area.tau_squared
        ));
    }
    lines.join("\n") + "\n"
}

/// A row of figures for each.
pub fn table<'a>(rows: impl Iterator<Item = &'a Scores>) -> Vec<String> {
    let mut lines = vec![format!(
        "  {:<34}{:>6}  {:<18}{:<18}{:<18}{:<18}{}",
        "", "n", "accuracy", "balanced", "AUC bone loss", "AUC osteoporosis", "calibration error"
    )];
    for of in rows {
        let figures =
            [&of.accuracy, &of.balanced_accuracy, &of.bone_loss_auc, &of.per_class[2].auc, &of.calibration_error];
        let [a, b, c, d, e] = figures.map(written);
        lines.push(format!("  {:<34}{:>6}  {a:<18}{b:<18}{c:<18}{d:<18}{e}", of.name, of.pictures));
    }
    lines
}

/// What verdicts are worth.
pub fn verdicts(basis: &str, record: &PromisesRecord) -> Vec<String> {
    let right = record.right.map_or(String::new(), |right| format!(", right for {} of these", written(&right)));
    let mut lines = vec![format!(
        "  {basis}: a colour that is right more often than the class is frequent, for {}{right}",
        written(&record.coverage)
    )];
    for one in &record.verdicts {
        let worth =
            one.worth.map_or("too few to tell".to_owned(), |worth| format!("right for {}", written(&worth.right)));
        lines.push(format!(
            "    {:<14}said of {}, {worth}; the class is {:.2} of all",
            one.class.id(),
            written(&one.said),
            one.frequency
        ));
    }
    lines
}

fn test(of: &Test) -> String {
    let basis = match of.basis {
        Basis::Picture => "picture alone",
        Basis::PictureAndAge => "age and picture",
    };
    let [sensitivity, specificity, positive, negative] =
        [of.sensitivity, of.specificity, of.positive_predictive_value, of.negative_predictive_value].map(figure);
    format!(
        "  {basis}, {}: sensitivity {sensitivity} of {}, specificity {specificity} of {} judged films; where {:.1} of 100 have \
         it: PPV {positive}, NPV {negative}",
        of.condition.words(),
        of.films[0],
        of.films[1],
        of.prevalence * 100.0
    )
}

fn films_needed(of: &Area) -> String {
    let films = |films: Option<usize>| films.map_or("no number of films".to_owned(), |films| format!("{films} films"));
    format!(
        "  AUC {} {}, of {} people with and {} without: it takes {} to tell it from 0.5, {} from 0.7",
        of.condition.words(),
        figure(of.auc),
        of.people[0],
        of.people[1],
        films(of.films_to_tell_from_chance),
        films(of.films_to_tell_from_seven_tenths)
    )
}

fn figure(of: Option<Estimate>) -> String {
    of.map_or("–".to_owned(), |of| written(&of))
}

/// Prints lines; who reads no further, as `head` does, is no error.
///
/// # Errors
/// When the standard output cannot be written.
pub fn print(text: &str) -> Result<()> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error).context("writing to the standard output"),
        _ => Ok(()),
    }
}
