//! Bytes of 16-bit numbers, compressed: shuffled, then deflated (zlib, RFC 1950).
//!
//! Shuffled, as HDF5 calls it, the first bytes of all pairs stand before the second ones: what is alike then stands
//! together. `ZigZag`, as in Protocol Buffers, does the same for the sign of whole numbers.

use miniz_oxide::deflate::core::{
    CompressionStrategy, CompressorOxide, TDEFLFlush, compress_to_output, create_comp_flags_from_zip_params,
};
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZError, MZFlush, MZStatus};

/// Nothing unpacks to more.
pub const MOST_BYTES: usize = 64 << 20;
/// Unpacked at a time.
const PART_BYTES: usize = 1 << 16;
/// The slowest.
const COMPRESSION_LEVEL: i32 = 9;
/// Above zero: with the header and the checksum of zlib.
const WINDOW_BITS: i32 = 15;

/// Compresses the bytes of 16-bit numbers.
///
/// # Panics
/// When their count is odd.
pub fn packed(bytes: &[u8]) -> Vec<u8> {
    assert!(bytes.len().is_multiple_of(2), "numbers of 16 bits have two bytes each");
    let mut shuffled: Vec<u8> = bytes.iter().step_by(2).copied().collect();
    shuffled.extend(bytes.iter().skip(1).step_by(2));
    // Short matches in numbers are chance, and cost more than the numbers.
    let strategy = CompressionStrategy::Filtered as i32;
    let flags = create_comp_flags_from_zip_params(COMPRESSION_LEVEL, WINDOW_BITS, strategy);
    let mut packed = Vec::new();
    compress_to_output(&mut CompressorOxide::new(flags), &shuffled, TDEFLFlush::Finish, |part| {
        packed.extend_from_slice(part);
        true
    });
    packed
}

/// Unpacks what arrives in parts.
pub struct Unpacking {
    state: Box<InflateState>,
    shuffled: Vec<u8>,
    is_sound: bool,
}

impl Unpacking {
    /// With room for what a file of so many bytes holds: rounded networks are compressed to more than a quarter.
    pub fn with_room_for(packed_bytes: usize) -> Self {
        let shuffled = Vec::with_capacity(packed_bytes.saturating_mul(4).min(MOST_BYTES));
        Self { state: InflateState::new_boxed(DataFormat::Zlib), shuffled, is_sound: true }
    }

    /// The next part.
    pub fn hear(&mut self, mut part: &[u8]) {
        while self.is_sound {
            let before = self.shuffled.len();
            self.shuffled.resize(before + PART_BYTES, 0);
            let done = inflate(&mut self.state, part, &mut self.shuffled[before..], MZFlush::None);
            self.shuffled.truncate(before + done.bytes_written);
            part = &part[done.bytes_consumed..];
            self.is_sound = self.shuffled.len() <= MOST_BYTES
                && matches!(done.status, Ok(MZStatus::Ok | MZStatus::StreamEnd) | Err(MZError::Buf));
            // It stops short of both ends as it likes.
            if done.bytes_consumed == 0 && done.bytes_written == 0 {
                break;
            }
        }
    }

    /// All of it; none when it was not packed, was cut off, is more than [`MOST_BYTES`] or no list of 16-bit numbers.
    pub fn finish(self) -> Option<Vec<u8>> {
        let is_whole = self.state.last_status() == TINFLStatus::Done;
        let Self { shuffled, is_sound, .. } = self;
        let (first, second) = shuffled.split_at(shuffled.len() / 2);
        let (first_words, first_rest) = first.as_chunks();
        let (second_words, second_rest) = second.as_chunks();
        let mut bytes = vec![0; shuffled.len()];
        let (words, rest) = bytes.as_chunks_mut();
        for ((word, first), second) in words.iter_mut().zip(first_words).zip(second_words) {
            *word = interleaved(*first, *second).to_le_bytes();
        }
        for ((pair, first), second) in rest.as_chunks_mut().0.iter_mut().zip(first_rest).zip(second_rest) {
            *pair = [*first, *second];
        }
        (is_sound && is_whole && first.len() == second.len()).then_some(bytes)
    }
}

/// Four pairs of bytes.
fn interleaved(first: [u8; 4], second: [u8; 4]) -> u64 {
    let spread = |four: [u8; 4]| {
        let four = u64::from(u32::from_le_bytes(four));
        let twos = (four | four << 16) & 0x0000_ffff_0000_ffff;
        (twos | twos << 8) & 0x00ff_00ff_00ff_00ff
    };
    spread(first) | spread(second) << 8
}

/// A whole number (of 16 bits), with the sign in the last bit: 0, −1, 1, −2, 2 … → 0, 1, 2, 3, 4 …
pub fn to_zigzag(number: f32) -> u16 {
    let number = number as i16;
    ((number << 1) ^ (number >> 15)) as u16
}

/// The inverse of [`to_zigzag`].
pub fn from_zigzag(number: u16) -> f32 {
    f32::from((number >> 1) as i16 ^ -((number & 1) as i16))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn whole_numbers_come_back() {
        for number in i16::MIN..=i16::MAX {
            let number = f32::from(number);
            assert!((from_zigzag(to_zigzag(number)) - number).abs() < f32::EPSILON);
        }
        assert_eq!([0.0, -1.0, 1.0, -2.0].map(to_zigzag), [0, 1, 2, 3]);
    }

    fn unpacked(parts: &[&[u8]]) -> Option<Vec<u8>> {
        let mut unpacking = Unpacking::with_room_for(parts.iter().map(|part| part.len()).sum());
        for part in parts {
            unpacking.hear(part);
        }
        unpacking.finish()
    }

    #[test]
    fn what_is_cut_off_or_was_not_packed_is_nothing() {
        let file = packed(&[7; 1000]);
        assert!(unpacked(&[&file]).is_some());
        assert!(unpacked(&[&file[..file.len() / 2]]).is_none());
        assert!(unpacked(&[b"BURN"]).is_none());
        assert!(unpacked(&[]).is_none());
    }

    #[test]
    fn what_is_no_list_of_16_bit_numbers_is_nothing() {
        let mut unpacking = Unpacking::with_room_for(0);
        unpacking.hear(&miniz_oxide::deflate::compress_to_vec_zlib(&[1, 2, 3], 1));
        assert_eq!(unpacking.finish(), None);
    }

    #[test]
    fn what_unpacks_to_too_much_is_nothing() {
        assert!(unpacked(&[&packed(&vec![0; MOST_BYTES + 2])]).is_none());
    }

    proptest! {
        #[test]
        fn any_numbers_come_back_however_they_arrive(
            numbers in proptest::collection::vec(any::<u16>(), 0..50_000), cut in 0usize..100_000,
        ) {
            let bytes: Vec<u8> = numbers.into_iter().flat_map(u16::to_le_bytes).collect();
            let file = packed(&bytes);
            let (first, second) = file.split_at(cut.min(file.len()));
            prop_assert_eq!(unpacked(&[first, second]).expect("sound"), bytes);
        }
    }
}
