//! Every way in: choose, drop anywhere, paste, camera, samples.

use leptos::ev;
use leptos::leptos_dom::helpers::WindowListenerHandle;
use leptos::prelude::*;

use super::app::Files;
use super::{browser, text};

/// The drop area; small once there is a result.
#[component]
pub fn Intake(large: Signal<bool>, add: Callback<Files>, sample: Callback<&'static str>) -> impl IntoView {
    let chosen = move |event: ev::Event| add.run(Files(browser::files_of_input(&event)));
    view! {
        <section class="intake" class:large=large aria-label=text::words().drop_title>
            <h2>{text::words().drop_title}</h2>
            <p class="hint">{text::words().drop_hint}</p>
            <div class="ways">
                <label class="button primary">
                    {move || if large.get() { text::words().choose } else { text::words().another }}
                    <input type="file" id="file" multiple on:change=chosen/>
                </label>
                <label class="button folder">
                    {text::words().choose_folder}
                    <input type="file" id="folder" prop:webkitdirectory=true on:change=chosen/>
                </label>
                <label class="button camera">
                    {text::words().camera}
                    <input type="file" id="camera" accept="image/*" capture="environment" on:change=chosen/>
                </label>
            </div>
        </section>
        <section class="samples" class:small=move || !large.get() aria-label=text::words().samples_title>
            <h2>{text::words().samples_title}</h2>
            <div class="row">
                {samples().map(|(file, name)| view! {
                    <button type="button" on:click=move |_| sample.run(file)>
                        <img src=format!("samples/{file}") alt="" width="72" height="72"/>
                        {name}
                    </button>
                })}
            </div>
            <p class="hint">{text::words().samples_note}</p>
        </section>
    }
}

/// File in `samples/`, name.
fn samples() -> [(&'static str, &'static str); 5] {
    let w = text::words();
    [
        ("sample-a.png", w.sample_a),
        ("sample-b.png", w.sample_b),
        ("sample-c.png", w.sample_c),
        ("sample-d.png", w.sample_d),
        ("not-a-knee.png", w.sample_refused),
    ]
}

/// Takes files that are dropped or pasted anywhere on the page.
#[component]
pub fn PageDrop(add: Callback<Files>) -> impl IntoView {
    let over = RwSignal::new(false);
    let handles = [
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
            add.run(Files(browser::files_of_transfer(event.data_transfer())));
        }),
        window_event_listener(ev::paste, move |event| {
            add.run(Files(browser::files_of_transfer(event.clipboard_data())));
        }),
    ];
    on_cleanup(move || handles.into_iter().for_each(WindowListenerHandle::remove));
    view! { <div class="curtain" class:open=over aria-hidden="true">{text::words().release}</div> }
}
