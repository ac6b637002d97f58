//! Bytes of 16-bit numbers, packed small: shuffled, then compressed (zlib, RFC 1950).
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

/// Packs bytes.
pub fn packed(bytes: &[u8]) -> Vec<u8> {
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

impl Default for Unpacking {
    fn default() -> Self {
        Self { state: InflateState::new_boxed(DataFormat::Zlib), shuffled: Vec::new(), is_sound: true }
    }
}

impl Unpacking {
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

    /// All of it; none when it was not packed, was cut off, or is more than [`MOST_BYTES`].
    pub fn finish(self) -> Option<Vec<u8>> {
        let is_whole = self.state.last_status() == TINFLStatus::Done;
        let Self { shuffled, is_sound, .. } = self;
        let (first, second) = shuffled.split_at(shuffled.len().div_ceil(2));
        let mut bytes = vec![0; shuffled.len()];
        for (pair, (one, other)) in bytes.chunks_exact_mut(2).zip(first.iter().zip(second)) {
            pair.copy_from_slice(&[*one, *other]);
        }
        if first.len() > second.len() {
            bytes[shuffled.len() - 1] = first[second.len()];
        }
        (is_sound && is_whole).then_some(bytes)
    }
}

/// Whole numbers (of 16 bits), with the sign in the last bit.
pub fn to_zigzag(numbers: &[f32]) -> Vec<u16> {
    numbers.iter().map(|number| zigzag(*number as i16)).collect()
}

/// The way back of [`to_zigzag`].
pub fn from_zigzag(numbers: &[u16]) -> Vec<f32> {
    numbers.iter().map(|number| f32::from(number_of(*number))).collect()
}

/// 0, −1, 1, −2, 2 … → 0, 1, 2, 3, 4 …
fn zigzag(number: i16) -> u16 {
    ((number << 1) ^ (number >> 15)) as u16
}

fn number_of(number: u16) -> i16 {
    (number >> 1) as i16 ^ -((number & 1) as i16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn whole_numbers_come_back() {
        for number in i16::MIN..=i16::MAX {
            assert_eq!(number_of(zigzag(number)), number);
        }
        assert_eq!(to_zigzag(&[0.0, -1.0, 1.0, -2.0]), [0, 1, 2, 3]);
        assert_eq!(from_zigzag(&[0, 1, 2, 3]), [0.0, -1.0, 1.0, -2.0]);
    }

    fn unpacked(parts: &[&[u8]]) -> Option<Vec<u8>> {
        let mut unpacking = Unpacking::default();
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
    fn what_unpacks_to_too_much_is_nothing() {
        assert!(unpacked(&[&packed(&vec![0; MOST_BYTES + 2])]).is_none());
    }

    proptest! {
        #[test]
        fn any_bytes_come_back_however_they_arrive(
            bytes in proptest::collection::vec(any::<u8>(), 0..100_000), cut in 0usize..100_000,
        ) {
            let file = packed(&bytes);
            let (first, second) = file.split_at(cut.min(file.len()));
            prop_assert!(unpacked(&[first, second]).is_some_and(|unpacked| unpacked == bytes));
        }
    }
}
