//! Files of the site, with progress. Weights are kept on this device, and checked before they are kept and
//! before they are used.

use std::cell::RefCell;
use std::rc::Rc;

use analysis::Parameters;
use analysis::error::{Error, Result};
use analysis::manifest::{Arriving, ModelEntry, sha256_hex};
use js_sys::{Array, Map, Promise, Reflect, Uint8Array};
use osteolens::protocol::{OWN_HEAD, Response as Message};
use osteolens::wire;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise, spawn_local};
use web_sys::{
    Cache, CacheStorage, Headers, ReadableStreamDefaultReader, Request, RequestCache, RequestInit, Response,
};

use crate::worker;

/// A fetch fails after so many broken attempts in a row, of which at most the first has brought new bytes.
const TRIES: u32 = 4;
/// Pause before the next attempt; each later pause of the row is twice as long.
const PAUSE_MS: i32 = 1_000;
/// No file but the weights is longer.
const SMALL_BYTES: u64 = 1 << 20;

thread_local! {
    /// What the browser is putting away while the networks are made ready.
    static PUTTING: RefCell<Vec<Promise>> = const { RefCell::new(Vec::new()) };
}

/// Fetches the weight files at the same time; `arrived` gets each as soon as it is whole.
pub fn weights(entries: &[ModelEntry], keep: bool, arrived: impl Fn(ModelEntry, Result<Parameters>) + 'static) {
    let arrived = Rc::new(arrived);
    let total_bytes = entries.iter().map(|entry| entry.bytes).sum();
    let loaded = Rc::new(RefCell::new(vec![0; entries.len()]));
    for (index, entry) in entries.iter().cloned().enumerate() {
        let (arrived, loaded) = (arrived.clone(), loaded.clone());
        spawn_local(async move {
            let fetched = weight(&entry, keep, |so_far| {
                loaded.borrow_mut()[index] = so_far;
                let loaded_bytes = loaded.borrow().iter().sum();
                worker::send(&Message::Progress { loaded_bytes, total_bytes }, None);
            });
            let fetched = fetched.await;
            arrived(entry, fetched);
        });
    }
}

/// A weight file from this device, or from the server; `progress` hears how many bytes there are.
///
/// # Errors
/// [`Error::Weights`] when it does not come, or is another than the manifest says.
pub async fn weight(entry: &ModelEntry, keep: bool, mut progress: impl FnMut(u64)) -> Result<Parameters> {
    // The hash in the address keeps old weights away from a new manifest.
    let address = worker::address(&format!("weights/{}?{}", entry.file, &entry.sha256[..entry.sha256.len().min(16)]));
    if let Some(bytes) = kept(&address).await {
        let sha256 = sha256(&bytes);
        let mut arriving = Arriving::new(entry);
        arriving.hear(&bytes.to_vec());
        if let Ok(kept) = arriving.verified(&sha256.await) {
            progress(entry.bytes);
            return Ok(kept);
        }
    }
    // The store is made while the file is on its way.
    let opening = stores().filter(|_| keep).map(|stores| JsFuture::from(stores.open(&name())));
    let mut cache = RequestCache::Default;
    let mut asked = asked_ahead(&address).await;
    let (verified, bytes) = loop {
        let mut arriving = Arriving::new(entry);
        let heard = |so_far: &[u8]| {
            arriving.hear(so_far);
            progress(so_far.len() as u64);
        };
        let bytes = Uint8Array::from(fetched(&address, entry.bytes, cache, asked.take(), heard).await?.as_slice());
        match arriving.verified(&sha256(&bytes).await) {
            // The browser's own cache may hold what was cut off or changed on its way: once more, past it.
            Err(_) if cache == RequestCache::Default => cache = RequestCache::Reload,
            verified => break (verified?, bytes),
        }
    };
    if let Some(opening) = opening
        && let Ok(store) = opening.await
    {
        let store: Cache = store.unchecked_into();
        let first = put(&store, &address, &bytes);
        let putting = future_to_promise(async move {
            if JsFuture::from(first?).await.is_err() {
                // Where there is no room what is outdated goes first.
                forget_older(&store, &address).await?;
                JsFuture::from(put(&store, &address, &bytes)?).await?;
            }
            forget_older(&store, &address).await?;
            Ok(JsValue::UNDEFINED)
        });
        PUTTING.with_borrow_mut(|all| all.push(putting));
    }
    Ok(verified)
}

