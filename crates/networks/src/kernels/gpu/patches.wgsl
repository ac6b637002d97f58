// Lays out what a window sees: a pixel of the result is a row, and what it is multiplied by stands in its columns, all
// of one place of the window in a part of their own or all in one.

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let column = id.x % layer.depth;
    let row = id.x / layer.depth % layer.tiles;
    let part = id.x / (layer.depth * layer.tiles);
    let at = part * layer.depth + column;
    let place = at / layer.channels;
    let y = row / layer.columns * layer.stride + place / layer.side - layer.padding;
    let x = row % layer.columns * layer.stride + place % layer.side - layer.padding;
    let is_seen = place < layer.side * layer.side;
    if part < layer.parts {
        patches[id.x] = Factor(select(0.0, pixel(y, x, at % layer.channels), is_seen));
    }
}
