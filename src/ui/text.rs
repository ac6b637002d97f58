//! Every word a user reads, in English. Reading age about twelve; no claim of a diagnosis.

use osteolens::gate::{Adjustment, Refusal};
use osteolens::knees::Position;
use osteolens::prediction::{Class, OperatingPoint};
use osteolens::protocol::Backend;
use osteolens::record::Reported;

pub const NAME: &str = "OsteoLens";
pub const TAGLINE: &str = "A second look at bone in a knee X-ray, on your own device.";
pub const PRIVACY: &str = "Your image stays on this device";
pub const PRIVACY_DETAIL: &str = "Nothing is uploaded: the models come to your device, not the other way round. Once they are loaded you can switch off the network and go on.";
pub const LIMITS: &str = "Research and education. Not a medical device, not a diagnosis.";

pub const DROP_TITLE: &str = "Drop a knee X-ray here";
pub const DROP_HINT: &str =
    "PNG, JPEG, BMP, TIFF or WebP, front view, one or both knees. You can also paste a picture.";
pub const CHOOSE: &str = "Choose a file";
pub const CAMERA: &str = "Take a photo";
pub const ANOTHER: &str = "Another X-ray";
pub const RELEASE: &str = "Let go to analyse";
pub const SAMPLES_TITLE: &str = "No X-ray at hand? Try a sample";
pub const SAMPLES_NOTE: &str = "Made for this page: each is nine aligned knees laid over one another, so it shows no real person. Samples show how the page works, not how well.";

/// A sample: file in `samples/`, label.
pub const SAMPLES: [(&str, &str); 5] = [
    ("sample-a.png", "Sample A"),
    ("sample-b.png", "Sample B"),
    ("sample-c.png", "Sample C"),
    ("sample-d.png", "Sample D"),
    ("not-a-knee.png", "Not an X-ray"),
];

pub const NOTICE_TITLE: &str = "Before you start";
pub const NOTICE_POINTS: [&str; 3] = [
    "OsteoLens is for research and education. It is not a medical device and gives no diagnosis.",
    "Its models are weak: they were trained on 170 films, and their labels come from ultrasound, not from DXA, the test for osteoporosis.",
    "Whatever it says, do not start, stop or change a treatment because of it. Ask a doctor.",
];
pub const NOTICE_ACCEPT: &str = "I understand";

pub const WORKING: &str = "Reading the picture…";
pub const PRELIMINARY: &str = "First answer of the small model; the large one is still loading.";
pub const HEATMAP_SHOW: &str = "Show heat map";
pub const HEATMAP_CAPTION: &str = "What influenced the model, not where disease is.";
pub const HEATMAP_EMPTY: &str = "Nothing in the picture speaks for this class: its map is empty.";
pub const HEATMAP_BORDER: &str = "Much of the weight lies on the border or on marks. Be doubtful of this result.";
pub const OPACITY: &str = "Strength";
pub const HEATMAP_CLASS: &str = "Class";
pub const HEATMAP_MODEL: &str = "Model";
pub const HEATMAP_COLOURS: &str = "Colours";
pub const LEGEND_LOW: &str = "little";
pub const LEGEND_HIGH: &str = "much influence";
pub const PROBABILITIES: &str = "How likely the models find each class";
pub const COMBINED: &str = "Both models together";
pub const NOT_KNOWN: &str = "This knee is not like those the models know: cut off, covered by metal, or not seen from the front. Nothing is said of it.";
pub const NOT_ALL_KNOWN: &str = "One of the knees is not like those the models know, so nothing is said of the film.";
pub const NO_LONGER_AT_HAND: &str = "The picture is no longer at hand. Choose the file again.";
pub const NEXT_STEP: &str = "What now?";
pub const DETAILS: &str = "Details";
pub const DISMISS: &str = "Dismiss";
pub const RESULTS: &str = "Your X-rays";
pub const SCORES_TITLE: &str = "How good is it, honestly?";
pub const SCORES_INTRO: &str = "Measured on people whom the models had not seen: 5-fold cross-validation in which a film and all pictures cut from it stay on one side. The truth is an ultrasound T-score, not DXA. Intervals are 95 %, by bootstrap over films.";
pub const SCORES_LESSON: &str = "Knowing a person's age alone separates normal from bone loss far better than any model here does from the picture. Take the verdict as a reason to ask, never as an answer.";
pub const ALWAYS_OSTEOPENIA: &str = "Always “osteopenia”";
pub const AGE_ALONE: &str = "Age alone, no picture, per film";
pub const PER_CLASS_TITLE: &str = "Each class, both models together";
pub const CALLED: &str = "called";
pub const CONFUSION_CAPTION: &str = "Each row is what a knee is, each column what it was called; knees per repeat.";
pub const RELIABILITY_AXIS: &str = "called probable, %";
pub const RELIABILITY_CAPTION: &str =
    "How often the leading class is right (upwards, %) by how probable it was called. On the line it keeps its word.";
