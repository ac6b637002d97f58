//! The words of the language in use, put together with numbers as that language writes them.

use std::cell::{Cell, RefCell};

use analysis::Backend;
use analysis::error::Error;
use analysis::findings::Difference;
use analysis::gate::Refusal;
use analysis::knees::Position;
use analysis::prediction::{Class, OperatingPoint};
use analysis::referral::Reason;
use osteolens::decimal::between;
use osteolens::link::{Program, Unusual};
use osteolens::measurement::{Kind, Measured, Unit};
use osteolens::protocol::NoGpu;
use osteolens::words::{ENGLISH, Language, Words, fill};
use radiograph::{Adjustment, PixelSpacing, SpacingPlane};
use statistics::bootstrap::Estimate;

use super::browser;
use super::session::{Overlay, Stage, Study, Trouble};

pub const NAME: &str = "OsteoLens";

/// Nobody waits longer for the first words: the page is empty until they are there.
pub const FIRST_PATIENCE_MS: u32 = 3_000;
/// The page waits longer for another language: meanwhile it stays as it is.
pub const PATIENCE_MS: u32 = 10_000;

thread_local! {
    /// How often a language was asked for.
    static ASKED: Cell<u32> = const { Cell::new(0) };
    static SPOKEN: Cell<(Language, &'static Words)> = const { Cell::new((Language::English, &ENGLISH)) };
    /// Languages whose words were fetched on this visit.
    static LEARNT: RefCell<Vec<(Language, &'static Words)>> = const { RefCell::new(Vec::new()) };
}

/// The language in use.
pub fn language() -> Language {
    SPOKEN.get().0
}

/// The words of the language in use.
// A call from hundreds of places is smaller than what it does.
#[inline(never)]
pub fn words() -> &'static Words {
    SPOKEN.get().1
}

/// From now on words are of this language, unless another one was asked for meanwhile: then it is not spoken. What is
/// already shown has to be shown anew.
///
/// # Errors
/// When its words could not be fetched: all stays as it was.
pub async fn speak(language: Language, patience_ms: u32) -> Result<bool, Error> {
    let number = ASKED.get() + 1;
    ASKED.set(number);
    let learnt = LEARNT.with_borrow(|all| all.iter().find(|(known, _)| *known == language).map(|(_, words)| *words));
    let words = match (learnt, language.file()) {
        (Some(words), _) => words,
        (None, None) => &ENGLISH,
        (None, Some(file)) => {
            let bytes = browser::fetch_within(&browser::of_this_release(file), patience_ms).await;
            if ASKED.get() != number {
                return Ok(false);
            }
            let text = String::from_utf8_lossy(&bytes?.to_vec()).into_owned();
            let words = Words::read(text.leak())
                .map_err(|names| Error::Weights(format!("{file} is of another release ({names})")))?;
            let words: &'static Words = Box::leak(Box::new(words));
            LEARNT.with_borrow_mut(|all| all.push((language, words)));
            words
        }
    };
    SPOKEN.set((language, words));
    Ok(true)
}

/// Title, what it means, what to do.
pub struct VerdictText {
    pub title: &'static str,
    pub meaning: &'static str,
    pub next: &'static str,
}

/// The words for a `data-verdict`.
pub fn verdict(id: &str) -> VerdictText {
    let w = words();
    let (title, meaning, next) = match id {
        "normal" => (w.normal_title(), w.normal_meaning(), w.normal_next()),
        "osteopenia" => (w.osteopenia_title(), w.osteopenia_meaning(), w.osteopenia_next()),
        "osteoporosis" => (w.osteoporosis_title(), w.osteoporosis_meaning(), w.osteoporosis_next()),
        "uncertain" => (w.uncertain_title(), w.uncertain_meaning(), w.uncertain_next()),
        "refused" => (w.refused_title(), w.refused_meaning(), w.refused_next()),
        _ => (w.error_title(), "", ""),
    };
    VerdictText { title, meaning, next }
}

/// The same for a verdict with the age: the colour does not come from how the picture looks.
pub fn verdict_with_age(id: &str) -> VerdictText {
    let w = words();
    let (title, next) = match id {
        "normal" => (w.age_normal_title(), w.normal_next()),
        "osteopenia" => (w.age_osteopenia_title(), w.osteopenia_next()),
        "osteoporosis" => (w.age_osteoporosis_title(), w.osteoporosis_next()),
        _ => (w.uncertain_title(), w.age_open_next()),
    };
    VerdictText { title, meaning: "", next }
}

pub fn class(class: Class) -> &'static str {
    match class {
        Class::Normal => words().normal(),
        Class::Osteopenia => words().osteopenia(),
        Class::Osteoporosis => words().osteoporosis(),
    }
}

