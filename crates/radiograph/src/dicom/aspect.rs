//! Pixels that are not square (PS3.3 C.7.6.3.1.7 and 10.7.1.3): the picture is stretched.

use dicom_core::Tag;
use dicom_dictionary_std::tags;

use super::attributes::Attributes;
use crate::limits::MAX_PIXELS;
use crate::note::Note;
use crate::picture::Radiograph;

/// A difference in size that nobody sees.
const SQUARE_WITHIN: f64 = 0.01;
/// No device has pixels that are longer than this many times their width.
const MOST: f64 = 4.0;

/// How many times as high as wide a pixel is: by the spacing at the person, at the detector, of the scanned film, or
/// by the bare proportion.
pub(super) fn of(attributes: &Attributes, notes: &mut Vec<Note>) -> f64 {
    const SPACINGS: [Tag; 4] = [
        tags::PIXEL_SPACING,
        tags::IMAGER_PIXEL_SPACING,
        tags::NOMINAL_SCANNED_PIXEL_SPACING,
        tags::PIXEL_ASPECT_RATIO,
    ];
    let told = SPACINGS.into_iter().find_map(|tag| pair(attributes, tag));
    match told.map(|[vertical, horizontal]| vertical / horizontal) {
        Some(aspect) if (aspect.max(1.0 / aspect) - 1.0) <= SQUARE_WITHIN => 1.0,
        Some(aspect) if is_possible(aspect) => {
            notes.push(Note::Stretched { percent: (100.0 * aspect.max(1.0 / aspect)).round() as u32 });
            aspect
        }
        Some(_) => {
            notes.push(Note::AspectUnusable);
            1.0
        }
        None => 1.0,
    }
}

/// A vertical and a horizontal distance, unless they make no sense.
pub(super) fn pair(attributes: &Attributes, tag: Tag) -> Option<[f64; 2]> {
    match attributes.numbers(tag)[..] {
        [vertical, horizontal] if vertical > 0.0 && horizontal > 0.0 => {
            (vertical / horizontal).is_finite().then_some([vertical, horizontal])
        }
        _ => None,
    }
}

/// Whether a pixel may be so many times as high as wide.
pub(super) fn is_possible(aspect: f64) -> bool {
    (1.0 / MOST..=MOST).contains(&aspect)
}

/// The picture with square pixels. The shorter side grows; where that would be too many pixels the other shrinks.
pub(super) fn squared(picture: Radiograph, aspect: f64) -> Radiograph {
    if (aspect - 1.0).abs() < f64::EPSILON {
        return picture;
    }
    let (width, height) = (f64::from(picture.width_px()), f64::from(picture.height_px()));
    let (wide, high) = if aspect > 1.0 { (width, height * aspect) } else { (width / aspect, height) };
    let shrunk = (MAX_PIXELS as f64 / (wide * high)).min(1.0).sqrt();
    let [wide, high] = [wide, high].map(|side| ((side * shrunk).round() as u32).max(1));
    picture.with_pixels(pixels::resized(picture.pixels(), wide, high))
}
