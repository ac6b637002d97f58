//! Values of a data set's attributes, as text or as numbers. One that is missing or of another kind is none.

use dicom_core::Tag;
use dicom_object::InMemDicomObject;

/// A text of at most 16 plain characters.
pub(super) fn text(object: &InMemDicomObject, tag: Tag) -> Option<String> {
    plain(&object.get(tag)?.to_str().ok()?, 16)
}

/// The text if it is short and plain. Values of a fixed list are; any other may hold a person's name.
pub(super) fn plain(value: &str, most: usize) -> Option<String> {
    let value = value.trim_matches(|letter: char| letter.is_whitespace() || letter == '\0');
    let is_plain = value.len() <= most
        && value.chars().all(|letter| letter.is_ascii_alphanumeric() || " _-.,()[]/".contains(letter));
    (!value.is_empty() && is_plain).then(|| value.to_owned())
}

/// A whole number.
pub(super) fn integer(object: &InMemDicomObject, tag: Tag) -> Option<i32> {
    object.get(tag)?.to_int().ok()
}

/// The finite numbers of an attribute.
pub(super) fn numbers(object: &InMemDicomObject, tag: Tag) -> Vec<f64> {
    let all = object.get(tag).and_then(|element| element.to_multi_float64().ok()).unwrap_or_default();
    all.into_iter().filter(|number| number.is_finite()).collect()
}
