//! Files on their way in.

use analysis::error::Error;
use js_sys::{Array, Function, Promise, Reflect, Uint8Array};
use radiograph::{Fault, MAX_FILE_BYTES};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortSignal, DataTransfer, Event, File, FileList, FileSystemDirectoryEntry, FileSystemEntry, FileSystemFileEntry,
    HtmlInputElement, RequestInit,
};

use crate::launch::window;
use crate::sorting::in_order;
use crate::wire;

/// A file on its way in.
#[derive(Clone)]
pub struct Found {
    /// The folder that it lies in, from the one that was chosen or dropped; empty for a file that came by itself.
    pub folder: String,
    /// The file.
    pub file: File,
}

impl Found {
    /// By its path within what was chosen or dropped.
    fn at(path: &str, file: File) -> Self {
        let folder = path.trim_start_matches('/').rsplit_once('/').map(|(folder, _)| folder.to_owned());
        Self { folder: folder.unwrap_or_default(), file }
    }
}

/// The files chosen in an `input`, which is emptied so that the same file can be chosen again.
pub fn files_of_input(event: &Event) -> Vec<Found> {
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
pub fn files_of_transfer(transfer: Option<DataTransfer>) -> Vec<Found> {
    files(transfer.and_then(|transfer| transfer.files()))
}

/// The files dropped, of folders all that lie below them in the order of their paths; and whether
/// there were folders. What was dropped is taken hold of at once, as it is gone after the event.
pub fn files_of_drop(transfer: Option<DataTransfer>) -> impl Future<Output = (Vec<Found>, bool)> {
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

async fn files_below(mut entries: Vec<FileSystemEntry>) -> Vec<Found> {
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
            found.extend(file.ok().map(|file| (path, file.unchecked_into::<File>())));
        }
    }
    by_path(&found)
}

/// Files under their paths, in the order of these.
fn by_path(found: &[(String, File)]) -> Vec<Found> {
    let order = in_order(found.len(), &|a, b| found[a].0.cmp(&found[b].0));
    order.into_iter().map(|at| Found::at(&found[at].0, found[at].1.clone())).collect()
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

/// Those of a folder, in the order of their paths; others in the order in which the browser names them.
fn files(list: Option<FileList>) -> Vec<Found> {
    // web-sys has no binding for this property.
    let path = |file: &File| Reflect::get(file, &"webkitRelativePath".into()).ok()?.as_string();
    let all = list.into_iter().flat_map(|list| (0..list.length()).filter_map(move |at| list.get(at)));
    let found: Vec<(String, File)> = all.map(|file| (path(&file).unwrap_or_default(), file)).collect();
    by_path(&found)
}

/// Reads a file without copying it into the page's wasm memory.
///
/// # Errors
/// When it is too large, or the browser cannot read it.
pub async fn read(file: &File) -> Result<Uint8Array, Error> {
    if file.size() > MAX_FILE_BYTES as f64 {
        return Err(radiograph::too_many_bytes(file.size() as u64).into());
    }
    let not_read = |reason: String| Error::from(Fault::NotRead { reason });
    let buffer = JsFuture::from(file.array_buffer()).await.map_err(|exception| not_read(wire::reason(&exception)))?;
    Ok(Uint8Array::new(&buffer))
}

/// Fetches a file of the page's own, such as a sample.
///
/// # Errors
/// When it does not arrive.
pub async fn fetch(address: &str) -> Result<Uint8Array, Error> {
    fetched(address, &RequestInit::new()).await
}

/// The same, given up after a time.
///
/// # Errors
/// As [`fetch`], and when the time is over.
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
