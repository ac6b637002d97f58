// F(4×4, 3×3), Lavin & Gray 2016: the image's tiles of 6 × 6 pixels, transformed.

// √½: of the points 0, ±√½, ±√2 and ∞.
const NEAR: f32 = 0.70710678;

fn pixels(y: u32, x: u32, channel: u32) -> vec3f {
    return vec3f(pixel(y, x, channel), pixel(y, x + 1, channel), pixel(y, x + 2, channel));
}

struct Rows {
    a: vec3f,
    b: vec3f,
    c: vec3f,
    d: vec3f,
    e: vec3f,
    f: vec3f,
}

// Down the columns, three of them at a time.
fn down(y: u32, x: u32, channel: u32) -> Rows {
    let a = pixels(y, x, channel);
    let b = pixels(y + 1, x, channel);
    let c = pixels(y + 2, x, channel);
    let d = pixels(y + 3, x, channel);
    let e = pixels(y + 4, x, channel);
    let f = pixels(y + 5, x, channel);
    let inner = e - 2 * c;
    let outer = e - 0.5 * c;
    let inner_odd = NEAR * (d - 2 * b);
    let outer_odd = 2 * NEAR * (d - 0.5 * b);
    return Rows(
        a - 2.5 * c + e,
        inner + inner_odd,
        inner - inner_odd,
        outer + outer_odd,
        outer - outer_odd,
        b - 2.5 * d + f,
    );
}

// Along a row, and out.
fn along(part: u32, at: u32, left: vec3f, right: vec3f) {
    let inner = right.y - 2 * left.z;
    let outer = right.y - 0.5 * left.z;
    let inner_odd = NEAR * (right.x - 2 * left.y);
    let outer_odd = 2 * NEAR * (right.x - 0.5 * left.y);
    let step = layer.tiles * layer.depth;
    let first = part * step + at;
    patches[first] = Factor(left.x - 2.5 * left.z + right.y);
    patches[first + step] = Factor(inner + inner_odd);
    patches[first + 2 * step] = Factor(inner - inner_odd);
    patches[first + 3 * step] = Factor(outer + outer_odd);
    patches[first + 4 * step] = Factor(outer - outer_odd);
    patches[first + 5 * step] = Factor(left.y - 2.5 * right.x + right.z);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let channel = id.x % layer.channels;
    let tile = id.x / layer.channels;
    let y = tile / layer.across * 4 - 1;
    let x = tile % layer.across * 4 - 1;
    let left = down(y, x, channel);
    let right = down(y, x + 3, channel);
    if tile < layer.tiles {
        along(0, id.x, left.a, right.a);
        along(6, id.x, left.b, right.b);
        along(12, id.x, left.c, right.c);
        along(18, id.x, left.d, right.d);
        along(24, id.x, left.e, right.e);
        along(30, id.x, left.f, right.f);
    }
}
