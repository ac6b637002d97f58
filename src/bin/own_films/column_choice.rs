//! What the columns of the table mean, and what becomes of its rows.

use std::collections::BTreeSet;

use analysis::prediction::Class;
use leptos::prelude::*;
use validation::columns::Meaning;
use validation::sheet::{Reference, Site};
use validation::table::Table;

use crate::workshop::Workshop;

/// A column with more values is not offered as a subgroup.
const MOST_VALUES: usize = 12;

/// The second step.
#[component]
pub fn ColumnChoice(workshop: Workshop) -> impl IntoView {
    let table = Memo::new(move |_| workshop.chosen.get().map(|chosen| chosen.table));
    let heads = move || table.with(|table| table.as_ref().map(|table| table.heads.clone()).unwrap_or_default());
    // Whatever is changed, what was scored was scored otherwise.
    let changed = move || workshop.inputs_changed();
    let column = move |meaning: Meaning| {
        let name = |head: &str| if head.is_empty() { "(no head)".to_owned() } else { head.to_owned() };
        let current = move || {
            let named = workshop
                .reading
                .with(|reading| reading.named.iter().find(|(one, _)| *one == meaning).map(|(_, head)| head.clone()));
            let found = || {
                let place = match workshop.plan.get()? {
                    Ok(plan) => plan.columns.place(meaning)?,
                    Err(_) => return None,
                };
                heads().get(place).cloned()
            };
            named.unwrap_or_else(found).unwrap_or_default()
        };
        let choose = move |head: String| {
            workshop.reading.update(|reading| {
                reading.named.retain(|(one, _)| *one != meaning);
                reading.named.push((meaning, (!head.is_empty()).then_some(head)));
            });
            changed();
        };
        view! {
            <label>
                {label(meaning)}
                <select id=id(meaning) on:change:target=move |event| choose(event.target().value()) prop:value=current>
                    <option value="">"(none)"</option>
                    {move || heads().into_iter().map(|head| {
                        let is_current = current() == head;
                        view! { <option value=head.clone() selected=is_current>{name(&head)}</option> }
                    }).collect_view()}
                </select>
            </label>
        }
    };
    let fault = move || workshop.plan.get().and_then(Result::err);
    view! {
        <section class="step" id="columns">
            <h2>"2 · What the columns mean"</h2>
            <div class="fields">{Meaning::ALL.map(column).collect_view()}</div>
            <p class="bad" role="status" data-role="column-fault" hidden=move || fault().is_none()>
                {move || fault().map(|fault| format!("The columns cannot be used so: {fault}."))}
            </p>
            <ClassNames workshop changed/>
            <Subgroups workshop table changed/>
            <Truth workshop/>
            <Rows workshop/>
        </section>
    }
}

fn label(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::File => "File",
        Meaning::Class => "Class",
        Meaning::TScore => "T-score",
        Meaning::Person => "Person",
        Meaning::Age => "Age in years",
        Meaning::Sex => "Sex",
    }
}

fn id(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::File => "column-file",
        Meaning::Class => "column-class",
        Meaning::TScore => "column-t-score",
        Meaning::Person => "column-person",
        Meaning::Age => "column-age",
        Meaning::Sex => "column-sex",
    }
}

/// Words for classes that nobody knows.
#[component]
fn ClassNames(workshop: Workshop, changed: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    // A word stays in the list once it means something.
    let words = move || {
        let unknown = match workshop.plan.get() {
            Some(Ok(plan)) => plan.unknown_classes(),
            _ => Vec::new(),
        };
        let named: BTreeSet<String> = workshop.reading.with(|reading| reading.class_names.keys().cloned().collect());
        named.into_iter().chain(unknown).collect::<BTreeSet<String>>().into_iter().take(20).collect::<Vec<_>>()
    };
    let choose = move |word: &str, class: &str| {
        workshop.reading.update(|reading| match Class::ALL.into_iter().find(|one| one.id() == class) {
            Some(class) => _ = reading.class_names.insert(word.to_owned(), class),
            None => _ = reading.class_names.remove(word),
        });
        changed();
    };
    view! {
        <Show when=move || !words().is_empty()>
            <fieldset data-role="class-names">
                <legend>"What these words for classes mean"</legend>
                <div class="fields">
                    {move || words().into_iter().map(|word| {
                        let current = workshop.reading.with(|reading| reading.class_names.get(&word).copied());
                        let key = word.clone();
                        view! {
                            <label>
                                {format!("«{word}»")}
                                <select data-word=word.clone() on:change:target=move |event| choose(&key, &event.target().value())>
                                    <option value="">"(leave out)"</option>
                                    {Class::ALL.map(|class| view! {
                                        <option value=class.id() selected=current == Some(class)>{class.id()}</option>
                                    }).collect_view()}
                                </select>
                            </label>
                        }
                    }).collect_view()}
                </div>
            </fieldset>
        </Show>
    }
}

