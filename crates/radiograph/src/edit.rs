//! What a reader does to a file's picture before it is judged: choose a frame, invert, turn, straighten, crop.

use image::imageops;
use serde::{Deserialize, Serialize};

use crate::adjustment::Adjustment;
use crate::corners::Corners;
use crate::decode::{Decoded, decode_polar};
use crate::dicom::Window;
use crate::fault::{Fault, Result};
use crate::geometry::Region;
use crate::limits::{MAX_PIXELS, MIN_SIDE_PX, require_few_pixels};
use crate::picture::Radiograph;

/// Which picture of a file is judged, and what is done to it before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// Number of the picture in a DICOM file that holds several, from 0.
    pub frame: u32,
    /// As a refusal proposed.
    pub adjustment: Option<Adjustment>,
    /// The corners of the film within the file's picture after the adjustment, by which it is straightened.
    #[serde(default)]
    pub corners: Option<Corners>,
    /// The part to be judged, on the picture after all that.
    pub crop: Option<Region>,
}

impl Edit {
    /// With an adjustment that was not there before. A part that was cut out lies elsewhere once the
    /// picture is turned: it is the whole that is turned, or the film that was straightened.
    #[must_use]
    pub fn mended(self, adjustment: Adjustment) -> Self {
        if let Some(Corners(mut corners)) = self.corners
            && adjustment != Adjustment::Invert
        {
            match adjustment {
                Adjustment::TurnRight => corners.rotate_right(1),
                Adjustment::TurnLeft => corners.rotate_left(1),
                _ => corners.rotate_left(2),
            }
            return Self { corners: Some(Corners(corners)), crop: None, ..self };
        }
        let has_places = adjustment == Adjustment::Invert && self.adjustment.is_none();
        let (corners, crop) = (self.corners.filter(|_| has_places), self.crop.filter(|_| has_places));
        Self { adjustment: Some(adjustment), corners, crop, ..self }
    }

    /// Whether less is judged than the file's whole picture.
    pub fn is_part(self) -> bool {
        self.corners.is_some() || self.crop.is_some()
    }

    /// Whether a place on the file's picture, before a part is cut out, is the same after another edit.
    pub fn has_places_of(self, other: Self) -> bool {
        let turned = |edit: Self| edit.adjustment.filter(|adjustment| *adjustment != Adjustment::Invert);
        self.frame == other.frame && turned(self) == turned(other) && self.corners == other.corners
    }
}

/// Decodes a file's picture with this VOI window, then adjusts it, straightens it and crops it. What the file says of the
/// size of its pixels does not hold of a straightened picture.
///
/// # Errors
/// As [`decode_frame`](crate::decode_frame), [`Radiograph::straightened`] and [`Radiograph::cropped`].
pub fn open(bytes: &[u8], edit: Edit, window: Window) -> Result<Decoded> {
    let is_inverted = edit.adjustment == Some(Adjustment::Invert);
    let mut decoded = decode_polar(bytes, edit.frame, window, is_inverted)?;
    if let Some(adjustment) = edit.adjustment.filter(|_| !is_inverted) {
        decoded.radiograph = decoded.radiograph.adjusted(adjustment);
    }
    if let Some(corners) = edit.corners {
        decoded.radiograph = decoded.radiograph.straightened(corners)?;
        decoded.spacing = None;
    }
    if let Some(part) = edit.crop {
        decoded.radiograph = decoded.radiograph.cropped(part)?;
    }
    Ok(decoded)
}

impl Radiograph {
    /// A part of the same picture.
    ///
    /// # Errors
    /// [`Fault::PartTooSmall`] for a part with a side below [`MIN_SIDE_PX`].
    pub fn cropped(&self, part: Region) -> Result<Self> {
        let part = part.within(self.width_px(), self.height_px());
        require_large((part.width_px, part.height_px))?;
        let pixels = imageops::crop_imm(self.pixels(), part.x_px, part.y_px, part.width_px, part.height_px).to_image();
        Ok(self.with_pixels(pixels))
    }

    /// The film of which these are the corners, as if seen from its front.
    ///
    /// # Errors
    /// [`Fault::PartTooSmall`] for one with a side below [`MIN_SIDE_PX`], or if the corners do not go around clockwise;
    /// [`Fault::TooManyPixels`].
    pub fn straightened(&self, corners: Corners) -> Result<Self> {
        let (width, height) = (self.width_px(), self.height_px());
        let corners = Corners(corners.0.map(|[x, y]| [x.min(width), y.min(height)]));
        let (width, height) = if corners.are_sound() { corners.size() } else { (0, 0) };
        require_large((width, height))?;
        // The means of the sides of a long and slanting shape can be more than there is.
        require_few_pixels(width, height, MAX_PIXELS)?;
        Ok(self.with_pixels(corners.straightened(self.pixels())))
    }
}

