//! Finds the outline of a film within a picture: on a photograph, in a viewer's window, askew on black.
//!
//! Straight lines are found by a Hough transform in which each pixel votes for the few slopes that its gradient allows
//! (Duda and Hart, 1972; O'Gorman and Clowes, 1976). Of all quadrilaterals of four lines the one is taken whose sides are best
//! supported by edges of one polarity. The constants were chosen on simulated photographs of 30 films and tried on 30
//! others; `docs/decisions/0014-straightening.md` has the figures.

use image::GrayImage;
use pixels::Grid;
use radiograph::Corners;

/// The outline is looked for on a picture reduced to this longest side.
const SEARCH_SIDE_PX: u32 = 256;
/// A pixel with a smaller gradient is on no edge; a larger one than the second votes as that.
const EDGE: [f32; 2] = [3.0, 12.0];
/// From one slope to the next, how many there are to either side of 0, and for how many to either side an edge votes.
const SLOPE: f32 = 0.02;
const SLOPES: isize = 35;
const SPREAD: isize = 4;
/// So many lines of each direction and polarity are kept; nearer ones than this, in pixels, are the same line.
const KEPT: usize = 6;
const NEAR_PX: f32 = 8.0;
/// Of so many places on a side those count at which the gradient points across it, at an angle with at least this cosine.
const PLACES: usize = 32;
const LEAST_COSINE: f32 = 0.8;
/// The least share (0..=1) of these on each side.
const LEAST_SIDE: f32 = 0.3;
/// Opposite sides differ by this factor at most.
const MOST_RATIO: f32 = 2.2;
/// The film's share of the picture: beyond it nothing needs to be straightened.
const LEAST_AREA: f32 = 0.10;
const MOST_AREA: f32 = 0.85;
/// How much a bright film on a dark ground counts beside a dark film on a bright one.
const BRIGHT: f32 = 0.8;
/// A worse outline is none.
const LEAST_SCORE: f32 = 0.45;
/// Corners are taken so much (of the way to the middle) within the outline: what lies outside of a film misleads more than
/// its edge tells.
const INSET: f32 = 0.02;

/// The gradient of a picture in two directions.
struct Gradient {
    width: usize,
    height: usize,
    across: Vec<f32>,
    down: Vec<f32>,
}

/// `place + slope · (run − half of the run)`, upright lines running down and level ones across.
#[derive(Clone, Copy)]
struct Line {
    slope: f32,
    place: f32,
}

/// The corners of the film on a picture; none where no outline stands out.
pub fn find(pixels: &GrayImage) -> Option<Corners> {
    let (search, picture_from_search) = Grid::reduced(pixels, SEARCH_SIDE_PX);
    if search.width < 3 || search.height < 3 {
        return None;
    }
    let gradient = Gradient::of(&search);
    let mut best = (LEAST_SCORE, None);
    for is_dark in [true, false] {
        // A dark film's grey values fall behind its left and its upper edge.
        let first = if is_dark { -1.0 } else { 1.0 };
        let [left, right] = [first, -first].map(|sign| gradient.lines(false, sign));
        let [top, bottom] = [first, -first].map(|sign| gradient.lines(true, sign));
        for (left, right) in left.iter().flat_map(|left| right.iter().map(move |right| (left, right))) {
            for (top, bottom) in top.iter().flat_map(|top| bottom.iter().map(move |bottom| (top, bottom))) {
                let Some(outline) = gradient.outline([left, right], [top, bottom]) else { continue };
                let score = gradient.score(&outline, is_dark);
                if score > best.0 {
                    best = (score, Some(outline));
                }
            }
        }
    }
    let outline = best.1?;
    let middle = [0, 1].map(|axis| outline.iter().map(|corner| corner[axis]).sum::<f32>() / 4.0);
    let on_picture = |axis: usize, place: f32| {
        let length = if axis == 0 { pixels.width() } else { pixels.height() };
        let inset = place + (middle[axis] - place) * INSET;
        (((inset + 0.5) * picture_from_search).round() as u32).min(length)
    };
    Some(Corners(outline.map(|[x, y]| [on_picture(0, x), on_picture(1, y)])))
}

impl Gradient {
    /// By Sobel's kernels, in grey values per pixel, 0 on the border. The square root makes steps in the dark as high as
    /// those in bright light.
    fn of(search: &Grid) -> Self {
        let (width, height) = (search.width, search.height);
        let lit: Vec<f32> = (0..height).flat_map(|y| search.row(y)).map(|value| (value * 255.0).sqrt()).collect();
        let (mut across, mut down) = (vec![0.0; width * height], vec![0.0; width * height]);
        for y in 1..height - 1 {
            for x in 1..width - 1 {
                let at = y * width + x;
                let step = |along: usize, aside: usize| {
                    let side = |at: usize| lit[at + along] - lit[at - along];
                    (side(at - aside) + 2.0 * side(at) + side(at + aside)) / 8.0
                };
                across[at] = step(1, width);
                down[at] = step(width, 1);
            }
        }
        Self { width, height, across, down }
    }

