//! The verdict once the age is known.

use analysis::clinical::ClinicalModel;
use analysis::prediction::{Class, Probabilities, Verdict, combined};
use analysis::promises::{Conformal, Promise};
use leptos::prelude::*;

use super::derived::{Derived, derived};
use super::questions::Form;
use super::rules::Rules;
use super::session::{Stage, Study, verdict_id};
use super::studies::Studies;
use super::text::{self, VerdictText};

/// What is said by age and picture.
#[derive(Clone, Debug, PartialEq)]
pub struct WithAge {
    /// In years.
    pub age: f32,
    /// The verdict.
    pub verdict: Verdict,
    /// The classes that stay possible for 90 of 100 people.
    pub possible: Vec<Class>,
    /// What the verdict is worth.
    pub promise: Option<Promise>,
    /// How much the picture counts beside the age; 0 where it counts nothing.
    pub picture_weight: f32,
}

impl WithAge {
    fn of(model: &ClinicalModel, age: f32, picture: &Probabilities) -> Option<Self> {
        let joined = model.with_picture(&model.probabilities(&[age])?, picture);
        let verdict = model.promises.verdict(model.sets.only(&joined));
        Some(Self {
            age,
            verdict,
            possible: Conformal::possible(&model.sets.least_90, &joined),
            promise: model.promises.of_verdict(verdict),
            picture_weight: model.picture_weight,
        })
    }
}

/// Of the study that is looked at, by the mean of its knees; none without an age, or while a knee is not like those that the
/// models know.
pub fn with_age(studies: Studies, form: Form, rules: Memo<Option<Rules>>) -> Derived<Option<WithAge>> {
    derived(move || of_study(&studies.current()?, form, rules))
}

/// The same of any study.
pub fn of_study(study: &Study, form: Form, rules: Memo<Option<Rules>>) -> Option<WithAge> {
    let Stage::Judged(judged) = &study.stage else { return None };
    let age = form.age_of(study)?;
    let knees: Vec<Probabilities> = judged.knees.iter().map(|knee| knee.combined).collect();
    let is_known = judged.knees.iter().all(|knee| knee.is_known);
    rules.with(|rules| WithAge::of(&rules.as_ref()?.clinical, age, &combined(&knees)).filter(|_| is_known))
}

/// Title and next step of what is shown.
pub fn words_shown(id: &str, answer: Option<&WithAge>) -> VerdictText {
    if answer.is_some() { text::verdict_with_age(id) } else { text::verdict(id) }
}

/// As in `data-verdict`: that with the age where there is one.
pub fn verdict_shown(study: &Study, answer: Option<&WithAge>) -> Option<&'static str> {
    match (&study.stage, answer) {
        (Stage::Judged(_), Some(answer)) => Some(verdict_id(answer.verdict)),
        _ => study.verdict_id(),
    }
}
