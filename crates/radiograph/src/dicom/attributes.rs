//! Values of a data set's attributes, as text or as numbers. One that is missing or of another kind is none.

use dicom_core::Tag;
use dicom_core::dictionary::DataDictionary;
use dicom_core::value::Value;
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;
use dicom_object::mem::InMemElement;

use super::dictionary::Dictionary;

/// A polygon of so many numbers is round.
const MOST_VALUES: u32 = 4096;

/// The groups of an enhanced file (PS3.3 C.7.6.16) in which something stands that is read here.
const MACROS: [Tag; 4] = [
    tags::FRAME_VOILUT_SEQUENCE,
    tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE,
    tags::PIXEL_MEASURES_SEQUENCE,
    tags::FRAME_DISPLAY_SHUTTER_SEQUENCE,
];

/// The attributes that hold for one picture of a file: its own first, then those shared by all pictures, then the
/// data set's.
pub(super) struct Attributes<'a> {
    layers: Vec<&'a InMemDicomObject>,
}

impl<'a> Attributes<'a> {
    /// Those of the picture with this number, from 0.
    pub(super) fn of(object: &'a InMemDicomObject, frame: u32) -> Self {
        let group = |sequence: Tag, at: usize| object.get(sequence).and_then(|element| element.items()?.get(at));
        let groups = [
            group(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, frame as usize),
            group(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE, 0),
        ];
        let macros = groups
            .into_iter()
            .flatten()
            .flat_map(|group| MACROS.into_iter().filter_map(|tag| group.get(tag)?.items()?.first()));
        Self { layers: macros.chain([object]).collect() }
    }

    /// The nearest element of this tag that is not empty.
    pub(super) fn get(&self, tag: Tag) -> Option<&'a InMemElement> {
        debug_assert!(Dictionary.by_tag(tag).is_some(), "the dictionary lacks {tag}");
        let is_there = |element: &&InMemElement| match element.value() {
            Value::Primitive(value) => value.multiplicity() > 0,
            _ => true,
        };
        self.layers.iter().find_map(|layer| layer.get(tag).filter(is_there))
    }

    /// The nearest element of this tag, unless it has more values than anybody needs.
    fn few(&self, tag: Tag) -> Option<&'a InMemElement> {
        self.get(tag).filter(|element| element.value().multiplicity() <= MOST_VALUES)
    }

    /// A text of at most 16 plain characters.
    pub(super) fn text(&self, tag: Tag) -> Option<String> {
        plain(&self.few(tag)?.to_str().ok()?, 16)
    }

    /// The texts of an attribute, whatever they hold.
    pub(super) fn texts(&self, tag: Tag) -> Vec<String> {
        let texts = self.few(tag).and_then(|element| element.to_multi_str().ok());
        texts.map(|texts| texts.iter().map(|text| text.trim().to_owned()).collect()).unwrap_or_default()
    }

    /// A whole number.
    pub(super) fn integer(&self, tag: Tag) -> Option<i32> {
        self.get(tag)?.to_int().ok()
    }

    /// The numbers of an attribute, each at its place: one that makes no sense is not a number. A decimal comma,
    /// which the standard does not allow and some devices write, is read as a point.
    pub(super) fn numbers(&self, tag: Tag) -> Vec<f64> {
        let Some(element) = self.few(tag) else { return Vec::new() };
        if let Ok(numbers) = element.to_multi_float64() {
            return numbers;
        }
        let texts = element.to_multi_str().map(|texts| texts.to_vec()).unwrap_or_default();
        texts.iter().map(|text| text.trim().replace(',', ".").parse().unwrap_or(f64::NAN)).collect()
    }

    /// The first number of an attribute, if it is finite.
    pub(super) fn number(&self, tag: Tag) -> Option<f64> {
        self.numbers(tag).first().copied().filter(|number| number.is_finite())
    }
}

/// The text if it is short and plain. Values of a fixed list are; any other may hold a person's name.
pub(super) fn plain(value: &str, most: usize) -> Option<String> {
    let value = value.trim_matches(|letter: char| letter.is_whitespace() || letter == '\0');
    let is_plain = value.len() <= most
        && value.chars().all(|letter| letter.is_ascii_alphanumeric() || " _-.,()[]/".contains(letter));
    (!value.is_empty() && is_plain).then(|| value.to_owned())
}
