//! `ResNet18` run by tract: `peers.js` calls what is exported here.

use std::sync::OnceLock;

use tract_onnx::prelude::*;

static MODEL: OnceLock<std::sync::Arc<TypedRunnableModel>> = OnceLock::new();

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
    let model = tract_onnx::onnx().model_for_read(&mut model.as_slice()).expect("a model of ONNX");
    let model = model.into_optimized().and_then(|model| model.into_runnable()).expect("a model that can be run");
    assert!(MODEL.set(model).is_ok(), "there is a model");
}

/// Logits and last maps of a picture of 3 × 224 × 224.
///
/// # Safety
/// `picture` is the room of a picture, `answer` one for 3 + 512 × 7 × 7 numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn run(picture: *const f32, answer: *mut f32) {
    let picture = unsafe { std::slice::from_raw_parts(picture, 3 * 224 * 224) };
    let answer = unsafe { std::slice::from_raw_parts_mut(answer, 3 + 512 * 49) };
    let picture = Tensor::from_shape(&[1, 3, 224, 224], picture).expect("a picture");
    let outputs = MODEL.get().expect("a model").run(tvec!(picture.into())).expect("an answer");
    let (scores, cells) = answer.split_at_mut(3);
    for (into, value) in [(scores, &outputs[0]), (cells, &outputs[1])] {
        let value = value.try_as_plain_ram().expect("an array");
        into.copy_from_slice(value.as_slice().expect("numbers"));
    }
}