fn require_large((width, height): (u32, u32)) -> Result<()> {
    let is_large = width.min(height) >= MIN_SIDE_PX;
    if is_large { Ok(()) } else { Err(Fault::PartTooSmall { width, height, least: MIN_SIDE_PX }) }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{GrayImage, ImageFormat, Luma};

    use super::*;

    #[test]
    fn what_a_shutter_hides_stays_black_when_a_film_is_inverted() {
        let path = format!("{}/../../tests/cases/files/D41-shutter.dcm", env!("CARGO_MANIFEST_DIR"));
        let bytes = std::fs::read(path).expect("committed");
        let shown = |edit| open(&bytes, edit, Window::Own).expect("sound").radiograph;
        let (film, inverted) =
            (shown(Edit::default()), shown(Edit { adjustment: Some(Adjustment::Invert), ..Edit::default() }));
        assert_eq!(inverted.pixels().get_pixel(0, 0)[0], 0);
        let middle = |radiograph: &Radiograph| radiograph.pixels().get_pixel(128, 96)[0];
        assert_eq!(middle(&inverted), 255 - middle(&film));
    }

    #[test]
    fn places_stay_under_inversion_and_cutting_and_move_under_turns() {
        let whole = Edit::default();
        let crop = Some(Region { x_px: 1, y_px: 2, width_px: 200, height_px: 200 });
        assert!(whole.has_places_of(Edit { crop, adjustment: Some(Adjustment::Invert), ..whole }));
        assert!(!whole.has_places_of(Edit { adjustment: Some(Adjustment::TurnLeft), ..whole }));
        assert!(!whole.has_places_of(Edit { frame: 1, ..whole }));
        assert!(!whole.has_places_of(Edit { corners: Some(Corners::within(200, 200, 0.1)), ..whole }));
    }

    #[test]
    fn a_film_is_straightened_before_it_is_cut_and_loses_the_size_of_its_pixels() {
        let path = format!("{}/../../tests/cases/files/D41-shutter.dcm", env!("CARGO_MANIFEST_DIR"));
        let bytes = std::fs::read(path).expect("committed");
        let whole = open(&bytes, Edit::default(), Window::Own).expect("sound");
        let (width, height) = (whole.radiograph.width_px(), whole.radiograph.height_px());
        let corners = Some(Corners([[10, 20], [width, 20], [width, height], [10, height]]));
        let crop = Some(Region { x_px: 5, y_px: 6, width_px: 130, height_px: 140 });
        let part = open(&bytes, Edit { corners, crop, ..Edit::default() }, Window::Own).expect("large enough");
        let expected = imageops::crop_imm(whole.radiograph.pixels(), 15, 26, 130, 140).to_image();
        assert!(part.radiograph.pixels() == &expected);
        assert_eq!(part.spacing, None);
    }

    #[test]
    fn a_straightened_film_is_turned_as_it_is_shown() {
        let photo = Radiograph::from(GrayImage::from_fn(300, 400, |x, y| Luma([(x / 2 + y / 3) as u8])));
        let edit = Edit { corners: Some(Corners([[20, 30], [220, 30], [220, 330], [20, 330]])), ..Edit::default() };
        let film = |edit: Edit| photo.straightened(edit.corners.expect("kept")).expect("large enough");
        for adjustment in [Adjustment::TurnLeft, Adjustment::TurnRight, Adjustment::TurnOver] {
            let turned = film(edit.mended(adjustment));
            assert!(turned.pixels() == film(edit).adjusted(adjustment).pixels(), "{adjustment:?}");
        }
        assert_eq!(edit.mended(Adjustment::Invert).corners, edit.corners);
    }

    #[test]
    fn a_film_of_more_pixels_than_a_file_may_have_is_refused() {
        let long = Radiograph::from(GrayImage::new(60_000, 200));
        let slanting = Corners([[0, 0], [30_000, 0], [60_000, 200], [30_000, 200]]);
        assert!(matches!(long.straightened(slanting), Err(Fault::TooManyPixels { .. })));
    }

    #[test]
    fn corners_that_are_no_film_are_refused() {
        let film = Radiograph::from(GrayImage::new(300, 300));
        for corners in [[[0, 0]; 4], [[0, 0], [0, 300], [300, 300], [300, 0]], [[0, 0], [100, 0], [100, 100], [0, 100]]]
        {
            let refused = film.straightened(Corners(corners));
            assert!(matches!(refused, Err(Fault::PartTooSmall { .. })), "{corners:?}");
        }
        let beyond = film.straightened(Corners([[0, 0], [u32::MAX, 0], [u32::MAX, u32::MAX], [0, u32::MAX]]));
        assert_eq!(beyond.map(|film| film.width_px()), Ok(300));
    }

    #[test]
    fn a_part_is_cut_from_the_picture_after_it_is_turned() {
        let film = GrayImage::from_fn(200, 300, |x, y| Luma([(x / 2 + y / 3) as u8]));
        let mut bytes = Cursor::new(Vec::new());
        film.write_to(&mut bytes, ImageFormat::Png).expect("a picture in memory can be encoded");
        let crop = Region { x_px: 100, y_px: 20, width_px: 150, height_px: 160 };
        let edit = Edit { adjustment: Some(Adjustment::TurnRight), crop: Some(crop), ..Edit::default() };
        let part = open(&bytes.into_inner(), edit, Window::Own).expect("the part is large enough").radiograph;
        assert_eq!((part.width_px(), part.height_px()), (150, 160));
        // A quarter turn clockwise puts (x, y) at (299 - y, x).
        assert_eq!(part.pixels().get_pixel(0, 0), film.get_pixel(20, 199));
    }
}
