//! A picture → the one or two knees on it, each cut around its joint line.
//!
//! A leg is bright on a dark ground, and two legs leave a dark valley between them. The joint
//! line is the one place where a leg is crossed by a dark gap between two bright edges. The box is
//! a square, its side a fixed multiple of the leg's width there, so that all knees come at a
//! comparable scale and with their aspect ratio.

use std::ops::Range;

use image::{GrayImage, imageops};
use pixels::Grid;
use serde::{Deserialize, Serialize};

use radiograph::Region;

/// Knees are looked for on a picture reduced to this longest side.
const SEARCH_SIDE_PX: u32 = 256;
/// The darker of the two legs must be this many times as bright as the valley between them…
const MIN_VALLEY_RATIO: f32 = 1.7;
/// …after this much has been added to it, so that a black valley does not divide by nothing.
const VALLEY_FLOOR: f32 = 8.0;
/// The slighter leg must hold this share of the other's brightness: a marker is no leg.
const MIN_LEG_SHARE: f32 = 0.35;
/// Side of the box per width of the leg at the joint line.
const BOX_PER_LEG_WIDTH: f32 = 1.25;
/// Height of the joint's dark gap per width of the leg.
const GAP_PER_LEG_WIDTH: f32 = 0.055;
/// This share of the leg is left out on each side, where skin and collimator have edges too.
const SIDE_MARGIN: f32 = 0.15;
/// Within this share of the upper and lower end a joint line counts less and less.
const END_MARGIN: f32 = 0.12;

/// Where a knee lies on the picture. Left and right are those of the picture, not the patient's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Position {
    /// The only knee.
    Only,
    /// The left of two.
    Left,
    /// The right of two.
    Right,
}

/// A knee on a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Knee {
    /// Which of the two.
    pub position: Position,
    /// Its box, square unless the picture ends.
    pub region: Region,
}

/// The one or two knees, from left to right. A picture on which no leg stands out is taken as
/// one knee that fills it.
pub fn find(pixels: &GrayImage) -> Vec<Knee> {
    let (search, picture_from_search) = Grid::reduced(pixels, SEARCH_SIDE_PX);
    let (columns, rows) = content(&search);
    let film = search.cropped(columns.clone(), rows.clone());
    let legs = legs(&film);
    let position = |index: usize| match (legs.len(), index) {
        (1, _) => Position::Only,
        (_, 0) => Position::Left,
        _ => Position::Right,
    };
    let knee = |(index, &(left, right)): (usize, &(usize, usize))| {
        let leg = film.cropped(left..right, 0..film.height);
        let joint = joint(&leg);
        let side = (BOX_PER_LEG_WIDTH * (joint.right - joint.left)).min(search.width.min(search.height) as f32);
        let region = if side < MIN_BOX_SHARE * search.width.min(search.height) as f32 {
            Region::whole(pixels.width(), pixels.height())
        } else {
            let middle = (columns.start + left) as f32 + f32::midpoint(joint.left, joint.right);
            let x = (middle - side / 2.0).clamp(0.0, search.width as f32 - side);
            let y = ((rows.start + joint.row) as f32 - side / 2.0).clamp(0.0, search.height as f32 - side);
            let on_picture = |value: f32| (value * picture_from_search).round() as u32;
            Region { x_px: on_picture(x), y_px: on_picture(y), width_px: on_picture(side), height_px: on_picture(side) }
                .within(pixels.width(), pixels.height())
        };
        Knee { position: position(index), region }
    };
    legs.iter().enumerate().map(knee).collect()
}

/// As [`find`], in a part of the picture.
pub fn find_within(pixels: &GrayImage, part: Region) -> Vec<Knee> {
    let Region { x_px, y_px, width_px, height_px } = part;
    let mut knees = find(&imageops::crop_imm(pixels, x_px, y_px, width_px, height_px).to_image());
    for Knee { region, .. } in &mut knees {
        (region.x_px, region.y_px) = (region.x_px + x_px, region.y_px + y_px);
    }
    knees
}

/// A box smaller than this share of the picture's shorter side is noise, not a knee.
const MIN_BOX_SHARE: f32 = 0.12;