/// Columns that part the films.
#[component]
fn Subgroups(
    workshop: Workshop,
    table: Memo<Option<Table>>,
    changed: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let offered = Memo::new(move |_| {
        let taken: Vec<usize> = match workshop.plan.get() {
            Some(Ok(plan)) => Meaning::ALL.into_iter().filter_map(|meaning| plan.columns.place(meaning)).collect(),
            _ => Vec::new(),
        };
        table.with(|table| {
            let Some(table) = table else { return Vec::new() };
            let is_offered = |(at, head): &(usize, &String)| {
                let values: BTreeSet<&String> = table.rows.iter().filter_map(|row| row.cells.get(*at)).collect();
                !head.is_empty() && !taken.contains(at) && (2..=MOST_VALUES).contains(&values.len())
            };
            table.heads.iter().enumerate().filter(is_offered).map(|(_, head)| head.clone()).collect::<Vec<String>>()
        })
    });
    let choose = move |head: &str, is_on: bool| {
        workshop.reading.update(|reading| {
            reading.subgroups.retain(|one| one != head);
            if is_on {
                reading.subgroups.push(head.to_owned());
            }
        });
        changed();
    };
    view! {
        <Show when=move || !offered.get().is_empty()>
            <fieldset data-role="subgroups">
                <legend>"Also score the films parted by (the values of a column that you tick stand on the sheet)"</legend>
                <div class="ticks">
                    {move || offered.get().into_iter().map(|head| {
                        let is_on = workshop.reading.with_untracked(|reading| reading.subgroups.contains(&head));
                        let key = head.clone();
                        view! {
                            <label>
                                <input
                                    type="checkbox"
                                    value=head.clone()
                                    checked=is_on
                                    on:change:target=move |event| choose(&key, event.target().checked())
                                />
                                {head}
                            </label>
                        }
                    }).collect_view()}
                </div>
            </fieldset>
        </Show>
    }
}

/// How the truth was found.
#[component]
fn Truth(workshop: Workshop) -> impl IntoView {
    let reference = move |value: String| {
        let reference = match value.as_str() {
            "dxa" => Reference::Dxa,
            "ultrasound" => Reference::Ultrasound,
            _ => Reference::Unknown,
        };
        workshop.about.update(|about| about.reference = reference);
        workshop.told_changed();
    };
    let site = move |value: String| {
        let site = match value.as_str() {
            "hip" => Site::Hip,
            "spine" => Site::Spine,
            "heel" => Site::Heel,
            _ => Site::Unknown,
        };
        workshop.about.update(|about| about.site = site);
        workshop.told_changed();
    };
    // The values stay when another table is chosen.
    let about = workshop.about.get_untracked();
    let is_reference = |value: &str| {
        matches!((value, about.reference), ("dxa", Reference::Dxa) | ("ultrasound", Reference::Ultrasound))
    };
    let is_site =
        |value: &str| matches!((value, about.site), ("hip", Site::Hip) | ("spine", Site::Spine) | ("heel", Site::Heel));
    let named = about.place.clone();
    let place = move |value: String| {
        workshop.about.update(|about| about.place = value);
        workshop.told_changed();
    };
    view! {
        <div class="fields">
            <label>
                "How the truth was found"
                <select id="reference" on:change:target=move |event| reference(event.target().value())>
                    <option value="unknown">"not told"</option>
                    <option value="dxa" selected=is_reference("dxa")>"DXA"</option>
                    <option value="ultrasound" selected=is_reference("ultrasound")>"ultrasound"</option>
                </select>
            </label>
            <label>
                "Where it was measured"
                <select id="site" on:change:target=move |event| site(event.target().value())>
                    <option value="unknown">"not told"</option>
                    <option value="hip" selected=is_site("hip")>"hip"</option>
                    <option value="spine" selected=is_site("spine")>"spine"</option>
                    <option value="heel" selected=is_site("heel")>"heel"</option>
                </select>
            </label>
            <label>
                "Name of your place (optional, stands on the sheet)"
                <input id="place" maxlength="60" value=named on:change:target=move |event| place(event.target().value())/>
            </label>
        </div>
    }
}

/// How many rows are used, and why others are not.
#[component]
fn Rows(workshop: Workshop) -> impl IntoView {
    /// Nobody reads more, and a browser is slow with thousands.
    const SHOWN: usize = 300;
    let plan = move || workshop.plan.get().and_then(Result::ok);
    let summary = move || {
        let plan = plan()?;
        let alone = match plan.without_person {
            0 => String::new(),
            rows if rows == plan.rows => {
                " No column says whose film it is: each film counts as a person of its own.".to_owned()
            }
            rows => format!(" {rows} rows do not say whose film it is: each of these counts as a person of its own."),
        };
        Some(format!("{} of {} rows can be used.{alone}", plan.films.len(), plan.rows))
    };
    view! {
        <p role="status" data-role="rows">{summary}</p>
        <Show when=move || plan().is_some_and(|plan| !plan.told.is_empty())>
            <details data-role="row-troubles">
                <summary>
                    {move || {
                        let plan = plan();
                        let left_out = plan.as_ref().map_or(0, |plan| plan.rows - plan.films.len());
                        let partly = plan.map_or(0, |plan| plan.told.iter().filter(|one| !one.leaves_out_row).count());
                        match (left_out, partly) {
                            (left_out, 0) => format!("Why {left_out} rows are left out"),
                            (0, partly) => format!("{partly} values that are not used"),
                            _ => format!("Why {left_out} rows are left out, and {partly} values that are not used"),
                        }
                    }}
                </summary>
                <div class="scroll" tabindex="0">
                    <table>
                        <thead><tr><th>"Line"</th><th>"File"</th><th>"What is wrong"</th><th>"What is done"</th></tr></thead>
                        <tbody>
                            {move || plan().map(|plan| plan.told.into_iter().take(SHOWN).map(|one| view! {
                                <tr>
                                    <td class="number">{one.line}</td>
                                    <td>{one.file}</td>
                                    <td>{one.trouble.to_string()}</td>
                                    <td>{if one.leaves_out_row { "row left out" } else { "used without it" }}</td>
                                </tr>
                            }).collect_view())}
                        </tbody>
                    </table>
                </div>
            </details>
        </Show>
    }
}
