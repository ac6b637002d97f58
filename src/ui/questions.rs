//! An optional form: what the reader knows besides the picture. It lives in the page's memory only.

use analysis::clinical;
use analysis::referral::{Answers, Sex};
use leptos::prelude::*;
use osteolens::protocol::StudyId;
use osteolens::words::fill;
use radiograph::PersonFacts;

use super::advice::{AgeAnswer, BodyIndices, Reasons};
use super::derived::{Derived, derived};
use super::parts::{attribute, changing, said, show, view};
use super::rules::Rules;
use super::session::{Source, Stage, Study};
use super::studies::Studies;
use super::text;

const KILOGRAMS_PER_POUND: f32 = 0.453_592_37;
const CENTIMETRES_PER_INCH: f32 = 2.54;
const INCHES_PER_FOOT: f32 = 12.0;
/// What a grown person can have; outside, the field asks again.
const AGES: (f32, f32) = (17.0, 107.0);
const WEIGHTS_KG: (f32, f32) = (30.0, 250.0);
const HEIGHTS_CM: (f32, f32) = (100.0, 230.0);
const HEIGHTS_FEET: (f32, f32) = (3.0, 7.0);
const INCHES: (f32, f32) = (0.0, 11.9);

/// As they stand in their fields.
type AgeAndSex = (String, Option<Sex>);

/// Menopause, a broken bone, a parent's hip, cortisone.
type Ticks = [bool; 4];

/// What stands in the fields.
#[derive(Clone, Copy)]
pub struct Form {
    age: RwSignal<String>,
    /// The film whose person's age and sex these are.
    film: RwSignal<Option<StudyId>>,
    /// Age and sex as the film's file tells them.
    told: RwSignal<AgeAndSex>,
    /// Age, sex and ticks of the persons on other films.
    others: StoredValue<Vec<(StudyId, AgeAndSex, Ticks)>>,
    sex: RwSignal<Option<Sex>>,
    weight: RwSignal<String>,
    in_pounds: RwSignal<bool>,
    height: RwSignal<String>,
    feet: RwSignal<String>,
    inches: RwSignal<String>,
    in_feet: RwSignal<bool>,
    is_after_menopause: RwSignal<bool>,
    had_fracture: RwSignal<bool>,
    parent_broke_hip: RwSignal<bool>,
    takes_cortisone: RwSignal<bool>,
}

impl Form {
    /// Empty.
    pub fn new() -> Self {
        let text = || RwSignal::new(String::new());
        let no = || RwSignal::new(false);
        Self {
            age: text(),
            film: RwSignal::new(None),
            told: RwSignal::new((String::new(), None)),
            others: StoredValue::new(Vec::new()),
            sex: RwSignal::new(None),
            weight: text(),
            in_pounds: no(),
            height: text(),
            feet: text(),
            inches: text(),
            in_feet: no(),
            is_after_menopause: no(),
            had_fracture: no(),
            parent_broke_hip: no(),
            takes_cortisone: no(),
        }
    }

    /// The age of the person on a film, if it is a valid number: what was typed beside this film, else what its file says
    /// (also of a film that was not looked at yet).
    pub fn age_of(self, study: &Study) -> Option<f32> {
        let film = study.id;
        if self.film.get() == Some(film) {
            return clinical::typed(&self.age.get(), AGES);
        }
        let told = || study.person().age_years.map(|age| age.to_string());
        let answered =
            self.others.with_value(|others| Some(others.iter().find(|(other, ..)| *other == film)?.1.0.clone()));
        clinical::typed(&answered.or_else(told)?, AGES)
    }

    /// Another film is looked at: its own answers stand in the fields, or what its file tells.
    pub fn look_at(self, film: StudyId, person: PersonFacts) {
        let before = self.film.get_untracked();
        if before == Some(film) {
            return;
        }
        let typed = (self.age.get_untracked(), self.sex.get_untracked());
        let mut others = self.others.get_value();
        let ticks = [self.is_after_menopause, self.had_fracture, self.parent_broke_hip, self.takes_cortisone];
        if let Some(before) = before {
            others.push((before, typed, ticks.map(|tick| tick.get_untracked())));
        }
        let place = others.iter().position(|(other, ..)| *other == film);
        let (answers, ticked) = match place.map(|place| others.swap_remove(place)) {
            Some((_, answers, ticked)) => (Some(answers), ticked),
            None => (None, Ticks::default()),
        };
        for (tick, is_set) in ticks.into_iter().zip(ticked) {
            tick.set(is_set);
        }
        // It may be the film of another person.
        for field in [self.weight, self.height, self.feet, self.inches] {
            field.set(String::new());
        }
        self.others.set_value(others);
        let sex = person.is_female.map(|is_female| if is_female { Sex::Woman } else { Sex::Man });
        let told = (person.age_years.map(|age| age.to_string()).unwrap_or_default(), sex);
        let (age, sex) = answers.unwrap_or_else(|| told.clone());
        self.told.set(told);
        self.age.set(age);
        self.sex.set(sex);
        self.film.set(Some(film));
    }

