// F(2×2, 3×3): products of 4 × 4 numbers, transformed back into 2 × 2 pixels.

// Along a row.
fn along(part: u32, at: u32) -> vec2f {
    let b = product(part + 1, at);
    let c = product(part + 2, at);
    return vec2f(product(part, at) + b + c, b - c - product(part + 3, at));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let channel = id.x % layer.outputs;
    let tile = id.x / layer.outputs;
    let at = tile * layer.lanes + channel;
    let b = along(4, at);
    let c = along(8, at);
    if tile < layer.tiles {
        let row = tile / layer.across * 2;
        let column = tile % layer.across * 2;
        let upper = along(0, at) + b + c;
        let lower = b - c - along(12, at);
        finish(row, column, channel, upper.x);
        finish(row, column + 1, channel, upper.y);
        finish(row + 1, column, channel, lower.x);
        finish(row + 1, column + 1, channel, lower.y);
    }
}
