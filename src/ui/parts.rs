//! Parts of the page that come, change and go. leptos compiles the code for that anew for every type of view and of
//! closure; here their types are forgotten first, so that it is in the program once: a page that is smaller by a tenth.

use leptos::attr::any_attribute::{AnyAttribute, IntoAnyAttribute};
use leptos::attr::custom::custom_attribute;
use leptos::prelude::*;

use super::browser;

/// leptos' `view!` as an [`AnyView`].
macro_rules! any_view {
    ($($part:tt)*) => { ::leptos::prelude::IntoAny::into_any(::leptos::prelude::view! { $($part)* }) };
}
pub(crate) use any_view as view;

/// `{..attribute("name", value)}` in a view, for attributes with few uses: leptos compiles half a kilobyte for each name that it
/// knows, and the page is 1 kB smaller (compressed) without these.
pub fn attribute(name: &'static str, value: impl Into<String>) -> AnyAttribute {
    let value: String = value.into();
    custom_attribute(name, value).into_any_attr()
}

/// A part that is made anew whenever what it was made of changes, and may be missing.
pub fn changing(part: impl Fn() -> Option<AnyView> + Send + 'static) -> AnyView {
    let part: Box<dyn Fn() -> Option<AnyView> + Send> = Box::new(part);
    let mut is_odd = false;
    // A browser that translates the page has put nodes of its own in place of the words: what stands there is thrown away and
    // not changed, which a view of another type brings about.
    let part: Box<dyn FnMut() -> Option<AnyView> + Send> = Box::new(move || {
        let part = part()?;
        is_odd ^= browser::is_translated();
        Some(if is_odd { (part,).into_any() } else { part })
    });
    part.into_any()
}

/// A part that is there while a condition holds, and made anew only when that changes.
pub fn show(when: impl Fn() -> bool + Send + Sync + 'static, part: impl Fn() -> AnyView + Send + 'static) -> AnyView {
    let when = truth(when);
    changing(move || when.get().then(&part))
}

/// A part under a heading: open beside the picture, folded up where it would stand far below it.
pub fn fold(title: &'static str, part: AnyView) -> AnyView {
    view! {
        <details class="fold" open=browser::is_wide()>
            <summary><h3>{title}</h3></summary>
            {part}
        </details>
    }
}

/// Words that change, and may be missing.
pub fn said<T: Into<String>>(words: impl Fn() -> Option<T> + Send + 'static) -> AnyView {
    // In an element, since a translating browser takes bare words away.
    changing(move || {
        let words: String = words()?.into();
        Some(view! { <span>{words}</span> })
    })
}

/// What is done once now, and again whenever what it looked at changes.
pub fn effect(act: impl Fn() + 'static) {
    let act: Box<dyn Fn()> = Box::new(act);
    Effect::new(move |_| act());
}

/// Whether a condition holds; who asks hears of it only when that changes.
pub fn truth(condition: impl Fn() -> bool + Send + Sync + 'static) -> Memo<bool> {
    let condition: Box<dyn Fn() -> bool + Send + Sync> = Box::new(condition);
    Memo::new(move |_| condition())
}

/// A row of a list that changes.
pub struct Row {
    /// Another row, another key; a row with the key of an earlier one is that one.
    pub key: String,
    /// Makes it.
    pub view: Box<dyn FnOnce() -> AnyView + Send>,
}

/// Rows that are made, moved and taken away one by one.
pub fn rows(all: impl Fn() -> Vec<Row> + Send + 'static) -> AnyView {
    let all: Box<dyn Fn() -> Vec<Row> + Send> = Box::new(all);
    let (key, view) = (|row: &Row| row.key.clone(), |row: Row| (row.view)());
    view! { <For each=all key=key children=view/> }
}
