//! A layer of `layer1`, by Winograd's F(4×4, 3×3).

fn main() {
    instructions::layer(64, 64, 3, 1, 56);
}
