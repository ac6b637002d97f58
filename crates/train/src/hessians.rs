//! What the convolutions of a network read on some pictures, and how much what they write matters.

use std::collections::BTreeMap;

use analysis::knee_head::described;
use anyhow::{Context, Result};
use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use nalgebra::{DMatrix, DVector};
use networks::{
    BatchActivations, BurnNetwork, Fused, GreyChannels, Network, NodeId, Operation, Parameters, Plan, Processor, Step,
    fuse, mean_of_maps,
};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

use crate::progress;

/// Pictures per pass.
const AT_ONCE: usize = 10;
/// So many rows' worth of places are looked at on each picture, at random: all of them in the last layers.
const ROWS: usize = 7;
/// What the features count that heads read, all together: by how much of a logit when each moves by its deviation.
const FEATURES_COUNT: f32 = 0.3;

/// A convolution that is followed by a batch norm.
pub struct Layer {
    /// The convolution.
    pub convolution: Fused,
    /// Of the batch norm's parameters.
    pub norm: String,
    /// Its place in the plan.
    norm_node: NodeId,
    /// Sums over pictures and places of the products of every two numbers that the convolution reads at a place.
    products: DMatrix<f32>,
    /// How many places that were.
    places: usize,
    /// See [`Self::sensitivity`]; sums over pictures.
    slopes: DVector<f64>,
}

impl Layer {
    /// The mean products of every two numbers that the convolution reads at a place.
    ///
    /// # Shapes
    /// - output: `[inputs · side · side, inputs · side · side]`
    pub fn hessian(&self) -> DMatrix<f64> {
        self.products.map(|sum| f64::from(sum) / self.places as f64)
    }

    /// By how much the square of what is read from the network grows when each place of an output of the batch norm
    /// moves by a random 1; only the proportion of outputs and layers matters.
    ///
    /// # Shapes
    /// - output: `[outputs]`
    pub fn sensitivity(&self) -> &DVector<f64> {
        &self.slopes
    }

    fn of(plan: &Plan, convolution: Fused) -> Option<Self> {
        let norm = convolution.norm.clone()?;
        let is_norm = |operation: &Operation| matches!(operation, Operation::BatchNorm { name } if *name == norm);
        let numbers = convolution.inputs * convolution.window.side.pow(2);
        Some(Self {
            norm_node: plan.nodes.iter().position(|node| is_norm(&node.operation))?,
            products: DMatrix::zeros(numbers, numbers),
            places: 0,
            slopes: DVector::zeros(convolution.outputs),
            convolution,
            norm,
        })
    }

    /// Looks at what the convolution reads of some pictures.
    fn read(&mut self, maps: Tensor<4>, random: &mut StdRng) -> Result<()> {
        let [pictures, channels, height, width] = maps.dims();
        let values = maps.try_into_vec_as::<f32>().context("reading maps")?;
        let rows = self.convolution.rows;
        let mut places: Vec<usize> = (0..rows * rows).collect();
        places.shuffle(random);
        places.truncate(ROWS * rows);
        let mut seen = Vec::with_capacity(pictures * places.len() * self.products.nrows());
        for picture in values.chunks_exact(channels * height * width) {
            for place in &places {
                self.surroundings(picture, [height, width], [place / rows, place % rows], &mut seen);
            }
        }
        let seen = DMatrix::from_vec(self.products.nrows(), pictures * places.len(), seen);
        self.products.gemm(1.0, &seen, &seen.transpose(), 1.0);
        self.places += seen.ncols();
        Ok(())
    }

    /// Adds the numbers that the convolution reads at a place: `[inputs, side, side]`.
    fn surroundings(&self, maps: &[f32], [height, width]: [usize; 2], [row, column]: [usize; 2], to: &mut Vec<f32>) {
        let window = self.convolution.window;
        for map in maps.chunks_exact(height * width) {
            for down in 0..window.side {
                for across in 0..window.side {
                    let y = (row * window.stride + down).wrapping_sub(window.padding);
                    let x = (column * window.stride + across).wrapping_sub(window.padding);
                    to.push(if y < height && x < width { map[y * width + x] } else { 0.0 });
                }
            }
        }
    }
}

