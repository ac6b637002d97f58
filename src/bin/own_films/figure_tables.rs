//! The result sheet: shown, printed, saved.

use analysis::prediction::Class;
use leptos::prelude::*;
use statistics::bootstrap::Estimate;
use statistics::record::{PromisesRecord, Scores};
use validation::figures::{Area, Basis, Figures, Test, written};
use validation::sheet::Sheet;

use crate::glue;
use crate::workshop::{Stage, Workshop, share};

/// The fifth step.
#[component]
pub fn FigureTables(workshop: Workshop) -> impl IntoView {
    let save = move |_| {
        if let Some((sheet, json)) = workshop.sheet.get_untracked() {
            let place = sheet.place.unwrap_or_else(|| "own-films".to_owned());
            glue::save(&file_name(&place, "result-sheet.json"), "application/json", &json);
            workshop.is_saved.set(true);
        }
    };
    let prevalence = move |typed: String| {
        workshop.about.update(|about| about.prevalence = typed);
        if workshop.stage.get_untracked() == Stage::Resting {
            workshop.score();
        }
    };
    let is_share = move || {
        let typed = workshop.about.with(|about| about.prevalence.clone());
        typed.trim().is_empty() || share(&typed).is_some()
    };
    Effect::new(move |_| glue::go_to("figures"));
    view! {
        <section class="step result-sheet" id="figures">
            <h2>"5 · Figures"</h2>
            <div class="ways">
                <button type="button" class="button primary" id="save-sheet" on:click=save>"Save the result sheet (JSON)"</button>
                <button type="button" class="button" on:click=move |_| glue::print()>"Print"</button>
                <label class="inline">
                    "Per cent with osteoporosis where a test would be used"
                    <input id="prevalence" inputmode="decimal" size="4" prop:value=move || workshop.about.with(|about| about.prevalence.clone())
                        on:change:target=move |event| prevalence(event.target().value())/>
                </label>
                <span class="bad" role="status" hidden=is_share>"A number above 0 and below 100, such as 10."</span>
            </div>
            {move || workshop.sheet.with(|sheet| sheet.as_ref().map(|(sheet, _)| content(sheet)))}
        </section>
    }
}

/// A name that every system takes.
pub fn file_name(what: &str, ending: &str) -> String {
    let plain: String = what.chars().map(|letter| if letter.is_alphanumeric() { letter } else { '-' }).collect();
    format!("{}.{ending}", plain.trim_matches('-').to_lowercase())
}

fn content(sheet: &Sheet) -> AnyView {
    let Figures { counts, majority, networks, with_age, sex_alone, subgroups, too_small, tests, areas, .. } =
        &sheet.figures;
    let left_out: Vec<String> =
        sheet.left_out.iter().map(|one| format!("{}: {}", counted(one.rows, "row", "rows"), one.reason)).collect();
    let checks: Vec<String> =
        sheet.checks.iter().map(|one| format!("{} × {}: {}", one.times, one.kind.id(), one.reply.id())).collect();
    let classes = Class::ALL.into_iter().zip(&counts.classes).map(|(class, count)| {
        view! {
            <tr>
                <th scope="row">{class.id()}</th>
                <td class="number">{count.films}</td>
                <td class="number">{count.refused}</td>
                <td class="number">{count.failed}</td>
            </tr>
        }
    });
    view! {
        <p class="hint">{sheet.warning.clone()}</p>
        <p>
            {sheet.place.clone().map(|place| format!("{place} · "))}
            {sheet.date.get(..10).unwrap_or_default().to_owned()}" · OsteoLens "{sheet.app_version.clone()}
        </p>
        <p data-role="sheet-counts">
            {format!("{} films of {} people, {} knees judged. Truth by {}{}. ", counts.films, counts.people, counts.knees, sheet.reference.words(), sheet.site.words())}
            "The networks are those of the page, with the heads that come with it. All intervals are 95 % bootstrap intervals over people."
        </p>
        {(!sheet.people_known).then(|| view! {
            <p>"The table does not say of every film whose it is: intervals may be too narrow."</p>
        })}
        <div class="side-by-side">
            <div class="scroll" tabindex="0"><table>
                <caption>"Films of each class"</caption>
                <thead><tr><td></td><th scope="col">"films"</th><th scope="col">"refused"</th><th scope="col">"not read"</th></tr></thead>
                <tbody>{classes.collect_view()}</tbody>
            </table></div>
            <div>
                {list("Rows that are not used", left_out)}
                {list("Found between films, and answered", checks)}
            </div>
        </div>
        {scores_table("By knee", networks.iter().collect())}
        <p class="hint">{format!("Always naming the most frequent class: accuracy {}. An AUC of 0.5 is chance.", written(majority))}</p>
        {confusion(networks.last())}
        {scores_table("By film, of those whose age or sex is known", with_age.iter().chain(sex_alone).collect())}
        {scores_table("Parts of the films, all networks together, by knee", subgroups.iter().collect())}
        {(*too_small > 0).then(|| view! {
            <p class="hint">{format!("{} with fewer than four people in a class: not scored.", counted(*too_small, "part", "parts"))}</p>
        })}
        {verdicts("Colours by the picture alone", &sheet.figures.verdicts_by_picture)}
        {sheet.figures.verdicts_with_age.as_ref().map(|record| verdicts("Colours by age and picture", record))}
        {tests_table(tests)}
        {areas_table(areas)}
    }
    .into_any()
}

/// So many of something.
fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn list(title: &'static str, lines: Vec<String>) -> Option<impl IntoView + use<>> {
    (!lines.is_empty()).then(|| {
        view! {
            <h3>{title}</h3>
            <ul class="plain">{lines.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}</ul>
        }
    })
}