pub const PREVALENCE_TITLE: &str = "What a red verdict is worth";
pub const PREVALENCE_NOTE: &str = "Most red verdicts are false alarms. How many depends on how many of those who come have osteoporosis. The percentages beside a result assume that all three classes are equally frequent.";
pub const PROTOCOLS_TITLE: &str = "Why others report so much more";
pub const SUBGROUPS_TITLE: &str = "For whom";
pub const SUBGROUPS_NOTE: &str = "Both models together. A part of the people in which a class has fewer than four films is left out. Where the interval is wide, little is known.";
pub const CLINICAL_TITLE: &str = "Questions instead of a picture";
pub const CLINICAL_NOTE: &str =
    "What age, sex, weight and the like tell of the same people, without and with the picture. No T-score goes in.";
pub const GATE_TITLE: &str = "What gets no result";
pub const GATE_NOTE: &str = "Pictures that are no knees should be refused, knees should not. A film turned upside down is judged as it is. Not tried: knees from the side, other joints, hands.";
pub const SALIENCY_TITLE: &str = "Whether the heat maps mean something";
pub const SALIENCY_NOTE: &str = "A map should change when the network's last block is made random (likeness near 0), and blotting out its hottest quarter should cost the class more than blotting out any quarter.";
pub const ENGINE_LOADING: &str = "Loading the models";
pub const ENGINE_STARTING: &str = "Starting";
pub const ENGINE_FAILED: &str = "The models could not be started";

/// Title, what it means, what to do.
pub struct VerdictText {
    pub title: &'static str,
    pub meaning: &'static str,
    pub next: &'static str,
}

/// The words for a `data-verdict`.
pub fn verdict(id: &str) -> VerdictText {
    match id {
        "normal" => VerdictText {
            title: "Looks normal",
            meaning: "The models find this knee most like those of people in the normal group of an ultrasound test of bone.",
            next: "This cannot rule out osteoporosis: most of the knees that look normal here still come from people with some bone loss. If you are a woman after menopause, a man over 50, or have broken a bone from a small fall, ask your doctor about DXA of hip and spine, the test that can tell.",
        },
        "osteopenia" => VerdictText {
            title: "Looks osteopenic",
            meaning: "The models find this knee most like those of people in the middle group (osteopenia) of an ultrasound test of bone.",
            next: "Mention it to your doctor and ask whether DXA of hip and spine makes sense for you. The classes apply to women after menopause and men from 50; in younger people they mean little.",
        },
        "osteoporosis" => VerdictText {
            title: "Looks osteoporotic",
            meaning: "The models find this knee most like those of people in the low group (osteoporosis) of an ultrasound test of bone.",
            next: "Most red results here are false alarms. Still, please consult a doctor: DXA of hip and spine can tell whether it is osteoporosis; this page cannot. There is no emergency, but do not put it off.",
        },
        "uncertain" => VerdictText {
            title: "Uncertain",
            meaning: "The two models disagree, or hardly prefer one answer. This page does not guess.",
            next: "This says nothing for or against bone loss. If you have a reason to ask, such as your age, a broken bone or family history, ask your doctor about DXA of hip and spine.",
        },
        "refused" => VerdictText {
            title: "No result for this picture",
            meaning: "It does not look like a picture these models can judge.",
            next: "Use a front-view X-ray of one or both knees, as the hospital's file or a straight photograph of it without surroundings.",
        },
        _ => VerdictText { title: "This file could not be analysed", meaning: "", next: "" },
    }
}

pub fn class(class: Class) -> &'static str {
    match class {
        Class::Normal => "Normal",
        Class::Osteopenia => "Osteopenia",
        Class::Osteoporosis => "Osteoporosis",
    }
}