pub fn refusal(reason: Refusal) -> String {
    words().refusal(reason)
}

/// A reason to ask for DXA.
pub fn reason(reason: Reason) -> &'static str {
    let w = words();
    match reason {
        Reason::Age => w.reason_age(),
        Reason::Fracture => w.reason_fracture(),
        Reason::Cortisone => w.reason_cortisone(),
        Reason::LowWeight => w.reason_weight(),
        Reason::ParentsHip => w.reason_parent(),
        Reason::EarlyMenopause => w.reason_menopause(),
    }
}

/// The button that mends a refused picture.
pub fn adjust(adjustment: Adjustment) -> &'static str {
    match adjustment {
        Adjustment::Invert => words().adjust_invert(),
        Adjustment::TurnLeft => words().adjust_turn_left(),
        Adjustment::TurnRight => words().adjust_turn_right(),
        Adjustment::TurnOver => words().adjust_turn_over(),
    }
}

pub fn knee(position: Position) -> &'static str {
    match position {
        Position::Only => words().knee_only(),
        Position::Left => words().knee_left(),
        Position::Right => words().knee_right(),
    }
}

/// What went wrong and what to do.
pub fn error(error: &Error) -> String {
    words().error(error)
}

/// How a file was read, and what to mind beside its result.
pub fn notes(study: &Study) -> Vec<String> {
    study.notes.iter().map(|note| words().note(*note)).chain(remarks(study)).collect()
}

/// What to mind beside a result.
pub fn remarks(study: &Study) -> Vec<String> {
    let Stage::Judged(judged) = &study.stage else { return Vec::new() };
    judged.remarks.iter().map(|remark| words().remark(*remark).to_owned()).collect()
}

/// A value and its unit.
pub fn measured(of: &Measured) -> String {
    match of.unit {
        Unit::Millimetre => fill(words().unit_mm(), [number(of.value, 1)]),
        Unit::Pixel => fill(words().unit_px(), [number(of.value, 0)]),
        Unit::Degree => fill(words().unit_degrees(), [number(of.value, 1)]),
    }
}

/// The same with what it is.
pub fn measurement(of: &Measured) -> String {
    let name = match of.kind {
        Kind::Length => words().measured_length(),
        Kind::Angle => words().measured_angle(),
    };
    fill(name, [measured(of)])
}

/// What a heat map shows, for those who do not see it.
pub fn heat_map(of: Option<&Overlay>) -> String {
    let w = words();
    let third = |share: f32, names: [&'static str; 3]| names[((share * 3.0) as usize).min(2)].to_owned();
    let place = of.and_then(|overlay| Some((overlay.view.class, overlay.peak?)));
    let place = place.map(|(of, [x, y])| {
        let place = [
            third(y, [w.heat_top(), w.heat_middle(), w.heat_bottom()]),
            third(x, [w.heat_left(), w.heat_centre(), w.heat_right()]),
        ];
        fill(w.heat_place(), [class(of).to_owned(), list(place.to_vec())]) + " "
    });
    place.unwrap_or_default() + w.heatmap_caption()
}

/// One after the other, as the language separates them.
pub fn list(all: Vec<String>) -> String {
    all.into_iter().reduce(|before, next| fill(words().list_next(), [before, next])).unwrap_or_default()
}

/// What lengths are measured on.
pub fn spacing(of: Option<PixelSpacing>) -> &'static str {
    let w = words();
    match of.map(|spacing| spacing.plane) {
        Some(SpacingPlane::Person) => w.spacing_person(),
        Some(SpacingPlane::Detector) => w.spacing_detector(),
        Some(SpacingPlane::ScannedFilm) => w.spacing_film(),
        Some(SpacingPlane::Untold) => w.spacing_untold(),
        None => w.spacing_none(),
    }
}

/// What the hatched part of the bars means; of a class that is never named, that.
pub fn zone(least: Option<f32>) -> String {
    least.map_or_else(|| words().zone_never().to_owned(), |least| fill(words().zone(), [percent(least)]))
}

/// What counts in a verdict with the age.
pub fn weights(picture_weight: f32) -> &'static str {
    if picture_weight > 0.0 { words().age_and_picture() } else { words().clinical_why() }
}

