//! Is this a picture that may be judged at all? Reasons, not a bool.
//!
//! Here are the cheap checks, on pixels alone: they catch photographs, blank pictures and
//! thumbnails. Whether a grey picture shows a knee is told by the model that has a
//! [`KneeHead`](crate::knee_head::KneeHead), or by each model's [`KnownKnees`](crate::known_knees::KnownKnees) where none does.

use serde::{Deserialize, Serialize};

use radiograph::{Adjustment, Corners, MIN_SIDE_PX, Radiograph};

use crate::body_part::BodyPart;

/// Above this mean spread of the colour channels a picture is no scan of a film. The films
/// at hand are grey (0); the bound leaves room for a tinted scan and is not fitted to data.
const MAX_COLOURFULNESS: f32 = 16.0;
/// Below this standard deviation of the grey values nothing can be seen.
const MIN_CONTRAST: f32 = 8.0;
/// A picture most of whose pixels are of one value is a drawing, a text or a screenshot.
const MAX_SHARE_OF_ONE_BRIGHT_VALUE: f32 = 0.4;
/// From this grey value on a pixel counts as bright; the ground of a film is dark.
const BRIGHT: usize = 128;

/// Why a picture is not judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// A side has fewer than 128 pixels.
    TooSmall,
    /// Colours as in a photograph.
    Colour,
    /// Hardly any difference between light and dark.
    Blank,
    /// Large areas of one bright value, as in drawings and screenshots.
    Drawing,
    /// No knee, by the models that decide that.
    NotAKnee,
    /// No knee, but most probably this.
    LooksLike(BodyPart),
    /// Something like metal on what may be a knee: hardly any knee that the models learned from had it.
    Metal,
    /// A knee once this has been done to the picture, and not before.
    Needs(Adjustment),
    /// A knee once the film on the picture, with these corners, has been straightened, and not before.
    Askew(Corners),
}

/// All reasons not to judge the picture; none means that it may be judged.
pub fn refusals(radiograph: &Radiograph) -> Vec<Refusal> {
    let pixels = radiograph.pixels();
    let counts = pixels::histogram(pixels);
    let total = (pixels.width() as f32 * pixels.height() as f32).max(1.0);
    let moment = |of: &dyn Fn(f32) -> f32| {
        counts.iter().enumerate().map(|(value, count)| of(value as f32) * *count as f32).sum::<f32>() / total
    };
    let mean = moment(&|value| value);
    let contrast = moment(&|value| (value - mean).powi(2)).sqrt();
    let commonest_bright = counts[BRIGHT..].iter().max().copied().unwrap_or(0) as f32 / total;

    let checks = [
        (radiograph.width_px().min(radiograph.height_px()) < MIN_SIDE_PX, Refusal::TooSmall),
        (radiograph.colourfulness() > MAX_COLOURFULNESS, Refusal::Colour),
        (contrast < MIN_CONTRAST, Refusal::Blank),
        (contrast >= MIN_CONTRAST && commonest_bright > MAX_SHARE_OF_ONE_BRIGHT_VALUE, Refusal::Drawing),
    ];
    checks.into_iter().filter_map(|(fails, reason)| fails.then_some(reason)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{GrayImage, Luma};

    #[test]
    fn a_blank_picture_is_refused_as_blank() {
        let blank = GrayImage::from_pixel(300, 300, Luma([90]));
        assert_eq!(refusals(&blank.into()), [Refusal::Blank]);
    }

    #[test]
    fn a_thumbnail_is_too_small() {
        let small = GrayImage::from_fn(100, 300, |x, y| Luma([(x + y) as u8]));
        assert_eq!(refusals(&small.into()), [Refusal::TooSmall]);
    }

    #[test]
    fn text_on_a_white_ground_is_a_drawing() {
        let text = GrayImage::from_fn(300, 300, |x, y| Luma([if x % 9 == 0 && y % 5 < 3 { 0 } else { 255 }]));
        assert_eq!(refusals(&text.into()), [Refusal::Drawing]);
    }

    #[test]
    fn a_grey_ramp_may_be_judged() {
        let ramp = GrayImage::from_fn(300, 300, |x, y| Luma([((x + y) / 3) as u8]));
        assert!(refusals(&ramp.into()).is_empty());
    }
}
