// The products of pairs of matrices. Neighbours read neighbouring weights and the same rows; each keeps sums of four
// rows by four columns, the columns 16 apart.

@group(0) @binding(1) var<storage, read> patches: array<vec4<Factor>>;
@group(0) @binding(2) var<storage, read> weights: array<Factor>;
@group(0) @binding(3) var<storage, read_write> products: array<f32>;

fn four_weights(at: u32) -> vec4f {
    return vec4f(vec4(weights[at], weights[at + 16], weights[at + 32], weights[at + 48]));
}

fn write(tile: u32, part: u32, column: u32, sums: vec4f) {
    if tile < layer.tiles {
        let at = (part * layer.tiles + tile) * layer.lanes + column;
        products[at] = sums.x;
        products[at + 16] = sums.y;
        products[at + 32] = sums.z;
        products[at + 48] = sums.w;
    }
}

@compute @workgroup_size(16, 4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
    let column = group.x * 64 + local.x;
    let tile = (group.y * 4 + local.y) * 4;
    let part = group.z;
    let steps = layer.depth / 4;
    // A row beyond the last is computed as the last and not written.
    let tiles = min(vec4u(tile, tile + 1, tile + 2, tile + 3), vec4u(layer.tiles - 1));
    let rows = (part * layer.tiles + tiles) * steps;
    var weight = part * layer.depth * layer.lanes + column;
    var first = vec4f();
    var second = vec4f();
    var third = vec4f();
    var fourth = vec4f();
    for (var step = 0u; step < steps; step++) {
        let of_weights = mat4x4f(
            four_weights(weight),
            four_weights(weight + layer.lanes),
            four_weights(weight + 2 * layer.lanes),
            four_weights(weight + 3 * layer.lanes),
        );
        weight += 4 * layer.lanes;
        first += of_weights * vec4f(patches[rows.x + step]);
        second += of_weights * vec4f(patches[rows.y + step]);
        third += of_weights * vec4f(patches[rows.z + step]);
        fourth += of_weights * vec4f(patches[rows.w + step]);
    }
    write(tile, part, column, first);
    write(tile + 1, part, column, second);
    write(tile + 2, part, column, third);
    write(tile + 3, part, column, fourth);
}
