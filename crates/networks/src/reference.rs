//! A network of the reference engine: burn's own layers run it, and share no arithmetic with the kernels of this crate.

pub use burn::tensor::Device;
use burn::tensor::{DType, Tensor, TensorData};

use crate::activations::Activations;
use crate::burn_network::{BatchActivations, BurnNetwork};
use crate::failure::{Error, Result};
use crate::folded::GreyChannels;
use crate::kernels::cpu::Image;
use crate::parameters::Parameters;
use crate::plan::Plan;

/// A module of burn that takes grey pictures.
pub(crate) struct Reference {
    network: BurnNetwork,
    channels: GreyChannels,
    device: Device,
}

impl Reference {
    /// Takes the weights of a plan to a device.
    ///
    /// # Errors
    /// [`Error::Weights`] when a parameter is missing or has another shape.
    pub fn new(plan: &Plan, parameters: &Parameters, channels: &GreyChannels, device: &Device) -> Result<Self> {
        let network = BurnNetwork::new(plan, device).with_arrays(&parameters.of_plan(plan)?, device)?;
        Ok(Self { network, channels: channels.clone(), device: device.clone() })
    }

    /// One pass of one grey picture, normalised as the first channel is.
    ///
    /// # Errors
    /// [`Error::Compute`] when the device fails.
    pub async fn forward(&self, picture: &[f32]) -> Result<Activations> {
        let (channels, side) = (self.network.plan().channels(), self.network.plan().side());
        let data = TensorData::new(self.channels.of(picture), [1, channels, side, side]);
        let BatchActivations { maps, features, scores } = self.network.forward(Tensor::from_data(data, &self.device));
        let [_, channels, height, width] = maps.dims();
        Ok(Activations {
            maps: Image::from_planes(&values(maps).await?, channels, height, width),
            features: values(features).await?,
            scores: values(scores).await?,
        })
    }
}

/// burn's CPU backend.
pub fn cpu() -> Device {
    Device::flex()
}

/// burn's wgpu backend, on the browser's graphics processor.
///
/// # Errors
/// What burn says when it cannot be opened.
#[cfg(feature = "burn-webgpu")]
pub async fn webgpu() -> std::result::Result<Device, String> {
    Device::wgpu_options().init_async().await.map_err(|error| format!("{error:?}"))
}

async fn values<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>> {
    let failed = |error: String| Error::Compute(format!("reading the result failed: {error}"));
    let data = tensor.into_data_async().await.map_err(|error| failed(format!("{error:?}")))?;
    data.convert_dtype(DType::F32).try_into_vec::<f32>().map_err(|error| failed(format!("{error:?}")))
}
