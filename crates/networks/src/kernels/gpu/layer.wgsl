// What every kernel is told of the layer that it works on. Images lie as rows of pixels of channels. `Layer` in gpu.rs
// has the same fields in the same order.
struct Layer {
    // Of the image that is read.
    height: u32,
    width: u32,
    channels: u32,
    // Of the image that is written.
    rows: u32,
    columns: u32,
    outputs: u32,
    // Of the window: its side, its step, and how far it reaches over the image's edge.
    side: u32,
    stride: u32,
    padding: u32,
    // `parts` times a matrix `[tiles, depth]` is multiplied by one of `[depth, lanes]`.
    parts: u32,
    tiles: u32,
    depth: u32,
    lanes: u32,
    // Tiles in a row of the image.
    across: u32,
    has_shortcut: u32,
    has_relu: u32,
}

@group(0) @binding(0) var<uniform> layer: Layer;
