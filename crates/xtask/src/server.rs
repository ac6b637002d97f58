//! A small static file server on the loopback interface. It keeps a record of what was asked of
//! it, so that tests can tell what a page sends.

use std::fs::File;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::{Context, Result, anyhow};
use tiny_http::{Header, Request, Response};

/// One request as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// `GET` and the like.
    pub method: String,
    /// Path, or the whole address when the server is used as a proxy.
    pub address: String,
    /// Bytes of the body.
    pub body_bytes: usize,
}

/// A running server; it ends with the process.
pub struct Server {
    port: u16,
    prefix: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// Serves `folder` under `prefix` (`""` or like `/some/prefix`) on `port`; 0 takes a free one.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub fn start(folder: &Path, prefix: &str, port: u16) -> Result<Self> {
        let http = tiny_http::Server::http(("127.0.0.1", port)).map_err(|error| anyhow!("port {port}: {error}"))?;
        let port = http.server_addr().to_ip().context("the server listens on no port")?.port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let server = Self { port, prefix: prefix.to_owned(), asked: asked.clone() };
        let (folder, prefix) = (folder.to_owned(), prefix.to_owned());
        thread::spawn(move || {
            for request in http.incoming_requests() {
                let (folder, prefix, asked) = (folder.clone(), prefix.clone(), asked.clone());
                thread::spawn(move || answer(request, &folder, &prefix, port, &asked));
            }
        });
        Ok(server)
    }

    /// The address of the folder, with a slash at the end.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}{}/", self.port, self.prefix)
    }

    /// All requests so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn answer(mut request: Request, folder: &Path, prefix: &str, port: u16, asked: &Mutex<Vec<Asked>>) {
    let mut body = Vec::new();
    let read = request.as_reader().read_to_end(&mut body).unwrap_or_default();
    let address = request.url().to_owned();
    asked.lock().unwrap_or_else(PoisonError::into_inner).push(Asked {
        method: request.method().to_string(),
        address: address.clone(),
        body_bytes: read,
    });
    let own = address.strip_prefix(&format!("http://127.0.0.1:{port}")).unwrap_or(&address);
    let file = own.strip_prefix(prefix).and_then(|path| file_of(folder, path));
    // A client that has gone away needs no answer.
    let _ = match file.and_then(|path| Some((File::open(&path).ok()?, path))) {
        Some((file, path)) => request.respond(Response::from_file(file).with_header(content_type(&path))),
        None => request.respond(Response::from_string("not found").with_status_code(404)),
    };
}

/// The file behind a path of the address; none outside the folder.
fn file_of(folder: &Path, path: &str) -> Option<PathBuf> {
    let path = path.split(['?', '#']).next()?.trim_start_matches('/');
    let inside = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    let file = if path.is_empty() { folder.join("index.html") } else { folder.join(path) };
    (inside && file.is_file()).then_some(file)
}

fn content_type(path: &Path) -> Header {
    let kind = match path.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript",
        "wasm" => "application/wasm",
        "css" => "text/css",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        _ => "application/octet-stream",
    };
    Header::from_bytes("Content-Type", kind).expect("the names above are valid header values")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_outside_the_folder_is_served() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert!(file_of(folder, "/Cargo.toml?v=1").is_some());
        for path in ["/../xtask/Cargo.toml", "/src/../../xtask/Cargo.toml", "//etc/passwd", "/missing"] {
            assert!(file_of(folder, path).is_none(), "{path}");
        }
    }
}
