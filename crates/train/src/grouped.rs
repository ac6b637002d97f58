//! The honest protocol: a film and every picture cut from it are on one side of a split.
//!
//! The pre-trained layers stay as they are, so what they make of each knee is computed once; only
//! the last layer is fitted, anew in every fold.
//! It is fitted to knees cut from films by the code that the page runs; the squashed crops of the
//! same films by others made it worse (`EXPERIMENTS.md`).

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use burn::module::Param;
use burn::nn::{Linear, LinearConfig};
use burn::store::{BurnpackStore, ModuleSnapshot};
use burn::tensor::{Device, Tensor, TensorData};
use osteolens::input;
use osteolens::network::{Network, mean_of_maps};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rayon::prelude::*;

use crate::ModelId;
use crate::dataset::{Dataset, Knee, Source};
use crate::folds::{FOLDS, fold_of_group};
use crate::learn::{Squares, progress};
use crate::logistic::Logistic;
use crate::predictions::{self, Grouped, JudgedKnee, OutOfFold};
use crate::pretrain;

/// Weight penalty of the last layer: strong, as there are more weights than knees. The same in
/// every fold: chosen inside each, it made the folds' answers incomparable (`EXPERIMENTS.md`).
const PENALTY: f32 = 1.0;
/// Changed copies of each knee beside the plain one.
const VARIANTS: usize = 3;

/// A knee as the last layer sees it: the plain one first, then changed copies.
pub type Descriptors = Vec<Vec<f32>>;

/// Cross-validates, then fits the last layer on all films and writes the weights.
pub fn run(model: ModelId, repeats: u64, seed: u64, prepared: &Path, out: &Path, device: &Device) -> Result<()> {
    let data = Dataset::knees(prepared)?.only(Source::Film);
    let (network, pretraining) = pretrain::read(model, out, device)?;
    let squares = Squares::of(&data, &pretraining.settings.input);
    let described = describe(&network, &squares, VARIANTS, seed, device)?;

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
    let last = fit(&data, &described, &data.knees_where(|_| true));
    let record = Grouped {
        pretraining,
        penalty: PENALTY,
        seed,
        trained_knees: data.rows.len(),
        trained_groups: data.groups().len(),
        knees,
    };
    predictions::write(out, &format!("grouped-{}", model.id()), &record)?;
    let network = network.with_fc(linear(&last, device));
    let mut store = BurnpackStore::from_file(out.join(model.id()).join("weights")).overwrite(true);
    network.save_into(&mut store).context("saving the weights")?;
    fs::metadata(out.join(model.id()).join("weights.bpk")).context("the weights were written")?;
    Ok(())
}

/// The mean of the last maps for each picture and its changed copies.
pub fn describe(
    network: &Network,
    squares: &Squares,
    variants: usize,
    seed: u64,
    device: &Device,
) -> Result<Vec<Descriptors>> {
    let mut random = StdRng::seed_from_u64(seed);
    let bar = progress("describing", squares.large.len())?;
    let described = (0..squares.large.len())
        .map(|picture| {
            let mut values = squares.plain_values(picture);
            for _ in 0..variants {
                values.extend(squares.varied_values(picture, &mut random));
            }
            let activations = network.forward(input::tensor_from_values(values, squares.spec, device));
            let means = mean_of_maps(activations.maps); // [1 + variants, channels]
            let [_, channels] = means.dims();
            bar.inc(1);
            let values = means.try_into_vec_as::<f32>().context("reading the descriptors")?;
            Ok(values.chunks_exact(channels).map(<[f32]>::to_vec).collect())
        })
        .collect();
    bar.finish();
    described
}

fn fit(data: &Dataset<Knee>, described: &[Descriptors], knees: &[usize]) -> Logistic {
    let rows: Vec<(&[f32], usize)> = knees
        .iter()
        .flat_map(|knee| described[*knee].iter().map(|row| (row.as_slice(), data.rows[*knee].class as usize)))
        .collect();
    Logistic::fit(&rows, PENALTY)
}

fn judged(knee: &Knee) -> JudgedKnee {
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

fn linear(of: &Logistic, device: &Device) -> Linear {
    let features = of.weights[0].len();
    let by_feature: Vec<f32> = (0..features).flat_map(|at| of.weights.iter().map(move |class| class[at])).collect();
    let mut layer = LinearConfig::new(features, 3).init(device);
    layer.weight = Param::from_tensor(Tensor::from_data(TensorData::new(by_feature, [features, 3]), device));
    layer.bias = Some(Param::from_tensor(Tensor::from_data(TensorData::new(of.offsets.to_vec(), [3]), device)));
    layer
}
