//! Films and table: chosen or dropped anywhere.

use leptos::attr::custom::custom_attribute;
use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use osteolens::incoming::{files_of_drop, files_of_input};

use crate::workshop::{Chosen, Workshop};

/// The first step.
#[component]
pub fn Choosing(workshop: Workshop) -> impl IntoView {
    let choose = move |event: ev::Event| workshop.add(files_of_input(&event));
    let handles = [
        window_event_listener(ev::dragover, |event| event.prevent_default()),
        window_event_listener(ev::drop, move |event| {
            event.prevent_default();
            let dropped = files_of_drop(event.data_transfer());
            spawn_local(async move { workshop.add(dropped.await.0) });
        }),
    ];
    on_cleanup(move || handles.into_iter().for_each(WindowListenerHandle::remove));
    let films = move || match workshop.files.with(Vec::len) {
        0 => "No films yet.".to_owned(),
        1 => "1 film.".to_owned(),
        films => format!("{films} films."),
    };
    let table = move || match workshop.chosen.get() {
        None => "No table yet.".to_owned(),
        Some(Chosen { name, table }) => format!(
            "Table {name}: {} rows, read as {}; its cells are parted by {}.",
            table.rows.len(),
            table.encoding,
            delimiter(table.delimiter)
        ),
    };
    view! {
        <section class="step" id="films">
            <h2>"1 · Films and table"</h2>
            <p>
                "Drop a folder and a table anywhere on this page, or choose them. The table has a row for each film: the name of its file,
                and its class or T-score; better also person, age and sex. Save it as CSV or TSV."
            </p>
            <div class="ways">
                <label class="button primary">
                    "Choose a folder"<input type="file" id="folder" {..custom_attribute("webkitdirectory", "")} on:change=choose/>
                </label>
                <label class="button">"Choose films"<input type="file" id="files" multiple on:change=choose/></label>
                <label class="button">
                    "Choose the table"<input type="file" id="table" accept=".csv,.tsv,.tab,.txt,.xlsx,.xls" on:change=choose/>
                </label>
            </div>
            <p role="status" data-role="films">{films}</p>
            <p role="status" data-role="table">{table}</p>
            <p role="status" data-role="table-fault" class="bad">{move || workshop.table_fault.get()}</p>
        </section>
    }
}

fn delimiter(sign: char) -> String {
    match sign {
        ',' => "commas".to_owned(),
        ';' => "semicolons".to_owned(),
        '\t' => "tabs".to_owned(),
        '|' => "vertical bars".to_owned(),
        other => format!("«{other}»"),
    }
}
