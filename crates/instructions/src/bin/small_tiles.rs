//! A layer of `layer4`, by Winograd's F(2×2, 3×3).

fn main() {
    instructions::layer(512, 512, 3, 1, 7);
}
