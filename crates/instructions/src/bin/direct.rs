//! The first layer of `layer3`, which halves the image.

fn main() {
    instructions::layer(128, 256, 3, 2, 28);
}
