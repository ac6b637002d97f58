//! Does a knee hold something as bright, even and hard-edged as metal? A remark beside a result, and never the only reason to refuse.
//!
//! The rule was chosen among five on implants that were drawn onto films, for want of real knees with metal; what it finds
//! on films as they are is in the model card. A film that is overexposed over a large part of the bone looks alike.

use image::GrayImage;

/// From these grey values on a pixel may be metal: a patch is looked for at each.
const BRIGHT: [u8; 2] = [225, 238];
/// The least share (0..=1) of a knee's square that a patch fills.
const LEAST_SHARE: f32 = 0.006;
/// An edge is hard where the grey values change by more than this from pixel to pixel…
const HARD: f32 = 12.0;
/// …and a patch is where more than this share of its edge is hard.
const LEAST_HARD_SHARE: f32 = 0.6;
/// The largest standard deviation of the grey values within a patch.
const MOST_UNEVEN: f32 = 6.0;
/// So many pixels from its edge on a patch is not blurred; a patch that is thinner is looked at as a whole.
const EDGE_PX: u32 = 2;
/// The fewest pixels for which a standard deviation says something.
const FEWEST_INNER: usize = 20;

/// Whether a knee, as the networks see it, holds a patch like that.
pub fn is_seen(knee: &GrayImage) -> bool {
    BRIGHT.into_iter().any(|bright| {
        let mut is_left: Vec<bool> = knee.pixels().map(|pixel| pixel[0] >= bright).collect();
        let (width, mut at) = (knee.width() as usize, 0);
        while let Some(found) = is_left[at..].iter().position(|left| *left) {
            at += found;
            let patch = taken(&mut is_left, width, at);
            if patch.len() as f32 >= LEAST_SHARE * knee.len() as f32 && is_metal(knee, &patch, bright) {
                return true;
            }
        }
        false
    })
}

/// Takes away all pixels that hang together with one, and returns them.
fn taken(is_left: &mut [bool], width: usize, first: usize) -> Vec<(u32, u32)> {
    let (mut open, mut patch) = (vec![first], Vec::new());
    is_left[first] = false;
    while let Some(at) = open.pop() {
        let x = at % width;
        patch.push((x as u32, (at / width) as u32));
        let beside = [(x > 0, -1), (x + 1 < width, 1), (true, -(width as isize)), (true, width as isize)];
        for (is_there, step) in beside {
            let next = at.checked_add_signed(step).filter(|next| is_there && *next < is_left.len());
            if let Some(next) = next.filter(|next| is_left[*next]) {
                is_left[next] = false;
                open.push(next);
            }
        }
    }
    patch
}

fn is_metal(knee: &GrayImage, patch: &[(u32, u32)], bright: u8) -> bool {
    let value = |x: i32, y: i32| {
        f32::from(
            knee.get_pixel(x.clamp(0, knee.width() as i32 - 1) as u32, y.clamp(0, knee.height() as i32 - 1) as u32)[0],
        )
    };
    // All within so many steps to the side, up and down lies in the patch; what lies outside of the picture does not.
    let is_inner = |&(x, y): &(u32, u32), steps: u32| {
        (0..=steps).all(|down| {
            let across = steps - down;
            [
                (x.checked_sub(across), y.checked_sub(down)),
                (x.checked_add(across), y.checked_sub(down)),
                (x.checked_sub(across), y.checked_add(down)),
                (x.checked_add(across), y.checked_add(down)),
            ]
            .into_iter()
            .all(|(x, y)| {
                x.zip(y).and_then(|(x, y)| knee.get_pixel_checked(x, y)).is_some_and(|pixel| pixel[0] >= bright)
            })
        })
    };
    let (mut edge, mut hard) = (0usize, 0usize);
    for &(x, y) in patch.iter().filter(|at| !is_inner(at, 1)) {
        let (x, y) = (x as i32, y as i32);
        let step = |along: &dyn Fn(i32, i32) -> f32| {
            [(-1, 1.0), (0, 2.0), (1, 1.0)]
                .map(|(side, weight)| weight * (along(1, side) - along(-1, side)))
                .iter()
                .sum::<f32>()
                / 8.0
        };
        let across = step(&|forward, side| value(x + forward, y + side));
        let down = step(&|forward, side| value(x + side, y + forward));
        edge += 1;
        hard += usize::from(across.hypot(down) > HARD);
    }
    if hard as f32 <= LEAST_HARD_SHARE * edge as f32 {
        return false;
    }
    let inner: Vec<&(u32, u32)> = patch.iter().filter(|at| is_inner(at, 1) && is_inner(at, EDGE_PX)).collect();
    let looked = if inner.len() > FEWEST_INNER { inner } else { patch.iter().collect() };
    let values = || looked.iter().map(|(x, y)| f32::from(knee.get_pixel(*x, *y)[0]));
    let mean = values().sum::<f32>() / looked.len() as f32;
    let variance = values().map(|value| (value - mean).powi(2)).sum::<f32>() / looked.len() as f32;
    variance.sqrt() < MOST_UNEVEN
}

#[cfg(test)]
mod tests {
    use image::{Luma, imageops};

    use super::*;

    /// A bone that is brightest in its middle, with something drawn on it.
    fn knee(draw: impl Fn(u32, u32) -> Option<u8>) -> GrayImage {
        GrayImage::from_fn(224, 224, |x, y| {
            let bone = 200u32.saturating_sub(x.abs_diff(112)) as u8;
            Luma([draw(x, y).unwrap_or(bone)])
        })
    }

    #[test]
    fn a_plate_is_seen_and_a_bone_is_not() {
        assert!(!is_seen(&knee(|_, _| None)));
        assert!(is_seen(&knee(|x, y| ((60..72).contains(&x) && y > 100).then_some(250))));
        assert!(
            !is_seen(&knee(|x, y| ((60..66).contains(&x) && (100..120).contains(&y)).then_some(250))),
            "a lead mark"
        );
    }

    #[test]
    fn what_is_bright_without_a_hard_edge_or_uneven_is_no_metal() {
        let glare = |x: u32, y: u32| Some(255u32.saturating_sub(x.abs_diff(112) + y.abs_diff(112)) as u8);
        assert!(!is_seen(&knee(glare)));
        let plate = knee(|x, y| ((60..90).contains(&x) && y > 100).then_some(250));
        assert!(!is_seen(&imageops::blur(&plate, 6.0)));
        assert!(!is_seen(&knee(|x, y| ((60..90).contains(&x) && y > 100).then_some(if (x + y) % 2 == 0 {
            255
        } else {
            239
        }))));
    }

    #[test]
    fn a_picture_of_any_size_can_be_looked_at() {
        for (width, height) in [(1, 1), (1, 40), (40, 1), (3, 3)] {
            let _ = is_seen(&GrayImage::from_pixel(width, height, Luma([255])));
        }
    }
}
