//! Age and sex of the person on a picture, for the questions beside it. Nothing else of the person leaves a file.

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use serde::{Deserialize, Serialize};

use super::attributes::Attributes;

/// What a DICOM file says of its person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonFacts {
    /// In whole years, when the picture was taken.
    pub age_years: Option<u8>,
    /// Woman or man.
    pub is_female: Option<bool>,
}

/// By Patient's Age, or else by the dates of birth and of the study; and by Patient's Sex.
pub(super) fn of(attributes: &Attributes) -> PersonFacts {
    PersonFacts {
        age_years: told_age(attributes).or_else(|| age_by_dates(attributes)),
        is_female: match attributes.text(tags::PATIENT_SEX).as_deref() {
            Some("F") => Some(true),
            Some("M") => Some(false),
            _ => None,
        },
    }
}

/// `063Y` (PS3.5, value representation AS). Months and weeks are those of children.
fn told_age(attributes: &Attributes) -> Option<u8> {
    attributes.text(tags::PATIENT_AGE)?.strip_suffix('Y')?.parse().ok()
}

fn age_by_dates(attributes: &Attributes) -> Option<u8> {
    let born = date(attributes, tags::PATIENT_BIRTH_DATE)?;
    let taken = date(attributes, tags::STUDY_DATE).or_else(|| date(attributes, tags::ACQUISITION_DATE))?;
    let is_before_birthday = (taken.1, taken.2) < (born.1, born.2);
    u8::try_from(taken.0.checked_sub(born.0)?.checked_sub(u32::from(is_before_birthday))?).ok()
}

/// Year, month and day of `19630517` (value representation DA).
fn date(attributes: &Attributes, tag: Tag) -> Option<(u32, u32, u32)> {
    let text = attributes.text(tag)?;
    let number = |part: std::ops::Range<usize>| text.get(part)?.parse().ok();
    (text.len() == 8).then_some((number(0..4)?, number(4..6)?, number(6..8)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use dicom_core::{DataElement, VR};
    use dicom_object::InMemDicomObject;

    fn person(values: &[(Tag, VR, &str)]) -> PersonFacts {
        let elements = values.iter().map(|(tag, vr, value)| DataElement::new(*tag, *vr, *value));
        of(&Attributes::of(&InMemDicomObject::from_element_iter(elements), 0))
    }

    #[test]
    fn age_and_sex_are_read_and_what_is_missing_is_missing() {
        let told = person(&[(tags::PATIENT_AGE, VR::AS, "063Y"), (tags::PATIENT_SEX, VR::CS, "F ")]);
        assert_eq!(told, PersonFacts { age_years: Some(63), is_female: Some(true) });
        assert_eq!(person(&[]), PersonFacts::default());
        for (age, years) in [("007M", None), ("abcY", None), ("063", None), ("000Y", Some(0)), ("999Y", None)] {
            assert_eq!(person(&[(tags::PATIENT_AGE, VR::AS, age)]).age_years, years, "{age}");
        }
        assert_eq!(person(&[(tags::PATIENT_SEX, VR::CS, "O")]).is_female, None);
    }

    #[test]
    fn an_age_that_is_not_told_follows_from_the_dates() {
        let aged = |born: &str, taken: &str| {
            person(&[(tags::PATIENT_BIRTH_DATE, VR::DA, born), (tags::STUDY_DATE, VR::DA, taken)]).age_years
        };
        assert_eq!(aged("19630517", "20260516"), Some(62));
        assert_eq!(aged("19630517", "20260517"), Some(63));
        assert_eq!(aged("19630517", "19620101"), None, "not yet born");
        assert_eq!(aged("1963", "20260517"), None);
        assert_eq!(aged("", "20260517"), None);
    }
}
