//! `ResNet18`'s weights → whole numbers of a step, which take a quarter of the room, if that changes no answer on any picture.

use std::fs;
use std::path::Path;

use analysis::known_knees::KnownKnees;
use anyhow::{Context, Result, ensure};
use nalgebra::{DMatrix, DVector};
use networks::{Arrays, EPSILON};

use crate::hessians::{self, Layer};
use crate::model_id::ModelId;
use crate::rounding::Rounding;
use crate::{answers, calibration_pictures, gptq, predictions, shipped, shipping};

/// Sets all steps: a twelfth of this, in squares of a logit, is about what a weight's rounding may add to the mean square
/// of the error of what is read from the network.
const BUDGET: f64 = 1e-10;
/// No step is larger than so many root mean squares of its output's weights.
const LARGEST_STEP: f64 = 2.0;
/// Added to the mean square of each number that is read, as a share of their mean: what few pictures do not settle.
const DAMPING: f64 = 0.01;
/// The least sensitivity of an output, as a share of its layer's mean.
const LEAST_SENSITIVITY: f64 = 0.01;
/// Seed of what is looked at.
const SEED: u64 = 1;
/// How far a logit may move, of the largest on any picture.
const LOGITS_WITHIN: f32 = 0.02;

/// Rewrites `ResNet18`'s file and its entry in the manifest.
pub fn run(data: &Path, weights: &Path, out: &Path) -> Result<()> {
    let manifest = shipped::manifest(weights)?;
    let id = ModelId::ResNet18.id();
    let at = manifest.models.iter().position(|entry| entry.id == id).context("the manifest has no ResNet18")?;
    let entry = &manifest.models[at];
    let plan = entry.plan()?;
    let parameters = entry.verified(&fs::read(weights.join(&entry.file))?)?;
    let mut arrays = parameters.of_plan(&plan)?;
    let pictures = calibration_pictures::read(data, &entry.input, SEED)?;
    for layer in hessians::seen(&plan, &parameters, &entry.input.channels(), &pictures, SEED)? {
        let Layer { convolution, norm, .. } = &layer;
        in_steps(&mut arrays, &convolution.name, norm, layer.hessian(), layer.sensitivity())
            .with_context(|| convolution.name.clone())?;
    }
    for name in KnownKnees::NAMES {
        arrays.insert(name.to_owned(), parameters.array(name)?);
    }

    let beside = std::env::temp_dir().join(format!("osteolens-round-{}", std::process::id()));
    fs::create_dir_all(&beside)?;
    for other in &manifest.models {
        fs::copy(weights.join(&other.file), beside.join(&other.file))?;
    }
    let mut rounded = manifest.clone();
    shipping::write(&arrays, &mut rounded.models[at], &beside)?;

    let before = answers::of_all(data, &manifest, weights)?;
    let after = answers::of_all(data, &rounded, &beside)?;
    let mut record = Rounding {
        from: entry.sha256.clone(),
        into: rounded.models[at].sha256.clone(),
        pictures: before.len(),
        knees: 0,
        largest_logit: 0.0,
        moved: 0.0,
        same_leading: 0,
    };
    let mut changed = 0;
    for ((picture, before), after) in before.iter().zip(after.values()) {
        if !record.compare(before, after, entry)? {
            changed += 1;
            println!("{picture} is answered otherwise");
        }
    }
    println!("{changed} of {} pictures answered otherwise: {record:?}", before.len());
    ensure!(changed == 0, "nothing is written");
    ensure!(record.moved <= LOGITS_WITHIN * record.largest_logit, "logits moved too far: nothing is written");
    fs::copy(beside.join(&entry.file), weights.join(&entry.file))?;
    shipped::write_manifest(&rounded, weights)?;
    predictions::write(out, "rounding", &record)?;
    fs::remove_dir_all(&beside)?;
    println!("{}: {:.2} MB, now run `evaluate`", entry.file, rounded.models[at].bytes as f64 / 1e6);
    Ok(())
}

/// Makes a layer's weights whole numbers of a step for each output; the step becomes the batch norm that follows.
///
/// # Shapes
/// - hessian: `[inputs, inputs]`, the mean products of what is read
/// - sensitivity: `[outputs]`
fn in_steps(
    arrays: &mut Arrays,
    convolution: &str,
    norm: &str,
    mut hessian: DMatrix<f64>,
    sensitivity: &DVector<f64>,
) -> Result<()> {
    let damping = DAMPING * hessian.diagonal().mean();
    hessian.set_diagonal(&hessian.diagonal().add_scalar(damping));
    let factor = gptq::cholesky(hessian).context("the mean products are no such")?;
    let (weights, shifts) = with_norm(arrays, convolution, norm)?;
    let steps = steps(&weights, &factor, sensitivity);
    let whole = gptq::rounded(&weights, &factor, &steps);
    let of_outputs = |values: &DVector<f64>| values.iter().map(|value| *value as f32).collect::<Vec<f32>>();
    let mut set = |layer: &str, part: &str, values: Vec<f32>| {
        arrays.entry(format!("{layer}.{part}")).and_modify(|array| array.values = values);
    };
    // nalgebra goes column by column.
    set(convolution, "weight", whole.transpose().iter().map(|number| *number as f32).collect());
    set(norm, "weight", of_outputs(&steps));
    set(norm, "bias", of_outputs(&shifts));
    set(norm, "running_mean", vec![0.0; steps.len()]);
    // So that its root is 1.
    set(norm, "running_var", vec![1.0 - EPSILON; steps.len()]);
    Ok(())
}

