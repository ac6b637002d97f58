//! The part of a film that is looked at, in as many of the file's own pixels as the screen shows.

use radiograph::Region;
use serde::{Deserialize, Serialize};

use crate::view::View;

/// Limit for one part: as RGBA it takes 32 MB in the engine and as much on the page. On a larger screen (4K has 8.3
/// million pixels, 5K 14.7) a part that fills it is reduced.
const MOST_PIXELS: f64 = 8e6;

/// Which part, and how large it is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// On the file's picture, as it was turned and cut.
    pub part: Region,
    /// At most the part's.
    pub width_px: u32,
    /// At most the part's.
    pub height_px: u32,
}

/// The area of the page in which the film is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pane {
    /// Width and height in CSS pixels.
    pub size: (f64, f64),
    /// Pixels of the screen to a CSS pixel.
    pub density: f64,
}

impl Detail {
    /// What is missing on the pane; none where the picture that is shown already, of the size `shown`, is as sharp as
    /// the screen or as the file's, of the size `source`.
    pub fn wanted(view: &View, pane: Pane, source: (u32, u32), shown: (u32, u32)) -> Option<Self> {
        let across = if view.is_sideways() { source.1 } else { source.0 };
        // Pixels of the screen to a pixel of the file.
        let scale = pane.size.0 * pane.density * view.zoom / f64::from(across);
        let is_sharp = shown.0 >= source.0 || scale <= f64::from(shown.0) / f64::from(source.0);
        if is_sharp || !scale.is_finite() {
            return None;
        }
        let [left, top, right, bottom] = view.visible(pane.size);
        // An error of rounding is no further pixel.
        let first = |share: f64, length: u32| (share * f64::from(length) + 1e-6).floor() as u32;
        let end = |share: f64, length: u32| (share * f64::from(length) - 1e-6).ceil() as u32;
        let (x_px, y_px) = (first(left, source.0), first(top, source.1));
        let width_px = end(right, source.0).saturating_sub(x_px);
        let height_px = end(bottom, source.1).saturating_sub(y_px);
        if width_px == 0 || height_px == 0 {
            return None;
        }
        let most = (MOST_PIXELS / (f64::from(width_px) * f64::from(height_px))).sqrt();
        let scale = scale.min(1.0).min(most);
        let scaled = |length: u32| ((f64::from(length) * scale).round() as u32).max(1);
        Some(Self {
            part: Region { x_px, y_px, width_px, height_px },
            width_px: scaled(width_px),
            height_px: scaled(height_px),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SCREEN: Pane = Pane { size: (600.0, 800.0), density: 2.0 };

    #[test]
    fn a_picture_that_is_as_sharp_as_screen_or_file_needs_nothing_more() {
        let whole = View::default();
        assert_eq!(Detail::wanted(&whole, SCREEN, (1200, 1600), (1200, 1600)), None, "the file has no more");
        assert_eq!(Detail::wanted(&whole, SCREEN, (6000, 8000), (1200, 1600)), None, "the screen has no more");
        assert_eq!(Detail::wanted(&whole, Pane { size: (0.0, 0.0), density: 1.0 }, (6000, 8000), (1200, 1600)), None);
    }

    #[test]
    fn at_one_pixel_to_a_pixel_and_beyond_it_is_the_files_own() {
        let view = View { zoom: 10.0, ..View::default() };
        let near = Detail::wanted(&view, SCREEN, (6000, 8000), (1200, 1600)).expect("it is enlarged");
        assert_eq!((near.width_px, near.height_px), (near.part.width_px, near.part.height_px));
        assert_eq!(near.part, Region { x_px: 2700, y_px: 3600, width_px: 600, height_px: 800 });
    }

    #[test]
    fn of_a_turned_picture_it_is_the_part_in_sight() {
        let upper_left = View { zoom: 8.0, pan: (2100.0, 2800.0), ..View::default() };
        let part = |view: View, size| {
            Detail::wanted(&view, Pane { size, density: 1.0 }, (6000, 8000), (1200, 1600)).expect("enlarged").part
        };
        let Region { x_px, y_px, .. } = part(upper_left, (600.0, 800.0));
        assert_eq!((x_px, y_px), (0, 0));
        // A quarter turn clockwise: its lower left corner comes to the upper left.
        let turned = part(View { turns: 1, pan: (2800.0, 2100.0), ..upper_left }, (800.0, 600.0));
        assert_eq!((turned.x_px, turned.y_px + turned.height_px), (0, 8000));
    }

    proptest! {
        #[test]
        fn it_lies_on_the_film_and_is_never_larger_than_the_limit(
            zoom in 1.0f64..12.0, pan in (-9e3f64..9e3, -9e3f64..9e3), turns in 0u8..4, is_mirrored: bool,
            source in (1601u32..16_000, 1601u32..16_000), size in (50.0f64..4000.0, 50.0f64..4000.0),
        ) {
            let view = View { zoom, pan, turns, is_mirrored, ..View::default() };
            let shown = (source.0 / 4, source.1 / 4);
            if let Some(detail) = Detail::wanted(&view, Pane { size, density: 1.5 }, source, shown) {
                let Region { x_px, y_px, width_px, height_px } = detail.part;
                prop_assert!(x_px + width_px <= source.0 && y_px + height_px <= source.1);
                prop_assert!(detail.width_px <= width_px && detail.height_px <= height_px);
                prop_assert!(detail.width_px > 0 && detail.height_px > 0);
                // Each side is rounded by up to half a pixel.
                prop_assert!(f64::from(detail.width_px - 1) * f64::from(detail.height_px - 1) <= MOST_PIXELS);
            }
        }
    }
}
