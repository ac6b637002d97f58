//! What follows the first layer.

use std::hint::black_box;

use networks::Window;
use networks::kernels::cpu::{Image, Scratch, max_pool};

fn main() {
    let pooled =
        max_pool(black_box(&Image::new(112, 112, 64)), Window::square(3).stride(2).padding(1), &mut Scratch::default());
    assert_eq!(black_box(pooled).width, 56);
}
