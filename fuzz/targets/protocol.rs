//! What page and engine say to each other: what can be read can be said again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use osteolens::protocol::{Request, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

fuzz_target!(|text: &str| {
    said_again::<Request>(text);
    said_again::<Response>(text);
});

fn said_again<T: Serialize + DeserializeOwned>(text: &str) {
    let Ok(message) = serde_json::from_str::<T>(text) else { return };
    let said = serde_json::to_string(&message).expect("messages are plain data");
    // Numbers beyond f32 become null, as in every JSON; of the others the last digit may be another, all else comes back.
    if let Ok(again) = serde_json::from_str::<T>(&said) {
        let again = serde_json::to_string(&again).expect("as before");
        assert_eq!(without_numbers(&again), without_numbers(&said));
    }
}

fn without_numbers(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_ascii_digit() && !".+-".contains(*letter)).collect()
}