/// A convolution's weights with its batch norm's scale, and what the batch norm adds after that.
///
/// # Shapes
/// - output: `[outputs, inputs]` and `[outputs]`
fn with_norm(arrays: &Arrays, convolution: &str, norm: &str) -> Result<(DMatrix<f64>, DVector<f64>)> {
    let of = |layer: &str, part: &str| {
        let name = format!("{layer}.{part}");
        let array = arrays.get(&name).with_context(|| format!("{name} is missing"))?;
        Ok::<_, anyhow::Error>(DVector::from_iterator(
            array.values.len(),
            array.values.iter().map(|one| f64::from(*one)),
        ))
    };
    let weights = of(convolution, "weight")?;
    ensure!(weights.iter().any(|weight| weight.fract() != 0.0), "these weights are rounded already");
    let roots = of(norm, "running_var")?.map(|variance| (variance + f64::from(EPSILON)).sqrt());
    let scales = of(norm, "weight")?.component_div(&roots);
    let shifts = of(norm, "bias")? - of(norm, "running_mean")?.component_mul(&scales);
    let mut weights = DMatrix::from_row_slice(scales.len(), weights.len() / scales.len(), weights.as_slice());
    weights.row_iter_mut().zip(scales.iter()).for_each(|(mut row, scale)| row *= *scale);
    Ok((weights, shifts))
}

/// The step of each output: halfway, in logarithms, between one by which every output's error counts alike and a share of the
/// root mean square of its weights. The former alone trusts too much what was seen on few pictures.
fn steps(weights: &DMatrix<f64>, factor: &DMatrix<f64>, sensitivity: &DVector<f64>) -> DVector<f64> {
    let spread = factor.diagonal().map(|pivot| pivot * pivot).mean();
    let least = LEAST_SENSITIVITY * sensitivity.mean();
    let by_error = sensitivity.map(|slope| (BUDGET / ((slope + least) * spread)).sqrt().ln());
    let root = |row: usize| (weights.row(row).norm_squared() / weights.ncols() as f64).sqrt().max(1e-12);
    let roots = DVector::from_fn(weights.nrows(), |row, _| root(row));
    let by_weights = roots.map(f64::ln).add_scalar(by_error.mean() - roots.map(f64::ln).mean());
    let halfway = ((by_error + by_weights) / 2.0).map(f64::exp);
    halfway.zip_map(&roots, |step, root| step.min(LARGEST_STEP * root))
}

#[cfg(test)]
mod tests {
    use super::*;
    use networks::Array;

    /// What a convolution of one pixel and its batch norm make of an input.
    fn written(arrays: &Arrays, input: [f32; 2]) -> Vec<f32> {
        let of = |name: &str| &arrays[name].values;
        let sums = of("conv.weight").chunks_exact(2).map(|output| output[0] * input[0] + output[1] * input[1]);
        let norm =
            of("bn.weight").iter().zip(of("bn.bias")).zip(of("bn.running_mean").iter().zip(of("bn.running_var")));
        sums.zip(norm)
            .map(|(sum, ((gamma, beta), (mean, variance)))| (sum - mean) / (variance + EPSILON).sqrt() * gamma + beta)
            .collect()
    }

    fn array(shape: &[usize], values: &[f32]) -> Array {
        Array { shape: shape.to_vec(), values: values.to_vec() }
    }

    fn exact() -> Arrays {
        [
            ("conv.weight", array(&[2, 2, 1, 1], &[0.3, -0.11, 0.02, 0.05])),
            ("bn.weight", array(&[2], &[1.5, -0.5])),
            ("bn.bias", array(&[2], &[0.1, 0.2])),
            ("bn.running_mean", array(&[2], &[0.4, -0.01])),
            ("bn.running_var", array(&[2], &[0.09, 4e-5])),
        ]
        .map(|(name, array)| (name.to_owned(), array))
        .into()
    }

    fn in_steps_of(arrays: &mut Arrays, sensitivity: f64) -> Result<()> {
        let hessian = DMatrix::from_row_slice(2, 2, &[1.0, 0.5, 0.5, 1.0]);
        in_steps(arrays, "conv", "bn", hessian, &DVector::from_element(2, sensitivity))
    }

    #[test]
    fn the_batch_norm_is_the_step_and_the_layer_writes_what_it_wrote() {
        let mut arrays = exact();
        in_steps_of(&mut arrays, 1e-4).expect("all parameters are there");
        assert!(arrays["conv.weight"].values.iter().all(|weight| weight.fract() == 0.0));
        for input in [[1.0, 0.0], [0.3, 0.7], [-2.0, 1.0]] {
            for (now, before) in written(&arrays, input).iter().zip(written(&exact(), input)) {
                assert!((now - before).abs() < 5e-3, "{now} against {before}");
            }
        }
        let again = in_steps_of(&mut arrays, 1e-4).expect_err("they are whole");
        assert!(again.to_string().contains("rounded already"));
    }

    #[test]
    fn what_matters_more_gets_smaller_steps_and_none_is_larger_than_its_weights_allow() {
        let weights = DMatrix::from_row_slice(2, 2, &[0.3, -0.3, 0.3, 0.3]);
        let of =
            |sensitivity: [f64; 2]| steps(&weights, &DMatrix::identity(2, 2), &DVector::from(sensitivity.to_vec()));
        let fine = of([1e-4, 1e-6]);
        assert!(fine[0] < 0.5 * fine[1], "{fine}");
        let coarse = of([1e-30, 1e-30]);
        assert!(coarse.iter().all(|step| (step - LARGEST_STEP * 0.3).abs() < 1e-9), "{coarse}");
    }
}
