//! The verdict: word, icon, pattern and colour; errors beside it, never instead of it.

use analysis::prediction::{Class, Verdict};
use analysis::promises::Promise;
use analysis::referral::Answers;
use leptos::html::{Button, Div};
use leptos::prelude::*;
use osteolens::protocol::StudyId;
use osteolens::words::fill;
use radiograph::{Corners, Edit};

use super::advice::ReasonList;
use super::derived::{Derived, derived};
use super::parts::{Row, changing, effect, rows, said, show, truth, view};
use super::questions::Form;
use super::rules::Rules;
use super::session::{Event, Stage, Study, verdict_id};
use super::studies::Studies;
use super::with_age::{WithAge, of_study, verdict_shown, words_shown};
use super::worth::Worth;
use super::{browser, text};

/// So many failures among files that came together are shown one by one; more of them as one line that opens.
const MOST_ALERTS: usize = 3;

/// The verdict on the study that is looked at, what it is worth, what it means and what to do.
#[component]
pub fn Banner(
    studies: Studies,
    answer: Derived<Option<WithAge>>,
    rules: Memo<Option<Rules>>,
    elsewhere: RwSignal<u8>,
    answers: Derived<Answers>,
    edit: Callback<(StudyId, Edit)>,
    straighten: Callback<Option<Corners>>,
) -> impl IntoView {
    // Heat maps come and go; the verdict stays as it is, and so do its fields.
    let judged = derived(move || studies.current().map(|study| (study.id, study.edit, study.stage)));
    changing(move || {
        judged.get()?;
        let study = studies.current_untracked()?;
        let answer = answer.get();
        let w = text::words();
        let Some(id) = verdict_shown(&study, answer.as_ref()) else {
            return Some(view! { <div class="banner working" role="status">{w.working()}</div> });
        };
        let words = words_shown(id, answer.as_ref());
        let has_unknown_knee = has_unknown_knee(&study);
        // Of a file that is refused both are told the same.
        let for_clinicians = matches!(study.stage, Stage::Judged(_));
        let meaning = meaning(&study, answer.as_ref());
        let reasons = reasons(&study);
        let (mended, corners) = (study.adjustment(), study.film_inside());
        let mend = match mended {
            Some(how) => Some((how.id(), text::adjust(how))),
            None => (study.may_be_photo() || has_unknown_knee).then_some(("straighten", w.straighten_show())),
        };
        let next = match mend {
            _ if has_unknown_knee => w.unknown_next(),
            Some(_) => w.mend_next(),
            None => words.next,
        };
        let on_mend = move |_| match (mended, corners) {
            (Some(how), _) => edit.run((study.id, study.edit.mended(how))),
            (None, corners) => straighten.run(corners),
        };
        let mend = mend.map(|(id, name)| {
            view! {
                <button type="button" class="mend" data-adjustment=id on:click=on_mend>{name}</button>
            }
        });
        let (possible, weights) = why(answer.as_ref());
        let basis = if answer.is_some() { "picture-age-sex" } else { "picture" };
        let (class, promise, frequencies) = promise_shown(&study, answer.as_ref(), rules.get().as_ref());
        Some(view! {
            <div
                class=format!("banner {id}")
                role="status"
                data-role="verdict"
                data-verdict=id
                data-basis=basis
                data-file=study.file.clone()
            >
                <Icon id/>
                <div>
                    <strong>{words.title}</strong>
                    <p>{meaning}</p>
                </div>
            </div>
            {(!reasons.is_empty()).then(|| view! {
                <ul class="reasons">
                    {reasons.into_iter().map(|reason| view! { <li>{reason}</li> }).collect_view()}
                </ul>
            })}
            {mend}
            <Worth class promise frequencies elsewhere/>
            {possible.map(|words| view! { <p class="hint" data-role="possible">{words}</p> })}
            {weights.map(|words| view! { <p class="hint" data-role="weights">{words}</p> })}
            <div class="next">
                <h3>{w.next_step()}</h3>
                <p class=if for_clinicians { "for-patients" } else { "" }>{next}</p>
                <ReasonList answers/>
                {for_clinicians.then(|| view! { <p class="for-clinicians">{w.clinician_next()}</p> })}
                <p class="limits">{w.limits()}</p>
            </div>
        })
    })
}

/// What is promised by what is shown: the class, what the verdict is worth, and how frequent the classes are.
pub fn promise_shown(
    study: &Study,
    answer: Option<&WithAge>,
    rules: Option<&Rules>,
) -> (Option<Class>, Option<Promise>, [f32; 3]) {
    let (Stage::Judged(judged), Some(rules)) = (&study.stage, rules) else { return (None, None, [0.0; 3]) };
    let verdict = answer.map_or(judged.verdict, |answer| answer.verdict);
    let promise = answer.map_or_else(|| rules.promises.of_verdict(verdict), |answer| answer.promise);
    (Class::ALL.into_iter().find(|class| verdict == (*class).into()), promise, rules.frequencies)
}

