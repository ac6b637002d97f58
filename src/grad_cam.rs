//! Grad-CAM after Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks" (2017).
//!
//! `L_c = ReLU(Σ_k α_{c,k} · A_k)` with `α_{c,k}` the mean over the map of `∂y_c/∂A_k`. Only the
//! mean of each map and one linear layer stand behind the last maps, so the derivative is that
//! layer's weight and no autodiff tape is needed; a native test compares it with burn's.

use burn::nn::Linear;
use burn::tensor::activation::relu;
use burn::tensor::{DType, Tensor};

use crate::error::{Error, Result};
use crate::network::{Activations, CLASSES};

/// The raw maps of the three classes, before any normalisation.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassMaps {
    /// Columns of each map.
    pub width: usize,
    /// Rows of each map.
    pub height: usize,
    /// Per class, row by row; all values at least 0, in units of the class score.
    pub values: [Vec<f32>; CLASSES],
}

/// The maps of all classes for the first image of a batch, on the device.
///
/// # Shapes
/// - output: `[3, map_h, map_w]`
pub fn grad_cam(fc: &Linear, activations: &Activations) -> Tensor<3> {
    let [_, channels, height, width] = activations.maps.dims();
    let maps = activations.maps.clone().narrow(0, 0, 1);
    let importance = fc.weight.val().transpose() / (height * width) as f32; // [3, channels]
    let weighted = importance.matmul(maps.reshape([channels, height * width])); // [3, h·w]
    relu(weighted).reshape([CLASSES, height, width])
}

/// Reads the maps back from the device.
///
/// # Errors
/// [`Error::Compute`] when the device is lost or answers with something that is no number.
pub async fn read(maps: Tensor<3>) -> Result<ClassMaps> {
    let [_, height, width] = maps.dims();
    let all = values(maps).await?;
    let mut classes = all.chunks_exact(height * width).map(<[f32]>::to_vec);
    Ok(ClassMaps { width, height, values: std::array::from_fn(|_| classes.next().unwrap_or_default()) })
}

/// The tensor's numbers, all of them finite.
///
/// # Errors
/// [`Error::Compute`] when the device is lost or a value is not finite.
pub(crate) async fn values<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>> {
    let data = tensor
        .into_data_async()
        .await
        .map_err(|error| Error::Compute(format!("reading the result failed: {error:?}")))?;
    let values: Vec<f32> = data
        .convert_dtype(DType::F32)
        .try_into_vec::<f32>()
        .map_err(|error| Error::Compute(format!("the result has the wrong type: {error:?}")))?;
    if values.iter().all(|value| value.is_finite()) {
        Ok(values)
    } else {
        Err(Error::Compute("a result is not a number".into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Architecture, Network};
    use burn::module::Module;
    use burn::tensor::{Device, Distribution};

    /// f32 sums of some ten thousand terms in another order.
    const RELATIVE_TOLERANCE: f32 = 1e-4;

    /// `α` by burn's tape: the head is run again from the maps as a leaf.
    fn by_autodiff(network: &Network, maps: Tensor<4>, class: usize) -> Vec<f32> {
        let [_, channels, height, width] = maps.dims();
        let leaf = maps.autodiff().require_grad();
        let score = network.head_for_tests(leaf.clone()).narrow(1, class, 1).sum();
        let gradient = leaf.grad(&score.backward()).expect("the maps are a leaf");
        let alpha = gradient.mean_dim(3).mean_dim(2); // [1, channels, 1, 1]
        let weighted = (leaf.inner() * alpha).sum_dim(1); // [1, 1, h, w]
        assert!(channels > 0);
        relu(weighted).reshape([height * width]).try_into_vec_as::<f32>().expect("f32")
    }

    #[test]
    fn the_closed_form_equals_autodiff() {
        let device = Device::flex();
        for architecture in [Architecture::CustomCnn, Architecture::ResNet18] {
            device.seed(7);
            let network = Network::new(architecture, &device).valid(); // without dropout
            let channels = architecture.channels();
            let input = Tensor::random([1, channels, 224, 224], Distribution::Normal(0.0, 1.0), &device);
            let activations = network.forward(input);
            let closed: Vec<f32> = grad_cam(network.fc(), &activations).try_into_vec_as::<f32>().expect("f32");
            let cells = closed.len() / CLASSES;
            let peak = closed.iter().copied().fold(0.0, f32::max);
            assert!(peak > 0.0, "{architecture:?}: an empty map compares nothing");
            for class in 0..CLASSES {
                let taped = by_autodiff(&network, activations.maps.clone(), class);
                for (closed, taped) in closed[class * cells..].iter().zip(&taped) {
                    assert!((closed - taped).abs() <= RELATIVE_TOLERANCE * peak, "{architecture:?} {class}");
                }
            }
        }
    }
}
