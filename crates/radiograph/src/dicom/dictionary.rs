//! What the standard's dictionary (PS3.6) says of the elements that are read here, 61 of some 5,000: all are 85 kB gzipped, a tenth of
//! the page's engine. In a file whose elements do not tell their VR any other one is bytes.

use VirtualVr::{Exact, Lt, Xs};
use dicom_core::dictionary::{DataDictionary, DataDictionaryEntryRef, TagRange, VirtualVr};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;

/// Finds elements by their tags; nothing here asks for names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dictionary;

impl DataDictionary for Dictionary {
    type Entry = DataDictionaryEntryRef<'static>;

    fn by_tag(&self, tag: Tag) -> Option<&Self::Entry> {
        ENTRIES.binary_search_by_key(&tag, |entry| entry.tag.inner()).ok().map(|at| &ENTRIES[at])
    }

    fn by_name(&self, _: &str) -> Option<&Self::Entry> {
        None
    }
}

/// Whether the values of an element have a sign where the pixels have one.
pub(super) fn has_sign_of_pixels(tag: Tag) -> bool {
    Dictionary.by_tag(tag).is_some_and(|entry| entry.vr == Xs)
}

const fn entry(tag: Tag, vr: VirtualVr) -> DataDictionaryEntryRef<'static> {
    DataDictionaryEntryRef { tag: TagRange::Single(tag), alias: "", vr }
}

/// By their tags.
#[rustfmt::skip]
static ENTRIES: [DataDictionaryEntryRef; 61] = [
    entry(tags::DIRECTORY_RECORD_SEQUENCE, Exact(VR::SQ)),
    entry(tags::STUDY_DATE, Exact(VR::DA)),
    entry(tags::ACQUISITION_DATE, Exact(VR::DA)),
    entry(tags::MODALITY, Exact(VR::CS)),
    entry(tags::PATIENT_BIRTH_DATE, Exact(VR::DA)),
    entry(tags::PATIENT_SEX, Exact(VR::CS)),
    entry(tags::PATIENT_AGE, Exact(VR::AS)),
    entry(tags::BODY_PART_EXAMINED, Exact(VR::CS)),
    entry(tags::IMAGER_PIXEL_SPACING, Exact(VR::DS)),
    entry(tags::SHUTTER_SHAPE, Exact(VR::CS)),
    entry(tags::SHUTTER_LEFT_VERTICAL_EDGE, Exact(VR::IS)),
    entry(tags::SHUTTER_RIGHT_VERTICAL_EDGE, Exact(VR::IS)),
    entry(tags::SHUTTER_UPPER_HORIZONTAL_EDGE, Exact(VR::IS)),
    entry(tags::SHUTTER_LOWER_HORIZONTAL_EDGE, Exact(VR::IS)),
    entry(tags::CENTER_OF_CIRCULAR_SHUTTER, Exact(VR::IS)),
    entry(tags::RADIUS_OF_CIRCULAR_SHUTTER, Exact(VR::IS)),
    entry(tags::VERTICES_OF_THE_POLYGONAL_SHUTTER, Exact(VR::IS)),
    entry(tags::NOMINAL_SCANNED_PIXEL_SPACING, Exact(VR::DS)),
    entry(tags::VIEW_POSITION, Exact(VR::CS)),
    entry(tags::FRAME_DISPLAY_SHUTTER_SEQUENCE, Exact(VR::SQ)),
    entry(tags::LATERALITY, Exact(VR::CS)),
    entry(tags::IMAGE_LATERALITY, Exact(VR::CS)),
    entry(tags::SAMPLES_PER_PIXEL, Exact(VR::US)),
    entry(tags::PHOTOMETRIC_INTERPRETATION, Exact(VR::CS)),
    entry(tags::PLANAR_CONFIGURATION, Exact(VR::US)),
    entry(tags::NUMBER_OF_FRAMES, Exact(VR::IS)),
    entry(tags::ROWS, Exact(VR::US)),
    entry(tags::COLUMNS, Exact(VR::US)),
    entry(tags::PIXEL_SPACING, Exact(VR::DS)),
    entry(tags::PIXEL_ASPECT_RATIO, Exact(VR::IS)),
    entry(tags::BITS_ALLOCATED, Exact(VR::US)),
    entry(tags::BITS_STORED, Exact(VR::US)),
    entry(tags::HIGH_BIT, Exact(VR::US)),
    entry(tags::PIXEL_REPRESENTATION, Exact(VR::US)),
    entry(tags::PIXEL_PADDING_VALUE, Xs),
    entry(tags::PIXEL_PADDING_RANGE_LIMIT, Xs),
    entry(tags::PIXEL_SPACING_CALIBRATION_TYPE, Exact(VR::CS)),
    entry(tags::WINDOW_CENTER, Exact(VR::DS)),
    entry(tags::WINDOW_WIDTH, Exact(VR::DS)),
    entry(tags::RESCALE_INTERCEPT, Exact(VR::DS)),
    entry(tags::RESCALE_SLOPE, Exact(VR::DS)),
    entry(tags::WINDOW_CENTER_WIDTH_EXPLANATION, Exact(VR::LO)),
    entry(tags::VOILUT_FUNCTION, Exact(VR::CS)),
    entry(tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR, Xs),
    entry(tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR, Xs),
    entry(tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR, Xs),
    entry(tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DATA, Exact(VR::OW)),
    entry(tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA, Exact(VR::OW)),
    entry(tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA, Exact(VR::OW)),
    entry(tags::SEGMENTED_RED_PALETTE_COLOR_LOOKUP_TABLE_DATA, Exact(VR::OW)),
    entry(tags::MODALITY_LUT_SEQUENCE, Exact(VR::SQ)),
    entry(tags::LUT_DESCRIPTOR, Xs),
    entry(tags::LUT_DATA, Lt),
    entry(tags::VOILUT_SEQUENCE, Exact(VR::SQ)),
    entry(tags::PIXEL_MEASURES_SEQUENCE, Exact(VR::SQ)),
    entry(tags::FRAME_VOILUT_SEQUENCE, Exact(VR::SQ)),
    entry(tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE, Exact(VR::SQ)),
    entry(tags::PRESENTATION_LUT_SHAPE, Exact(VR::CS)),
    entry(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE, Exact(VR::SQ)),
    entry(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, Exact(VR::SQ)),
    entry(tags::EXTENDED_OFFSET_TABLE, Exact(VR::OV)),
];

#[cfg(test)]
mod tests {
    use super::*;
    use dicom_dictionary_std::StandardDataDictionary;

    #[test]
    fn entries_are_those_of_the_standard_in_order() {
        assert!(ENTRIES.is_sorted_by_key(|entry| entry.tag.inner()));
        for entry in &ENTRIES {
            let tag = entry.tag.inner();
            assert_eq!(Some(entry.vr), StandardDataDictionary.by_tag(tag).map(|of_standard| of_standard.vr), "{tag}");
        }
    }
}
