//! How the factors of the products lie in the buffers of a graphics processor.

use std::borrow::Cow;

use bytemuck::cast_slice;
use half::f16;

/// The type of weights and of what they are multiplied with. Products, their sums and images are f32 either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Factors {
    /// Half the bytes, 11 significant bits.
    F16,
    F32,
}

impl Factors {
    /// Bytes of so many numbers.
    pub fn bytes(self, numbers: usize) -> usize {
        match self {
            Self::F16 => numbers * size_of::<f16>(),
            Self::F32 => numbers * size_of::<f32>(),
        }
    }

    /// What a buffer of these numbers holds.
    pub fn packed(self, numbers: &[f32]) -> Cow<'_, [u8]> {
        match self {
            Self::F16 => numbers.iter().flat_map(|number| f16::from_f32(*number).to_le_bytes()).collect(),
            Self::F32 => cast_slice(numbers).into(),
        }
    }

    /// What stands at the head of a kernel that reads or writes them.
    pub fn wgsl(self) -> &'static str {
        match self {
            Self::F16 => "enable f16; alias Factor = f16;\n",
            Self::F32 => "alias Factor = f32;\n",
        }
    }
}