/// Whether nothing is said of a film because a knee is not like those that the models know.
pub fn has_unknown_knee(study: &Study) -> bool {
    let Stage::Judged(judged) = &study.stage else { return false };
    judged.verdict == Verdict::Uncertain && judged.knees.iter().any(|knee| !knee.is_known)
}

/// Why nothing is said, or what to mind beside what is said.
fn reasons(study: &Study) -> Vec<String> {
    match &study.stage {
        Stage::Refused(reasons) => reasons.iter().map(|reason| text::refusal(*reason)).collect(),
        _ => text::remarks(study),
    }
}

/// What the verdict means.
pub fn meaning(study: &Study, answer: Option<&WithAge>) -> String {
    let w = text::words();
    let Stage::Judged(judged) = &study.stage else {
        return text::verdict(study.verdict_id().unwrap_or_default()).meaning.to_owned();
    };
    match answer {
        Some(WithAge { age, verdict: Verdict::Uncertain, possible, .. }) => {
            fill(w.age_open(), [text::number((*age).into(), 0), text::classes(possible)])
        }
        Some(WithAge { age, .. }) => fill(w.age_meaning(), [text::number((*age).into(), 0)]),
        None if has_unknown_knee(study) => w.not_all_known().to_owned(),
        None => text::verdict(verdict_id(judged.verdict)).meaning.to_owned(),
    }
}

/// What weighs how much in a verdict with the age, after what else stays possible.
pub fn why(answer: Option<&WithAge>) -> (Option<String>, Option<String>) {
    let Some(answer) = answer.filter(|answer| answer.promise.is_some()) else { return (None, None) };
    // Of one class it would read as if that were sure.
    let possible =
        (answer.possible.len() > 1).then(|| fill(text::words().age_possible(), [text::classes(&answer.possible)]));
    (possible, Some(text::weights(answer.picture_weight).to_owned()))
}

/// Of the files that came last, those that could not be analysed, the latest first.
#[derive(Clone, Default, PartialEq)]
struct Failures {
    /// Of files that came together, when more than [`MOST_ALERTS`] of them failed.
    folded: Vec<StudyId>,
    /// How many files came together with those.
    together: usize,
    /// The others.
    single: Vec<StudyId>,
}

impl Failures {
    fn among(all: &[Study]) -> Self {
        let mut failures = Self::default();
        // Files that came together stand next to each other. What failed before them would push their result out of sight.
        let last = all.last().map(|study| study.came_with);
        let together = || all.iter().rev().take_while(|study| Some(study.came_with) == last);
        let failed: Vec<StudyId> = together().filter(|study| study.is_failed()).map(|study| study.id).collect();
        if failed.len() > MOST_ALERTS {
            failures.folded = failed;
            failures.together = together().count();
        } else {
            failures.single = failed;
        }
        failures
    }
}

/// Files that could not be analysed. Each says why, and leaves the earlier result where it is.
#[component]
pub fn Alerts(studies: Studies, dismiss: Callback<StudyId>) -> impl IntoView {
    let failures = derived(move || studies.all(Failures::among));
    let alert = move |id: StudyId| {
        let (file, stage) = studies.of(id, |study| (study.file.clone(), study.stage.clone()))?;
        let Stage::Failed(error) = stage else { return None };
        let node = NodeRef::<Div>::new();
        // Who has scrolled on would take an earlier result for that of this file.
        effect(move || {
            let is_newest = untrack(|| studies.all(|all| all.last().is_some_and(|study| study.id == id)));
            if let Some(alert) = node.get().filter(|_| is_newest) {
                browser::bring_into_sight(&alert);
            }
        });
        Some(view! {
            <div node_ref=node class="alert" role="status" data-role="verdict" data-verdict="error" data-file=file.clone()>
                <Icon id="error"/>
                <p><strong><bdi>{file.clone()}</bdi></strong>" "{text::error(&error)}</p>
                <button type="button" on:click=move |_| dismiss.run(id)>{text::words().dismiss()}</button>
            </div>
        })
    };
    // One more failure redraws the whole list, so it is drawn only while it is open.
    let is_open = RwSignal::new(false);
    let told = move || {
        let Failures { folded, together, .. } = failures.get();
        Some(fill(text::words().files_failed(), [folded.len(), together].map(|count| text::number(count as f64, 0))))
    };
    let folded = move || {
        view! {
            <div class="alert">
                <details
                    data-role="failures"
                    on:toggle:target=move |event| is_open.set(event.target().has_attribute("open"))
                >
                    <summary><span role="status">{said(told)}</span></summary>
                    {changing(move || {
                        let shown = is_open.get().then(|| failures.get().folded)?;
                        Some(shown.into_iter().filter_map(alert).collect_view().into_any())
                    })}
                </details>
                <button
                    type="button"
                    on:click=move |_| untrack(|| failures.get()).folded.into_iter().for_each(|id| dismiss.run(id))
                >
                    {text::words().dismiss_all()}
                </button>
            </div>
        }
    };
    let trouble = move || {
        studies.trouble.get().map(|trouble| {
            view! {
                <div class="alert" role="status" data-role="trouble">
                    <Icon id="error"/>
                    <p>{text::trouble(&trouble)}</p>
                    <button type="button" on:click=move |_| studies.tell(Event::Trouble(None))>{text::words().dismiss()}</button>
                </div>
            }
        })
    };
    view! {
        {changing(trouble)}
        {show(move || !failures.get().folded.is_empty(), folded)}
        {changing(move || Some(failures.get().single.into_iter().filter_map(alert).collect_view().into_any()))}
    }
}