    /// The lines with the most votes, level or upright, across which the grey values grow (`sign` 1) or fall (−1).
    fn lines(&self, is_level: bool, sign: f32) -> Vec<Line> {
        let (length, places) = if is_level { (self.width, self.height) } else { (self.height, self.width) };
        let half = length as f32 / 2.0;
        let slopes = (2 * SLOPES + 1) as usize;
        let mut votes = vec![0.0f32; slopes * places];
        for run in 0..length {
            for place in 0..places {
                let at = if is_level { place * self.width + run } else { run * self.width + place };
                let (across, along) =
                    if is_level { (self.down[at], self.across[at]) } else { (self.across[at], self.down[at]) };
                let strength = across.hypot(along);
                if strength <= EDGE[0] || across * sign <= 0.0 || across.abs() < along.abs() * 0.999 {
                    continue;
                }
                let middle = (-along / across / SLOPE).round() as isize;
                for slope in (middle - SPREAD).max(-SLOPES)..=(middle + SPREAD).min(SLOPES) {
                    let start = (place as f32 - slope as f32 * SLOPE * (run as f32 + 0.5 - half)).round();
                    if (0.0..places as f32).contains(&start) {
                        votes[(slope + SLOPES) as usize * places + start as usize] += strength.min(EDGE[1]);
                    }
                }
            }
        }
        // A line a little off the grid votes for two places.
        let beside = |at: usize, step: isize| {
            at.checked_add_signed(step).filter(|next| next / places == at / places).and_then(|next| votes.get(next))
        };
        let mut sums: Vec<f32> = (0..votes.len())
            .map(|at| votes[at] + [-1, 1].into_iter().filter_map(|step| beside(at, step)).sum::<f32>())
            .collect();
        let mut lines = Vec::new();
        while lines.len() < KEPT {
            let Some((best, most)) = sums.iter().copied().enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b)) else {
                break;
            };
            if most <= 0.0 {
                break;
            }
            let line = |at: usize| Line {
                slope: ((at / places) as isize - SLOPES) as f32 * SLOPE,
                place: (at % places) as f32,
            };
            let found = line(best);
            lines.push(found);
            for (at, sum) in sums.iter_mut().enumerate() {
                let other = line(at);
                if (other.place - found.place).abs() + (other.slope - found.slope).abs() * half < NEAR_PX {
                    *sum = 0.0;
                }
            }
        }
        lines
    }

    /// Where four lines meet, if that may be a film: upper left, upper right, lower right, lower left.
    fn outline(&self, [left, right]: [&Line; 2], [top, bottom]: [&Line; 2]) -> Option<[[f32; 2]; 4]> {
        let (width, height) = (self.width as f32, self.height as f32);
        if right.place - left.place < 0.15 * width || bottom.place - top.place < 0.15 * height {
            return None;
        }
        let meet = |upright: &Line, level: &Line| {
            let x = (upright.place + upright.slope * (level.place - level.slope * width / 2.0 - height / 2.0))
                / (1.0 - upright.slope * level.slope);
            [x, level.place + level.slope * (x - width / 2.0)]
        };
        let corners = [meet(left, top), meet(right, top), meet(right, bottom), meet(left, bottom)];
        let margin = 0.02 * width.max(height);
        let is_there = |[x, y]: &[f32; 2]| {
            (-margin..=width - 1.0 + margin).contains(x) && (-margin..=height - 1.0 + margin).contains(y)
        };
        let side = |at: usize| {
            let ([x, y], [to_x, to_y]) = (corners[at], corners[(at + 1) % 4]);
            (to_x - x).hypot(to_y - y)
        };
        let is_even = |one: f32, other: f32| one.max(other) <= MOST_RATIO * one.min(other);
        let is_film = corners.iter().all(is_there)
            && is_even(side(0), side(2))
            && is_even(side(1), side(3))
            && (LEAST_AREA..=MOST_AREA).contains(&(area(&corners) / (width * height)));
        is_film.then_some(corners)
    }

    /// How well the sides are supported (0..=1), larger films a little better.
    fn score(&self, corners: &[[f32; 2]; 4], is_dark: bool) -> f32 {
        let mut score = (area(corners) / (self.width * self.height) as f32).powf(0.25);
        if !is_dark {
            score *= BRIGHT;
        }
        for side in 0..4 {
            let support = self.support(side, corners[side], corners[(side + 1) % 4], is_dark);
            if support < LEAST_SIDE {
                return 0.0;
            }
            score *= support;
        }
        score
    }

    /// Share (0..=1) of the places on a side at which an edge runs along it.
    fn support(&self, side: usize, from: [f32; 2], to: [f32; 2], is_dark: bool) -> f32 {
        let [x, y] = [to[0] - from[0], to[1] - from[1]];
        // To the bright side: outward of a dark film.
        let towards = if is_dark { 1.0 } else { -1.0 } / x.hypot(y);
        let normal = [y * towards, -x * towards];
        let is_edge = |x: f32, y: f32| {
            let (x, y) = (x.round(), y.round());
            if !(0.0..self.width as f32).contains(&x) || !(0.0..self.height as f32).contains(&y) {
                return false;
            }
            let at = y as usize * self.width + x as usize;
            let (across, down) = (self.across[at], self.down[at]);
            let towards = across * normal[0] + down * normal[1];
            towards > EDGE[0] && towards >= LEAST_COSINE * across.hypot(down)
        };
        let supported = (0..PLACES).filter(|place| {
            let share = (*place as f32 + 0.5) / PLACES as f32;
            let (x, y) = (from[0] + share * x, from[1] + share * y);
            let is_level = side.is_multiple_of(2);
            [-1.0, 0.0, 1.0].into_iter().any(|off| if is_level { is_edge(x, y + off) } else { is_edge(x + off, y) })
        });
        supported.count() as f32 / PLACES as f32
    }
}

