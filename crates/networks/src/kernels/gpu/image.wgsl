// What is read of an image to lay it out. Beyond its edge it is zero: above and to the left of it numbers without sign
// are large.

@group(0) @binding(1) var<storage, read> image: array<f32>;
@group(0) @binding(2) var<storage, read_write> patches: array<Factor>;

fn pixel(y: u32, x: u32, channel: u32) -> f32 {
    let is_inside = y < layer.height && x < layer.width;
    return select(0.0, image[select(0, (y * layer.width + x) * layer.channels + channel, is_inside)], is_inside);
}

