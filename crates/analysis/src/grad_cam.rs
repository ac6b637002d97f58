//! Grad-CAM after Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks" (2017).
//!
//! `L_c = ReLU(Σ_k α_{c,k} · A_k)` with `α_{c,k}` the mean over the map of `∂y_c/∂A_k`, which
//! [`Head::importance`](networks::Head::importance) walks through.

use networks::Head;
use networks::kernels::cpu::Image;
use serde::{Deserialize, Serialize};

use crate::prediction::CLASSES;

/// The raw class maps, before any normalisation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassMaps {
    /// Columns of each map.
    pub width: usize,
    /// Rows of each map.
    pub height: usize,
    /// Per class, row by row; all values at least 0, in units of the class score.
    pub values: [Vec<f32>; CLASSES],
}

/// The class maps, from the last feature maps of a pass and the layers that follow them.
pub fn class_maps(head: &Head, maps: &Image) -> ClassMaps {
    let of_class = |class| {
        let importance = head.importance(maps, class);
        let pixels = maps.values.chunks_exact(maps.channels.max(1));
        pixels.map(|pixel| pixel.iter().zip(&importance).map(|(a, b)| a * b).sum::<f32>().max(0.0)).collect()
    };
    ClassMaps { width: maps.width, height: maps.height, values: std::array::from_fn(of_class) }
}
