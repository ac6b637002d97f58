//! What of the heat map is looked at.

use analysis::findings::OverlayView;
use analysis::heatmap::ColourMap;
use analysis::prediction::Class;
use leptos::prelude::*;
use osteolens::protocol::{Request, StudyId};

use super::engine::Engine;
use super::parts::effect;
use super::session::Study;
use super::studies::Studies;

/// What of the heat map is shown, and how strongly.
#[derive(Clone, Copy)]
pub struct Heat {
    /// Whether it is shown at all.
    pub visible: RwSignal<bool>,
    /// Opacity in per cent.
    pub strength: RwSignal<u32>,
    /// Chosen instead of the first view of the study.
    pub model: RwSignal<Option<String>>,
    /// Chosen instead of the first view of the study.
    pub class: RwSignal<Option<Class>>,
    /// How heat becomes colour.
    pub colours: RwSignal<ColourMap>,
}

impl Heat {
    /// Shown at a middling strength; the engine is asked for what is wanted and not yet there.
    pub fn new(studies: Studies, engine: Engine) -> Self {
        let heat = Self {
            visible: RwSignal::new(true),
            strength: RwSignal::new(60),
            model: RwSignal::new(None),
            class: RwSignal::new(None),
            colours: RwSignal::new(ColourMap::default()),
        };
        // A new study is looked at without the choices made for the last one.
        effect(move || {
            studies.shown.track();
            heat.model.set(None);
            heat.class.set(None);
        });
        let asked = StoredValue::new_local(None::<(StudyId, OverlayView)>);
        effect(move || {
            let Some(study) = studies.current() else { return };
            let Some(view) = heat.wanted(&study) else {
                // Nothing to be seen yet, or not any more: the same may have to be asked for anew.
                asked.set_value(None);
                return;
            };
            let there = study.overlay.as_ref().is_some_and(|overlay| overlay.view == view);
            let wanted = (study.id, view);
            if !there && asked.get_value().as_ref() != Some(&wanted) {
                engine.ask(Request::Overlay { study: wanted.0, view: wanted.1.clone() });
                asked.set_value(Some(wanted));
            } else if there {
                asked.set_value(None);
            }
        });
        heat
    }

    /// The view that the choices ask for.
    pub fn wanted(&self, study: &Study) -> Option<OverlayView> {
        let first = study.first_view()?;
        Some(OverlayView {
            model: self.model.get().unwrap_or(first.model),
            class: self.class.get().unwrap_or(first.class),
            colours: self.colours.get(),
        })
    }
}