/// Columns and rows of the picture without empty margins and white strips of screenshots.
fn content(search: &Grid) -> (Range<usize>, Range<usize>) {
    /// Of a row's grey values; less is an empty or an evenly white row.
    const MIN_DEVIATION: f32 = 6.0;
    const WHITE: f32 = 215.0;
    let is_film = |values: &[f32]| {
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / values.len() as f32;
        variance.sqrt() > MIN_DEVIATION && mean < WHITE
    };
    let ends = |count: usize, line: &dyn Fn(usize) -> Vec<f32>| {
        let first = (0..count / 3).find(|at| is_film(&line(*at))).unwrap_or(count / 3);
        let last = (2 * count / 3..count).rev().find(|at| is_film(&line(*at))).unwrap_or(2 * count / 3);
        first..last + 1
    };
    if !(0..search.height).any(|y| is_film(search.row(y))) {
        return (0..search.width, 0..search.height);
    }
    let rows = ends(search.height, &|y| search.row(y).to_vec());
    (ends(search.width, &|x| search.column(x)), rows)
}

/// The columns of one leg, or of two with the darkest valley between them.
fn legs(film: &Grid) -> Vec<(usize, usize)> {
    /// Lead letters are brighter than bone; they must not count as a leg.
    const BONE: f32 = 200.0;
    let mean = |x: usize| film.column(x).iter().map(|value| value.min(BONE)).sum::<f32>() / film.height as f32;
    let profile = pixels::smoothed(&(0..film.width).map(mean).collect::<Vec<_>>(), (film.width / 80).max(1));
    let ground = profile.iter().copied().fold(f32::MAX, f32::min);
    let profile: Vec<f32> = profile.iter().map(|value| value - ground).collect();

    let peak = |columns: &[f32]| columns.iter().copied().fold(0.0, f32::max);
    let ratio = |at: usize| peak(&profile[..at]).min(peak(&profile[at + 1..])) / (profile[at] + VALLEY_FLOOR);
    let whole = vec![(0, film.width)];
    let Some(valley) = (film.width / 4..film.width * 3 / 4).max_by(|a, b| ratio(*a).total_cmp(&ratio(*b))) else {
        return whole;
    };
    let (left, right): (f32, f32) = (profile[..valley].iter().sum(), profile[valley..].iter().sum());
    if ratio(valley) > MIN_VALLEY_RATIO && left.min(right) > MIN_LEG_SHARE * left.max(right) {
        vec![(0, valley), (valley, film.width)]
    } else {
        whole
    }
}

/// The joint line of a leg.
struct Joint {
    row: usize,
    left: f32,
    right: f32,
}

fn joint(leg: &Grid) -> Joint {
    /// Share of the way from ground to bone at which a leg's skin begins.
    const SKIN: f32 = 0.22;
    /// Of grey values; less is no leg.
    const MIN_CONTRAST: f32 = 8.0;
    /// How much an edge counts beside a dark gap.
    const EDGE_WEIGHT: f32 = 0.5;
    /// Lead letters have harder edges than any bone; beyond these a pixel counts no more.
    const MAX_GAP: f32 = 40.0;
    const MAX_EDGE: f32 = 30.0;

    let (ground, bone) = (leg.percentile(5.0), leg.percentile(95.0));
    if bone - ground < MIN_CONTRAST {
        return Joint { row: leg.height / 2, left: 0.0, right: leg.width as f32 };
    }
    let range = (bone - ground).max(1.0);
    let smooth = leg.blurred();
    let extents: Vec<(usize, usize)> =
        (0..leg.height).map(|y| pixels::longest_run(smooth.row(y), ground + SKIN * range)).collect();
    let width = pixels::median(&extents.iter().map(|(left, right)| (right - left) as f32).collect::<Vec<_>>());
    let gap = ((width * GAP_PER_LEG_WIDTH).round() as usize).max(2);

    let inner = |y: usize| {
        let (left, right) = extents[y];
        let margin = ((right - left) as f32 * SIDE_MARGIN) as usize;
        left + margin..right - margin
    };
    let dark_gap = |y: usize| {
        if y <= gap || y + gap + 1 >= leg.height {
            return 0.0;
        }
        let (above, below) = (smooth.highest(y - gap..y), smooth.highest(y + 1..y + gap + 1));
        let edges = above.iter().zip(&below).map(|(above, below)| above.min(*below));
        let depths = edges.zip(smooth.row(y)).map(|(edges, here)| (edges - here).clamp(0.0, MAX_GAP));
        sum_within(inner(y), depths) / range
    };
    let edge = |y: usize| {
        let steps = smooth.row(y).iter().zip(smooth.row(y.saturating_sub(1)));
        sum_within(inner(y), steps.map(|(here, above)| (here - above).abs().min(MAX_EDGE))) / range
    };
    let gaps = pixels::smoothed(&(0..leg.height).map(dark_gap).collect::<Vec<_>>(), (gap / 2).max(1));
    let edges = pixels::smoothed(&(0..leg.height).map(edge).collect::<Vec<_>>(), gap);
    let score = |y: usize| {
        let place = y as f32 / leg.height as f32;
        (gaps[y] + EDGE_WEIGHT * edges[y]) * (place.min(1.0 - place) / END_MARGIN).min(1.0)
    };
    let row = (0..leg.height).max_by(|a, b| score(*a).total_cmp(&score(*b))).unwrap_or(leg.height / 2);

    let near = &extents[row.saturating_sub(gap)..(row + gap + 1).min(leg.height)];
    Joint {
        row,
        left: pixels::median(&near.iter().map(|(left, _)| *left as f32).collect::<Vec<_>>()),
        right: pixels::median(&near.iter().map(|(_, right)| *right as f32).collect::<Vec<_>>()),
    }
}

