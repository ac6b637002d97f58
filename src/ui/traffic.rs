//! What the page has asked the network for, by the browser's own record: the promise of privacy, to be checked.

use std::time::Duration;

use leptos::prelude::*;
use osteolens::protocol::{Fetched, Request};
use osteolens::words::fill;

use super::engine::Engine;
use super::parts::{attribute, changing, view};
use super::{browser, text};

/// How often an open list is brought up to date.
const PAUSE: Duration = Duration::from_secs(1);

/// Page and engine keep a record each.
#[derive(Clone, Copy)]
pub struct Traffic {
    engine: StoredValue<Engine, LocalStorage>,
    of_engine: RwSignal<Vec<Fetched>>,
    of_page: RwSignal<Vec<Fetched>>,
    is_open: RwSignal<bool>,
}

impl Traffic {
    /// Nothing is looked up before somebody wants to see it.
    pub fn new(engine: Engine) -> Self {
        let traffic = Self {
            of_engine: engine.traffic,
            engine: StoredValue::new_local(engine),
            of_page: RwSignal::new(Vec::new()),
            is_open: RwSignal::new(false),
        };
        set_interval(move || traffic.look(), PAUSE);
        traffic
    }

    fn look(self) {
        if self.is_open.get_untracked() {
            self.of_page.set(browser::fetched());
            self.engine.with_value(|engine| engine.ask(Request::Traffic));
        }
    }

    fn all(self) -> Vec<Fetched> {
        self.of_page.get().into_iter().chain(self.of_engine.get()).collect()
    }
}

/// Folded up at the foot of the page.
#[component]
pub fn TrafficList(traffic: Traffic) -> impl IntoView {
    let w = text::words();
    // Another language draws it anew, and folded up.
    traffic.is_open.set(false);
    let base = browser::base();
    let list = move || {
        let all = traffic.all();
        let is_foreign = |one: &Fetched| !one.address.starts_with(&base);
        let foreign = all.iter().filter(|one| is_foreign(one)).count();
        let megabytes = all.iter().map(|one| one.bytes as f64).sum::<f64>() / 1e6;
        let count = |count: usize| text::number(count as f64, 0);
        let sum = [count(all.len()), text::number(megabytes, 1), count(foreign)];
        let template = if foreign == 0 { w.traffic_sum() } else { w.traffic_others() };
        let line = |one: &Fetched| {
            let name = one.address.strip_prefix(&base).unwrap_or(&one.address).to_owned();
            let size = if is_foreign(one) {
                w.traffic_foreign().to_owned()
            } else if one.bytes == 0 {
                w.traffic_kept().to_owned()
            } else {
                text::kilobytes(one.bytes)
            };
            view! { <li class=if is_foreign(one) { "foreign" } else { "" }><bdi>{name}</bdi>" "<span {..attribute("dir", "auto")}>{size}</span></li> }
        };
        let lines = all.iter().map(line).collect_view();
        Some(view! {
            <p role="status" data-role="traffic-sum" data-foreign=foreign.to_string()>{fill(template, sum)}</p>
            <ul>{lines}</ul>
        })
    };
    view! {
        <details
            class="traffic" data-role="traffic" id="traffic"
            on:toggle:target=move |event| {
                traffic.is_open.set(event.target().has_attribute("open"));
                traffic.look();
            }
        >
            <summary>{w.traffic_title()}</summary>
            <p class="hint">{w.traffic_intro()}</p>
            {changing(list)}
        </details>
    }
}
