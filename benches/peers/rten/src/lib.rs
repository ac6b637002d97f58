//! `ResNet18` run by rten: `peers.js` calls what is exported here.

use std::sync::OnceLock;

use rten::{Model, ModelOptions};
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;

static MODEL: OnceLock<Model> = OnceLock::new();

/// Room for so many bytes.
#[unsafe(no_mangle)]
pub extern "C" fn room(bytes: usize) -> *mut u8 {
    vec![0; bytes].leak().as_mut_ptr()
}

/// Takes the model of ONNX that stands in a room.
///
/// # Safety
/// The room is of so many bytes, and nobody uses it afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn load(model: *mut u8, bytes: usize) {
    let model = unsafe { Vec::from_raw_parts(model, bytes, bytes) };
    let model = ModelOptions::with_all_ops().prepack_weights(true).load(model).expect("a model of ONNX");
    assert!(MODEL.set(model).is_ok(), "there is a model");
}

/// Logits and last maps of a picture of 3 × 224 × 224; they stand where is said, until the room is used otherwise.
///
/// # Safety
/// `picture` is the room of a picture, `answer` one for 3 + 512 × 7 × 7 numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn run(picture: *const f32, answer: *mut f32) {
    let picture = unsafe { std::slice::from_raw_parts(picture, 3 * 224 * 224) };
    let answer = unsafe { std::slice::from_raw_parts_mut(answer, 3 + 512 * 49) };
    let model = MODEL.get().expect("a model");
    let node = |name| model.node_id(name).expect("a node of the model");
    let picture = NdTensor::from_data([1, 3, 224, 224], picture.to_vec());
    let outputs = [node("logits"), node("maps")];
    let [logits, maps] = model.run_n([(node("input"), picture.into())].into(), outputs, None).expect("an answer");
    let (scores, cells) = answer.split_at_mut(3);
    for (into, value) in [(scores, logits), (cells, maps)] {
        let value: rten_tensor::Tensor<f32> = value.try_into().expect("numbers");
        into.copy_from_slice(&value.to_vec());
    }
}