fn sum_within(range: Range<usize>, values: impl Iterator<Item = f32>) -> f32 {
    values.skip(range.start).take(range.len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;

    /// A drawn leg: shaft, wider ends of the two bones, a dark joint line at `joint_y`.
    fn draw_leg(film: &mut GrayImage, middle: u32, joint_y: u32) {
        for (x, y, pixel) in film.enumerate_pixels_mut() {
            let (across, down) = (x.abs_diff(middle), y.abs_diff(joint_y));
            let bone = if down < 40 { 45 } else { 22 };
            if across < bone && down > 3 {
                *pixel = Luma([180]);
            } else if across < 60 {
                *pixel = Luma([90]);
            }
        }
    }

    fn centre(region: Region) -> (u32, u32) {
        (region.x_px + region.width_px / 2, region.y_px + region.height_px / 2)
    }

    #[test]
    fn two_legs_give_a_left_and_a_right_knee_around_their_joints() {
        let mut film = GrayImage::from_pixel(500, 420, Luma([8]));
        draw_leg(&mut film, 125, 190);
        draw_leg(&mut film, 375, 230);
        let knees = find(&film);
        assert_eq!(knees.iter().map(|knee| knee.position).collect::<Vec<_>>(), [Position::Left, Position::Right]);
        for (knee, (x, y)) in knees.iter().zip([(125, 190), (375, 230)]) {
            let found = centre(knee.region);
            assert!(found.0.abs_diff(x) < 12 && found.1.abs_diff(y) < 12, "{found:?} is not near {x}, {y}");
            assert_eq!(knee.region.width_px, knee.region.height_px);
        }
    }

    #[test]
    fn one_leg_on_a_wide_film_gives_one_knee_at_the_joint() {
        let mut film = GrayImage::from_pixel(500, 420, Luma([8]));
        draw_leg(&mut film, 280, 240);
        let knees = find(&film);
        assert_eq!(knees.len(), 1);
        let found = centre(knees[0].region);
        assert!(found.0.abs_diff(280) < 12 && found.1.abs_diff(240) < 12, "{found:?}");
        assert!(knees[0].region.width_px < 200);
    }

    #[test]
    fn a_blank_picture_is_one_knee_that_fills_it() {
        let knees = find(&GrayImage::from_pixel(300, 200, Luma([77])));
        assert_eq!(knees.len(), 1);
        assert!(knees[0].region.width_px >= 190, "{:?}", knees[0].region);
    }

    #[test]
    fn tiny_and_narrow_pictures_do_not_panic() {
        for (width, height) in [(1, 1), (2, 3), (1, 900), (900, 1), (5, 4000), (17, 16)] {
            let noise = GrayImage::from_fn(width, height, |x, y| Luma([(x * 31 + y * 17) as u8]));
            for knee in find(&noise) {
                assert!(knee.region.x_px + knee.region.width_px <= width, "{width}×{height}");
                assert!(knee.region.y_px + knee.region.height_px <= height, "{width}×{height}");
            }
        }
    }
}
