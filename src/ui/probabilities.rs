//! The three probabilities of each knee, together and per model: bars on one axis, in the order of the
//! classes, with the part in which no class is named.

use analysis::findings::KneeResult;
use analysis::knees::Position;
use analysis::prediction::{Class, OperatingPoint, Probabilities, Verdict, leading};
use leptos::html::Canvas;
use leptos::prelude::*;
use osteolens::decimal::{fixed, percent};
use osteolens::link::Status;
use osteolens::sorting::in_order;

use super::derived::derived;
use super::details::Technical;
use super::heat::Heat;
use super::parts::{changing, effect, fold, view};
use super::session::{Stage, Study, by_seriousness, verdict_id};
use super::studies::Studies;
use super::{browser, text};

/// Side of the picture of each of two knees.
const KNEE_PX: u32 = 448;

/// Bars, rule and details of the study that is looked at.
#[component]
pub fn ResultDetails(studies: Studies, heat: Heat, status: RwSignal<Status, LocalStorage>) -> impl IntoView {
    // Heat maps come and go; the result stays as it is.
    let judged = derived(move || match studies.current()?.stage {
        Stage::Judged(judged) => Some(judged),
        _ => None,
    });
    changing(move || {
        let judged = judged.get()?;
        // The knee that decides comes first.
        let worse_first = in_order(judged.knees.len(), &|a, b| by_seriousness(&judged.knees[b], &judged.knees[a]));
        let knees: Vec<KneeResult> = worse_first.into_iter().map(|at| judged.knees[at].clone()).collect();
        let rule = status.with(|status| match status {
            Status::Ready(state) => Some(state.operating_point),
            _ => None,
        });
        let is_pair = knees.len() > 1;
        let part = view! {
            <div class=if is_pair { "knees pair" } else { "knees" }>
                {knees.into_iter().map(|knee| view! { <Knee knee studies heat rule status is_pair/> }).collect_view()}
            </div>
            <p class="hint">{rule.and_then(|rule| text::rule(&rule))}" "{text::words().equal_thirds()}</p>
            <Technical judged studies status/>
        };
        Some(fold(text::words().probabilities(), part))
    })
}

#[component]
fn Knee(
    knee: KneeResult,
    studies: Studies,
    heat: Heat,
    rule: Option<OperatingPoint>,
    status: RwSignal<Status, LocalStorage>,
    is_pair: bool,
) -> impl IntoView {
    let position = format!("{:?}", knee.position).to_ascii_lowercase();
    let badge = verdict_id(knee.verdict);
    let knee_id = position.clone();
    let at = knee.position;
    let named = (knee.verdict != Verdict::Uncertain).then(|| leading(&knee.combined));
    let bars = if knee.is_known {
        let combined = text::words().combined().to_owned();
        view! {
            <ClassBars title=combined model="combined".to_owned() probabilities=knee.combined knee=knee_id.clone() rule named/>
            <div class="models">
                {knee.models.into_iter().map(move |(model, probabilities)| view! {
                    <ClassBars title=model_name(&status.get_untracked(), &model) model probabilities knee=position.clone()/>
                }).collect_view()}
            </div>
        }
    } else {
        view! { <p>{text::words().not_known()}</p> }
    };
    view! {
        <article class="knee" data-knee=knee_id>
            <h4>
                {text::knee(knee.position)}
                <span class=format!("badge {badge}")>{text::verdict(badge).title}</span>
            </h4>
            {is_pair.then(|| view! { <KneePicture studies heat at/> })}
            {bars}
        </article>
    }
}

/// One of two knees, cut out of the picture, with its heat map as in the viewer.
#[component]
fn KneePicture(studies: Studies, heat: Heat, at: Position) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    effect(move || {
        let (Some(canvas), Some(Study { picture: Some(picture), overlay, .. })) = (canvas.get(), studies.current())
        else {
            return;
        };
        let Some((_, region)) = picture.opened.knees.iter().find(|(position, _)| *position == at) else { return };
        browser::paint_part(&canvas, KNEE_PX, &picture.pixels, &picture.opened, *region, None);
        let map = overlay.and_then(|overlay| overlay.pixels).filter(|_| heat.visible.get());
        if let Some(map) = map {
            let strength = f64::from(heat.strength.get()) / 100.0;
            browser::paint_part(&canvas, KNEE_PX, &map, &picture.opened, *region, Some(strength));
        }
    });
    view! {
        <canvas
            node_ref=canvas
            width=KNEE_PX.to_string()
            height=KNEE_PX.to_string()
            class="knee-picture"
            data-role="knee"
            data-knee=format!("{at:?}").to_ascii_lowercase()
            role="img"
            aria-label=text::knee(at)
        ></canvas>
    }
}

/// A bar a class, from the least serious to the most, on one axis. With the rule the part is hatched that
/// the leading class must pass; the class that is named stands in a box.
#[component]
pub fn ClassBars(
    title: String,
    model: String,
    probabilities: Probabilities,
    #[prop(optional)] knee: Option<String>,
    #[prop(optional_no_strip)] rule: Option<OperatingPoint>,
    #[prop(optional_no_strip)] named: Option<Class>,
    #[prop(default = "probability")] role: &'static str,
) -> impl IntoView {
    // Of a class that is never named all of the bar is hatched.
    let least = rule.map(|rule| rule.least_to_lead(&probabilities));
    let zone = least.map(|least| percent(least.unwrap_or(1.0)));
    let bar = {
        let zone = zone.clone();
        move |class: Class| {
            let value = probabilities[class as usize];
            view! {
                <li
                    class=if named == Some(class) { class.id().to_owned() + " named" } else { class.id().to_owned() }
                    data-role=role
                    data-class=class.id()
                    data-model=model.clone()
                    data-knee=knee.clone()
                    data-value=fixed(value, 6)
                >
                    <span>{text::class(class)}</span>
                    <span class="track">
                        {zone.clone().map(|zone| view! { <span class="zone" style:width=zone></span> })}
                        <span class="fill" style:width=percent(value)></span>
                    </span>
                    <span class="value">{text::percent(value)}</span>
                </li>
            }
        }
    };
    view! {
        <div class="bars">
            <h5>{title}</h5>
            <ul>{Class::ALL.map(bar).collect_view()}</ul>
            {least.map(|least| view! {
                <p class="axis" aria-hidden="true">
                    {[0.0, 0.5, 1.0].into_iter().map(|share| view! { <span>{text::share(share)}</span> }).collect_view()}
                </p>
                <p class="hint zone-hint" data-role="zone" data-value=fixed(least.unwrap_or(1.0), 6)>{text::zone(least)}</p>
            })}
        </div>
    }
}

/// A model's name for people.
pub fn model_name(status: &Status, id: &str) -> String {
    let Status::Ready(state) = status else { return id.to_owned() };
    state.models.iter().find(|model| model.id == id).map_or_else(|| id.to_owned(), |model| model.name.clone())
}
