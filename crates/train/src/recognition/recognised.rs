//! `recognition.json`: every picture that was tried, and the head that is shipped.

use std::collections::BTreeMap;
use std::fmt::Write;

use analysis::gate::Refusal;
use analysis::knee_head::KneeHead;
use radiograph::Adjustment;
use serde::{Deserialize, Serialize};
use statistics::record::Refused;

/// Where a picture comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Whole film.
    Film,
    /// Crop of a film.
    Crop,
    /// Knee graded for osteoarthritis, from another collection.
    Graded,
    /// Knee of a cohort, from other machines.
    Cohort,
    /// A knee as films come: askew, in another window, compressed.
    Changed,
    /// A film of another part of the body, a photograph.
    Other,
    /// The same, turned or inverted.
    OtherAdjusted,
    /// Made by this program: ramps, noise, text.
    Made,
    /// A knee with black and white swapped.
    Inverted,
    /// A knee turned by a quarter against the clock.
    TurnedLeft,
    /// A knee turned by a quarter with the clock.
    TurnedRight,
    /// A knee turned by half.
    UpsideDown,
}

impl Origin {
    /// Every one.
    pub const ALL: [Self; 12] = [
        Self::Film,
        Self::Crop,
        Self::Graded,
        Self::Cohort,
        Self::Changed,
        Self::Other,
        Self::OtherAdjusted,
        Self::Made,
        Self::Inverted,
        Self::TurnedLeft,
        Self::TurnedRight,
        Self::UpsideDown,
    ];
    /// Knees that are not judged as they are.
    pub const TURNED: [Self; 4] = [Self::Inverted, Self::TurnedLeft, Self::TurnedRight, Self::UpsideDown];

    /// Whether it should be judged.
    pub fn is_knee(self) -> bool {
        matches!(self, Self::Film | Self::Crop | Self::Graded | Self::Cohort | Self::Changed)
    }

    /// Whether what would mend it is looked for: not of each of many changed pictures.
    pub fn is_tried_for_remedies(self) -> bool {
        !matches!(self, Self::OtherAdjusted | Self::Changed)
    }

    /// A knee after this.
    pub fn of_adjusted(adjustment: Adjustment) -> Self {
        match adjustment {
            Adjustment::Invert => Self::Inverted,
            Adjustment::TurnLeft => Self::TurnedLeft,
            Adjustment::TurnRight => Self::TurnedRight,
            Adjustment::TurnOver => Self::UpsideDown,
        }
    }

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Film => "films",
            Self::Crop => "crops of films by others",
            Self::Graded => "knees graded for osteoarthritis",
            Self::Cohort => "knees of a cohort",
            Self::Changed => "knees changed",
            Self::Other => "other films",
            Self::OtherAdjusted => "other films turned or inverted",
            Self::Made => "ramps, noise, stripes, text",
            Self::Inverted => "knees inverted",
            Self::TurnedLeft => "knees turned left",
            Self::TurnedRight => "knees turned right",
            Self::UpsideDown => "knees turned upside down",
        }
    }

    /// Whether the offered adjustment makes the picture right again.
    pub fn is_mended_by(self, needs: Option<Adjustment>) -> bool {
        match self {
            Self::Inverted => needs == Some(Adjustment::Invert),
            Self::TurnedLeft => needs == Some(Adjustment::TurnRight),
            Self::TurnedRight => needs == Some(Adjustment::TurnLeft),
            Self::UpsideDown => needs == Some(Adjustment::TurnOver),
            _ => false,
        }
    }
}

/// A picture that was tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recognised {
    /// Where it comes from.
    pub origin: Origin,
    /// What kind, in words.
    pub kind: String,
    /// The fold whose head judges it; none where no head has learned from it.
    pub fold: Option<usize>,
    /// What the pixels alone say.
    pub refusals: Vec<Refusal>,
    /// Of each knee found, by a head that its person, film or copies had no part in; up to 1 it is judged.
    pub distances: Vec<f32>,
    /// Of another film, the least by a head that has seen nothing of that part of the body.
    pub unseen: Option<f32>,
    /// What would make a refused picture a knee.
    pub needs: Option<Adjustment>,
}

