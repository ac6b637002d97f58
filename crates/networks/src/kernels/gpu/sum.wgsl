// The sum over the places of a window.

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let channel = id.x % layer.outputs;
    let pixel = id.x / layer.outputs;
    if pixel < layer.tiles {
        var sum = 0.0;
        for (var part = 0u; part < layer.parts; part++) {
            sum += product(part, pixel * layer.lanes + channel);
        }
        finish(pixel / layer.columns, pixel % layer.columns, channel, sum);
    }
}