/// What is told of a study in the list of all.
#[derive(Clone, Copy, PartialEq)]
struct Entry {
    id: StudyId,
    /// Whether a click shows it, if only once it has been read anew.
    can_be_shown: bool,
    is_shown: bool,
    verdict: Option<&'static str>,
    title: &'static str,
}

/// All studies of this visit once there are several; a click shows one large.
#[component]
pub fn StudyList(studies: Studies, form: Form, rules: Memo<Option<Rules>>) -> impl IntoView {
    let entries = derived(move || {
        let shown = studies.shown.get();
        let w = text::words();
        let entry = |study: &Study| {
            let answer = of_study(study, form, rules);
            let verdict = verdict_shown(study, answer.as_ref());
            let is_stopped = study.stage == Stage::Stopped;
            Entry {
                id: study.id,
                can_be_shown: study.picture.is_some() || is_stopped || verdict.is_some(),
                is_shown: shown == Some(study.id),
                verdict,
                title: match verdict {
                    Some(id) => words_shown(id, answer.as_ref()).title,
                    None if is_stopped => w.batch_cancelled(),
                    None => w.working(),
                },
            }
        };
        studies.all(|all| all.iter().filter(|study| !study.is_failed()).map(entry).collect::<Vec<_>>())
    });
    let row = move |first: Entry| Row {
        key: first.id.to_string(),
        view: Box::new(move || view! { <StudyButton studies entries first/> }),
    };
    show(
        move || {
            let all = entries.get();
            all.len() > 1 || all.iter().any(|entry| !entry.can_be_shown)
        },
        move || {
            view! {
                <nav class="studies" aria-label=text::words().results()>
                    {rows(move || entries.get().into_iter().map(row).collect())}
                </nav>
            }
        },
    )
}

/// One of the list. It is changed, not replaced, so that the keyboard's focus stays.
#[component]
fn StudyButton(studies: Studies, entries: Derived<Vec<Entry>>, first: Entry) -> impl IntoView {
    let id = first.id;
    let entry = derived(move || entries.get().into_iter().find(|entry| entry.id == id).unwrap_or(first));
    let file = studies.of(id, |study| study.file.clone()).unwrap_or_default();
    let name = file.clone();
    let badge = move || {
        let Entry { verdict, is_shown, title, .. } = entry.get();
        let class = format!("badge {}", verdict.unwrap_or("working"));
        Some(match verdict {
            // The study shown large has its verdict in the banner; one status each is enough.
            Some(verdict) if !is_shown => view! {
                <span class=class role="status" data-role="verdict" data-verdict=verdict data-file=file.clone()>
                    {title}
                </span>
            },
            _ => view! { <span class=class>{title}</span> },
        })
    };
    let node = NodeRef::<Button>::new();
    let is_shown = truth(move || entry.get().is_shown);
    effect(move || {
        if let Some(button) = node.get().filter(|_| is_shown.get()) {
            browser::show_in_row(&button);
        }
    });
    view! {
        <button
            node_ref=node
            type="button"
            class:shown=move || is_shown.get()
            aria-pressed=move || is_shown.get().to_string()
            disabled=move || !entry.get().can_be_shown
            on:click=move |_| studies.tell(Event::Show(id))
        >
            <bdi class="file">{name}</bdi>
            {changing(badge)}
        </button>
    }
}

/// A shape per verdict, so that colour is not all that tells them apart.
#[component]
fn Icon(id: &'static str) -> impl IntoView {
    let path = match id {
        "normal" => "M6 17l7 7L27 9",
        "osteopenia" => "M16 5L29 27H3zM16 13v7M16 23.5v.5",
        "osteoporosis" => "M11 3h10l8 8v10l-8 8H11l-8-8V11zM16 9v9M16 22.5v.5",
        "uncertain" => "M11 12q0-5 5-5t5 5q0 3-5 5v3M16 24.5v.5",
        _ => "M16 3a13 13 0 1 0 .01 0M8 8l16 16",
    };
    view! {
        <svg class="icon" viewBox="0 0 32 32" aria-hidden="true">
            <path d=path fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/>
        </svg>
    }
}
