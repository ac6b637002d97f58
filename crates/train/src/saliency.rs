//! Do the heat maps depend on what the network learned, and do they point at what it uses?

use std::path::Path;

use anyhow::{Context, Result};
use burn::store::{BurnpackStore, ModuleSnapshot, PathFilter};
use burn::tensor::{Device, Tensor};
use osteolens::grad_cam;
use osteolens::input;
use osteolens::network::Network;
use osteolens::record::SaliencyRecord;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use crate::ModelId;
use crate::dataset::{Dataset, Source};
use crate::learn::{Squares, progress};
use crate::logistic::softmax;
use crate::predictions::{self, Grouped};
use crate::pretrain::Pretraining;

/// Every so-manieth knee is looked at.
const EVERY: usize = 4;
/// The knee is blotted out cell by cell of this grid.
const GRID: usize = 14;
/// Cells blotted out at once, up to a quarter of the knee.
const STEPS: [usize; 4] = [12, 25, 37, 49];
/// Random orders against which the order of heat is held.
const ORDERS: usize = 3;

/// `saliency.json`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Saliency {
    /// The networks whose maps these are.
    pub networks: Vec<Pretraining>,
    /// One per network.
    pub records: Vec<SaliencyRecord>,
}

/// Looks at both networks' maps and writes `saliency.json`.
pub fn run(prepared: &Path, out: &Path, seed: u64, device: &Device) -> Result<()> {
    let data = Dataset::knees(prepared)?;
    let films = data.knees_where(|knee| knee.source == Source::Film);
    let knees: Vec<usize> = films.into_iter().step_by(EVERY).collect();
    let (mut records, mut networks) = (Vec::new(), Vec::new());
    for model in ModelId::ALL {
        let grouped: Grouped = predictions::read(out, &format!("grouped-{}", model.id()))?;
        let spec = &grouped.pretraining.settings.input;
        let trained = network(model, out, device, |_, _| true)?;
        let without_last_block: fn(&str, &str) -> bool = match model {
            ModelId::CustomCnn => |name, _| !name.contains("conv4"),
            ModelId::ResNet18 => |name, _| !name.contains("layer4"),
        };
        device.seed(seed);
        let random = network(model, out, device, without_last_block)?;
        let squares = Squares::of(&data, spec);
        let mut order = StdRng::seed_from_u64(seed);
        let (mut correlation, mut by_heat, mut by_chance) = (0.0, 0.0, 0.0);
        let bar = progress(model.id(), knees.len())?;
        for knee in &knees {
            let values = squares.plain_values(*knee);
            let score = score(&trained, std::slice::from_ref(&values), spec, device)?[0];
            let class = (0..3).max_by(|a, b| score[*a].total_cmp(&score[*b])).unwrap_or(0);
            let heat = heat(&trained, &values, class, spec, device)?;
            correlation += rank_correlation(&heat, &self::heat(&random, &values, class, spec, device)?);

            let mut cells: Vec<usize> = (0..GRID * GRID).collect();
            let cell_heat = on_grid(&heat);
            cells.sort_by(|a, b| cell_heat[*b].total_cmp(&cell_heat[*a]));
            let lost = |cells: &[usize]| -> Result<f64> {
                let blotted: Vec<Vec<f32>> = STEPS.iter().map(|step| without(&values, &cells[..*step])).collect();
                let scores = self::score(&trained, &blotted, spec, device)?;
                Ok(scores.iter().map(|now| f64::from(score[class] - now[class])).sum::<f64>() / STEPS.len() as f64)
            };
            by_heat += lost(&cells)?;
            for _ in 0..ORDERS {
                cells.shuffle(&mut order);
                by_chance += lost(&cells)? / ORDERS as f64;
            }
            bar.inc(1);
        }
        bar.finish();
        let mean = |sum: f64| (sum / knees.len() as f64 * 1e4).round() / 1e4;
        records.push(SaliencyRecord {
            model: model.id().to_owned(),
            knees: knees.len(),
            rank_correlation_when_random: mean(correlation),
            lost_by_heat: mean(by_heat),
            lost_at_random: mean(by_chance),
        });
        println!("{:?}", records.last());
        networks.push(grouped.pretraining);
    }
    predictions::write(out, "saliency", &Saliency { networks, records })
}

