//! Every way in: choose, drop anywhere, paste, camera, samples.

use leptos::ev;
use leptos::leptos_dom::helpers::WindowListenerHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use osteolens::disc::may_be_picture;
use osteolens::words::fill;

use super::browser::Found;
use super::parts::{attribute, said, view};
use super::session::age_of_sample;
use super::{browser, text};

/// Files on their way from a control to the studies.
///
/// A file of the browser lives on the page's only thread; the wrapper says so to callbacks.
pub struct Files {
    /// To be judged.
    pub files: Vec<Found>,
    /// How many of a folder's files are none that could be.
    pub left_out: usize,
}

impl Files {
    /// Chosen one by one: all are judged, or say why not.
    fn chosen(files: Vec<Found>) -> Self {
        Self { files, left_out: 0 }
    }

    /// All of a folder: programs, lists and hidden files are left out.
    fn of_folder(mut files: Vec<Found>) -> Self {
        let all = files.len();
        files.retain(|found| may_be_picture(&found.file.name()));
        Self { left_out: all - files.len(), files }
    }
}

/// The drop area; small once there is a result.
#[component]
pub fn Intake(large: Memo<bool>, add: Callback<Files>) -> impl IntoView {
    let chosen = move |event: ev::Event| add.run(Files::chosen(browser::files_of_input(&event)));
    let folder = move |event: ev::Event| add.run(Files::of_folder(browser::files_of_input(&event)));
    view! {
        <section class="intake" class:large=move || large.get() aria-label=text::words().drop_title()>
            <h2>{text::words().drop_title()}</h2>
            <p class="hint">{text::words().drop_hint()}" "<span class="with-mouse">{text::words().drop_more()}</span></p>
            <div class="ways">
                <label class="button primary">
                    {said(move || Some(if large.get() { text::words().choose() } else { text::words().another() }))}
                    <input type="file" id="file" {..attribute("multiple", "")} on:change=chosen/>
                </label>
                <label class="button folder">
                    {text::words().choose_folder()}
                    <input type="file" id="folder" {..attribute("webkitdirectory", "")} on:change=folder/>
                </label>
                <label class="button camera">
                    {text::words().camera()}
                    <input type="file" id="camera" {..attribute("accept", "image/*")} {..attribute("capture", "environment")} on:change=chosen/>
                </label>
            </div>
        </section>
    }
}

/// X-rays to try the page with; open while there is nothing else to see.
#[component]
pub fn Samples(large: Memo<bool>, sample: Callback<&'static str>) -> impl IntoView {
    view! {
        <details class="samples" open=move || large.get()>
            <summary>{text::words().samples_title()}</summary>
            <div class="row">
                {samples().into_iter().map(|(file, name)| view! {
                    <button type="button" on:click=move |_| sample.run(file)>
                        <img {..attribute("src", format!("samples/{file}"))} {..attribute("alt", "")} width="72" height="72"/>
                        {name}
                        {age_of_sample(file).map(|age| view! {
                            <small>{fill(text::words().sample_age(), [text::number(f64::from(age), 0)])}</small>
                        })}
                    </button>
                }).collect_view()}
            </div>
            <p class="hint">{text::words().samples_note()}</p>
        </details>
    }
}

/// File in `samples/`, name.
fn samples() -> [(&'static str, &'static str); 5] {
    let w = text::words();
    [
        ("sample-a.png", w.sample_a()),
        ("sample-b.png", w.sample_b()),
        ("sample-c.png", w.sample_c()),
        ("sample-d.png", w.sample_d()),
        ("not-a-knee.png", w.sample_refused()),
    ]
}

/// Takes files that are dropped or pasted anywhere on the page.
#[component]
pub fn PageDrop(add: Callback<Files>) -> impl IntoView {
    let over = RwSignal::new(false);
    let handles = [
        window_event_listener(ev::dragenter, move |event| event.prevent_default()),
        window_event_listener(ev::dragover, move |event| {
            event.prevent_default();
            over.set(true);
        }),
        window_event_listener(ev::dragleave, move |event| {
            if event.related_target().is_none() {
                over.set(false);
            }
        }),
        window_event_listener(ev::drop, move |event| {
            event.prevent_default();
            over.set(false);
            let dropped = browser::files_of_drop(event.data_transfer());
            spawn_local(async move {
                let (files, is_folder) = dropped.await;
                add.run(if is_folder { Files::of_folder(files) } else { Files::chosen(files) });
            });
        }),
        window_event_listener(ev::paste, move |event| {
            let files = browser::files_of_transfer(event.clipboard_data());
            // Words that are put into a field are meant for it.
            if !files.is_empty() || !browser::is_into_field(&event) {
                add.run(Files::chosen(files));
            }
        }),
    ];
    on_cleanup(move || handles.into_iter().for_each(WindowListenerHandle::remove));
    view! { <div class="curtain" class:open=move || over.get() aria-hidden="true">{text::words().release()}</div> }
}
