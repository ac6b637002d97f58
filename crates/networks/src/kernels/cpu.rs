//! Convolutions for inference only: one image, one core, weights known beforehand.
//!
//! The weights are packed once, batch norm with them; bias, shortcut, `ReLU` and pooling are applied where a result is
//! written. What can be is multiplied in whole numbers of 16 bits. 3×3 layers of stride 1 go through the minimal filtering of Winograd (Lavin & Gray, "Fast
//! Algorithms for Convolutional Neural Networks", 2016), all others through a packed matrix product.
//!
//! Images are rows of pixels of channels (`HWC`); the number of channels that a layer writes is a multiple of 8.

mod convolution;
mod direct;
mod finish;
mod fixed_point;
mod image;
mod layer_weights;
mod pool;
mod product;
mod tile;
mod whole_product;
mod windows;
mod winograd;

pub use convolution::Convolution;
pub use finish::Scratch;
pub use image::Image;
pub use layer_weights::{Matrices, Method, Weights};
pub use pool::{max_pool, mean};
