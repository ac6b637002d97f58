//! The bytes of an element → its value (PS3.5, 6.2).

use dicom_core::{PrimitiveValue, VR};

/// A value of this kind. Texts are read as ISO 8859-1, whatever character set the file names: of those, only plain ones are
/// shown, which are the same in all. A rest that is no whole number is left.
pub(super) fn decoded(kind: VR, bytes: &[u8], is_big_endian: bool) -> PrimitiveValue {
    use VR::{AE, AS, CS, DA, DS, DT, FD, FL, IS, LO, LT, OW, PN, SH, SL, SS, ST, SV, TM, UC, UI, UL, UR, US, UT, UV};
    macro_rules! numbers {
        ($number:ty) => {{
            let of = if is_big_endian { <$number>::from_be_bytes } else { <$number>::from_le_bytes };
            let words = bytes.as_chunks::<{ size_of::<$number>() }>().0;
            words.iter().map(|word| of(*word)).collect()
        }};
    }
    if bytes.is_empty() {
        return PrimitiveValue::Empty;
    }
    match kind {
        AE | AS | CS | DA | DS | DT | IS | LO | PN | SH | TM | UC | UI => {
            PrimitiveValue::Strs(bytes.split(|byte| *byte == b'\\').map(text).collect())
        }
        LT | ST | UR | UT => PrimitiveValue::Str(text(bytes)),
        US | OW => PrimitiveValue::U16(numbers!(u16)),
        SS => PrimitiveValue::I16(numbers!(i16)),
        UL => PrimitiveValue::U32(numbers!(u32)),
        SL => PrimitiveValue::I32(numbers!(i32)),
        UV => PrimitiveValue::U64(numbers!(u64)),
        SV => PrimitiveValue::I64(numbers!(i64)),
        FL => PrimitiveValue::F32(numbers!(f32)),
        FD => PrimitiveValue::F64(numbers!(f64)),
        _ => PrimitiveValue::from(bytes),
    }
}

fn text(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_their_order_and_texts_are_parted() {
        let words = [1, 2, 3, 4, 5];
        assert_eq!(decoded(VR::US, &words, false).to_multi_int::<u16>().ok(), Some(vec![0x0201, 0x0403]));
        assert_eq!(decoded(VR::OW, &words, true).to_multi_int::<u16>().ok(), Some(vec![0x0102, 0x0304]));
        assert_eq!(decoded(VR::SS, &[0xff, 0xff], false).to_int::<i32>().ok(), Some(-1));
        assert_eq!(decoded(VR::FD, &1.5f64.to_be_bytes(), true).to_float64().ok(), Some(1.5));
        assert_eq!(decoded(VR::DS, b"1.5\\-2 ", false).to_multi_float64().ok(), Some(vec![1.5, -2.0]));
        assert_eq!(&*decoded(VR::LT, b"a\\b\xe4", false).to_str(), "a\\bä");
        assert_eq!(decoded(VR::OV, &words, true).to_bytes().as_ref(), words);
        assert_eq!(decoded(VR::CS, b"", false), PrimitiveValue::Empty);
    }
}