pub fn refusal(reason: Refusal) -> &'static str {
    match reason {
        Refusal::TooSmall => "It has fewer than 128 pixels on a side. Use a larger version.",
        Refusal::Colour => "It has the colours of a photograph. X-rays are grey.",
        Refusal::Blank => "It is almost blank. There is nothing to see in it.",
        Refusal::NotAKnee => {
            "It does not look like a front-view knee X-ray. If it is one, crop it to the knee or use the hospital's own file."
        }
        Refusal::Needs(Adjustment::Invert) => {
            "It looks like a knee X-ray with black and white swapped. Bone should be bright."
        }
        Refusal::Needs(Adjustment::TurnLeft | Adjustment::TurnRight) => "It looks like a knee X-ray lying on its side.",
        Refusal::Needs(Adjustment::TurnOver) => "It looks like a knee X-ray standing on its head.",
        Refusal::Drawing => {
            "Large parts of it are one bright shade, as in a drawing or a screenshot. Crop it to the film."
        }
    }
}

pub fn knee(position: Position) -> &'static str {
    match position {
        Position::Only => "Knee",
        Position::Left => "Knee on the left of the picture",
        Position::Right => "Knee on the right of the picture",
    }
}

pub fn running_on(backend: Backend) -> &'static str {
    match backend {
        Backend::WebGpu => "Running on GPU",
        Backend::Cpu => "Running on CPU",
    }
}

pub fn restarted(reason: &str) -> String {
    format!("The graphics processor failed, so the page computes on the CPU ({reason})")
}

pub fn fallback(reason: &str) -> String {
    format!("Computing on the CPU: {reason}.")
}

pub fn stalled(seconds: u32) -> String {
    format!("no answer for {seconds} seconds")
}

pub fn megabytes(loaded: u64, total: u64) -> String {
    format!("{:.1} of {:.1} MB", loaded as f64 / 1e6, total as f64 / 1e6)
}

/// Whole per cent, never 0 or 100: the models are never that sure.
pub fn percent(probability: f32) -> String {
    format!("{:.0} %", (probability * 100.0).round().clamp(1.0, 99.0))
}

/// The button that mends a refused picture.
pub fn adjust(adjustment: Adjustment) -> &'static str {
    match adjustment {
        Adjustment::Invert => "Swap black and white, and analyse",
        Adjustment::TurnLeft => "Turn left, and analyse",
        Adjustment::TurnRight => "Turn right, and analyse",
        Adjustment::TurnOver => "Turn over, and analyse",
    }
}

/// For the head of a narrow column.
pub fn short_class(class: Class) -> &'static str {
    match class {
        Class::Normal => "normal",
        Class::Osteopenia => "openia",
        Class::Osteoporosis => "porosis",
    }
}

/// A row of the model card.
pub fn model(id: &str) -> String {
    match id {
        "custom-cnn" => "Custom CNN".into(),
        "resnet18" => "ResNet18".into(),
        "combined" => COMBINED.into(),
        other => sentence(other),
    }
}

/// With a capital.
pub fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

pub fn decision(found: &str, missed: &str, covered: &str, right: &str, majority: &str) -> String {
    format!(
        "Of films of people with osteoporosis {found} are called osteoporotic and {missed} normal; the others are uncertain or called osteopenic. A verdict other than “uncertain” is given for {covered} of all films; of these {right} are right. Always saying “osteopenia” would be right for {majority}."
    )
}

/// How the verdict comes about.
pub fn rule(of: &OperatingPoint) -> String {
    let agree = if of.models_must_agree { "both models lead with the same class, and " } else { "" };
    format!(
        "The verdict is the class that leads the mean of both models, if {agree}it has at least {:.0} % and {:.0} points more than the next. That is a small lead. Otherwise it is “uncertain”. On a film with two knees the worse knee decides.",
        of.min_probability * 100.0,
        of.min_gap * 100.0
    )
}

pub fn of_hundred(prevalence: f64) -> String {
    format!("{:.0} of 100 have osteoporosis", prevalence * 100.0)
}

pub fn protocols_note(copies: f64) -> String {
    format!(
        "The popular data set holds each crop four times. Split at random by file, {:.0} % of the test files have their very copy among the training files, and a network need only recognise them. The same networks, both ways:",
        copies * 100.0
    )
}

pub fn reported(all: &[Reported]) -> String {
    let each: Vec<String> = all.iter().map(|one| format!("{} {:.0} %", one.name, one.accuracy * 100.0)).collect();
    format!("Reported by earlier projects with such a split: {}.", each.join(", "))
}
