//! The small network's file, as it arrives.

use std::hint::black_box;

use packing::Unpacking;

fn main() {
    let file = include_bytes!("../../../../weights/custom-cnn.weights");
    let mut unpacking = Unpacking::with_room_for(file.len());
    for part in file.chunks(1 << 14) {
        unpacking.hear(black_box(part));
    }
    assert!(black_box(unpacking.finish()).is_some());
}