    /// Names of the answers that stand as the file tells them.
    fn told_answers(self) -> Vec<&'static str> {
        let w = text::words();
        let (age, sex) = self.told.get();
        let is_age = !age.is_empty() && self.age.get() == age;
        let is_sex = sex.is_some() && self.sex.get() == sex;
        [(is_age, w.clinical_age()), (is_sex, w.clinical_sex())]
            .into_iter()
            .filter_map(|(is, name)| is.then_some(name))
            .collect()
    }

    fn weights(self) -> (f32, f32) {
        let unit = if self.in_pounds.get() { KILOGRAMS_PER_POUND } else { 1.0 };
        ((WEIGHTS_KG.0 / unit).round(), (WEIGHTS_KG.1 / unit).round())
    }

    fn height_cm(self) -> Option<f32> {
        if !self.in_feet.get() {
            return clinical::typed(&self.height.get(), HEIGHTS_CM);
        }
        let feet = clinical::typed(&self.feet.get(), HEIGHTS_FEET)?;
        // For whole feet the field of inches may stay empty.
        let typed = self.inches.get();
        let inches = if typed.trim().is_empty() { 0.0 } else { clinical::typed(&typed, INCHES)? };
        Some((feet * INCHES_PER_FOOT + inches) * CENTIMETRES_PER_INCH)
    }

    /// The same, as it changes.
    pub fn answers_so_far(self) -> Derived<Answers> {
        derived(move || self.answers())
    }

    /// What has been answered so far, in metric units; what is out of range is not.
    fn answers(self) -> Answers {
        let unit = if self.in_pounds.get() { KILOGRAMS_PER_POUND } else { 1.0 };
        Answers {
            age_years: clinical::typed(&self.age.get(), AGES),
            sex: self.sex.get(),
            is_after_menopause: self.is_after_menopause.get(),
            weight_kg: clinical::typed(&self.weight.get(), self.weights()).map(|value| value * unit),
            height_cm: self.height_cm(),
            had_fracture: self.had_fracture.get(),
            parent_broke_hip: self.parent_broke_hip.get(),
            takes_cortisone: self.takes_cortisone.get(),
        }
    }
}

/// The two questions that tell most, beside the film.
#[component]
pub fn FirstQuestions(studies: Studies, form: Form, rules: Memo<Option<Rules>>) -> impl IntoView {
    let w = text::words();
    // A sample's age is made up; its file tells nothing.
    let from_file = move || {
        let study = studies.current().filter(|study| matches!(study.source, Source::File(_)))?;
        let dicom = study.picture?.opened.dicom?;
        let facts = [(w.detail_side(), dicom.laterality), (w.detail_view(), dicom.view_position)];
        let facts = facts.into_iter().filter_map(|(name, value)| Some(format!("{name} \u{2068}{}\u{2069}", value?)));
        let all: Vec<String> = form.told_answers().into_iter().map(ToOwned::to_owned).chain(facts).collect();
        (!all.is_empty()).then(|| fill(w.from_file(), [text::list(all)]))
    };
    // Of ages at which too few people were measured nothing is promised.
    let not_measured = move || {
        let age = form.age_of(&studies.current()?)?;
        let (low, high) =
            rules.with(|rules| rules.as_ref()?.clinical.inputs.first().map(|input| (input.low, input.high)))?;
        let numbers = [low, high].map(|years| text::number(f64::from(years), 0));
        (!(low..=high).contains(&age)).then(|| fill(text::words().age_not_measured(), numbers))
    };
    let hint = move || {
        let coverage = |rules: &Rules| [rules.clinical.promises.coverage, rules.promises.coverage];
        let shares = rules.with(|rules| rules.as_ref().map(coverage))?;
        Some(not_measured().unwrap_or_else(|| {
            fill(w.first_questions_note(), shares.map(|share| text::number(f64::from(share) * 100.0, 0)))
        }))
    };
    // Of what is no knee nothing is said at any age.
    let hint =
        move || hint().filter(|_| !studies.current().is_some_and(|study| matches!(study.stage, Stage::Refused(_))));
    view! {
        <div class="first-questions" data-role="first-questions">
            <div class="fields" id="reading" {..attribute("tabindex", "-1")}>
                <Field id="age" name=w.clinical_age() value=form.age fault=move || fault(&form.age.get(), AGES, w.clinical_years())/>
                <label>
                    {w.clinical_sex()}
                    <select id="sex" prop:value=move || sex_id(form.sex.get()) on:change:target=move |event| form.sex.set(match event.target().value().as_str() {
                        "woman" => Some(Sex::Woman),
                        "man" => Some(Sex::Man),
                        _ => None,
                    })>
                        {[(None, "–"), (Some(Sex::Woman), w.clinical_woman()), (Some(Sex::Man), w.clinical_man())]
                            .into_iter().map(|(sex, name)| view! {
                                <option value=sex_id(sex) selected=form.sex.get_untracked() == sex>{name}</option>
                            }).collect_view()}
                    </select>
                </label>
            </div>
            <p class="hint" data-role="from-file">{said(from_file)}</p>
            <p class="hint">{said(hint)}</p>
        </div>
    }
}