/// Has the browser keep a file, from now on and by itself.
fn put(store: &Cache, address: &str, bytes: &Uint8Array) -> std::result::Result<Promise, JsValue> {
    Ok(store.put_with_str(address, &Response::new_with_opt_js_u8_array(Some(bytes))?))
}

/// Waits for what is still being put away; what cannot be is used all the same.
pub async fn put_away() {
    for putting in PUTTING.take() {
        let _ = JsFuture::from(putting).await;
    }
}

/// The browser's stores; none where the page is not served securely.
fn stores() -> Option<CacheStorage> {
    let is_there = Reflect::get(&worker::scope(), &"caches".into()).is_ok_and(|caches| caches.is_truthy());
    is_there.then(|| worker::scope().caches().ok()).flatten()
}

/// The name of this site's store, whose keys hold hashes. Other sites may share the origin.
fn name() -> String {
    format!("osteolens-weights {}", worker::address(""))
}

/// A browser's first answer about its stores takes a tenth of a second: asked for before anybody waits for it.
pub fn wake_stores() {
    if let Some(stores) = stores() {
        spawn_local(async move { _ = JsFuture::from(stores.has(&name())).await });
    }
}

/// What is kept of an address. To open a store is to make it, which takes long: only one that is there is opened.
async fn kept(address: &str) -> Option<Uint8Array> {
    let stores = stores()?;
    JsFuture::from(stores.has(&name())).await.ok().filter(JsValue::is_truthy)?;
    let store: Cache = JsFuture::from(stores.open(&name())).await.ok()?.unchecked_into();
    let found = JsFuture::from(store.match_with_str(address)).await.ok()?;
    let response: Response = found.dyn_into().ok()?;
    let buffer = JsFuture::from(response.array_buffer().ok()?).await.ok()?;
    Some(Uint8Array::new(&buffer))
}

/// The manifest, or the one with a head that the reader has put in place of this very one.
///
/// # Errors
/// As [`bytes`].
pub async fn manifest() -> Result<Vec<u8>> {
    let shipped = bytes("weights/manifest.json").await?;
    let sha256 = sha256(&Uint8Array::from(shipped.as_slice())).await;
    let own = kept(&worker::address(&format!("{OWN_HEAD}{sha256}"))).await;
    Ok(own.map_or(shipped, |own| own.to_vec()))
}

/// By the browser if it can, which is faster and leaves this core to others.
fn sha256(bytes: &Uint8Array) -> impl Future<Output = String> + use<> {
    let begun = wire::sha256(bytes);
    let bytes = bytes.clone();
    async move { begun.await.unwrap_or_else(|| sha256_hex(&bytes.to_vec())) }
}

/// Of a file that was put away, all others with its name.
async fn forget_older(store: &Cache, address: &str) -> std::result::Result<(), JsValue> {
    // Whatever its ending was.
    let named = |address: &str| {
        let file = address.split('?').next().unwrap_or_default();
        file.rsplit_once('.').map_or(file, |(name, _)| name).to_owned()
    };
    for request in Array::from(&JsFuture::from(store.keys()).await?) {
        let kept = request.unchecked_into::<Request>().url();
        if kept != address && named(&kept) == named(address) {
            JsFuture::from(store.delete_with_str(&kept)).await?;
        }
    }
    Ok(())
}

/// A small file of the site.
///
/// # Errors
/// [`Error::Weights`] when the server cannot be reached or does not have the file.
pub async fn bytes(file: &str) -> Result<Vec<u8>> {
    fetched(&worker::address(file), SMALL_BYTES, RequestCache::Default, None, |_| {}).await
}

