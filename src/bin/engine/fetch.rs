//! Files of the page's own origin, with progress.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Reflect, Uint8Array};
use osteolens::error::{Error, Result};
use osteolens::protocol::Response as Message;
use osteolens::weights::ModelEntry;
use osteolens::wire;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{ReadableStreamDefaultReader, Response};

use crate::worker;

/// Fetches the weight files at the same time; `arrived` gets each as soon as it is whole.
pub fn weights(entries: &[ModelEntry], arrived: impl Fn(ModelEntry, Result<Vec<u8>>) + 'static) {
    let arrived = Rc::new(arrived);
    let total_bytes = entries.iter().map(|entry| entry.bytes).sum();
    let loaded = Rc::new(RefCell::new(vec![0; entries.len()]));
    for (index, entry) in entries.iter().cloned().enumerate() {
        let (arrived, loaded) = (arrived.clone(), loaded.clone());
        spawn_local(async move {
            // The hash in the address keeps old weights in a cache away from a new manifest.
            let address = format!("weights/{}?{}", entry.file, &entry.sha256[..entry.sha256.len().min(16)]);
            let fetched = bytes(&address, |so_far| {
                loaded.borrow_mut()[index] = so_far;
                let loaded_bytes = loaded.borrow().iter().sum();
                worker::send(&Message::Progress { loaded_bytes, total_bytes }, None);
            });
            let fetched = fetched.await;
            arrived(entry, fetched);
        });
    }
}

/// The bytes at an address relative to the page; `progress` hears how many have arrived.
///
/// # Errors
/// [`Error::Weights`] when the server cannot be reached or does not have the file.
pub async fn bytes(address: &str, mut progress: impl FnMut(u64)) -> Result<Vec<u8>> {
    let failed =
        |exception: JsValue| Error::Weights(format!("{address} could not be fetched ({})", wire::reason(&exception)));
    let response: Response =
        JsFuture::from(worker::scope().fetch_with_str(address)).await.map_err(failed)?.unchecked_into();
    if !response.ok() {
        return Err(Error::Weights(format!("{address} is missing on the server (status {})", response.status())));
    }
    let Some(body) = response.body() else { return Ok(Vec::new()) };
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    let mut all = Vec::new();
    loop {
        let part = JsFuture::from(reader.read()).await.map_err(failed)?;
        let value = Reflect::get(&part, &"value".into()).map_err(failed)?;
        let Ok(chunk) = value.dyn_into::<Uint8Array>() else { return Ok(all) };
        let before = all.len();
        all.resize(before + chunk.length() as usize, 0);
        chunk.copy_to(&mut all[before..]);
        progress(all.len() as u64);
    }
}