fn sex_id(sex: Option<Sex>) -> &'static str {
    match sex {
        None => "",
        Some(Sex::Woman) => "woman",
        Some(Sex::Man) => "man",
    }
}

/// The rest of the form, and what follows from the answers.
#[component]
pub fn ClinicalForm(
    studies: Studies,
    form: Form,
    answers: Derived<Answers>,
    rules: Memo<Option<Rules>>,
) -> impl IntoView {
    let w = text::words();
    // Of what is no knee nothing is said at any age.
    let is_refused = move || studies.current().is_some_and(|study| matches!(study.stage, Stage::Refused(_)));
    let age = move || {
        let model = rules.get().filter(|_| !is_refused())?.clinical;
        answers.get().age_years.map(|age| (age, model))
    };
    let weight_unit = move || if form.in_pounds.get() { w.clinical_pounds() } else { w.clinical_kilograms() };
    view! {
        <details class="clinical" data-role="clinical">
            <summary>{w.clinical_form_title()}</summary>
            <p class="hint">{w.clinical_form_note()}</p>
            <div class="fields">
                <div class="with-unit">
                    <Field id="weight" name=w.clinical_weight() value=form.weight
                        fault=move || fault(&form.weight.get(), form.weights(), weight_unit())/>
                    <Unit id="weight-unit" of=w.clinical_weight() names=[w.clinical_kilograms(), w.clinical_pounds()] second=form.in_pounds/>
                </div>
                <div class="with-unit">
                {show(move || !form.in_feet.get(), move || view! {
                    <Field id="height" name=w.clinical_height() value=form.height
                        fault=move || fault(&form.height.get(), HEIGHTS_CM, w.clinical_centimetres())/>
                })}
                {show(move || form.in_feet.get(), move || view! {
                    <Field id="feet" name=w.clinical_feet() value=form.feet
                        fault=move || fault(&form.feet.get(), HEIGHTS_FEET, w.clinical_feet())/>
                    <Field id="inches" name=w.clinical_inches() value=form.inches
                        fault=move || fault(&form.inches.get(), INCHES, w.clinical_inches())/>
                })}
                <Unit id="height-unit" of=w.clinical_height() names=[w.clinical_centimetres(), w.clinical_feet_inches()] second=form.in_feet/>
                </div>
            </div>
            <div class="checks">
                {show(move || form.sex.get() == Some(Sex::Woman), move || view! {
                    <Check id="menopause" name=w.clinical_menopause() value=form.is_after_menopause/>
                })}
                <Check id="fracture" name=w.clinical_fracture() value=form.had_fracture/>
                <Check id="parent-hip" name=w.clinical_parent() value=form.parent_broke_hip/>
                <Check id="cortisone" name=w.clinical_cortisone() value=form.takes_cortisone/>
            </div>
            {changing(move || age().map(|(age, model)| view! { <AgeAnswer studies model age/> }))}
            <BodyIndices answers/>
            <Reasons answers/>
            <p class="hint">{w.clinical_only_age()}</p>
        </details>
    }
}

#[component]
fn Field(
    id: &'static str,
    name: &'static str,
    value: RwSignal<String>,
    fault: impl Fn() -> Option<String> + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let told = format!("{id}-fault");
    view! {
        <label>
            {name}
            <input
                id=id type="text" {..attribute("inputmode", "decimal")} {..attribute("autocomplete", "off")}
                {..attribute("aria-describedby", told.clone())}
                aria-invalid=move || fault().is_some().to_string()
                prop:value=move || value.get()
                on:input:target=move |event| value.set(event.target().value())
            />
            <span id=told class="fault" role="status">{said(fault)}</span>
        </label>
    }
}

/// Chooses between two units.
#[component]
fn Unit(id: &'static str, of: &'static str, names: [&'static str; 2], second: RwSignal<bool>) -> impl IntoView {
    view! {
        <select id=id class="unit" aria-label=of on:change:target=move |event| second.set(event.target().value() == "1")>
            <option value="0" selected=move || !second.get()>{names[0]}</option>
            <option value="1" selected=move || second.get()>{names[1]}</option>
        </select>
    }
}

#[component]
fn Check(id: &'static str, name: &'static str, value: RwSignal<bool>) -> impl IntoView {
    view! {
        <label class="switch">
            <input
                type="checkbox" id=id
                prop:checked=move || value.get()
                on:change:target=move |event| value.set(event.target().checked())
            />
            {name}
        </label>
    }
}

/// What to do about a field that holds no such number; none while it is empty.
fn fault(typed: &str, range: (f32, f32), unit: &str) -> Option<String> {
    let is_wrong = !typed.trim().is_empty() && clinical::typed(typed, range).is_none();
    let [low, high] = [range.0, range.1].map(|value| text::number(f64::from(value.floor()), 0));
    is_wrong.then(|| fill(text::words().clinical_range(), [low.as_str(), &high, unit]))
}
