//! A small static file server on the loopback interface. It keeps a record of what was asked of
//! it, so that tests can tell what a page sends.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Cursor, Read, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use flate2::{Compression, write::GzEncoder};
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

/// A running server; it ends with the process, or when it is stopped.
pub struct Server {
    http: Arc<tiny_http::Server>,
    port: u16,
    prefix: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    line: Option<Arc<Line>>,
}

/// What lies between server and browser.
struct Line {
    bytes_per_second: f64,
    /// Before the first byte of an answer.
    delay: Duration,
    /// Text and programs as they travel from a static host.
    compressed: HashMap<PathBuf, Vec<u8>>,
    sent: Mutex<Sent>,
}

/// One line carries all answers, one after the other.
struct Sent {
    free_at: Instant,
    bytes: u64,
}

/// An answer on its way through a line.
struct Slowed<R> {
    answer: R,
    line: Arc<Line>,
}

/// A page has memory that threads share only when it and all that it loads say so.
const ISOLATION: [(&str, &str); 2] =
    [("Cross-Origin-Opener-Policy", "same-origin"), ("Cross-Origin-Embedder-Policy", "require-corp")];

/// A few milliseconds' worth, so that answers at the same time share the line.
const PIECE_BYTES: usize = 8 << 10;

impl<R: Read> Read for Slowed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = into.len().min(PIECE_BYTES);
        let count = self.answer.read(&mut into[..most])?;
        let arrives = {
            let mut sent = locked(&self.line.sent);
            sent.bytes += count as u64;
            let takes = Duration::from_secs_f64(count as f64 / self.line.bytes_per_second);
            sent.free_at = sent.free_at.max(Instant::now()) + takes;
            sent.free_at
        };
        thread::sleep(arrives.saturating_duration_since(Instant::now()));
        Ok(count)
    }
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Server {
    /// Serves `folder` under `prefix` (`""` or like `/some/prefix`) on `port`; 0 takes a free one.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub fn start(folder: &Path, prefix: &str, port: u16) -> Result<Self> {
        Self::start_over(folder, prefix, port, None, &[])
    }

    /// Serves `folder` on a free port to pages that may have threads: to those of no other origin.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_isolated(folder: &Path) -> Result<Self> {
        Self::start_over(folder, "", 0, None, &ISOLATION)
    }

    /// Serves `folder` on a free port like a static host at the other end of a line: text and programs compressed by
    /// gzip, so many bits in a second for all answers together, and each after a delay.
    ///
    /// # Errors
    /// As [`Self::start`], and when a file cannot be read.
    pub fn start_far_away(folder: &Path, bits_per_second: f64, delay: Duration) -> Result<Self> {
        let mut compressed = HashMap::new();
        compress(folder, &mut compressed).context("compressing the site")?;
        let sent = Mutex::new(Sent { free_at: Instant::now(), bytes: 0 });
        let line = Line { bytes_per_second: bits_per_second / 8.0, delay, compressed, sent };
        Self::start_over(folder, "", 0, Some(Arc::new(line)), &[])
    }

    fn start_over(
        folder: &Path,
        prefix: &str,
        port: u16,
        line: Option<Arc<Line>>,
        headers: &'static [(&'static str, &'static str)],
    ) -> Result<Self> {
        let http = tiny_http::Server::http(("127.0.0.1", port)).map_err(|error| anyhow!("port {port}: {error}"))?;
        let http = Arc::new(http);
        let port = http.server_addr().to_ip().context("the server listens on no port")?.port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let server =
            Self { http: http.clone(), port, prefix: prefix.to_owned(), asked: asked.clone(), line: line.clone() };
        let (folder, prefix) = (folder.to_owned(), prefix.to_owned());
        thread::spawn(move || {
            for request in http.incoming_requests() {
                let (folder, prefix, asked, line) = (folder.clone(), prefix.clone(), asked.clone(), line.clone());
                thread::spawn(move || {
                    answer(request, &folder, &prefix, port, &asked, line, headers);
                });
            }
        });
        Ok(server)
    }

    /// From now on nobody listens at its address.
    pub fn stop(self) {
        self.http.unblock();
    }

    /// The address of the folder, with a slash at the end.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}{}/", self.port, self.prefix)
    }

    /// All requests so far.
    pub fn asked(&self) -> Vec<Asked> {
        locked(&self.asked).clone()
    }

    /// Bytes of answers that have gone over the line; none where there is no line.
    pub fn sent_bytes(&self) -> Option<u64> {
        self.line.as_ref().map(|line| locked(&line.sent).bytes)
    }
}