/// By Gauss's formula.
fn area(corners: &[[f32; 2]; 4]) -> f32 {
    let double: f32 = (0..4)
        .map(|at| {
            let ([x, y], [next_x, next_y]) = (corners[at], corners[(at + 1) % 4]);
            x * next_y - y * next_x
        })
        .sum();
    double.abs() / 2.0
}

#[cfg(test)]
mod tests {
    use image::Luma;

    use super::*;

    /// A dark film with a brighter leg on a bright wall, its corners at these places.
    fn photograph(corners: [[f32; 2]; 4]) -> GrayImage {
        GrayImage::from_fn(400, 500, |x, y| {
            let (x, y) = (x as f32 + 0.5, y as f32 + 0.5);
            let is_inside = (0..4).all(|at| {
                let ([from_x, from_y], [to_x, to_y]) = (corners[at], corners[(at + 1) % 4]);
                (to_x - from_x) * (y - from_y) - (to_y - from_y) * (x - from_x) > 0.0
            });
            let leg = 120.0 - (x - 200.0).abs();
            Luma([if is_inside { leg.max(20.0) } else { 200.0 - y / 20.0 } as u8])
        })
    }

    #[test]
    fn the_corners_of_a_film_on_a_wall_are_found() {
        for corners in [
            [[60.0, 70.0], [330.0, 70.0], [330.0, 430.0], [60.0, 430.0]],
            [[90.0, 60.0], [340.0, 90.0], [310.0, 440.0], [50.0, 400.0]],
            [[110.0, 60.0], [290.0, 80.0], [350.0, 450.0], [60.0, 420.0]],
        ] {
            let found = find(&photograph(corners)).expect("it stands out").0;
            for (found, expected) in found.iter().zip(corners) {
                // Two per cent of the way to the middle, some 5 px, are wanted.
                let off = (found[0] as f32 - expected[0]).hypot(found[1] as f32 - expected[1]);
                assert!(off < 12.0, "{found:?} for {expected:?}");
            }
        }
    }

    #[test]
    fn what_has_no_outline_gives_none() {
        let ramp = GrayImage::from_fn(300, 300, |x, y| Luma([((x + y) / 3) as u8]));
        let flat = GrayImage::from_pixel(300, 300, Luma([90]));
        let stripes = GrayImage::from_fn(300, 300, |x, _| Luma([if x / 25 % 2 == 0 { 40 } else { 190 }]));
        for (name, picture) in [("ramp", ramp), ("flat", flat), ("stripes", stripes)] {
            assert_eq!(find(&picture), None, "{name}");
        }
    }

    #[test]
    fn tiny_and_narrow_pictures_give_none() {
        for (width, height) in [(1, 1), (2, 900), (900, 2), (3, 3), (5, 4000)] {
            let noise = GrayImage::from_fn(width, height, |x, y| Luma([(x * 31 + y * 17) as u8]));
            assert_eq!(find(&noise), None, "{width} × {height}");
        }
    }
}
