//! What follows the first layer.

use std::hint::black_box;

use networks::Window;
use networks::kernels::cpu::{Image, max_pool};

fn main() {
    let pooled = max_pool(black_box(&Image::new(112, 112, 64)), Window::square(3).stride(2).padding(1));
    assert_eq!(black_box(pooled).width, 56);
}
