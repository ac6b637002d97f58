// Behind a convolution: shift, shortcut and ReLU.

@group(0) @binding(1) var<storage, read> products: array<f32>;
@group(0) @binding(2) var<storage, read> shift: array<f32>;
@group(0) @binding(3) var<storage, read> shortcut: array<f32>;
@group(0) @binding(4) var<storage, read_write> into: array<f32>;

fn product(part: u32, at: u32) -> f32 {
    return products[part * layer.tiles * layer.lanes + at];
}

fn finish(row: u32, column: u32, channel: u32, sum: f32) {
    if row < layer.rows && column < layer.columns {
        let at = (row * layer.columns + column) * layer.outputs + channel;
        var value = sum + shift[channel];
        if layer.has_shortcut == 1 {
            value += shortcut[at];
        }
        into[at] = select(value, max(value, 0.0), layer.has_relu == 1);
    }
}
