//! How large a pixel is (PS3.3 10.7.1.1 to 10.7.1.3).

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use serde::{Deserialize, Serialize};

use super::aspect;
use super::attributes::Attributes;

/// No film is shorter or longer than this on its longer side, in mm: a spacing that says so is a placeholder.
const FILM_MM: std::ops::RangeInclusive<f64> = 20.0..=1500.0;

/// Largest relative difference of two spacings that are the same.
const SAME_WITHIN: f64 = 1e-3;
/// What programs write that know no spacing.
const PLACEHOLDER: [f64; 2] = [1.0, 1.0];
/// How large a pixel in the body may be beside one on the detector.
const MAGNIFIED: std::ops::RangeInclusive<f64> = 0.4..=1.02;

/// How far the centres of two neighbouring pixels are apart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PixelSpacing {
    /// In mm, across and down.
    pub mm: f64,
    /// What it was measured on.
    pub plane: SpacingPlane,
}

/// What a pixel's size was measured on. Between the person and the detector the picture grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpacingPlane {
    /// On the person, by an object of known size or by the geometry of the device.
    Person,
    /// On the detector: bones are smaller than what is measured.
    Detector,
    /// On the film that was scanned: as at the detector.
    ScannedFilm,
    /// The file does not say.
    Untold,
}

/// The size of a pixel of the picture that is shown. Sizes are widths and heights: as stored, and as shown.
pub(super) fn of(attributes: &Attributes, stored: (u32, u32), shown: (u32, u32)) -> Option<PixelSpacing> {
    let length =
        |[vertical, horizontal]: [f64; 2]| (vertical * f64::from(stored.1)).max(horizontal * f64::from(stored.0));
    let told = |tag: Tag| {
        aspect::pair(attributes, tag).filter(|pair| {
            aspect::is_possible(pair[0] / pair[1]) && FILM_MM.contains(&length(*pair)) && !is_same(*pair, PLACEHOLDER)
        })
    };
    let (detector, scanned) = (told(tags::IMAGER_PIXEL_SPACING), told(tags::NOMINAL_SCANNED_PIXEL_SPACING));
    let measured = detector.map(|pair| (pair, SpacingPlane::Detector));
    let measured = measured.or_else(|| scanned.map(|pair| (pair, SpacingPlane::ScannedFilm)));
    let kind = attributes.text(tags::PIXEL_SPACING_CALIBRATION_TYPE).unwrap_or_default();
    let ([vertical, horizontal], plane) = match (told(tags::PIXEL_SPACING), measured) {
        (Some(spacing), Some((pair, plane))) if is_same(spacing, pair) => (spacing, plane),
        // The body is nearer to the tube than the detector is: one of the two is of another picture.
        (Some(spacing), Some((pair, _))) if !(0..2).all(|at| MAGNIFIED.contains(&(spacing[at] / pair[at]))) => {
            return None;
        }
        (Some(spacing), Some(_)) => (spacing, SpacingPlane::Person),
        (Some(spacing), None) if ["GEOMETRY", "FIDUCIAL"].contains(&kind.as_str()) => (spacing, SpacingPlane::Person),
        (Some(spacing), None) => (spacing, SpacingPlane::Untold),
        (None, measured) => measured?,
    };
    let (wide, high) = (horizontal * f64::from(stored.0), vertical * f64::from(stored.1));
    // What was stretched has square pixels now; what was square within 1 % has them to half a per cent.
    let mm = (wide / f64::from(shown.0) * (high / f64::from(shown.1))).sqrt();
    Some(PixelSpacing { mm, plane })
}

fn is_same(a: [f64; 2], b: [f64; 2]) -> bool {
    a.iter().zip(b).all(|(a, b)| (a / b - 1.0).abs() <= SAME_WITHIN)
}

#[cfg(test)]
mod tests {
    use dicom_core::{DataElement, PrimitiveValue, VR};
    use dicom_object::InMemDicomObject;

    use super::*;

