//! Lookup tables: modality, VOI and palette (PS3.3 C.11.1.1, C.11.2.1.1, C.7.6.3.1.5).

use dicom_core::Tag;
use dicom_core::value::{PrimitiveValue, Value};
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;

/// Values below its first are taken as the first, above its last as the last.
pub(super) struct Table {
    first: f64,
    entries: Vec<u16>,
    /// The greatest value that an entry can have.
    pub(super) highest: f64,
    /// Whether it has all the entries that it announces.
    pub(super) is_whole: bool,
    /// Whether its entries have another depth than it announces.
    pub(super) has_other_depth: bool,
}

impl Table {
    /// The tables of a sequence, none for an item without one. A table's first value has a sign where the values that it
    /// is for have one.
    pub(super) fn all(items: &[InMemDicomObject], is_signed: bool) -> Vec<Option<Self>> {
        let table = |item| Self::from_elements(item, tags::LUT_DESCRIPTOR, tags::LUT_DATA, is_signed);
        items.iter().map(table).collect()
    }

    /// None where there is no table.
    pub(super) fn from_elements(
        object: &InMemDicomObject,
        descriptor: Tag,
        data: Tag,
        is_signed: bool,
    ) -> Option<Self> {
        let descriptor: Vec<i32> = object.get(descriptor)?.to_multi_int().ok()?;
        let [count, first, bits] = descriptor[..] else { return None };
        // 0 stands for 65536, which 16 bits cannot say.
        let count = match count as u16 {
            0 => 1 << 16,
            count => usize::from(count),
        };
        let mut entries = entries(object.get(data)?.value(), count)?;
        if bits <= 8 && entries.len() * 2 <= count + 1 {
            // Two entries of 8 bits share a word (PS3.3 C.11.1.1.1).
            entries = entries.iter().flat_map(|word| word.to_le_bytes().map(u16::from)).collect();
        }
        entries.truncate(count);
        let greatest = *entries.iter().max()?;
        let (declared, needed) = (bits.clamp(1, 16) as u32, u16::BITS - greatest.leading_zeros());
        // Devices announce 16 bits and fill 12. One bit less may be a dark table.
        let has_other_depth = needed > declared || needed + 1 < declared;
        let depth = if has_other_depth { needed.max(1) } else { declared };
        Some(Self {
            first: f64::from(if is_signed { i32::from(first as i16) } else { first }),
            is_whole: entries.len() == count,
            entries,
            highest: f64::from((1u32 << depth) - 1),
            has_other_depth,
        })
    }

    /// The entry of a value.
    pub(super) fn at(&self, value: f64) -> f64 {
        let last = self.entries.len() - 1;
        let index = (value - self.first).clamp(0.0, last as f64) as usize;
        f64::from(self.entries[index])
    }
}

/// Words as they are; bytes one by one where there are as many as entries, else two by two.
fn entries(value: &Value<InMemDicomObject>, count: usize) -> Option<Vec<u16>> {
    let Value::Primitive(value) = value else { return None };
    Some(match value {
        PrimitiveValue::U16(words) => words.to_vec(),
        PrimitiveValue::U8(bytes) if bytes.len() >= 2 * count => {
            bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair)).collect()
        }
        PrimitiveValue::U8(bytes) => bytes.iter().map(|byte| u16::from(*byte)).collect(),
        other => other.to_multi_int::<i32>().ok()?.into_iter().map(|value| value as u16).collect(),
    })
}
