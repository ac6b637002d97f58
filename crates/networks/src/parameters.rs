//! The numbers of a network by their names, and how they lie in a file: as safetensors
//! (<https://github.com/huggingface/safetensors>), packed by the crate `packing`.
//!
//! In the file the weights of linear layers and convolutions are f16 and all else f32. Convolutions whose weights are
//! whole numbers (their steps being in the batch norm that follows) are unsigned integers of 16 bits, in `ZigZag`.

use std::collections::BTreeMap;
use std::ops::Range;

use half::f16;
use packing::{from_zigzag, to_zigzag};
use safetensors::tensor::{Metadata, TensorView};
use safetensors::{Dtype, SafeTensors};

use crate::failure::{Error, Result};
use crate::plan::{Parameter, Plan};

/// Numbers in several dimensions.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Its sizes.
    pub shape: Vec<usize>,
    /// Its numbers, the last dimension's side by side.
    pub values: Vec<f32>,
}

/// Arrays by name.
pub type Arrays = BTreeMap<String, Array>;

/// What a file of weights holds; a number is read when it is asked for.
pub struct Parameters {
    bytes: Vec<u8>,
    /// Where the numbers begin.
    start: usize,
    list: Metadata,
}

impl Parameters {
    /// The numbers in the bytes of a safetensors file.
    ///
    /// # Errors
    /// [`Error::Weights`] when they are none.
    pub fn read(bytes: Vec<u8>) -> Result<Self> {
        let damaged = |error| Error::Weights(format!("the file of weights is damaged ({error})"));
        // This looks at every length; what it borrows is read again by name.
        let (header, list) = SafeTensors::read_metadata(&bytes).map_err(damaged)?;
        Ok(Self { start: header + size_of::<u64>(), list, bytes })
    }

    /// Whether there is a parameter of this name.
    pub fn has(&self, name: &str) -> bool {
        self.list.info(name).is_some()
    }

    /// The parameter of this name.
    ///
    /// # Errors
    /// [`Error::Weights`] when there is none of this shape, or its numbers have a type that is not read here.
    pub fn values(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let Array { shape: found, values } = self.array(name)?;
        if found == shape {
            Ok(values)
        } else {
            Err(Error::Weights(format!("{name} has the shape {found:?} and not {shape:?}")))
        }
    }

    /// The parameter of this name, whatever its shape.
    ///
    /// # Errors
    /// As [`Self::values`].
    pub fn array(&self, name: &str) -> Result<Array> {
        let info = self.list.info(name).ok_or_else(|| Error::Weights(format!("{name} is missing")))?;
        let (from, to) = info.data_offsets;
        let bytes = &self.bytes[Range { start: self.start + from, end: self.start + to }];
        let values = match info.dtype {
            Dtype::F32 => bytes.as_chunks().0.iter().map(|four| f32::from_le_bytes(*four)).collect(),
            Dtype::F16 => bytes.as_chunks().0.iter().map(|two| f16::from_le_bytes(*two).to_f32()).collect(),
            Dtype::U16 => bytes.as_chunks().0.iter().map(|two| from_zigzag(u16::from_le_bytes(*two))).collect(),
            other => return Err(Error::Weights(format!("{name} has numbers of the type {other:?}"))),
        };
        Ok(Array { shape: info.shape.clone(), values })
    }

    /// Every parameter of a plan.
    ///
    /// # Errors
    /// As [`Self::values`].
    pub fn of_plan(&self, plan: &Plan) -> Result<Arrays> {
        let of = |Parameter { name, shape }: Parameter| {
            let values = self.values(&name, &shape)?;
            Ok((name, Array { shape, values }))
        };
        plan.parameters().into_iter().map(of).collect()
    }
}

/// The bytes of a safetensors file with these arrays. Those of which `is_exact` says so by their name stay f32.
///
/// # Errors
/// [`Error::Weights`] when an array's shape is not that of its numbers.
pub fn safetensors(arrays: &Arrays, is_exact: impl Fn(&str) -> bool) -> Result<Vec<u8>> {
    let stored: Vec<(&String, Dtype, &Array, Vec<u8>)> = arrays
        .iter()
        .map(|(name, array)| {
            let dtype = match array.shape.len() {
                4 if is_whole(&array.values) => Dtype::U16,
                2.. if !is_exact(name) => Dtype::F16,
                _ => Dtype::F32,
            };
            (name, dtype, array, bytes_of(&array.values, dtype))
        })
        .collect();
    let wrong = |error| Error::Weights(format!("the weights cannot be written ({error})"));
    let views = stored.iter().map(|(name, dtype, array, bytes)| {
        Ok((name.as_str(), TensorView::new(*dtype, array.shape.clone(), bytes).map_err(wrong)?))
    });
    safetensors::serialize(views.collect::<Result<Vec<_>>>()?, None).map_err(wrong)
}

fn bytes_of(values: &[f32], dtype: Dtype) -> Vec<u8> {
    match dtype {
        Dtype::U16 => values.iter().flat_map(|value| to_zigzag(*value).to_le_bytes()).collect(),
        Dtype::F16 => values.iter().flat_map(|value| f16::from_f32(*value).to_le_bytes()).collect(),
        _ => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
    }
}

fn is_whole(values: &[f32]) -> bool {
    values.iter().all(|value| value.fract() == 0.0 && value.abs() <= f32::from(i16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(shape: &[usize], values: &[f32]) -> Array {
        Array { shape: shape.to_vec(), values: values.to_vec() }
    }

    #[test]
    fn what_was_written_is_read() {
        let arrays: Arrays = [
            ("whole.weight".to_owned(), array(&[1, 1, 1, 3], &[-3.0, 0.0, 7.0])),
            ("conv.weight".to_owned(), array(&[1, 1, 1, 2], &[0.5, -0.25])),
            ("fc.weight".to_owned(), array(&[1, 2], &[0.1, 2.0])),
            ("gate.whiten".to_owned(), array(&[1, 2], &[0.1, 2.0])),
            ("bn.bias".to_owned(), array(&[1], &[0.1])),
        ]
        .into();
        let bytes = safetensors(&arrays, |name| name.starts_with("gate.")).expect("sound");
        let read = Parameters::read(bytes).expect("sound");
        for (name, array) in &arrays {
            let values = read.values(name, &array.shape).expect("there");
            let is_rounded = name == "fc.weight";
            let expected: Vec<f32> = array
                .values
                .iter()
                .map(|value| if is_rounded { f16::from_f32(*value).to_f32() } else { *value })
                .collect();
            assert_eq!(values, expected, "{name}");
        }
        assert!(read.values("fc.weight", &[2, 1]).is_err_and(|error| error.to_string().contains("[1, 2]")));
        assert!(read.array("bn.weight").is_err_and(|error| error.to_string().contains("missing")));
    }

    #[test]
    fn what_is_no_file_of_weights_is_an_error() {
        for bytes in [&b""[..], b"{}", &[255; 64]] {
            assert!(Parameters::read(bytes.to_vec()).is_err());
        }
    }
}
