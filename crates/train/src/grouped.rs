//! The honest protocol: a film and every picture cut from it are on one side of a split.
//!
//! The pre-trained layers stay as they are, so what they make of each knee is computed once; only
//! the last layer is fitted, anew in every fold.
//! It is fitted to knees cut from films by the code that the page runs; the squashed crops of the
//! same films by others made it worse (`EXPERIMENTS.md`).

use std::path::Path;

use anyhow::{Context, Result, bail};
use burn::tensor::Device;
use networks::{Array, Arrays, BurnNetwork, HeadLayer, Plan, mean_of_maps};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rayon::prelude::*;
use statistics::folds::{FOLDS, fold_of_group};
use statistics::logistic::Logistic;

use crate::batches::{Squares, tensor};
use crate::dataset::{CutFrom, Dataset, LabelledKnee};
use crate::model_id::ModelId;
use crate::predictions::{self, Grouped, JudgedKnee, OutOfFold};
use crate::runs::{self, Part};
use crate::{pretrain, progress};

/// Weight penalty of the last layer: strong, as there are more weights than knees. The same in
/// every fold: chosen inside each, it made the folds' answers incomparable (`EXPERIMENTS.md`).
const PENALTY: f32 = 1.0;
/// Changed copies of each knee beside the plain one.
const COPIES: usize = 3;

/// A knee as the last layer sees it: the plain one first, then changed copies.
type Descriptors = Vec<Vec<f32>>;

/// Cross-validates, then fits the last layer on all films and writes the weights.
pub fn run(model: ModelId, repeats: u64, seed: u64, prepared: &Path, out: &Path, device: &Device) -> Result<()> {
    let data = Dataset::knees(prepared)?.only(CutFrom::Film);
    let (network, pretraining) = pretrain::read(model, out, device)?;
    let squares = Squares::of(&data, &pretraining.settings.input);
    let described = describe(&network, &squares, COPIES, seed, device)?;

    let mut knees: Vec<JudgedKnee> = data.rows.iter().map(judged).collect();
    for repeat in 0..repeats {
        let folds = fold_of_group(&data.groups(), seed + repeat);
        let fitted: Vec<Logistic> = (0..FOLDS)
            .into_par_iter()
            .map(|fold| fit(&data, &described, &data.knees_where(|knee| folds[&knee.group] != fold)))
            .collect();
        for (knee, described) in knees.iter_mut().zip(&described) {
            let fold = folds[&knee.group];
            knee.repeats.push(OutOfFold { fold, logits: fitted[fold].logits(&described[0]) });
        }
    }
    let last_layer = last_layer(network.plan(), &fit(&data, &described, &data.knees_where(|_| true)))?;
    let record = Grouped {
        pretraining,
        penalty: PENALTY,
        seed,
        trained_knees: data.rows.len(),
        trained_groups: data.groups().len(),
        knees,
    };
    predictions::write(out, &format!("grouped-{}", model.id()), &record)?;
    let network = network.with_arrays(&last_layer, device)?;
    runs::write(out, model, Part::Trained, &network.arrays()?)
}

/// The mean of the last maps for each picture and its changed copies.
fn describe(
    network: &BurnNetwork,
    squares: &Squares,
    copies: usize,
    seed: u64,
    device: &Device,
) -> Result<Vec<Descriptors>> {
    let mut random = StdRng::seed_from_u64(seed);
    let bar = progress::bar("describing", squares.large.len())?;
    let described = (0..squares.large.len())
        .map(|picture| {
            let values = squares.with_copies(picture, copies, &mut random);
            let activations = network.forward(tensor(values, squares.spec, device));
            let means = mean_of_maps(activations.maps); // [1 + copies, channels]
            let [_, channels] = means.dims();
            bar.inc(1);
            let values = means.try_into_vec_as::<f32>().context("reading the descriptors")?;
            Ok(values.chunks_exact(channels).map(<[f32]>::to_vec).collect())
        })
        .collect();
    bar.finish();
    described
}

fn fit(data: &Dataset<LabelledKnee>, described: &[Descriptors], knees: &[usize]) -> Logistic {
    let rows: Vec<(&[f32], usize)> = knees
        .iter()
        .flat_map(|knee| described[*knee].iter().map(|row| (row.as_slice(), data.rows[*knee].class as usize)))
        .collect();
    Logistic::fit(&rows, PENALTY)
}

fn judged(knee: &LabelledKnee) -> JudgedKnee {
    JudgedKnee {
        knee: knee.file.trim_start_matches("knees/").trim_end_matches(".png").to_owned(),
        group: knee.group.clone(),
        class: knee.class,
        age_years: knee.age_years,
        sex: knee.sex.clone(),
        film_width_px: knee.film_width_px,
        repeats: Vec::new(),
    }
}

/// The fitted regression as the parameters of the plan's last layer.
fn last_layer(plan: &Plan, fitted: &Logistic) -> Result<Arrays> {
    let [HeadLayer::Mean, HeadLayer::Linear { name, inputs, outputs }] = &plan.head[..] else {
        bail!("only a linear layer after the mean of the feature maps can be fitted");
    };
    let weight = Array { shape: vec![*outputs, *inputs], values: fitted.weights.concat() };
    let bias = Array { shape: vec![*outputs], values: fitted.offsets.to_vec() };
    Ok([(format!("{name}.weight"), weight), (format!("{name}.bias"), bias)].into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_layer_of_every_network_scores_as_the_regression_it_comes_from() {
        for model in ModelId::ALL {
            let settings = model.settings(1, 1);
            let plan = model.plan(&settings.input).expect("known");
            let features = plan.nodes[plan.maps].shape.channels;
            let weights = std::array::from_fn(|class| (0..features).map(|at| ((at + class) % 7) as f32).collect());
            let fitted = Logistic { weights, offsets: [1.0, -2.0, 3.0] };
            let device = Device::flex();
            let layer = last_layer(&plan, &fitted).expect("a mean and a linear layer");
            let network = BurnNetwork::new(&plan, &device).with_arrays(&layer, &device).expect("of the same shape");
            let side = plan.nodes[plan.maps].shape.height;
            let maps = burn::tensor::Tensor::<4>::full([1, features, side, side], 0.5, &device);
            let scores = network.head(maps).try_into_vec_as::<f32>().expect("three numbers");
            for (score, expected) in scores.iter().zip(fitted.logits(&vec![0.5; features])) {
                assert!((score - expected).abs() < 1e-2, "{model:?}: {score} against {expected}");
            }
        }
    }
}