    /// Elements of a file.
    type Told<'a> = &'a [(Tag, &'a str)];

    /// The spacing of a picture of 1,000 rows and 800 columns.
    fn spacing(told: Told) -> Option<PixelSpacing> {
        spacing_shown(told, (800, 1000))
    }

    fn spacing_shown(told: Told, shown: (u32, u32)) -> Option<PixelSpacing> {
        let values = |text: &str| PrimitiveValue::Strs(text.split('\\').map(ToOwned::to_owned).collect());
        let elements = told.iter().map(|(tag, text)| DataElement::new(*tag, VR::DS, values(text)));
        let object = InMemDicomObject::from_element_iter(elements);
        of(&Attributes::of(&object, 0), (800, 1000), shown)
    }

    #[test]
    fn a_spacing_says_on_which_plane_it_was_measured() {
        let (person, detector) = (tags::PIXEL_SPACING, tags::IMAGER_PIXEL_SPACING);
        let (scanned, calibration) = (tags::NOMINAL_SCANNED_PIXEL_SPACING, tags::PIXEL_SPACING_CALIBRATION_TYPE);
        let cases: [(Told, f64, SpacingPlane); 11] = [
            (&[(detector, "0.14\\0.14")], 0.14, SpacingPlane::Detector),
            (&[(person, "0.14\\0.14"), (detector, "0.14\\0.14")], 0.14, SpacingPlane::Detector),
            (&[(person, "0.125\\0.125"), (detector, "0.14\\0.14")], 0.125, SpacingPlane::Person),
            (&[(person, "0.14\\0.14"), (calibration, "FIDUCIAL")], 0.14, SpacingPlane::Person),
            (&[(person, "0.2\\0.2")], 0.2, SpacingPlane::Untold),
            (&[(scanned, "0.1\\0.1")], 0.1, SpacingPlane::ScannedFilm),
            (&[(person, "0.1\\0.1"), (scanned, "0.1\\0.1")], 0.1, SpacingPlane::ScannedFilm),
            (&[(person, "0.09\\0.09"), (scanned, "0.1\\0.1")], 0.09, SpacingPlane::Person),
            // Other words than the standard's say nothing.
            (&[(person, "0.14\\0.14"), (calibration, "NONE")], 0.14, SpacingPlane::Untold),
            (&[(person, "1\\1"), (detector, "0.14\\0.14")], 0.14, SpacingPlane::Detector),
            // A decimal comma, and what cannot be a size beside what can.
            (&[(person, "0\\0"), (detector, "0,14\\0,14")], 0.14, SpacingPlane::Detector),
        ];
        for (told, mm, plane) in cases {
            let found = spacing(told).unwrap_or_else(|| panic!("none of {told:?}"));
            assert!((found.mm - mm).abs() < 1e-9 && found.plane == plane, "{found:?} of {told:?}");
        }
    }

    #[test]
    fn what_cannot_be_the_size_of_a_pixel_is_none() {
        for told in ["1\\1", "1000\\1000", "0.001\\0.001", "5\\5", "-0.1\\-0.1", "0.9\\0.1", "", "x\\y", "0.1"] {
            assert_eq!(spacing(&[(tags::PIXEL_SPACING, told)]), None, "{told}");
        }
        assert_eq!(spacing(&[]), None);
        // No body is seven times larger than its picture, or farther from the tube than the detector.
        for told in ["0.02\\0.02", "0.2\\0.2"] {
            let both = [(tags::PIXEL_SPACING, told), (tags::IMAGER_PIXEL_SPACING, "0.14\\0.14")];
            assert_eq!(spacing(&both), None, "{told}");
        }
    }

    #[test]
    fn of_a_stretched_picture_it_is_that_of_the_pixels_shown() {
        // Rows are twice as far apart as columns: the picture is shown with twice as many.
        let found = spacing_shown(&[(tags::PIXEL_SPACING, "0.2\\0.1")], (800, 2000)).expect("usable");
        assert!((found.mm - 0.1).abs() < 1e-9, "{found:?}");
    }
}