/// A row of figures for each.
pub fn scores_table(title: &str, rows: Vec<&Scores>) -> Option<AnyView> {
    if rows.is_empty() {
        return None;
    }
    let row = |of: &Scores| {
        let figures = [
            of.accuracy,
            of.balanced_accuracy,
            of.bone_loss_auc,
            of.per_class[2].auc,
            of.macro_auc,
            of.calibration_error,
        ];
        view! {
            <tr data-row=of.name.clone()>
                <th scope="row">{of.name.clone()}</th>
                <td class="number">{of.pictures}</td>
                {figures.map(|of| view! { <td class="number">{written(&of)}</td> }).collect_view()}
            </tr>
        }
    };
    let rows = rows.into_iter().map(row).collect_view();
    let view = view! {
        <div class="scroll" tabindex="0">
            <table>
                <caption>{title.to_owned()}</caption>
                <thead>
                    <tr>
                        <td></td><th scope="col">"n"</th><th scope="col">"accuracy"</th><th scope="col">"balanced accuracy"</th>
                        <th scope="col">"AUC bone loss"</th><th scope="col">"AUC osteoporosis"</th><th scope="col">"AUC, mean of classes"</th>
                        <th scope="col">"calibration error"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    };
    Some(view.into_any())
}

fn confusion(of: Option<&Scores>) -> Option<impl IntoView + use<>> {
    let confusion = of?.confusion;
    Some(view! {
        <div class="scroll" tabindex="0"><table data-role="confusion">
            <caption>"Confusion by knee, all networks together"</caption>
            <thead>
                <tr><th scope="col">"truth"</th>{Class::ALL.map(|class| view! { <th scope="col">"named "{class.id()}</th> }).collect_view()}</tr>
            </thead>
            <tbody>
                {Class::ALL.into_iter().zip(confusion).map(|(class, row)| view! {
                    <tr>
                        <th scope="row">{class.id()}</th>
                        {row.map(|count| view! { <td class="number">{format!("{count:.0}")}</td> }).collect_view()}
                    </tr>
                }).collect_view()}
            </tbody>
        </table></div>
    })
}

/// What colours are worth.
pub fn verdicts(title: &str, of: &PromisesRecord) -> AnyView {
    let rows = of.verdicts.iter().map(|one| {
        let right = one.worth.map_or_else(|| "too few to tell".to_owned(), |worth| written(&worth.right));
        view! {
            <tr>
                <th scope="row">{one.class.id()}</th>
                <td class="number">{written(&one.said)}</td>
                <td class="number">{right}</td>
                <td class="number">{format!("{:.2}", one.frequency)}</td>
                <td>{if one.is_kept { "yes" } else { "no" }}</td>
            </tr>
        }
    });
    view! {
        <div class="scroll" tabindex="0">
            <table>
                <caption>{title.to_owned()}</caption>
                <thead>
                    <tr>
                        <td></td><th scope="col">"said of"</th><th scope="col">"right"</th>
                        <th scope="col">"share of the class"</th><th scope="col">"clearly more often right"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn tests_table(tests: &[Test]) -> Option<impl IntoView + use<>> {
    let rows: Vec<_> = tests
        .iter()
        .map(|of| {
            let basis = match of.basis {
                Basis::Picture => "picture alone",
                Basis::PictureAndAge => "age and picture",
            };
            let figures = [of.sensitivity, of.specificity, of.positive_predictive_value, of.negative_predictive_value];
            view! {
                <tr>
                    <th scope="row">{of.condition.words()}", "{basis}</th>
                    <td class="number">{of.films[0]}" / "{of.films[1]}</td>
                    {figures[..2].iter().map(|of| view! { <td class="number">{known(*of)}</td> }).collect_view()}
                    <td class="number">{format!("{:.1} %", of.prevalence * 100.0)}</td>
                    {figures[2..].iter().map(|of| view! { <td class="number">{known(*of)}</td> }).collect_view()}
                </tr>
            }
        })
        .collect();
    (!rows.is_empty()).then(|| {
        view! {
            <div class="scroll" tabindex="0">
                <table data-role="tests">
                    <caption>"The page's verdicts as tests: osteoporosis is found by red, bone loss by yellow or red; “uncertain” finds nothing"</caption>
                    <thead>
                        <tr>
                            <td></td><th scope="col">"films with / without"</th><th scope="col">"sensitivity"</th><th scope="col">"specificity"</th>
                            <th scope="col">"where so many have it"</th><th scope="col">"PPV"</th><th scope="col">"NPV"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
    })
}

fn areas_table(areas: &[Area]) -> impl IntoView + use<> {
    let films = |films: Option<usize>| films.map_or_else(|| "–".to_owned(), |films| films.to_string());
    let rows: Vec<_> = areas
        .iter()
        .map(|of| {
            view! {
                <tr>
                    <th scope="row">"AUC "{of.condition.words()}</th>
                    <td class="number">{known(of.auc)}</td>
                    <td class="number">{of.people[0]}" / "{of.people[1]}</td>
                    <td class="number">{films(of.films_to_tell_from_chance)}</td>
                    <td class="number">{films(of.films_to_tell_from_seven_tenths)}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <div class="scroll" tabindex="0">
            <table data-role="power">
                <caption>"How many films it takes to tell such an AUC from others (four of five studies would find the difference)"</caption>
                <thead>
                    <tr>
                        <td></td><th scope="col">"here"</th><th scope="col">"people with / without"</th>
                        <th scope="col">"films to tell it from 0.5"</th><th scope="col">"from 0.7"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn known(of: Option<Estimate>) -> String {
    of.map_or_else(|| "–".to_owned(), |of| written(&of))
}