/// Why a file did not arrive.
enum Failure {
    /// Asking again gives the same.
    Final(Error),
    /// The connection broke.
    Broken(Error),
}

/// The bytes at an address, at most so many; `progress` hears what has arrived. `asked` is an answer that is on its way.
async fn fetched(
    address: &str,
    most: u64,
    cache: RequestCache,
    mut asked: Option<Promise>,
    mut progress: impl FnMut(&[u8]),
) -> Result<Vec<u8>> {
    let mut all = Vec::with_capacity(most as usize);
    let mut tried = 0;
    loop {
        let before = all.len();
        match fetch_rest(address, most, cache, asked.take(), &mut all, &mut progress).await {
            Ok(()) => return Ok(all),
            Err(Failure::Final(error)) => return Err(error),
            Err(Failure::Broken(error)) => {
                tried = if all.len() > before { 1 } else { tried + 1 };
                if tried >= TRIES {
                    return Err(error);
                }
                worker::pause(PAUSE_MS << (tried - 1)).await;
            }
        }
    }
}

/// What the worker's loader has asked for before the program was there (`engine_loader.js`).
async fn asked_ahead(address: &str) -> Option<Promise> {
    let asking: Promise = Reflect::get(&worker::scope(), &"ahead".into()).ok()?.dyn_into().ok()?;
    let answers: Map = JsFuture::from(asking).await.ok()?.dyn_into().ok()?;
    let answer = answers.get(&address.into()).dyn_into().ok();
    answers.delete(&address.into());
    answer
}

/// What is still missing, where the server lets us ask for a part; else the whole.
async fn fetch_rest(
    address: &str,
    most: u64,
    cache: RequestCache,
    asked: Option<Promise>,
    all: &mut Vec<u8>,
    progress: &mut impl FnMut(&[u8]),
) -> std::result::Result<(), Failure> {
    let site = worker::address("");
    // As the reader knows it: within the site, without the release.
    let file = address.strip_prefix(&site).unwrap_or(address).split('?').next().unwrap_or_default();
    let broken = |exception: JsValue| {
        Failure::Broken(Error::Weights(format!("{file} could not be fetched ({})", wire::reason(&exception))))
    };
    let options = RequestInit::new();
    options.set_cache(cache);
    if !all.is_empty() {
        let headers = Headers::new().map_err(broken)?;
        headers.set("Range", &format!("bytes={}-", all.len())).map_err(broken)?;
        options.set_headers(&headers);
    }
    let answer = asked.unwrap_or_else(|| worker::scope().fetch_with_str_and_init(address, &options));
    let response: Response = JsFuture::from(answer).await.map_err(broken)?.unchecked_into();
    // 416: nothing is left to send, so the file was whole when the connection broke. The hash tells whether it is right.
    if response.status() == 416 && !all.is_empty() {
        return Ok(());
    }
    if response.status() == 429 || response.status() >= 500 {
        let busy = format!("the server is not able to send {file} (status {})", response.status());
        return Err(Failure::Broken(Error::Weights(busy)));
    }
    if !response.ok() {
        let missing = format!("{file} is missing on the server (status {})", response.status());
        return Err(Failure::Final(Error::Weights(missing)));
    }
    if response.status() != 206 {
        all.clear();
        progress(all);
    }
    let Some(body) = response.body() else { return Ok(()) };
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    loop {
        let part = JsFuture::from(reader.read()).await.map_err(broken)?;
        let value = Reflect::get(&part, &"value".into()).map_err(broken)?;
        let Ok(chunk) = value.dyn_into::<Uint8Array>() else { return Ok(()) };
        let before = all.len();
        if before as u64 + u64::from(chunk.length()) > most {
            // Its hash tells that it is another.
            return Ok(());
        }
        all.resize(before + chunk.length() as usize, 0);
        chunk.copy_to(&mut all[before..]);
        progress(all);
    }
}
