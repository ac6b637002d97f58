//! The viewer's tools: everything that a drag or a key does, as a control with a name.

use leptos::html::Dialog;
use leptos::prelude::*;
use osteolens::decimal::fixed;
use osteolens::measurement::Kind;
use osteolens::view::{Act, Drag};
use radiograph::{ProposedWindow, Window};

use super::crop::Crop;
use super::derived::derived;
use super::parts::{attribute, changing, view};
use super::session::Event;
use super::studies::Studies;
use super::viewer_state::ViewerState;
use super::{browser, measured, straighten, text};

/// Buttons and sliders below the picture.
#[component]
pub fn Tools(studies: Studies, state: ViewerState, help: Callback<()>) -> impl IntoView {
    let w = text::words();
    let button = move |name: &'static str, sign: &'static str, act: Act| {
        view! {
            <button type="button" class="tool" title=name aria-label=name on:click=move |_| state.act(act)>
                <span aria-hidden="true">{sign}</span>
            </button>
        }
    };
    let measure = move |id: &'static str, name: &'static str, key: &'static str, kind: Kind| {
        view! {
            <button
                {..attribute("aria-keyshortcuts", key)} type="button" class="tool wide" id=id
                aria-pressed=move || (state.drag.get() == Drag::Measure(kind)).to_string()
                on:click=move |event| {
                    state.toggle_drag(Drag::Measure(kind));
                    // Pressed by a key.
                    if event.detail() == 0 {
                        measured::show_cross(state);
                    }
                }
            >
                {name}
            </button>
        }
    };
    let begin_crop = move |_| {
        studies.tell(Event::Stay);
        state.act(Act::Reset);
        state.drag_does(Drag::Move);
        state.side_by_side.set(false);
        state.corners.set(None);
        state.crop.set(Some(Crop::default()));
    };
    // What has been straightened is straightened anew from the whole picture.
    let is_straight = move || studies.current().is_some_and(|study| study.edit.corners.is_some());
    let straighten = move |_| {
        let found = studies.current_untracked().and_then(|study| study.film_inside());
        straighten::begin(studies, state, found);
    };
    view! {
        <div class="tools" role="toolbar" aria-label=w.viewer_tools()>
            {button(w.zoom_in(), "+", Act::ZoomIn)}
            {button(w.zoom_out(), "−", Act::ZoomOut)}
            {button(w.turn_left(), "↺", Act::TurnLeft)}
            {button(w.turn_right(), "↻", Act::TurnRight)}
            {button(w.mirror(), "⇋", Act::Mirror)}
            {button(w.invert(), "◐", Act::Invert)}
            {button(w.reset_view(), "⟲", Act::Reset)}
            <button
                type="button"
                class="tool wide"
                aria-pressed=move || (state.drag.get() == Drag::Levels).to_string()
                on:click=move |_| state.toggle_drag(Drag::Levels)
            >
                {w.drag_levels()}
            </button>
            {measure("measure-length", w.measure_length(), "d", Kind::Length)}
            {measure("measure-angle", w.measure_angle(), "a", Kind::Angle)}
            <button
                type="button"
                class="tool wide"
                id="side-by-side"
                aria-pressed=move || state.side_by_side.get().to_string()
                on:click=move |_| state.side_by_side.update(|both| *both = !*both)
            >
                {w.side_by_side()}
            </button>
            <button type="button" class="tool wide" id="crop" on:click=begin_crop>{w.crop()}</button>
            <button type="button" class="tool wide" id="straighten" disabled=is_straight on:click=straighten>{w.straighten()}</button>
            <button type="button" class="tool" title=w.keys_open() aria-label=w.keys_open() {..attribute("aria-keyshortcuts", "?")} on:click=move |_| help.run(())>
                <span aria-hidden="true">"?"</span>
            </button>
            <Level id="brightness" name=w.brightness() value=move || state.view.get().brightness
                act=move |to| state.act(Act::Brighten(to - state.view.get_untracked().brightness))/>
            <Level id="contrast" name=w.contrast() value=move || state.view.get().contrast
                act=move |to| state.act(Act::Contrast(to - state.view.get_untracked().contrast))/>
            <WindowChoice studies/>
            <p class="hint">{w.view_only()}</p>
            <FrameChoice studies/>
        </div>
    }
}

#[component]
fn Level(
    id: &'static str,
    name: &'static str,
    value: impl Fn() -> f64 + Send + 'static,
    act: impl Fn(f64) + 'static,
) -> impl IntoView {
    view! {
        <label>
            {name}
            <input
                {..attribute("min", "-100")} type="range" id=id max="100"
                prop:value=move || fixed(value(), 0)
                on:input:target=move |event| act(event.target().value().parse::<i32>().map_or(0.0, f64::from))
            />
        </label>
    }
}

