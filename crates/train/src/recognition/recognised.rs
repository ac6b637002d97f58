//! `recognition.json`: every picture that was tried, and the head that is shipped.

use std::collections::BTreeMap;
use std::fmt::Write;

use analysis::body_part::{BodyPart, BodyPartHead, LEAST_PROBABILITY};
use analysis::gate::Refusal;
use analysis::knee_head::KneeHead;
use analysis::side::{LEAST_SCORE, Side, SideHead};
use radiograph::Adjustment;
use serde::{Deserialize, Serialize};
use statistics::metrics::least_share;
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
    /// Knee of a cohort, from other X-ray machines.
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
    /// A knee turned by a quarter anticlockwise.
    TurnedLeft,
    /// A knee turned by a quarter clockwise.
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
    /// Whether it is refused and, if no adjustment would, straightening it would make it a knee.
    pub is_straightened: bool,
    /// What it shows instead of a knee, if that has a name.
    pub shows: Option<BodyPart>,
    /// What a refused picture is taken for, by heads that its film or copies had no part in, the most probable first;
    /// nothing below 0.5.
    pub looks: Vec<(BodyPart, f32)>,
    /// The knees whose side is known.
    pub sides: Vec<SideTried>,
    /// Whether it holds something like metal.
    pub has_metal: bool,
    /// Of a changed knee that is judged as the unchanged one is: the largest move of a probability that is shown.
    pub moved: Option<f32>,
}

/// A knee whose side was told by a head that its person had no part in.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SideTried {
    /// The truth.
    pub side: Side,
    /// Above 0 for the left one.
    pub score: f32,
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

/// A part is named on the page if that was right so often (0..=1)…
const LEAST_PRECISION: f64 = 0.9;
/// …and of so many films.
const FEWEST_RIGHT: usize = 10;

/// How often a part of the body was named.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// Which.
    pub part: BodyPart,
    /// Refused pictures that were called so.
    pub said: usize,
    /// Of these, those that show it.
    pub right: usize,
    /// Of these, knees.
    pub knees: usize,
    /// Refused pictures that show it.
    pub shown: usize,
}

/// What is said beside a result of knees, by source or change.
#[derive(Clone, Debug, PartialEq)]
pub struct Remarks {
    /// The source, or what was done.
    pub kind: String,
    /// Pictures tried.
    pub pictures: usize,
    /// Of these, refused.
    pub refused: usize,
    /// Of the refused, those for which it is proposed to straighten them.
    pub straightened: usize,
    /// Of all, said to hold metal.
    pub metal: usize,
    /// Of how many a move is known.
    pub moves: usize,
    /// The median of the largest moves of a probability.
    pub median_move: Option<f32>,
    /// The largest of all.
    pub largest_move: Option<f32>,
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
    /// The same, for the parts of the body, and which of them are named rightly often enough.
    pub body_parts: Vec<BodyPartHead>,
    /// The same, for left and right.
    pub side_head: SideHead,
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

    /// What was taken for a part of the body, whether or not it is one: refused by the models, and no turn would mend it.
    /// Films that were turned by this program are not counted.
    fn looked_at_for_parts(&self) -> impl Iterator<Item = &Recognised> {
        let is_as_it_came = |origin: Origin| origin != Origin::OtherAdjusted && !Origin::TURNED.contains(&origin);
        self.pictures.iter().filter(move |picture| {
            let is_refused = picture.is_refused() && picture.refusals.is_empty();
            let is_refused = is_refused && picture.needs.is_none() && !picture.is_straightened;
            is_refused && is_as_it_came(picture.origin)
        })
    }

    /// The parts that are named rightly often enough, by heads that had not seen the film.
    pub fn parts_named_well(&self) -> Vec<BodyPart> {
        let is_named_well = |part: &BodyPart| {
            let named = self.named(*part);
            named.right >= FEWEST_RIGHT && named.right as f64 >= LEAST_PRECISION * named.said as f64
        };
        BodyPart::ALL.into_iter().filter(is_named_well).collect()
    }

    /// How often a part is named.
    fn named(&self, part: BodyPart) -> Named {
        let is_named = |picture: &&Recognised| {
            // As on the page, what holds metal is not named, but for teeth.
            if picture.has_metal && part != BodyPart::Head {
                return false;
            }
            picture
                .looks
                .first()
                .is_some_and(|(first, probability)| *first == part && *probability >= LEAST_PROBABILITY)
        };
        let named: Vec<&Recognised> = self.looked_at_for_parts().filter(is_named).collect();
        Named {
            part,
            said: named.len(),
            right: named.iter().filter(|picture| picture.shows == Some(part)).count(),
            knees: named.iter().filter(|picture| picture.origin.is_knee()).count(),
            shown: self.looked_at_for_parts().filter(|picture| picture.shows == Some(part)).count(),
        }
    }

    /// How often each part is named: those that the page names, and then those that it does not.
    pub fn parts(&self) -> [Vec<Named>; 2] {
        [true, false].map(|is_named| {
            let heads = self.body_parts.iter().filter(|head| head.is_named == is_named);
            heads.map(|head| self.named(head.part)).collect()
        })
    }

    /// Of knees of a source whose side is known: how many, how many of these get a side, and how many the right one.
    pub fn sides(&self, origin: Origin) -> [usize; 3] {
        let of_source = self.pictures.iter().filter(|picture| picture.origin == origin && !picture.is_refused());
        let knees: Vec<SideTried> = of_source.flat_map(|picture| picture.sides.iter().copied()).collect();
        let is_right = |knee: &&SideTried| Side::of_score(knee.score) == Some(knee.side);
        let is_named = |knee: &&SideTried| knee.score.abs() >= LEAST_SCORE;
        [knees.len(), knees.iter().filter(is_named).count(), knees.iter().filter(is_right).count()]
    }

    /// What is said beside results of knees, by source and change; of other films, whether one is to be straightened.
    pub fn remarks(&self) -> Vec<Remarks> {
        let of_knees =
            self.by_kind().into_iter().filter(|((origin, _), _)| origin.is_knee() || *origin == Origin::Other);
        of_knees
            .map(|((origin, kind), of)| {
                let mut moves: Vec<f32> = of.iter().filter_map(|picture| picture.moved).collect();
                moves.sort_by(f32::total_cmp);
                Remarks {
                    kind: if matches!(origin, Origin::Changed | Origin::Other) {
                        kind.to_owned()
                    } else {
                        origin.name().to_owned()
                    },
                    pictures: of.len(),
                    refused: of.iter().filter(|picture| picture.is_refused()).count(),
                    straightened: of.iter().filter(|picture| picture.is_straightened).count(),
                    metal: of.iter().filter(|picture| picture.has_metal).count(),
                    moves: moves.len(),
                    median_move: moves.get(moves.len() / 2).copied(),
                    largest_move: moves.last().copied(),
                }
            })
            .collect()
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

/// How many of how many, as a share with its 95 % interval.
pub fn told(count: usize, of: usize) -> String {
    if of == 0 {
        return "–".to_owned();
    }
    let (right, all) = (count as f64, of as f64);
    let (share, low, high) = (right / all, least_share(right, all), 1.0 - least_share(all - right, all));
    let percent = |share: f64| format!("{:.1}", 100.0 * share.clamp(0.0, 1.0));
    format!("{count} of {of}: {} % ({}–{})", percent(share), percent(low), percent(high))
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
