//! How weights lie in a file: a burnpack, packed by the crate `packing`.
//!
//! In the burnpack linear layers and convolutions are f16 and all else f32; convolutions whose weights are whole numbers
//! (their steps being in the batch norm behind) are unsigned integers of 16 bits, in `ZigZag`.

use burn::store::{HalfPrecisionAdapter, ModuleAdapter, ModuleContext, bridge, burn_pack};
use burn::tensor::{DType, TensorData};
use packing::{from_zigzag, to_zigzag};

/// From a burnpack to a network.
pub fn when_read() -> impl ModuleAdapter + 'static {
    HalfPrecisionAdapter::new().chain(Whole { from: DType::U16 })
}

/// From a network to a burnpack.
pub fn when_written() -> impl ModuleAdapter + 'static {
    Whole { from: DType::F32 }.chain(HalfPrecisionAdapter::new())
}

/// Whole numbers of a convolution: f32 in memory, unsigned integers in a file.
#[derive(Clone)]
struct Whole {
    from: DType,
}

impl ModuleAdapter for Whole {
    fn adapt(&self, tensor: burn_pack::Tensor, context: ModuleContext<'_>) -> burn_pack::Tensor {
        let is_convolution = context.module_type() == Some("Struct:Conv2d");
        let into = match self.from {
            _ if tensor.dtype != self.from || !is_convolution => return tensor,
            DType::U16 => DType::F32,
            _ if is_whole(&tensor) => DType::U16,
            _ => return tensor,
        };
        let (name, shape) = (tensor.name.clone(), tensor.shape.clone());
        bridge::map_data(tensor, name, into, shape, move |data| {
            let shape = data.shape();
            match (data.as_slice::<u16>(), data.as_slice::<f32>()) {
                (Ok(stored), _) => TensorData::new(from_zigzag(stored), shape),
                (_, Ok(numbers)) => TensorData::new(to_zigzag(numbers), shape),
                // Of another kind than its list says: the network does not take it.
                _ => data,
            }
        })
    }

    fn clone_box(&self) -> Box<dyn ModuleAdapter> {
        Box::new(self.clone())
    }
}

fn is_whole(tensor: &burn_pack::Tensor) -> bool {
    let numbers = bridge::to_data(tensor).ok().and_then(|data| data.try_into_vec::<f32>().ok());
    numbers.is_some_and(|numbers| {
        numbers.iter().all(|number| number.fract() == 0.0 && number.abs() <= f32::from(i16::MAX))
    })
}