/// Classes one after the other.
pub fn classes(all: &[Class]) -> String {
    let names: Vec<&str> = all.iter().map(|one| class(*one)).collect();
    if names.is_empty() { words().no_class().to_owned() } else { names.join(", ") }
}

/// How many files of a folder were left out.
fn left_out(count: usize) -> String {
    fill(words().folder_left_out(), [files(count)])
}

/// Which engine gives the verdicts, and where it computes.
pub fn running_on(backend: Backend, program: Program) -> String {
    let w = words();
    let words = match backend {
        Backend::WebGpu => w.running_on_gpu(),
        Backend::Cpu => w.running_on_cpu(),
    };
    match program {
        Program::Fast => words.to_owned(),
        Program::Reference => fill(w.reference_engine(), [words]),
    }
}

/// How far two engines are apart, of which the second computes there; never told smaller than it is.
pub fn difference(template: &str, of: &Difference, second: Backend) -> String {
    let [probabilities, maps] =
        [of.probabilities, of.maps].map(|value| number((f64::from(value) * 1e5).ceil() / 1e5, 5));
    let backend = match second {
        Backend::WebGpu => "GPU",
        Backend::Cpu => "CPU",
    };
    fill(template, [probabilities.as_str(), &maps, backend])
}

/// What is told beside the result.
pub fn trouble(of: &Trouble) -> String {
    match of {
        Trouble::NoFile => words().no_file().to_owned(),
        Trouble::LeftOut(count) => left_out(*count),
        Trouble::EditFailed(reason) => error(reason),
        Trouble::PictureNotSaved => words().picture_not_saved().to_owned(),
    }
}

/// Why the page computes on the CPU.
pub fn unusual(why: &Unusual) -> String {
    let w = words();
    let reason = match why {
        Unusual::Restarted(reason) => return fill(w.restarted(), [error(reason)]),
        Unusual::NoGpu(reason) => reason,
    };
    let reason = match reason {
        NoGpu::NoWebGpu => w.no_webgpu().to_owned(),
        NoGpu::NoAdapter => w.no_adapter().to_owned(),
        NoGpu::Software => w.software_adapter().to_owned(),
        NoGpu::Slower(race) => fill(w.slower_adapter(), [&race.gpu_ms.to_string(), &race.cpu_ms.to_string()]),
        NoGpu::Silent => w.silent_adapter().to_owned(),
        NoGpu::NotOpened(driver) => fill(w.not_opened(), [driver]),
    };
    fill(w.fallback(), [reason])
}

pub fn stalled(seconds: u32) -> String {
    fill(words().stalled(), [seconds.to_string()])
}

/// A size, in kilobytes of a thousand bytes.
pub fn kilobytes(bytes: u64) -> String {
    format!("{} kB", number(bytes as f64 / 1e3, 1))
}

pub fn megabytes(loaded: u64, total: u64) -> String {
    fill(words().megabytes(), [loaded, total].map(|bytes| number(bytes as f64 / 1e6, 1)))
}

/// So many files, in the plural form of the language.
pub fn files(count: usize) -> String {
    let w = words();
    let form = match browser::plural(language().tag(), count as f64).as_str() {
        "one" => w.files_one(),
        "two" => w.files_two(),
        "few" => w.files_few(),
        "many" => w.files_many(),
        _ => w.files_other(),
    };
    fill(form, [number(count as f64, 0)])
}

/// With so many decimals, as the language writes it.
pub fn number(value: f64, decimals: u32) -> String {
    browser::number(language().tag(), value, decimals, false)
}

/// Whole per cent, never 0 or 100: the models are never that sure.
pub fn percent(probability: f32) -> String {
    share(between(f64::from((probability * 100.0).round()), 1.0, 99.0) / 100.0)
}

/// Whole per cent.
pub fn share(share: f64) -> String {
    browser::number(language().tag(), share, 0, true)
}

/// A figure and its interval.
pub fn figure(one: Estimate) -> String {
    format!("{} ({}–{})", number(one.value, 2), number(one.low, 2), number(one.high, 2))
}

/// A share and its interval.
pub fn share_figure(one: Estimate) -> String {
    format!("{} ({}–{})", share(one.value), number(one.low * 100.0, 0), number(one.high * 100.0, 0))
}

/// How a verdict from the picture alone comes about; nothing where none ever does.
pub fn rule(of: &OperatingPoint) -> Option<String> {
    let named: Vec<Class> = Class::ALL.into_iter().filter(|class| of.least[*class as usize].is_some()).collect();
    (!named.is_empty()).then(|| fill(words().rule(), [classes(&named)]))
}