/// Looks at pictures with all convolutions but the first.
///
/// # Shapes
/// - pictures: `[pictures][side · side]`, normalised as the first channel is
pub fn seen(
    plan: &Plan,
    parameters: &Parameters,
    channels: &GreyChannels,
    pictures: &[Vec<f32>],
    seed: u64,
) -> Result<Vec<Layer>> {
    let device = Device::flex().autodiff();
    let network = BurnNetwork::new(plan, &device).with_arrays(&parameters.of_plan(plan)?, &device)?.freeze();
    let deviations = deviations(plan, parameters, channels, pictures)?;
    let mut random = StdRng::seed_from_u64(seed);
    let of_step = |(step, _)| match step {
        Step::Convolution(convolution) if convolution.input != 0 => Layer::of(plan, convolution),
        _ => None,
    };
    let mut layers: Vec<Layer> = fuse(plan)?.steps.into_iter().filter_map(of_step).collect();
    let bar = progress::bar("what the layers read", pictures.len())?;
    for batch in pictures.chunks(AT_ONCE) {
        let values: Vec<f32> = batch.iter().flat_map(|picture| channels.of(picture)).collect();
        let shape = [batch.len(), plan.channels(), plan.side(), plan.side()];
        let (mut written, mut shifts) = (BTreeMap::new(), BTreeMap::new());
        let mut see = |node: NodeId, output: Tensor<4>| {
            if layers.iter().any(|layer| layer.convolution.input == node) {
                written.insert(node, output.clone().inner());
            }
            if layers.iter().all(|layer| layer.norm_node != node) {
                return output;
            }
            // What nothing is added to is no leaf whose derivative burn tells.
            let shift = Tensor::zeros(output.dims(), &device).require_grad();
            shifts.insert(node, shift.clone());
            output + shift
        };
        let activations = network.forward_seen(Tensor::from_data(TensorData::new(values, shape), &device), &mut see);
        let gradients = projected(activations, &deviations, &mut random).backward();
        for layer in &mut layers {
            layer.read(written[&layer.convolution.input].clone(), &mut random)?;
            let slope = shifts[&layer.norm_node].grad(&gradients).context("what a norm writes is read")?;
            let squares = slope.powf_scalar(2.0).sum_dim(3).sum_dim(2).sum_dim(0);
            let squares = squares.try_into_vec_as::<f32>().context("reading slopes")?;
            layer.slopes += DVector::from_iterator(squares.len(), squares.into_iter().map(f64::from));
        }
        bar.inc(batch.len() as u64);
    }
    bar.finish();
    for layer in &mut layers {
        layer.slopes /= pictures.len() as f64;
    }
    Ok(layers)
}

/// The scores and the features that heads read, each picture's along a random direction: the square of its slope is in the
/// mean that of all of them together.
fn projected(activations: BatchActivations, deviations: &[f32], random: &mut StdRng) -> Tensor<1> {
    let BatchActivations { maps, features, scores } = activations;
    let means = mean_of_maps(maps.clone()); // [batch, channels]
    let [pictures, channels] = means.dims();
    let around = maps - means.clone().reshape([pictures, channels, 1, 1]);
    // The root of nought has no slope.
    let spread = mean_of_maps(around.powf_scalar(2.0)).clamp_min(1e-12).sqrt();
    let described = Tensor::cat(vec![features, means, spread], 1);
    let device = described.device();
    let mut signs = |like: &Tensor<2>| {
        let [rows, columns] = like.dims();
        let signs: Vec<f32> = (0..rows * columns).map(|_| if random.random_bool(0.5) { 1.0 } else { -1.0 }).collect();
        Tensor::<2>::from_data(TensorData::new(signs, [rows, columns]), &device)
    };
    let share = FEATURES_COUNT / (deviations.len() as f32).sqrt();
    let counts: Vec<f32> = deviations.iter().map(|deviation| share / deviation).collect();
    let counts = Tensor::<2>::from_data(TensorData::new(counts, [1, deviations.len()]), &device);
    let by_features = (signs(&described) * counts * described).sum();
    // A number that is added to all scores changes nothing.
    let scores = scores.clone() - scores.mean_dim(1);
    by_features + (signs(&scores) * scores).sum()
}