/// The trained network; what does not pass stays random.
fn network(model: ModelId, out: &Path, device: &Device, passes: fn(&str, &str) -> bool) -> Result<Network> {
    let mut network = Network::new(model.architecture(), device);
    let path = out.join(model.id()).join("weights.bpk");
    let filter = PathFilter::new().with_predicate(passes);
    let mut store = BurnpackStore::from_file(&path).with_filter(filter).allow_partial(true);
    network.load_from(&mut store).with_context(|| format!("loading {}", path.display()))?;
    Ok(network)
}

fn score(network: &Network, batch: &[Vec<f32>], spec: &input::InputSpec, device: &Device) -> Result<Vec<[f32; 3]>> {
    let input = input::tensor_from_values(batch.concat(), spec, device);
    let logits = network.forward(input).logits.try_into_vec_as::<f32>().context("reading logits")?;
    Ok(logits.chunks_exact(3).map(|one| softmax([one[0], one[1], one[2]])).collect())
}

fn heat(network: &Network, values: &[f32], class: usize, spec: &input::InputSpec, device: &Device) -> Result<Vec<f32>> {
    let activations = network.forward(input::tensor_from_values(values.to_vec(), spec, device));
    let maps: Tensor<3> = grad_cam::grad_cam(network.fc(), &activations);
    let [_, height, width] = maps.dims();
    let all = maps.try_into_vec_as::<f32>().context("reading the maps")?;
    Ok(all[class * height * width..][..height * width].to_vec())
}

/// The heat of each cell of the grid, from a map of any side.
fn on_grid(heat: &[f32]) -> Vec<f32> {
    let side = heat.len().isqrt();
    (0..GRID * GRID).map(|cell| heat[cell / GRID * side / GRID * side + cell % GRID * side / GRID]).collect()
}

/// The input with these cells grey: the mean of what the network was trained on.
fn without(values: &[f32], cells: &[usize]) -> Vec<f32> {
    let side = 224;
    let cell_px = side / GRID;
    let mut blotted = values.to_vec();
    for channel in blotted.chunks_exact_mut(side * side) {
        for cell in cells {
            for row in 0..cell_px {
                let start = (cell / GRID * cell_px + row) * side + cell % GRID * cell_px;
                channel[start..start + cell_px].fill(0.0);
            }
        }
    }
    blotted
}

/// Spearman's, with mean ranks for ties; nought where a map is flat.
fn rank_correlation(a: &[f32], b: &[f32]) -> f64 {
    let ranks = |values: &[f32]| -> Vec<f64> {
        let rank = |value: &f32| {
            let below = values.iter().filter(|other| *other < value).count();
            let equal = values.iter().filter(|other| other.total_cmp(value).is_eq()).count();
            below as f64 + (equal as f64 - 1.0) / 2.0
        };
        values.iter().map(rank).collect()
    };
    let (a, b) = (ranks(a), ranks(b));
    let middle = (a.len() as f64 - 1.0) / 2.0;
    let product = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - middle) * (y - middle)).sum::<f64>();
    let spread = (product(&a, &a) * product(&b, &b)).sqrt();
    if spread == 0.0 { 0.0 } else { product(&a, &b) / spread }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rank_correlation_is_that_of_the_textbook() {
        assert!((rank_correlation(&[1.0, 2.0, 3.0], &[10.0, 20.0, 90.0]) - 1.0).abs() < 1e-12);
        assert!((rank_correlation(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0]) + 1.0).abs() < 1e-12);
        assert!(rank_correlation(&[1.0, 1.0, 1.0], &[3.0, 2.0, 1.0]).abs() < 1e-12);
    }

    #[test]
    fn a_blotted_cell_is_where_the_grid_says() {
        let values = vec![1.0; 224 * 224];
        let blotted = without(&values, &[GRID + 2]);
        assert_eq!(blotted.iter().filter(|value| value.abs() < 0.5).count(), 256);
        assert!(blotted[16 * 224 + 32] < 0.5 && blotted[16 * 224 + 31] > 0.5);
    }
}
