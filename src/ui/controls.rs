//! Controls of the heat map, its legend and what has to be said about it.

use analysis::heatmap::ColourMap;
use analysis::prediction::Class;
use leptos::prelude::*;
use osteolens::link::Status;

use super::derived::Derived;
use super::heat::Heat;
use super::parts::{attribute, changing, said, show, view};
use super::probabilities::model_name;
use super::session::Stage;
use super::studies::Studies;
use super::text;
use super::with_age::WithAge;

/// Shown once there are heat maps.
#[component]
pub fn HeatmapControls(
    studies: Studies,
    heat: Heat,
    status: RwSignal<Status, LocalStorage>,
    answer: Derived<Option<WithAge>>,
) -> impl IntoView {
    // Under a colour that the picture has no part in, a map would seem to explain it.
    let of_picture = move || {
        let is_by_age = answer.get().is_some_and(|answer| answer.picture_weight <= 0.0);
        is_by_age.then(|| text::words().heatmap_of_picture())
    };
    let remark = move || {
        let overlay = studies.current()?.overlay?;
        // A caution about a result that the map has no part in would be in vain.
        let is_on_border = overlay.is_on_border && of_picture().is_none();
        if overlay.pixels.is_none() {
            Some(text::words().heatmap_empty())
        } else {
            is_on_border.then_some(text::words().heatmap_border())
        }
    };
    show(
        move || studies.current().is_some_and(|study| study.explained.is_some()),
        move || {
            view! {
                <div class="heat-controls">
                    <label class="switch">
                        <input
                            type="checkbox"
                            prop:checked=move || heat.visible.get()
                            on:change:target=move |event| heat.visible.set(event.target().checked())
                        />
                        {text::words().heatmap_show()}
                    </label>
                    <label>
                        {text::words().heatmap_strength()}
                        <input
                            type="range" {..attribute("min", "0")} max="100"
                            prop:value=move || heat.strength.get().to_string()
                            on:input:target=move |event| heat.strength.set(event.target().value().parse().unwrap_or(60))
                        />
                    </label>
                    <Choices studies heat status/>
                    <p class="legend">
                        <span>{text::words().legend_low()}</span>
                        <span class=move || match heat.colours.get() {
                            ColourMap::Inferno => "scale inferno".to_owned(),
                            ColourMap::Jet => "scale jet".to_owned(),
                        }></span>
                        <span>{text::words().legend_high()}</span>
                    </p>
                    <p class="hint">{text::words().heatmap_caption()}" "{said(of_picture)}</p>
                    {changing(move || remark().map(|remark| view! { <p class="remark" role="status">{remark}</p> }))}
                </div>
            }
        },
    )
}

/// Class, model and colours.
#[component]
fn Choices(studies: Studies, heat: Heat, status: RwSignal<Status, LocalStorage>) -> impl IntoView {
    let wanted = move || studies.current().and_then(|study| heat.wanted(&study));
    let class = move || wanted().map_or("", |view| view.class.id());
    let model = move || wanted().map(|view| view.model).unwrap_or_default();
    let models = move || match studies.current().map(|study| study.stage) {
        Some(Stage::Judged(judged)) => {
            judged.knees.first().map(|knee| knee.models.iter().map(|(id, _)| id.clone()).collect()).unwrap_or_default()
        }
        _ => Vec::<String>::new(),
    };
    view! {
        <label>
            {text::words().heatmap_class()}
            <select
                id="heatmap-class"
                prop:value=move || class().to_owned()
                on:change:target=move |event| {
                    let id = event.target().value();
                    heat.class.set(Class::ALL.into_iter().find(|class| class.id() == id));
                }
            >
                {Class::ALL.into_iter().map(|of| view! {
                    <option value=of.id() selected=move || class() == of.id()>{text::class(of)}</option>
                }).collect_view()}
            </select>
        </label>
        <label>
            {text::words().heatmap_model()}
            <select
                id="heatmap-model"
                prop:value=model
                on:change:target=move |event| heat.model.set(Some(event.target().value()))
            >
                {changing(move || Some(models().into_iter().map(|id| {
                    let (name, this) = (model_name(&status.get(), &id), id.clone());
                    view! { <option value=id selected=move || model() == this>{name}</option> }
                }).collect_view().into_any()))}
            </select>
        </label>
        <label>
            {text::words().heatmap_colours()}
            <select on:change:target=move |event| heat.colours.set(match event.target().value().as_str() {
                "jet" => ColourMap::Jet,
                _ => ColourMap::Inferno,
            })>
                <option value="inferno" selected=move || heat.colours.get() == ColourMap::Inferno>"Inferno"</option>
                <option value="jet" selected=move || heat.colours.get() == ColourMap::Jet>"Jet"</option>
            </select>
        </label>
    }
}
