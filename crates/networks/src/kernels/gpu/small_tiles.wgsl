// F(2×2, 3×3), Lavin & Gray 2016: the image's tiles of 4 × 4 pixels, transformed.

fn pixels(y: u32, x: u32, channel: u32) -> vec4f {
    return vec4f(pixel(y, x, channel), pixel(y, x + 1, channel), pixel(y, x + 2, channel), pixel(y, x + 3, channel));
}

// Along a row, and out.
fn along(part: u32, at: u32, row: vec4f) {
    let step = layer.tiles * layer.depth;
    let first = part * step + at;
    patches[first] = Factor(row.x - row.z);
    patches[first + step] = Factor(row.y + row.z);
    patches[first + 2 * step] = Factor(row.z - row.y);
    patches[first + 3 * step] = Factor(row.y - row.w);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let channel = id.x % layer.channels;
    let tile = id.x / layer.channels;
    let y = tile / layer.across * 2 - 1;
    let x = tile % layer.across * 2 - 1;
    let a = pixels(y, x, channel);
    let b = pixels(y + 1, x, channel);
    let c = pixels(y + 2, x, channel);
    let d = pixels(y + 3, x, channel);
    if tile < layer.tiles {
        along(0, id.x, a - c);
        along(4, id.x, b + c);
        along(8, id.x, c - b);
        along(12, id.x, b - d);
    }
}
