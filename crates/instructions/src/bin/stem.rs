//! The first layer: one channel, every place of its window.

fn main() {
    instructions::layer(1, 64, 7, 2, 224);
}
