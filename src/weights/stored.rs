//! How weights lie in a file: a burnpack, its bytes shuffled, compressed (zlib, RFC 1950).
//!
//! In the burnpack linear layers and convolutions are f16 and all else f32; convolutions whose weights are whole numbers
//! (their steps being in the batch norm behind) are unsigned integers of 16 bits. Shuffled, as HDF5 calls it, the
//! first bytes of all pairs stand before the second ones: what is alike in 16-bit numbers then stands together.
//! `ZigZag`, as in Protocol Buffers, does the same for the sign.

use burn::store::{HalfPrecisionAdapter, ModuleAdapter, ModuleContext, bridge, burn_pack};
use burn::tensor::{DType, TensorData};
use miniz_oxide::deflate::core::{
    CompressionStrategy, CompressorOxide, TDEFLFlush, compress_to_output, create_comp_flags_from_zip_params,
};
use miniz_oxide::inflate::{DecompressError, decompress_to_vec_zlib_with_limit};

/// No file unpacks to more.
const MOST_BYTES: usize = 64 << 20;
/// The slowest.
const COMPRESSION_LEVEL: i32 = 9;
/// Above zero: with the header and the checksum of zlib.
const WINDOW_BITS: i32 = 15;
/// What f16 and f32 hold exactly, both.
const LARGEST_WHOLE: f32 = 2048.0;

/// A file's bytes, of a burnpack.
pub fn packed(burnpack: &[u8]) -> Vec<u8> {
    let mut shuffled: Vec<u8> = burnpack.iter().step_by(2).copied().collect();
    shuffled.extend(burnpack.iter().skip(1).step_by(2));
    // Short matches in numbers are chance, and cost more than the numbers.
    let strategy = CompressionStrategy::Filtered as i32;
    let flags = create_comp_flags_from_zip_params(COMPRESSION_LEVEL, WINDOW_BITS, strategy);
    let mut file = Vec::new();
    compress_to_output(&mut CompressorOxide::new(flags), &shuffled, TDEFLFlush::Finish, |part| {
        file.extend_from_slice(part);
        true
    });
    file
}

/// The burnpack in a file's bytes.
///
/// # Errors
/// When it is not compressed, or was cut off.
pub fn unpacked(file: &[u8]) -> Result<Vec<u8>, DecompressError> {
    let shuffled = decompress_to_vec_zlib_with_limit(file, MOST_BYTES)?;
    let (first, second) = shuffled.split_at(shuffled.len().div_ceil(2));
    let mut burnpack = vec![0; shuffled.len()];
    burnpack.iter_mut().step_by(2).zip(first).for_each(|(into, byte)| *into = *byte);
    burnpack.iter_mut().skip(1).step_by(2).zip(second).for_each(|(into, byte)| *into = *byte);
    Ok(burnpack)
}

/// From a burnpack to a network.
pub fn when_read() -> impl ModuleAdapter + 'static {
    HalfPrecisionAdapter::new().chain(Whole)
}

/// From a network to a burnpack.
pub fn when_written() -> impl ModuleAdapter + 'static {
    Whole.chain(HalfPrecisionAdapter::new())
}

/// Whole numbers of a convolution: f32 in memory, unsigned integers in a file.
#[derive(Clone)]
struct Whole;

impl ModuleAdapter for Whole {
    fn adapt(&self, tensor: burn_pack::Tensor, context: ModuleContext<'_>) -> burn_pack::Tensor {
        let into = match tensor.dtype {
            DType::U16 => DType::F32,
            DType::F32 if context.module_type() == Some("Struct:Conv2d") && is_whole(&tensor) => DType::U16,
            _ => return tensor,
        };
        let (name, shape) = (tensor.name.clone(), tensor.shape.clone());
        bridge::map_data(tensor, name, into, shape, move |data| {
            let shape = data.shape();
            if into == DType::F32 {
                TensorData::new(data.iter().map(from_zigzag).collect::<Vec<f32>>(), shape)
            } else {
                TensorData::new(data.iter().map(zigzag).collect::<Vec<u16>>(), shape)
            }
        })
    }

    fn clone_box(&self) -> Box<dyn ModuleAdapter> {
        Box::new(self.clone())
    }
}

fn is_whole(tensor: &burn_pack::Tensor) -> bool {
    let numbers = bridge::to_data(tensor).ok().and_then(|data| data.try_into_vec::<f32>().ok());
    numbers.is_some_and(|numbers| numbers.iter().all(|number| number.fract() == 0.0 && number.abs() <= LARGEST_WHOLE))
}

/// 0, −1, 1, −2, 2 … → 0, 1, 2, 3, 4 …
fn zigzag(number: f32) -> u16 {
    let number = number as i16;
    ((number << 1) ^ (number >> 15)) as u16
}

fn from_zigzag(number: u16) -> f32 {
    f32::from((number >> 1) as i16 ^ -((number & 1) as i16))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn whole_numbers_come_back() {
        for number in -(LARGEST_WHOLE as i16)..=LARGEST_WHOLE as i16 {
            assert_eq!(from_zigzag(zigzag(f32::from(number))), f32::from(number));
        }
        assert_eq!([0.0, -1.0, 1.0, -2.0].map(zigzag), [0, 1, 2, 3]);
    }

    #[test]
    fn what_is_cut_off_is_an_error() {
        let file = packed(&[7; 1000]);
        assert!(unpacked(&file[..file.len() / 2]).is_err());
        assert!(unpacked(b"BURN").is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(bytes in proptest::collection::vec(any::<u8>(), 0..999)) {
            prop_assert_eq!(unpacked(&packed(&bytes)).expect("whole"), bytes);
        }
    }
}
