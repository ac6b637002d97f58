//! What must be answered before there are figures, with the knees that it is about.

use leptos::html::Canvas;
use leptos::prelude::*;
use validation::concerns::{Concern, Kind, Reply};
use validation::copies::Thumbnail;

use crate::glue;
use crate::workshop::{Stage, Workshop};

/// Nobody looks at more of a kind.
const SHOWN: usize = 24;

/// The fourth step.
#[component]
pub fn OpenQuestions(workshop: Workshop) -> impl IntoView {
    let kinds = Memo::new(move |_| {
        let mut kinds: Vec<Kind> = workshop.open.with(|open| open.iter().map(|one| one.kind).collect());
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    });
    let is_whole = move || workshop.replies.with(|replies| kinds.get().iter().all(|kind| replies.contains_key(kind)));
    let is_resting = move || workshop.stage.get() == Stage::Resting;
    Effect::new(move |_| {
        if !kinds.get().is_empty() {
            glue::go_to("questions");
        }
    });
    view! {
        <section class="step" id="questions">
            <h2>"4 · Before there are figures"</h2>
            <p>"The films hold something that makes figures too good, or too bad. Say what is to be done. Your answers stand on the sheet."</p>
            {move || kinds.get().into_iter().map(|kind| {
                let of_kind: Vec<Concern> =
                    workshop.open.with_untracked(|open| open.iter().filter(|one| one.kind == kind).cloned().collect());
                view! { <Question workshop kind of_kind/> }
            }).collect_view()}
            <button type="button" class="button primary" id="answer" disabled=move || !is_whole() || !is_resting() on:click=move |_| workshop.score()>
                "Go on with these answers"
            </button>
        </section>
    }
}

#[component]
fn Question(workshop: Workshop, kind: Kind, of_kind: Vec<Concern>) -> impl IntoView {
    let (title, meaning) = words(kind);
    let more = of_kind.len().saturating_sub(SHOWN);
    let replies = kind.replies().iter().map(|reply| {
        let reply = *reply;
        let is_chosen = move || workshop.replies.with(|replies| replies.get(&kind) == Some(&reply));
        view! {
            <label>
                <input
                    type="radio"
                    name=kind.id()
                    value=reply.id()
                    prop:checked=is_chosen
                    on:change=move |_| workshop.replies.update(|replies| _ = replies.insert(kind, reply))
                />
                {what_is_done(kind, reply)}
            </label>
        }
    });
    view! {
        <fieldset class="question" data-kind=kind.id()>
            <legend>{title}</legend>
            <p>{meaning}</p>
            <ul class="found" tabindex="0" aria-label=title>
                {of_kind.into_iter().take(SHOWN).map(|one| view! {
                    <li>
                        <p>{one.told.clone()}</p>
                        <div class="knees">{one.lines.iter().take(6).map(|line| view! { <Knees workshop line=*line/> }).collect_view()}</div>
                    </li>
                }).collect_view()}
            </ul>
            {(more > 0).then(|| view! { <p class="hint">{format!("And {more} more of this kind.")}</p> })}
            <div class="ticks">{replies.collect_view()}</div>
        </fieldset>
    }
}

/// The knees of a film, with its file and class.
#[component]
fn Knees(workshop: Workshop, line: u64) -> impl IntoView {
    workshop.seen_in_line(line).map(|(entry, seen)| {
        let name = format!("Knee of {}", entry.file);
        view! {
            <figure>
                <div>
                    {seen.knees.into_iter().map(|knee| view! { <Knee knee name=name.clone()/> }).collect_view()}
                </div>
                <figcaption>{entry.file}<br/>{entry.class.id()}", person "{entry.person}</figcaption>
            </figure>
        }
    })
}

#[component]
fn Knee(knee: Thumbnail, name: String) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    Effect::new(move |_| {
        if let Some(canvas) = canvas.get() {
            glue::paint(&canvas, Thumbnail::SIDE_PX, knee.pixels());
        }
    });
    view! { <canvas node_ref=canvas role="img" aria-label=name width="64" height="64"></canvas> }
}

fn words(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::SameFile => ("The same file more than once", "A film that counts twice makes intervals too narrow."),
        Kind::NearCopy => (
            "The same knee under two people",
            "Copies of one film under two people are why figures of this field are too good. Look at the pictures: are they the same \
             film?",
        ),
        Kind::TwoClasses => (
            "One person, or copies of one film, with two classes",
            "Perhaps the person was examined twice, perhaps the table is wrong.",
        ),
        Kind::SmallClass => {
            ("A class with few people", "Of so few people the figures of this class tell next to nothing.")
        }
        Kind::OneMachine => (
            "A class from one machine",
            "If all films of a class have pictures of one size, the models may tell the machine and not the bone.",
        ),
    }
}

fn what_is_done(kind: Kind, reply: Reply) -> &'static str {
    match (kind, reply) {
        (Kind::TwoClasses, Reply::Drop) => "Leave all of them out",
        (_, Reply::Drop) => "Keep the first, leave the others out",
        (_, Reply::Merge) => "They are of one person",
        (Kind::NearCopy, Reply::Keep) => "They are different knees: keep them",
        (Kind::SmallClass | Kind::OneMachine, Reply::Keep) => "It is so: go on",
        (_, Reply::Keep) => "Keep all",
    }
}
