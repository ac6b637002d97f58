//! Results of earlier visits, if the reader wants them kept on this device: no picture, no name, no hash.

use analysis::prediction::{Class, Probabilities, Verdict};
use leptos::prelude::*;
use osteolens::protocol::{Judged, Response, StudyId};

use super::parts::{attribute, changing, said, show, view};
use super::session::{deciding, verdict_id};
use super::{browser, text};

const KEY: &str = "osteolens-history";
/// The oldest go first.
const MOST: usize = 200;
const MILLION: f32 = 1e6;

const VERDICTS: [Verdict; 4] = [Verdict::Normal, Verdict::Osteopenia, Verdict::Osteoporosis, Verdict::Uncertain];

/// One result.
#[derive(Clone)]
struct Entry {
    /// When it was judged (ISO 8601, UTC).
    date: String,
    verdict: Verdict,
    /// Of the knee that decided, if the models knew one.
    combined: Option<Probabilities>,
}

/// What is kept, and whether anything is to be kept.
#[derive(Clone, Copy)]
pub struct History {
    is_kept: RwSignal<bool>,
    /// Whether the browser keeps nothing for this page.
    is_blocked: RwSignal<bool>,
    entries: RwSignal<Vec<Entry>>,
    /// When this visit's files were judged: one that is judged once more has one entry still.
    dates: StoredValue<Vec<(StudyId, String)>>,
}

/// What is on the device; none where nothing is to be kept.
fn stored() -> Option<Vec<Entry>> {
    Some(browser::remembered(KEY)?.lines().filter_map(Entry::read).collect())
}

impl History {
    /// As it was left; nothing is kept before it is asked for.
    pub fn new() -> Self {
        let stored = stored();
        Self {
            is_kept: RwSignal::new(stored.is_some()),
            is_blocked: RwSignal::new(false),
            entries: RwSignal::new(stored.unwrap_or_default()),
            dates: StoredValue::new(Vec::new()),
        }
    }

    /// Keeps a verdict, if it is not one on the page's own samples.
    pub fn hear(self, response: &Response, is_sample: impl Fn(StudyId) -> bool) {
        let Response::Judged(judged) = response else { return };
        if is_sample(judged.study) {
            return;
        }
        // Another tab may have added to the list, or switched it off.
        let Some(mut entries) = stored() else {
            self.is_kept.set(false);
            self.entries.set(Vec::new());
            return;
        };
        let entry = Entry::of(judged);
        let before = self.dates.get_value();
        let is_before = |date: &String| before.iter().any(|(study, before)| *study == judged.study && before == date);
        entries.retain(|entry| !is_before(&entry.date));
        self.dates.update_value(|dates| {
            dates.retain(|(study, _)| *study != judged.study);
            dates.push((judged.study, entry.date.clone()));
        });
        entries.push(entry);
        entries.drain(..entries.len().saturating_sub(MOST));
        self.entries.set(entries);
        self.store();
    }

    fn store(self) {
        let lines: Vec<String> = self.entries.with_untracked(|entries| entries.iter().map(Entry::line).collect());
        browser::remember(KEY, &lines.join("\n"));
    }

    fn keep(self, is_kept: bool) {
        self.is_kept.set(is_kept);
        if is_kept {
            self.store();
            self.is_blocked.set(stored().is_none());
        } else {
            self.entries.set(Vec::new());
            browser::forget(KEY);
        }
    }

    fn clear(self) {
        self.entries.set(Vec::new());
        self.store();
    }
}

impl Entry {
    fn of(judged: &Judged) -> Self {
        Self {
            date: browser::iso_date(),
            verdict: judged.verdict,
            combined: deciding(judged).map(|knee| knee.combined),
        }
    }

    /// As it is kept: date, verdict and three probabilities in millionths, if there are any.
    fn line(&self) -> String {
        let mut words = vec![self.date.clone(), verdict_id(self.verdict).to_owned()];
        words.extend(self.combined.iter().flatten().map(|one| ((one * MILLION).round() as u32).to_string()));
        words.join(" ")
    }

    fn read(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let (date, id) = (words.next()?.to_owned(), words.next()?);
        let verdict = VERDICTS.into_iter().find(|verdict| verdict_id(*verdict) == id)?;
        let probabilities = words.map(|word| word.parse::<u32>().ok().map(|one| one as f32 / MILLION));
        Some(Self { date, verdict, combined: probabilities.collect::<Option<Vec<f32>>>()?.try_into().ok() })
    }
}

/// The choice to keep results, those kept, and the way to be rid of them.
#[component]
pub fn HistoryList(history: History) -> impl IntoView {
    let w = text::words();
    let row = move |entry: Entry| {
        let id = verdict_id(entry.verdict);
        let value = move |class: Class| entry.combined.map(|all| text::percent(all[class as usize]));
        view! {
            <tr>
                <th scope="row">{browser::date_of(text::language().tag(), &entry.date)}</th>
                <td><span class=format!("badge {id}")>{text::verdict(id).title}</span></td>
                {Class::ALL.into_iter().map(|class| view! { <td>{value(class)}</td> }).collect_view()}
            </tr>
        }
    };
    view! {
        <details class="batch" data-role="history">
            <summary>{w.history_title()}</summary>
            <label class="switch">
                <input
                    type="checkbox" id="history-keep"
                    prop:checked=move || history.is_kept.get()
                    on:change:target=move |event| history.keep(event.target().checked())
                />
                {w.history_keep()}
            </label>
            <p class="hint">{w.history_note()}</p>
            <p class="hint" role="status">{said(move || history.is_blocked.get().then(|| w.storage_blocked()))}</p>
            {show(move || !history.entries.with(Vec::is_empty), move || view! {
                <div class="scroll" {..attribute("tabindex", "0")} role="region" aria-label=w.history_title()>
                    <table>
                        <thead><tr>
                            <th scope="col">{w.report_date()}</th>
                            <th scope="col">{w.batch_verdict()}</th>
                            {Class::ALL.into_iter().map(|class| view! { <th scope="col">{text::class(class)}</th> }).collect_view()}
                        </tr></thead>
                        <tbody>{changing(move || Some(history.entries.get().into_iter().rev().map(row).collect_view().into_any()))}</tbody>
                    </table>
                </div>
                <button type="button" class="button" id="history-clear" on:click=move |_| history.clear()>
                    {w.history_clear()}
                </button>
            })}
        </details>
    }
}