impl Recognised {
    /// Whether it gets no result.
    pub fn is_refused(&self) -> bool {
        !self.refusals.is_empty() || !self.distances.iter().any(|distance| *distance <= 1.0)
    }

    /// Whether it would get none from a head that has seen nothing of that part of the body.
    pub fn is_refused_unseen(&self) -> bool {
        !self.refusals.is_empty() || self.unseen.is_none_or(|distance| distance > 1.0)
    }
}

/// `recognition.json`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recognition {
    /// Seed of the folds.
    pub seed: u64,
    /// The network whose maps are read.
    pub sha256: String,
    /// Fitted to every picture that is learned from.
    pub head: KneeHead,
    /// Every picture tried.
    pub pictures: Vec<Recognised>,
}

impl Recognition {
    /// Knees by source and change, other films by kind and all together.
    pub fn refused(&self) -> Vec<Refused> {
        let record = |origin: Origin, kind: Option<&str>, of: &[&Recognised]| {
            let refused: Vec<&&Recognised> = of.iter().filter(|picture| picture.is_refused()).collect();
            let unseen: Vec<&&Recognised> = of.iter().filter(|picture| picture.unseen.is_some()).collect();
            Refused {
                origin: origin.name().to_owned(),
                kind: kind.map(ToOwned::to_owned),
                is_knee: origin.is_knee(),
                pictures: of.len(),
                refused: refused.len(),
                never_seen: unseen.len(),
                refused_never_seen: unseen.iter().filter(|picture| picture.is_refused_unseen()).count(),
                remedied: Origin::TURNED
                    .contains(&origin)
                    .then(|| refused.iter().filter(|picture| origin.is_mended_by(picture.needs)).count()),
                misled: origin.is_tried_for_remedies().then(|| {
                    let is_wrong = |needs: Option<Adjustment>| needs.is_some() && !origin.is_mended_by(needs);
                    refused.iter().filter(|picture| is_wrong(picture.needs)).count()
                }),
            }
        };
        let mut rows: Vec<Refused> = Vec::new();
        for origin in Origin::ALL {
            let of_origin = self.by_kind().into_iter().filter(|((of, _), _)| *of == origin);
            let kinds: Vec<(&str, Vec<&Recognised>)> = of_origin.map(|((_, kind), of)| (kind, of)).collect();
            let all: Vec<&Recognised> = kinds.iter().flat_map(|(_, of)| of.iter().copied()).collect();
            rows.push(record(origin, None, &all));
            if matches!(origin, Origin::Other | Origin::Changed) {
                rows.extend(kinds.iter().map(|(kind, of)| record(origin, Some(kind), of)));
            }
        }
        rows
    }

    /// Pictures by origin and kind, in that order.
    fn by_kind(&self) -> BTreeMap<(Origin, &str), Vec<&Recognised>> {
        let mut kinds = BTreeMap::<_, Vec<_>>::new();
        for picture in &self.pictures {
            kinds.entry((picture.origin, picture.kind.as_str())).or_default().push(picture);
        }
        kinds
    }
}

/// A number, or a dash where nothing was counted.
pub fn counted(count: Option<usize>) -> String {
    count.map_or_else(|| "–".to_owned(), |count| count.to_string())
}

/// How many are refused, row by row.
pub fn summary(record: &Recognition) -> String {
    let mut text = String::new();
    for of in record.refused() {
        let _ = writeln!(
            text,
            "{}: {} of {} refused, {} of {} if that part of the body was never seen; {} mended, {} misled",
            of.kind.unwrap_or(of.origin),
            of.refused,
            of.pictures,
            of.refused_never_seen,
            of.never_seen,
            counted(of.remedied),
            counted(of.misled)
        );
    }
    text
}
