//! What page and engine say to each other: what can be read can be said again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use osteolens::protocol::{Request, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

fuzz_target!(|bytes: &[u8]| {
    said_again::<Request>(bytes);
    said_again::<Response>(bytes);
});

fn said_again<T: Serialize + DeserializeOwned>(bytes: &[u8]) {
    let Ok(message) = postcard::from_bytes::<T>(bytes) else { return };
    let said = postcard::to_allocvec(&message).expect("messages are plain data");
    let again: T = postcard::from_bytes(&said).expect("what was said can be read");
    assert_eq!(postcard::to_allocvec(&again).expect("as before"), said);
}
