//! The display shutter (PS3.3 C.7.6.11): what lies outside it is no part of the picture.

use dicom_dictionary_std::tags;

use super::attributes::Attributes;
use super::layout::Layout;
use crate::note::Note;

/// A shutter that leaves less than this share of the picture is a fault of the file.
const LEAST_SHARE: f64 = 0.01;

/// Whether each pixel lies outside the shutter, row by row; none without a shutter.
pub(super) fn hidden(
    attributes: &Attributes,
    layout: &Layout,
    aspect: f64,
    notes: &mut Vec<Note>,
) -> Option<Vec<bool>> {
    let shapes = attributes.texts(tags::SHUTTER_SHAPE);
    // A bitmap is an overlay, which is not read.
    let mut known = vec!["RECTANGULAR", "CIRCULAR", "POLYGONAL"];
    known.retain(|known| shapes.iter().any(|shape| shape == known));
    if known.is_empty() {
        return None;
    }
    let outlines: Option<Vec<Outline>> = known.iter().map(|shape| Outline::of(attributes, shape, aspect)).collect();
    let hidden = outlines.map(|outlines| {
        // What several shapes leave open is open in each of them.
        let mut hidden = Vec::with_capacity(layout.pixels());
        for y in 0..layout.height {
            let start = hidden.len();
            hidden.resize(start + layout.width as usize, false);
            for outline in &outlines {
                outline.hide(y, &mut hidden[start..]);
            }
        }
        hidden
    });
    let is_usable = |hidden: &Vec<bool>| {
        let left = hidden.iter().filter(|is_hidden| !**is_hidden).count();
        left as f64 >= hidden.len() as f64 * LEAST_SHARE
    };
    let hidden = hidden.filter(is_usable);
    match &hidden {
        None => notes.push(Note::ShutterUnusable),
        Some(hidden) if hidden.contains(&true) => notes.push(Note::Shutter),
        Some(_) => return None,
    }
    hidden
}

/// In pixels from 1, as the standard counts them.
enum Outline {
    Rectangle {
        left: f64,
        right: f64,
        upper: f64,
        lower: f64,
    },
    /// A pixel is `aspect` times as high as it is wide.
    Circle {
        row: f64,
        column: f64,
        radius: f64,
        aspect: f64,
    },
    /// Rows and columns of its corners.
    Polygon(Vec<(f64, f64)>),
}

impl Outline {
    fn of(attributes: &Attributes, shape: &str, aspect: f64) -> Option<Self> {
        let pair = |numbers: Vec<f64>| match numbers[..] {
            [row, column] if row.is_finite() && column.is_finite() => Some((row, column)),
            _ => None,
        };
        match shape {
            "RECTANGULAR" => {
                let left = attributes.number(tags::SHUTTER_LEFT_VERTICAL_EDGE)?;
                let right = attributes.number(tags::SHUTTER_RIGHT_VERTICAL_EDGE)?;
                let upper = attributes.number(tags::SHUTTER_UPPER_HORIZONTAL_EDGE)?;
                let lower = attributes.number(tags::SHUTTER_LOWER_HORIZONTAL_EDGE)?;
                Some(Self::Rectangle { left, right, upper, lower })
            }
            "CIRCULAR" => {
                let (row, column) = pair(attributes.numbers(tags::CENTER_OF_CIRCULAR_SHUTTER))?;
                let radius = attributes.number(tags::RADIUS_OF_CIRCULAR_SHUTTER)?;
                Some(Self::Circle { row, column, radius, aspect })
            }
            _ => {
                let numbers = attributes.numbers(tags::VERTICES_OF_THE_POLYGONAL_SHUTTER);
                let corners: Option<Vec<_>> = numbers.chunks(2).map(|corner| pair(corner.to_vec())).collect();
                corners.filter(|corners| corners.len() >= 3).map(Self::Polygon)
            }
        }
    }

    /// Marks what it hides of a row, which is counted from 0.
    fn hide(&self, row: u32, hidden: &mut [bool]) {
        let y = f64::from(row) + 1.0;
        match self {
            Self::Rectangle { left, right, upper, lower } => {
                let is_open = (*upper..=*lower).contains(&y);
                hide_all_but(hidden, is_open.then_some((*left, *right)).as_slice());
            }
            Self::Circle { row, column, radius, aspect } => {
                let high = (y - row) * aspect;
                let half = (radius * radius - high * high).max(-1.0);
                let open = (half >= 0.0).then(|| (column - half.sqrt(), column + half.sqrt()));
                hide_all_but(hidden, open.as_slice());
            }
            Self::Polygon(corners) => {
                let ends = corners.iter().zip(corners.iter().cycle().skip(1));
                let mut crossings: Vec<f64> = ends
                    .filter(|((from, _), (to, _))| (*from <= y) != (*to <= y))
                    .map(|((from, from_x), (to, to_x))| from_x + (y - from) / (to - from) * (to_x - from_x))
                    .collect();
                crossings.sort_by(f64::total_cmp);
                let spans: Vec<(f64, f64)> = crossings.as_chunks::<2>().0.iter().map(|[a, b]| (*a, *b)).collect();
                hide_all_but(hidden, &spans);
            }
        }
    }
}

/// Hides what lies in no span, whose ends are columns from 1.
fn hide_all_but(row: &mut [bool], open: &[(f64, f64)]) {
    let mut is_open = vec![false; row.len()];
    for (from, to) in open {
        let first = (from.ceil().max(1.0) as usize - 1).min(row.len());
        let end = (to.floor().max(0.0) as usize).min(row.len());
        is_open[first.min(end)..end].fill(true);
    }
    for (hidden, is_open) in row.iter_mut().zip(is_open) {
        *hidden |= !is_open;
    }
}