/// What a static host compresses, below `folder`.
fn compress(folder: &Path, into: &mut HashMap<PathBuf, Vec<u8>>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        if path.is_dir() {
            compress(&path, into)?;
        } else if matches!(extension, "html" | "js" | "mjs" | "wasm" | "css" | "json" | "svg" | "txt") {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
            encoder.write_all(&fs::read(&path)?)?;
            into.insert(path, encoder.finish()?);
        }
    }
    Ok(())
}

fn answer(
    mut request: Request,
    folder: &Path,
    prefix: &str,
    port: u16,
    asked: &Mutex<Vec<Asked>>,
    line: Option<Arc<Line>>,
    headers: &[(&str, &str)],
) {
    let mut body = Vec::new();
    let read = request.as_reader().read_to_end(&mut body).unwrap_or_default();
    let address = request.url().to_owned();
    locked(asked).push(Asked { method: request.method().to_string(), address: address.clone(), body_bytes: read });
    let own = address.strip_prefix(&format!("http://127.0.0.1:{port}")).unwrap_or(&address);
    let file = own.strip_prefix(prefix).and_then(|path| file_of(folder, path));
    // A client that has gone away needs no answer.
    let _ = match file.and_then(|path| Some((File::open(&path).ok()?, path))) {
        Some((file, path)) => match line {
            None => {
                let mut response = Response::from_file(file).with_header(content_type(&path));
                for (name, value) in headers {
                    response.add_header(header(name, value));
                }
                request.respond(response)
            }
            Some(line) => {
                thread::sleep(line.delay);
                respond_over(line, request, file, &path)
            }
        },
        None => request.respond(Response::from_string("not found").with_status_code(404)),
    };
}

fn respond_over(line: Arc<Line>, request: Request, file: File, path: &Path) -> io::Result<()> {
    // As GitHub Pages sends it.
    let mut headers = vec![content_type(path), header("Cache-Control", "max-age=600")];
    let (answer, bytes): (Box<dyn Read + Send>, usize) = if let Some(compressed) = line.compressed.get(path) {
        headers.push(header("Content-Encoding", "gzip"));
        (Box::new(Cursor::new(compressed.clone())), compressed.len())
    } else {
        let bytes = file.metadata()?.len() as usize;
        (Box::new(file), bytes)
    };
    request.respond(Response::new(200.into(), headers, Slowed { answer, line }, Some(bytes), None))
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
        "txt" => "text/plain; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        _ => "application/octet-stream",
    };
    header("Content-Type", kind)
}

fn header(name: &str, value: &str) -> Header {
    Header::from_bytes(name, value).expect("a valid header")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_as_slow_as_it_is_said_to_be() {
        let sent = Mutex::new(Sent { free_at: Instant::now(), bytes: 0 });
        let line = Line { bytes_per_second: 1e6, delay: Duration::ZERO, compressed: HashMap::new(), sent };
        let (line, started) = (Arc::new(line), Instant::now());
        let bytes = vec![1; 50_000];
        let mut arrived = Vec::new();
        let mut answer = Slowed { answer: bytes.as_slice(), line: line.clone() };
        answer.read_to_end(&mut arrived).expect("memory can be read");
        assert!(started.elapsed() >= Duration::from_millis(50) && arrived == bytes);
        assert_eq!(locked(&line.sent).bytes, 50_000);
    }

    #[test]
    fn nothing_outside_the_folder_is_served() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert!(file_of(folder, "/Cargo.toml?v=1").is_some());
        for path in ["/../xtask/Cargo.toml", "/src/../../xtask/Cargo.toml", "//etc/passwd", "/missing"] {
            assert!(file_of(folder, path).is_none(), "{path}");
        }
    }
}
