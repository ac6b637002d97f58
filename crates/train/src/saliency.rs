//! Do the heat maps depend on what the network learned, and do they point at what it uses?

use std::path::Path;

use analysis::grad_cam;
use analysis::input::InputSpec;
use anyhow::{Context, Result};
use burn::tensor::Device;
use networks::kernels::cpu::Image;
use networks::{Arrays, BurnNetwork, Head, Operation, Plan};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};
use statistics::logistic::softmax;
use statistics::record::SaliencyRecord;

use crate::batches::{Squares, tensor};
use crate::dataset::{CutFrom, Dataset, SEEN_PX};
use crate::model_id::ModelId;
use crate::predictions::{self, Grouped};
use crate::pretrain::Pretraining;
use crate::progress;
use crate::runs::{self, Part};

/// Every nth knee is looked at.
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
    let films = data.knees_where(|knee| knee.source == CutFrom::Film);
    let knees: Vec<usize> = films.into_iter().step_by(EVERY).collect();
    let (mut records, mut networks) = (Vec::new(), Vec::new());
    for model in ModelId::ALL {
        let grouped: Grouped = predictions::read(out, &format!("grouped-{}", model.id()))?;
        let spec = &grouped.pretraining.settings.input;
        let plan = model.plan(spec)?;
        let parameters = runs::read(out, model, Part::Trained)?;
        let (arrays, head) = (parameters.of_plan(&plan)?, Head::read(&plan, &parameters)?);
        let explained = |arrays: &Arrays| -> Result<Explained> {
            let network = BurnNetwork::new(&plan, device).with_arrays(arrays, device)?;
            Ok(Explained { network, head: &head, spec, device })
        };
        let trained = explained(&arrays)?;
        device.seed(seed);
        let random = explained(&without_last_stage(&plan, arrays))?;
        let squares = Squares::of(&data, spec);
        let mut order = StdRng::seed_from_u64(seed);
        let (mut correlation, mut by_heat, mut by_chance) = (0.0, 0.0, 0.0);
        let bar = progress::bar(model.id(), knees.len())?;
        for knee in &knees {
            let values = squares.plain_values(*knee);
            let score = trained.probabilities(std::slice::from_ref(&values))?[0];
            let class = (0..3).max_by(|a, b| score[*a].total_cmp(&score[*b])).unwrap_or(0);
            let heat = trained.heat(&values, class)?;
            correlation += rank_correlation(&heat, &random.heat(&values, class)?);

            let mut cells: Vec<usize> = (0..GRID * GRID).collect();
            let cell_heat = on_grid(&heat);
            cells.sort_by(|a, b| cell_heat[*b].total_cmp(&cell_heat[*a]));
            let lost = |cells: &[usize]| -> Result<f64> {
                let blotted: Vec<Vec<f32>> = STEPS.iter().map(|step| without(&values, &cells[..*step])).collect();
                let scores = trained.probabilities(&blotted)?;
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

/// The parameters of all layers but those of the last stage.
fn without_last_stage(plan: &Plan, mut arrays: Arrays) -> Arrays {
    let last = plan.stages.last().map_or(&[][..], |stage| &plan.nodes[stage.nodes.clone()]);
    for node in last {
        if let Operation::Convolution { name, .. } | Operation::BatchNorm { name } = &node.operation {
            let belongs = |parameter: &str| parameter.rsplit_once('.').is_some_and(|(layer, _)| layer == name);
            arrays.retain(|parameter, _| !belongs(parameter));
        }
    }
    arrays
}

/// A network whose heat maps are looked at.
struct Explained<'a> {
    network: BurnNetwork,
    head: &'a Head,
    spec: &'a InputSpec,
    device: &'a Device,
}

impl Explained<'_> {
    /// Of each input, given as `[channels, side, side]`.
    fn probabilities(&self, batch: &[Vec<f32>]) -> Result<Vec<[f32; 3]>> {
        let scores = self.network.forward(tensor(batch.concat(), self.spec, self.device)).scores;
        let scores = scores.try_into_vec_as::<f32>().context("reading the scores")?;
        Ok(scores.chunks_exact(3).map(|one| softmax([one[0], one[1], one[2]])).collect())
    }

    /// The map of a class on an input, given as `[channels, side, side]`: row by row.
    fn heat(&self, values: &[f32], class: usize) -> Result<Vec<f32>> {
        let maps = self.network.forward(tensor(values.to_vec(), self.spec, self.device)).maps;
        let [_, channels, height, width] = maps.dims();
        let maps = maps.try_into_vec_as::<f32>().context("reading the maps")?;
        let mut maps = grad_cam::class_maps(self.head, &Image::from_planes(&maps, channels, height, width));
        Ok(std::mem::take(&mut maps.values[class]))
    }
}

/// The heat of each cell of the grid, from a map of any side.
fn on_grid(heat: &[f32]) -> Vec<f32> {
    let side = heat.len().isqrt();
    (0..GRID * GRID).map(|cell| heat[cell / GRID * side / GRID * side + cell % GRID * side / GRID]).collect()
}

/// The input with these cells grey: the mean of what the network was trained on.
fn without(values: &[f32], cells: &[usize]) -> Vec<f32> {
    let side = SEEN_PX as usize;
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
    fn the_last_stage_of_every_network_is_random_and_nothing_else() {
        for model in ModelId::ALL {
            let device = Device::flex();
            let plan = model.plan(&model.settings(1, 1).input).expect("known");
            let all = BurnNetwork::new(&plan, &device).arrays().expect("read from memory");
            let kept = without_last_stage(&plan, all.clone());
            let last = plan.stages.last().map(|stage| stage.name.as_str()).expect("a network has stages");
            let lost: Vec<&String> = all.keys().filter(|name| !kept.contains_key(*name)).collect();
            assert!(!lost.is_empty() && kept.contains_key("fc.weight"), "{model:?}");
            let is_of_last = |name: &str| name.starts_with(last) || (last, &name[..3]) == ("conv4", "bn4");
            assert!(all.keys().all(|name| is_of_last(name) != kept.contains_key(name)), "{model:?} lost {lost:?}");
        }
    }

    #[test]
    fn a_blotted_cell_is_where_the_grid_says() {
        let values = vec![1.0; 224 * 224];
        let blotted = without(&values, &[GRID + 2]);
        assert_eq!(blotted.iter().filter(|value| value.abs() < 0.5).count(), 256);
        assert!(blotted[16 * 224 + 32] < 0.5 && blotted[16 * 224 + 31] > 0.5);
    }
}
