// Lays out what a window sees: a pixel of the result is a row, and what it is multiplied by stands in its columns, all
// of one place of the window in a part of their own or all in one.

@group(0) @binding(1) var<storage, read> image: array<f32>;
@group(0) @binding(2) var<storage, read_write> patches: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let column = id.x % layer.depth;
    let pixel = id.x / layer.depth % layer.tiles;
    let part = id.x / (layer.depth * layer.tiles);
    let at = part * layer.depth + column;
    let place = at / layer.channels;
    let y = pixel / layer.columns * layer.stride + place / layer.side - layer.around;
    let x = pixel % layer.columns * layer.stride + place % layer.side - layer.around;
    // Above and to the left of the image numbers without sign are large.
    let is_inside = y < layer.height && x < layer.width && place < layer.side * layer.side;
    let source = select(0, (y * layer.width + x) * layer.channels + at % layer.channels, is_inside);
    if part < layer.parts {
        patches[id.x] = select(0.0, image[source], is_inside);
    }
}