/// Which grey values of a DICOM picture are spread from black to white.
#[component]
fn WindowChoice(studies: Studies) -> impl IntoView {
    let known = derived(move || {
        let study = studies.current()?;
        let opened = study.picture?.opened;
        opened.dicom.filter(|facts| !facts.is_colour)?;
        Some((study.id, opened.windows))
    });
    let chosen = move || studies.current().map_or(Window::Own, |study| study.window);
    let id_of = |window: Window| match window {
        Window::Own => "own".to_owned(),
        Window::Proposed(at) => at.to_string(),
        Window::Whole => "whole".to_owned(),
        Window::Middle => "middle".to_owned(),
    };
    changing(move || {
        let (study, proposed) = known.get()?;
        let w = text::words();
        let name = |at: usize, window: &ProposedWindow| {
            let values = format!("{} / {}", text::number(window.centre, 0), text::number(window.width, 0));
            osteolens::words::fill(w.window_nth(), [(at + 1).to_string(), window.name.clone().unwrap_or(values)])
        };
        let mut choices = vec![(Window::Own, w.window_own().to_owned())];
        choices.extend(proposed.iter().enumerate().map(|(at, one)| (Window::Proposed(at as u32), name(at, one))));
        choices.extend([(Window::Whole, w.window_whole().to_owned()), (Window::Middle, w.window_middle().to_owned())]);
        Some(view! {
            <label>
                {w.window()}
                <select
                    id="window"
                    prop:value=move || id_of(chosen())
                    on:change:target=move |event| {
                        let window = match event.target().value().as_str() {
                            "whole" => Window::Whole,
                            "middle" => Window::Middle,
                            number => number.parse().map_or(Window::Own, Window::Proposed),
                        };
                        studies.tell(Event::Look(study, window));
                    }
                >
                    {choices.into_iter().map(|(window, name)| view! {
                        <option value=id_of(window) selected=move || chosen() == window>{name}</option>
                    }).collect_view()}
                </select>
            </label>
        })
    })
}

/// Which picture of a file that holds several.
#[component]
fn FrameChoice(studies: Studies) -> impl IntoView {
    let facts = derived(move || {
        let study = studies.current()?;
        let frames = study.picture?.opened.dicom?.frames;
        (frames > 1).then_some((study.id, frames, study.edit))
    });
    changing(move || {
        let (id, frames, edit) = facts.get()?;
        let name = move |frame: u32| {
            osteolens::words::fill(text::words().frame_of(), [(frame + 1).to_string(), frames.to_string()])
        };
        Some(view! {
            <label>
                {text::words().frame()}
                <select
                    id="frame"
                    on:change:target=move |event| {
                        let frame = event.target().value().parse().unwrap_or(0);
                        studies.tell(Event::Edit(id, radiograph::Edit { frame, corners: None, crop: None, ..edit }));
                    }
                >
                    {(0..frames).map(|frame| view! {
                        <option value=frame.to_string() selected=frame == edit.frame>{name(frame)}</option>
                    }).collect_view()}
                </select>
            </label>
        })
    })
}

/// The list of keys; opened by `?` and by its button.
#[component]
pub fn KeyHelp(node: NodeRef<Dialog>) -> impl IntoView {
    let w = text::words();
    let keys = [
        ("+  −", w.keys_zoom()),
        ("← ↑ → ↓", w.keys_pan()),
        ("[  ]", w.keys_window()),
        (",  .", w.keys_contrast()),
        ("i", w.keys_invert()),
        ("l  r", w.keys_turn()),
        ("m", w.keys_mirror()),
        ("0", w.keys_reset()),
        ("h", w.keys_heatmap()),
        ("d  a", w.keys_measure()),
        ("?", w.keys_help()),
    ];
    view! {
        <dialog node_ref=node id="keys" {..attribute("aria-labelledby", "keys-title")}>
            <h2 id="keys-title">{w.keys_title()}</h2>
            <dl class="keys">
                {keys.into_iter().map(|(key, does)| view! { <dt><kbd {..attribute("dir", "ltr")}>{key}</kbd></dt><dd>{does}</dd> }).collect_view()}
            </dl>
            <button type="button" class="button primary" on:click=move |_| browser::close(node.get_untracked())>
                {w.close()}
            </button>
        </dialog>
    }
}
