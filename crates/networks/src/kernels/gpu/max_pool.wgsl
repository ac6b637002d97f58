// The largest value in a window.

@group(0) @binding(1) var<storage, read> image: array<f32>;
@group(0) @binding(2) var<storage, read_write> into: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let channel = id.x % layer.channels;
    let pixel = id.x / layer.channels;
    let row = pixel / layer.columns;
    let column = pixel % layer.columns;
    var largest = -3.0e38;
    for (var place = 0u; place < layer.side * layer.side; place++) {
        let y = row * layer.stride + place / layer.side - layer.padding;
        let x = column * layer.stride + place % layer.side - layer.padding;
        let is_inside = y < layer.height && x < layer.width;
        let source = select(0, (y * layer.width + x) * layer.channels + channel, is_inside);
        largest = select(largest, max(largest, image[source]), is_inside);
    }
    if row < layer.rows {
        into[id.x] = largest;
    }
}
