// F(4×4, 3×3): products of 6 × 6 numbers, transformed back into 4 × 4 pixels.

// √½: of the points 0, ±√½, ±√2 and ∞.
const NEAR: f32 = 0.70710678;

// Along a row.
fn along(part: u32, at: u32) -> vec4f {
    let b = product(part + 1, at);
    let c = product(part + 2, at);
    let d = product(part + 3, at);
    let e = product(part + 4, at);
    let sum = b + c;
    let difference = NEAR * (b - c);
    let wide_sum = d + e;
    let wide_difference = NEAR * (d - e);
    return vec4f(
        product(part, at) + sum + wide_sum,
        difference + 2 * wide_difference,
        0.5 * sum + 2 * wide_sum,
        0.5 * difference + 4 * wide_difference + product(part + 5, at),
    );
}

fn write(row: u32, column: u32, channel: u32, sums: vec4f) {
    finish(row, column, channel, sums.x);
    finish(row, column + 1, channel, sums.y);
    finish(row, column + 2, channel, sums.z);
    finish(row, column + 3, channel, sums.w);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let channel = id.x % layer.outputs;
    let tile = id.x / layer.outputs;
    let at = tile * layer.lanes + channel;
    let b = along(6, at);
    let c = along(12, at);
    let d = along(18, at);
    let e = along(24, at);
    let sum = b + c;
    let difference = NEAR * (b - c);
    let wide_sum = d + e;
    let wide_difference = NEAR * (d - e);
    if tile < layer.tiles {
        let row = tile / layer.across * 4;
        let column = tile % layer.across * 4;
        write(row, column, channel, along(0, at) + sum + wide_sum);
        write(row + 1, column, channel, difference + 2 * wide_difference);
        write(row + 2, column, channel, 0.5 * sum + 2 * wide_sum);
        write(row + 3, column, channel, 0.5 * difference + 4 * wide_difference + along(30, at));
    }
}
