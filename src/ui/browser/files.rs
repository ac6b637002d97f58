//! Files on their way in.

use analysis::error::Error;
use gloo_file::File;
use gloo_file::futures::read_as_bytes;
use js_sys::{Array, Function, Promise, Uint8Array};
use leptos::task::spawn_local;
use osteolens::wire;
use radiograph::{Fault, MAX_FILE_BYTES};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortSignal, DataTransfer, Event, FileList, FileSystemDirectoryEntry, FileSystemEntry, FileSystemFileEntry,
    HtmlInputElement, RequestInit,
};

use super::window;
use crate::ui::sorting::in_order;

/// The files chosen in an `input`, which is emptied so that the same file can be chosen again.
pub fn files_of_input(event: &Event) -> Vec<File> {
    let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else {
        return Vec::new();
    };
    let files = files(input.files());
    input.set_value("");
    files
}

/// Whether something is pasted into a field.
pub fn is_into_field(event: &Event) -> bool {
    event.target().is_some_and(|target| target.has_type::<HtmlInputElement>())
}

/// The files pasted.
pub fn files_of_transfer(transfer: Option<DataTransfer>) -> Vec<File> {
    files(transfer.and_then(|transfer| transfer.files()))
}

/// The files dropped, of folders all that lie below them in the order of their paths; and whether
/// there were folders. What was dropped is taken hold of at once, as it is gone after the event.
pub fn files_of_drop(transfer: Option<DataTransfer>) -> impl Future<Output = (Vec<File>, bool)> {
    let items = transfer.as_ref().map(DataTransfer::items);
    let plain = files_of_transfer(transfer);
    let entry = |items: &web_sys::DataTransferItemList, at| items.get(at)?.webkit_get_as_entry().ok()?;
    let entries: Vec<FileSystemEntry> = items
        .iter()
        .flat_map(|items| (0..items.length()).filter_map(|at| entry(items, at)).collect::<Vec<_>>())
        .collect();
    async move {
        if entries.iter().any(FileSystemEntry::is_directory) {
            (files_below(entries).await, true)
        } else {
            (plain, false)
        }
    }
}

async fn files_below(mut entries: Vec<FileSystemEntry>) -> Vec<File> {
    let mut found = Vec::new();
    while let Some(entry) = entries.pop() {
        let path = entry.full_path();
        if entry.is_directory() {
            // Such as that of a version control, with thousands of files.
            if entry.name().starts_with('.') {
                continue;
            }
            entries.extend(children(entry.unchecked_into()).await);
        } else {
            let entry: FileSystemFileEntry = entry.unchecked_into();
            let file = called_back(|done, failed| entry.file_with_callback_and_callback(done, failed)).await;
            // What cannot be opened any more is not there.
            found.extend(file.ok().map(|file| (path, File::from(file.unchecked_into::<web_sys::File>()))));
        }
    }
    let by_path = in_order(found.len(), &|a, b| found[a].0.cmp(&found[b].0));
    by_path.into_iter().map(|at| found[at].1.clone()).collect()
}

/// A browser gives the entries of a folder in portions, the last of which is empty.
async fn children(folder: FileSystemDirectoryEntry) -> Vec<FileSystemEntry> {
    let reader = folder.create_reader();
    let mut all = Vec::new();
    loop {
        let portion = called_back(|done, failed| {
            let _ = reader.read_entries_with_callback_and_callback(done, failed);
        });
        let Ok(portion) = portion.await.map(JsCast::unchecked_into::<Array>) else { return all };
        if portion.length() == 0 {
            return all;
        }
        all.extend(portion.iter().map(JsCast::unchecked_into));
    }
}

/// What a function of the browser hands to one of its two callbacks.
async fn called_back(start: impl Fn(&Function, &Function)) -> Result<JsValue, JsValue> {
    JsFuture::from(Promise::new(&mut |done, failed| start(&done, &failed))).await
}

fn files(list: Option<FileList>) -> Vec<File> {
    list.map(|list| gloo_file::FileList::from(list).to_vec()).unwrap_or_default()
}

/// Reads a file into memory.
pub async fn read(file: &File) -> Result<Uint8Array, Error> {
    if file.size() > MAX_FILE_BYTES as u64 {
        return Err(radiograph::too_many_bytes(file.size()).into());
    }
    let not_read = |reason: String| Error::from(Fault::NotRead { reason });
    let bytes = read_as_bytes(file).await.map_err(|error| not_read(error.to_string()))?;
    Ok(Uint8Array::from(bytes.as_slice()))
}

/// Fetches a file of the page's own, such as a sample.
pub async fn fetch(address: &str) -> Result<Uint8Array, Error> {
    fetched(address, &RequestInit::new()).await
}

/// The same, given up after a time.
pub async fn fetch_within(address: &str, patience_ms: u32) -> Result<Uint8Array, Error> {
    let options = RequestInit::new();
    options.set_signal(Some(&AbortSignal::timeout_with_u32(patience_ms)));
    fetched(address, &options).await
}

async fn fetched(address: &str, options: &RequestInit) -> Result<Uint8Array, Error> {
    let not_read = |reason: String| Error::from(Fault::NotRead { reason });
    let failed = |exception: JsValue| not_read(wire::reason(&exception));
    let response: web_sys::Response =
        JsFuture::from(window().fetch_with_str_and_init(address, options)).await.map_err(failed)?.unchecked_into();
    if !response.ok() {
        return Err(not_read(format!("status {}", response.status())));
    }
    let buffer = JsFuture::from(response.array_buffer().map_err(failed)?).await.map_err(failed)?;
    Ok(Uint8Array::new(&buffer))
}

/// Has a file of the site on its way to the browser's cache.
pub fn fetch_ahead(file: &str) {
    let address = format!("{}{file}", super::base());
    // Read to its end: Chromium lets nobody else read what one request is still putting into its cache. Whoever needs it
    // asks again, and hears what went wrong.
    spawn_local(async move { _ = fetch(&address).await });
}