/// The deviation over pictures of each feature that heads read.
fn deviations(
    plan: &Plan,
    parameters: &Parameters,
    channels: &GreyChannels,
    pictures: &[Vec<f32>],
) -> Result<Vec<f32>> {
    let network = Network::new(plan, parameters, channels, &Processor::Cpu)?;
    let of = |picture: &Vec<f32>| Ok(described(&pollster::block_on(network.forward(picture.clone()))?));
    let all: Vec<Vec<f32>> = pictures.iter().map(of).collect::<Result<_>>()?;
    let count = all.len() as f32;
    let deviation = |at: usize| {
        let mean = all.iter().map(|one| one[at]).sum::<f32>() / count;
        (all.iter().map(|one| (one[at] - mean).powi(2)).sum::<f32>() / count).sqrt()
    };
    let deviations: Vec<f32> = (0..all.first().map_or(0, Vec::len)).map(deviation).collect();
    // Features that hardly move do not count without end.
    let least = 0.02 * deviations.iter().sum::<f32>() / deviations.len() as f32;
    Ok(deviations.into_iter().map(|deviation| deviation + least).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use networks::{Builder, Window, safetensors};

    /// Two convolutions, whose second one looks at all places.
    fn plan() -> Plan {
        let draw = |b: &Builder| {
            b.stage("all");
            let x = b.input(1).conv("one", Window::square(3).padding(1).stride(2), 8).norm("a").relu();
            let x = x.conv("two", Window::square(3).padding(1).stride(2), 8).norm("b").relu().seen_by_gate();
            let _ = x.head().mean().linear("fc", 3);
        };
        Builder::plan(draw, 28).expect("sound")
    }

    #[test]
    fn the_mean_square_of_an_output_is_what_its_weights_make_of_the_products() {
        let plan = plan();
        let bytes = safetensors(&BurnNetwork::new(&plan, &Device::flex()).arrays().expect("read"), |_| true);
        let parameters = Parameters::read(bytes.expect("sound")).expect("sound");
        let arrays = parameters.of_plan(&plan).expect("all are there");
        let network = BurnNetwork::new(&plan, &Device::flex()).with_arrays(&arrays, &Device::flex()).expect("fits");
        let channels = GreyChannels::new(&[0.0], &[1.0]);
        let mut random = StdRng::seed_from_u64(1);
        let pictures: Vec<Vec<f32>> =
            (0..12).map(|_| (0..28 * 28).map(|_| random.random_range(-1.0..1.0)).collect()).collect();
        let layers = seen(&plan, &parameters, &channels, &pictures, 1).expect("it can be looked at");
        let [layer] = &layers[..] else { panic!("one layer is looked at") };
        assert!(layer.sensitivity().iter().all(|slope| *slope > 0.0));

        let is_second =
            |at: &NodeId| matches!(&plan.nodes[*at].operation, Operation::Convolution { name, .. } if name == "two");
        let second = (0..plan.nodes.len()).find(is_second).expect("it is drawn");
        let mut squares = vec![0.0; 8];
        for picture in &pictures {
            let input = Tensor::from_data(TensorData::new(picture.clone(), [1, 1, 28, 28]), &Device::flex());
            let _ = network.forward_seen(input, &mut |node, output| {
                if node == second {
                    let values = output.clone().try_into_vec_as::<f32>().expect("read");
                    for (sum, map) in squares.iter_mut().zip(values.chunks_exact(49)) {
                        *sum += map.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>() / (12.0 * 49.0);
                    }
                }
                output
            });
        }
        let hessian = layer.hessian();
        for (weights, square) in arrays["two.weight"].values.chunks_exact(72).zip(squares) {
            let weights = DVector::from_iterator(72, weights.iter().map(|weight| f64::from(*weight)));
            let predicted = weights.dot(&(&hessian * &weights));
            assert!((predicted - square).abs() < 1e-4 * square, "{predicted} against {square}");
        }
    }
}
