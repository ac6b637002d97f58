//! Is the picture good enough technically? Ticks beside a result, no refusal: [`crate::gate`] refuses.

use image::GrayImage;
use serde::{Deserialize, Serialize};

/// A knee smaller than what the networks look at has to be blown up for them.
const MIN_KNEE_PX: u32 = 224;
/// Of the 276 knees cut from the films at hand, the most clipped has 31 % of its pixels black or white.
const MAX_CLIPPED_SHARE: f32 = 0.35;
/// The same knees have 0.054 and more; blurred by 2 px of 224 they have 0.031 and less, half of them
/// below 0.022.
const MIN_SHARPNESS: f32 = 0.026;

/// What was looked at; `true` is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quality {
    /// Every knee has at least 224 pixels on its longer side.
    pub is_large: bool,
    /// Few pixels are pure black or white.
    pub is_well_exposed: bool,
    /// Neighbouring pixels differ as in a sharp film.
    pub is_sharp: bool,
    /// The longer side of the smallest knee.
    pub knee_px: u32,
}

impl Quality {
    /// Of the knees as the networks see them, with the longer side that each has on its file.
    pub fn of(knees: &[(GrayImage, u32)]) -> Self {
        let knee_px = knees.iter().map(|(_, side_px)| *side_px).min().unwrap_or(0);
        Self {
            is_large: knee_px >= MIN_KNEE_PX,
            is_well_exposed: knees.iter().all(|(seen, _)| clipped_share(seen) <= MAX_CLIPPED_SHARE),
            is_sharp: knees.iter().all(|(seen, _)| sharpness(seen) >= MIN_SHARPNESS),
            knee_px,
        }
    }
}

/// Share (0..=1) of the pixels that are pure black or white.
fn clipped_share(seen: &GrayImage) -> f32 {
    let clipped = seen.pixels().filter(|pixel| pixel[0] <= 2 || pixel[0] >= 253).count();
    clipped as f32 / (seen.width() * seen.height()).max(1) as f32
}

/// Mean size of the discrete Laplacian per standard deviation of the grey values.
fn sharpness(seen: &GrayImage) -> f32 {
    let at = |x: u32, y: u32| f32::from(seen.get_pixel(x, y)[0]);
    let count = (seen.width() * seen.height()).max(1) as f32;
    let mean = seen.pixels().map(|pixel| f32::from(pixel[0])).sum::<f32>() / count;
    let variance = seen.pixels().map(|pixel| (f32::from(pixel[0]) - mean).powi(2)).sum::<f32>() / count;
    let (width, height) = (seen.width().saturating_sub(1), seen.height().saturating_sub(1));
    let laplacian: f32 = (1..height)
        .flat_map(|y| (1..width).map(move |x| (x, y)))
        .map(|(x, y)| (4.0 * at(x, y) - at(x - 1, y) - at(x + 1, y) - at(x, y - 1) - at(x, y + 1)).abs())
        .sum();
    laplacian / count / variance.sqrt().max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Luma, imageops};

    fn textured() -> GrayImage {
        // Coarse light and shade, and on it something fine that a blur wipes out.
        GrayImage::from_fn(224, 224, |x, y| Luma([(20 + y * 9 / 10 + (x * 7 + y * 13) % 17) as u8]))
    }

    #[test]
    fn a_good_picture_has_every_tick() {
        let quality = Quality::of(&[(textured(), 300)]);
        assert!(quality.is_large && quality.is_well_exposed && quality.is_sharp, "{quality:?}");
    }

    #[test]
    fn each_fault_is_told_by_itself() {
        let small = Quality::of(&[(textured(), 300), (textured(), 150)]);
        assert!(!small.is_large && small.is_sharp && small.knee_px == 150);
        let blurred = Quality::of(&[(imageops::blur(&textured(), 6.0), 300)]);
        assert!(!blurred.is_sharp && blurred.is_well_exposed);
        let burnt =
            GrayImage::from_fn(224, 224, |x, y| if x < 120 { Luma([255]) } else { *textured().get_pixel(x, y) });
        assert!(!Quality::of(&[(burnt, 300)]).is_well_exposed);
    }
}
