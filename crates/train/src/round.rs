//! `ResNet18`'s weights → whole numbers of a step, which take half the room, if that changes no answer on any picture.

use std::fs;
use std::path::Path;

use analysis::known_knees::KnownKnees;
use anyhow::{Context, Result, ensure};
use networks::{Arrays, EPSILON, Fused, Plan, Step, fuse};

use crate::model_id::ModelId;
use crate::rounding::Rounding;
use crate::{answers, predictions, shipped, shipping};

/// Steps of the layers that are rounded, in root mean squares of an output's weights. The first layers are a hundredth
/// of all weights and what errs there errs in all that follow: they stay. `layer4.1` hardly adds to its shortcut.
const STEPS: [(&str, f32); 4] =
    [("layer2.", 1.0 / 192.0), ("layer3.", 1.0 / 64.0), ("layer4.0.", 1.0 / 90.0), ("layer4.1.", 1.0 / 2.0)];
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
    round(&plan, &mut arrays)?;
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

fn round(plan: &Plan, arrays: &mut Arrays) -> Result<()> {
    for (step, _) in fuse(plan)?.steps {
        let Step::Convolution(Fused { name, norm: Some(norm), .. }) = step else { continue };
        if let Some((_, share)) = STEPS.iter().find(|(layers, _)| name.starts_with(layers)) {
            in_steps(arrays, &name, &norm, *share).with_context(|| name.clone())?;
        }
    }
    Ok(())
}

/// Makes each output's weights whole numbers of a step; the step is folded into the batch norm that follows.
fn in_steps(arrays: &mut Arrays, convolution: &str, norm: &str, share: f32) -> Result<()> {
    let mut of = |layer: &str, part: &str| {
        let array = arrays.get_mut(&format!("{layer}.{part}"));
        array.map(|array| std::mem::take(&mut array.values)).with_context(|| format!("{layer}.{part} is missing"))
    };
    let mut weights = of(convolution, "weight")?;
    let (mut gammas, mut means, mut variances) =
        (of(norm, "weight")?, of(norm, "running_mean")?, of(norm, "running_var")?);
    ensure!(weights.iter().any(|weight| weight.fract() != 0.0), "these weights are rounded already");
    let of_one = weights.len() / gammas.len();
    let outputs = weights.chunks_exact_mut(of_one).zip(&mut gammas).zip(&mut means).zip(&mut variances);
    for (((output, gamma), mean), variance) in outputs {
        let step = rounded(output, share);
        let narrowed = *variance / (step * step);
        // gamma · (step · z − mean) / √(variance + ε), said of z.
        *gamma = *gamma * step * (narrowed + EPSILON).sqrt() / (*variance + EPSILON).sqrt();
        *mean /= step;
        *variance = narrowed;
    }
    let all = [(convolution, "weight", weights), (norm, "weight", gammas), (norm, "running_mean", means)];
    for (layer, part, values) in all.into_iter().chain([(norm, "running_var", variances)]) {
        arrays.entry(format!("{layer}.{part}")).and_modify(|array| array.values = values);
    }
    Ok(())
}

/// Makes an output's weights whole numbers, and tells of which step.
///
/// What is lost in rounding a weight is added to the next one (error diffusion, Floyd and Steinberg 1976): neighbours
/// in the window see nearly the same, so that their errors cancel.
fn rounded(output: &mut [f32], share: f32) -> f32 {
    let mean_square = output.iter().map(|weight| weight * weight).sum::<f32>() / output.len() as f32;
    let step = if mean_square > 0.0 { mean_square.sqrt() * share } else { 1.0 };
    let mut lost = 0.0;
    for weight in output {
        let exact = *weight / step + lost;
        *weight = exact.round();
        lost = exact - *weight;
    }
    step
}

#[cfg(test)]
mod tests {
    use super::*;
    use networks::Array;

    #[test]
    fn every_layer_that_is_rounded_is_one_of_the_network() {
        let plan = ModelId::ResNet18.plan(&ModelId::ResNet18.settings(1, 1).input).expect("known");
        let named: Vec<String> = fuse(&plan)
            .expect("all kernels are known")
            .steps
            .into_iter()
            .filter_map(|(step, _)| match step {
                Step::Convolution(Fused { name, norm: Some(_), .. }) => Some(name),
                _ => None,
            })
            .collect();
        for (layers, _) in STEPS {
            assert!(named.iter().any(|name| name.starts_with(layers)), "no convolution is called {layers}…");
        }
    }

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

    #[test]
    fn the_batch_norm_takes_the_step_and_the_layer_writes_what_it_wrote() {
        let array = |shape: &[usize], values: &[f32]| Array { shape: shape.to_vec(), values: values.to_vec() };
        let exact: Arrays = [
            ("conv.weight", array(&[2, 2, 1, 1], &[0.3, -0.11, 0.02, 0.05])),
            ("bn.weight", array(&[2], &[1.5, -0.5])),
            ("bn.bias", array(&[2], &[0.1, 0.2])),
            ("bn.running_mean", array(&[2], &[0.4, -0.01])),
            ("bn.running_var", array(&[2], &[0.09, 4e-5])),
        ]
        .map(|(name, array)| (name.to_owned(), array))
        .into();
        let mut arrays = exact.clone();
        in_steps(&mut arrays, "conv", "bn", 1.0 / 4096.0).expect("all parameters are there");
        assert!(arrays["conv.weight"].values.iter().all(|weight| weight.fract() == 0.0));
        for input in [[1.0, 0.0], [0.3, 0.7], [-2.0, 1.0]] {
            for (now, before) in written(&arrays, input).iter().zip(written(&exact, input)) {
                assert!((now - before).abs() < 2e-3, "{now} against {before}");
            }
        }
        let again = in_steps(&mut arrays, "conv", "bn", 1.0 / 64.0).expect_err("they are whole");
        assert!(again.to_string().contains("rounded already"));
    }

    #[test]
    fn what_one_weight_loses_the_next_one_gets() {
        let mut output = [0.4, 0.4, 0.4, 0.4, 0.4];
        let step = rounded(&mut output, 2.5);
        assert!((step - 1.0).abs() < 1e-6);
        assert_eq!(output.iter().sum::<f32>().to_bits(), 2.0f32.to_bits());
    }
}
