//! The films on their way through the networks.

use leptos::prelude::*;

use crate::workshop::{Counts, Stage, Workshop};

/// The third step.
#[component]
pub fn JudgingPanel(workshop: Workshop) -> impl IntoView {
    let films = move || match workshop.plan.get() {
        Some(Ok(plan)) => plan.films.len(),
        _ => 0,
    };
    let done = move || workshop.counts.with(Counts::done);
    let button = move || match (done(), films()) {
        (0, films) => format!("Judge {films} films"),
        (done, films) if done < films => format!("Go on with {} films", films - done),
        _ => "Look for copies, and score".to_owned(),
    };
    let begin = move |_| workshop.judge();
    let is_resting = move || workshop.stage.get() == Stage::Resting;
    let progress = move || {
        Some(match workshop.stage.get() {
            Stage::Resting => return None,
            Stage::Loading => ("The networks are on their way…".to_owned(), None),
            Stage::Judging => {
                let left = match workshop.seconds_left.get() {
                    Some(seconds) if seconds > 90 => format!(", about {} minutes to go", seconds.div_ceil(60)),
                    Some(seconds) => format!(", about {seconds} seconds to go"),
                    None => String::new(),
                };
                (format!("{} of {} films{left}", done(), films()), Some((done() as u32, films() as u32)))
            }
            Stage::Checking(done, all) => (format!("Looking for copies: {done} of {all} films"), Some((done, all))),
            Stage::Scoring => ("Computing the figures and their intervals…".to_owned(), None),
            Stage::Refitting(done, all) => (format!("Fitting: {done} of {all} layers"), Some((done, all))),
        })
    };
    let is_answered = move || workshop.replies.with(|replies| !replies.is_empty()) && done() == films();
    let came_of_it = move || {
        let counts = workshop.counts.get();
        (counts.done() > 0)
            .then(|| format!("{} films judged, {} refused, {} not read.", counts.judged, counts.refused, counts.failed))
    };
    let with_person = move || workshop.counts.with(|counts| counts.with_person);
    let from_dicom = move |is_on: bool| {
        workshop.about.update(|about| about.from_dicom = is_on);
        workshop.inputs_changed();
    };
    view! {
        <Show when=move || films() != 0>
            <section class="step" id="judging">
                <h2>"3 · Judge the films"</h2>
                <Show when=is_resting>
                    <div class="ways">
                        <button type="button" class="button primary" id="judge" on:click=begin>{button}</button>
                        <Show when=is_answered>
                            <button type="button" class="button" id="answer-anew" on:click=move |_| workshop.answer_anew()>
                                "Answer the questions anew"
                            </button>
                        </Show>
                    </div>
                </Show>
                <Show when=move || !is_resting()>
                    <div class="working">
                        <span role="status" data-role="progress">{move || progress().map(|(words, _)| words)}</span>
                        {move || progress().map(|(_, share)| match share {
                            Some((done, all)) => view! {
                                <progress aria-label="done" max=all.to_string() value=done.to_string()></progress>
                            }.into_any(),
                            None => view! { <progress aria-label="at work"></progress> }.into_any(),
                        })}
                        <button type="button" class="button" id="stop" on:click=move |_| workshop.stop()>"Stop"</button>
                    </div>
                </Show>
                <p data-role="counts">{came_of_it}</p>
                <Show when=move || workshop.counts.with(|counts| !counts.why.is_empty())>
                    <details data-role="not-judged">
                        <summary>"Films that were not judged, and why"</summary>
                        <div class="scroll" tabindex="0">
                            <table>
                                <tbody>
                                    {move || workshop.counts.with(|counts| counts.why.iter().take(300).map(|(file, why)| view! {
                                        <tr><td>{file.clone()}</td><td>{why.clone()}</td></tr>
                                    }).collect_view())}
                                </tbody>
                            </table>
                        </div>
                    </details>
                </Show>
                <Show when=move || with_person() != 0>
                    <label class="tick">
                        <input type="checkbox" id="from-dicom" prop:checked=move || workshop.about.with(|about| about.from_dicom) on:change:target=move |event| from_dicom(event.target().checked())/>
                        {move || format!("Take ages and sexes that the table lacks from DICOM files ({} of them tell)", with_person())}
                    </label>
                </Show>
            </section>
        </Show>
    }
}
