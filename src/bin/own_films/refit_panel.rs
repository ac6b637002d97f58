//! A last layer for one's own films.

use analysis::own_head::LONGEST_NAME;
use leptos::prelude::*;
use statistics::bootstrap::Estimate;
use statistics::record::Scores;
use validation::figures::written;
use validation::head_file::{ENDING, HeadFile};
use validation::refit_record::{Areas, RefitRecord};
use validation::screening::Screening;

use crate::figure_tables::{file_name, scores_table, verdicts};
use crate::glue;
use crate::workshop::{Stage, Workshop};

/// The sixth step.
#[component]
pub fn RefitPanel(workshop: Workshop) -> impl IntoView {
    let place = workshop.about.with_untracked(|about| about.place.trim().to_owned());
    let name = RwSignal::new(if place.is_empty() { "Own films".to_owned() } else { place });
    let (sensitivity, with_names) = (RwSignal::new(0.9), RwSignal::new(false));
    let is_resting = move || workshop.stage.get() == Stage::Resting;
    let is_named = move || (1..=LONGEST_NAME).contains(&name.with(|name| name.trim().chars().count()));
    let begin = move |_| {
        let name = name.get_untracked().trim().to_owned();
        workshop.refit(name, sensitivity.get_untracked(), with_names.get_untracked());
    };
    view! {
        <section class="step" id="refit">
            <h2>"6 · Fit a head to these films"</h2>
            <p>
                "The networks stay as they are. Only their last layer, the temperature and the thresholds are fitted to your films, in five folds
                of people with five folds inside each: every figure below comes from a head that has not seen the person. That takes some
                seconds for a hundred films, and minutes for thousands."
            </p>
            <div class="fields">
                <label>
                    "What the head is called (it stands in every verdict)"
                    <input id="head-name" maxlength=LONGEST_NAME.to_string() prop:value=move || name.get()
                        on:input:target=move |event| name.set(event.target().value())/>
                </label>
                <label>
                    "A test is to find so many of the films with osteoporosis"
                    <select id="sensitivity" on:change:target=move |event| sensitivity.set(event.target().value().parse().unwrap_or(0.9))>
                        {[0.8, 0.85, 0.9, 0.95].map(|share: f64| view! {
                            <option value=share.to_string() selected={(share - 0.9).abs() < 1e-9}>{format!("{:.0} %", share * 100.0)}</option>
                        }).collect_view()}
                    </select>
                </label>
                <label class="tick">
                    <input type="checkbox" id="with-names" on:change:target=move |event| with_names.set(event.target().checked())/>
                    "Write the names of the files into the head"
                </label>
            </div>
            <button type="button" class="button" id="begin-refit" disabled=move || !is_resting() || !is_named() on:click=begin>
                "Fit a head"
            </button>
            {move || workshop.head.get().map(|(file, json)| view! { <Fitted workshop file json/> })}
        </section>
    }
}

#[component]
fn Fitted(workshop: Workshop, file: HeadFile, json: String) -> impl IntoView {
    let (record, doubts) = (file.record.clone(), file.doubts());
    let is_better = record.is_better;
    let name = file_name(&file.head.name, ENDING.trim_start_matches('.'));
    let called = |scores: &[Scores], of: &str| -> Vec<Scores> {
        scores.iter().map(|one| Scores { name: format!("{}, {of}", one.name), ..one.clone() }).collect()
    };
    let networks = [called(&record.networks, "fitted here"), called(&record.shipped, "shipped")].concat();
    let save = move |_| {
        glue::save(&name, "application/json", &json);
        workshop.is_head_saved.set(true);
    };
    Effect::new(move |_| glue::go_to("fitted"));
    view! {
        <div id="fitted" data-role="fitted" data-better=is_better.to_string()>
            <p class="verdict-line">
                {if is_better {
                    "The head fitted here is better than the shipped one on these films: the whole interval of what it gains lies above 0."
                } else {
                    "The head fitted here is no better than the shipped one on these films: the interval of what it gains holds 0, or lies below."
                }}
            </p>
            {doubts.into_iter().map(|doubt| view! { <p class="bad">{doubt}</p> }).collect_view()}
            {areas_table(&record)}
            {scores_table("By knee; the answers of all folds pooled, as in the model card", networks.iter().collect())}
            {(!record.with_age.is_empty()).then(|| scores_table(
                &format!("By film, by what was fitted here; beside the age the picture counts {}", record.picture_weight),
                record.with_age.iter().collect()
            ))}
            {screening_table(&record.screening)}
            {verdicts("Colours by the picture alone, by what was fitted here", &record.verdicts_by_picture)}
            {record.verdicts_with_age.as_ref().map(|of| verdicts("Colours by age and picture, by what was fitted here", of))}
            <div class="ways">
                <button type="button" class="button" class:primary=is_better id="save-head" on:click=save>
                    {if is_better { "Save the head" } else { "Save it all the same" }}
                </button>
            </div>
            <p class="hint">
                {format!("Fitted to {} films of {} people, {} knees. ", record.films, record.people, record.knees)}
                "The file holds the last layers, how they were fitted, and these figures. It can be used on this device (below), by "
                <code>"osteolens analyze --head"</code>", or put into a site's weights by "<code>"osteolens adopt"</code>"."
            </p>
        </div>
    }
}

fn areas_table(of: &RefitRecord) -> impl IntoView + use<> {
    let signed = |of: Estimate| format!("{:+.2} ({:+.2} to {:+.2})", of.value, of.low, of.high);
    let plain = |of: Estimate| written(&of);
    let row = |name: &'static str, areas: Areas, written: &dyn Fn(Estimate) -> String| {
        let figures = [areas.macro_auc, areas.bone_loss_auc, areas.osteoporosis_auc].map(written);
        view! {
            <tr data-row=name>
                <th scope="row">{name}</th>
                {figures.map(|figure| view! { <td class="number">{figure}</td> }).collect_view()}
            </tr>
        }
    };
    let rows = [
        row("fitted here", of.areas, &plain),
        row("shipped", of.shipped_areas, &plain),
        row("what it gains", of.gain, &signed),
    ];
    view! {
        <div class="scroll" tabindex="0">
            <table data-role="areas">
                <caption>"AUC from pairs of one fold; intervals are widened, since folds share people (Nadeau and Bengio, 2003)"</caption>
                <thead>
                    <tr><td></td><th scope="col">"mean of classes"</th><th scope="col">"bone loss"</th><th scope="col">"osteoporosis"</th></tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
}

fn screening_table(of: &[Screening; 2]) -> impl IntoView + use<> {
    let title = format!("A test that is to find {:.0} % of the films with osteoporosis", of[0].asked * 100.0);
    let rows = ["fitted here", "shipped"].into_iter().zip(of.clone()).map(|(name, one)| {
        view! {
            <tr>
                <th scope="row">{name}</th>
                <td class="number">{written(&one.sensitivity)}</td>
                <td class="number">{written(&one.specificity)}</td>
                <td class="number">{format!("{:.2}", one.threshold)}</td>
            </tr>
        }
    });
    view! {
        <div class="scroll" tabindex="0">
            <table data-role="screening">
                <caption>{title}</caption>
                <thead>
                    <tr><td></td><th scope="col">"sensitivity"</th><th scope="col">"specificity"</th><th scope="col">"threshold"</th></tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
}
