//! A server of the site that fails in the ways that servers and networks fail.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::Result;

/// How it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It answers with this status.
    Status(u16),
    /// It answers 200 with a page of HTML, as some servers do for what they do not have.
    Html,
    /// It sends half of the file as if that were all.
    CutOff,
    /// The connection breaks half-way, each time that the whole is asked for.
    Break,
    /// It closes the connection without an answer: to the page as if somebody on the way had refused the file.
    Refuse,
    /// It takes the request and says nothing.
    Stall,
    /// It sends half of the file, and then nothing.
    Slow,
    /// It never stops sending.
    Endless,
}

/// What is served, what fails, and what was asked for.
#[derive(Default)]
struct State {
    folder: PathBuf,
    /// Part of a path, and what happens to it.
    fault: Option<(&'static str, Fault)>,
    is_down: bool,
    /// Path and range of each request.
    asked: Vec<(String, Option<String>)>,
}

/// A running server; it ends with the process.
pub struct Faulty {
    port: u16,
    state: Arc<Mutex<State>>,
}

impl Faulty {
    pub fn start(folder: &Path) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        let state = Arc::new(Mutex::new(State { folder: folder.to_owned(), ..State::default() }));
        let shared = state.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = shared.clone();
                // A browser that goes away is no fault.
                thread::spawn(move || drop(answer(stream, &state)));
            }
        });
        Ok(Self { port, state })
    }

    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on what has `part` in its path fails so.
    pub fn fail(&self, part: &'static str, fault: Fault) {
        self.state().fault = Some((part, fault));
    }

    pub fn mend(&self) {
        self.state().fault = None;
    }

    /// As if the network were gone.
    pub fn go_down(&self) {
        self.state().is_down = true;
    }

    /// Serves another release.
    pub fn serve(&self, folder: &Path) {
        folder.clone_into(&mut self.state().folder);
    }

    /// What was asked for since the last call.
    pub fn take_asked(&self) -> Vec<(String, Option<String>)> {
        std::mem::take(&mut self.state().asked)
    }
}

fn answer(mut stream: TcpStream, state: &Mutex<State>) -> Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let address = first.split(' ').nth(1).unwrap_or("/").to_owned();
    let headers: Vec<String> = lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    let header = |name: &str| {
        headers.iter().find_map(|line| line.to_lowercase().strip_prefix(name).map(|value| value.trim().to_owned()))
    };
    let range = header("range:");
    let path = address.split('?').next().unwrap_or_default().trim_start_matches('/').to_owned();
    let path = if path.is_empty() { "index.html".to_owned() } else { path };
    let (file, fault) = {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.is_down {
            return Ok(stream.shutdown(Shutdown::Both)?);
        }
        state.asked.push((address.clone(), range.clone()));
        let fault = state.fault.filter(|(part, _)| path.contains(part)).map(|(_, fault)| fault);
        (state.folder.join(&path), fault)
    };
    let Ok(bytes) = fs::read(file) else { return send(&mut stream, "404 Not Found", "text/plain", b"not found", 9) };
    let kind = kind(&path);
    match fault {
        Some(Fault::Refuse) => Ok(stream.shutdown(Shutdown::Both)?),
        Some(Fault::Status(status)) => send(&mut stream, &format!("{status} Fault"), "text/plain", b"fault", 5),
        Some(Fault::Html) => send(&mut stream, "200 OK", "text/html", b"<!doctype html>", 15),
        Some(Fault::CutOff) => send(&mut stream, "200 OK", kind, &bytes[..bytes.len() / 2], bytes.len() / 2),
        Some(Fault::Break) if range.is_none() => {
            send(&mut stream, "200 OK", kind, &bytes[..bytes.len() / 2], bytes.len())
        }
        Some(Fault::Endless) => {
            head(&mut stream, "200 OK", kind, "")?;
            // Until the browser has had enough.
            loop {
                stream.write_all(&bytes)?;
            }
        }
        Some(Fault::Slow) => {
            head(&mut stream, "200 OK", kind, &format!("Content-Length: {}\r\n", bytes.len()))?;
            stream.write_all(&bytes[..bytes.len() / 2])?;
            thread::park();
            Ok(())
        }
        Some(Fault::Stall) => {
            // Until the browser has had enough.
            let _ = stream.peek(&mut [0]);
            thread::park();
            Ok(())
        }
        _ => match range.and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok()) {
            Some(from) if from < bytes.len() => {
                send(&mut stream, "206 Partial Content", kind, &bytes[from..], bytes.len() - from)
            }
            _ => send(&mut stream, "200 OK", kind, &bytes, bytes.len()),
        },
    }
}

/// `says` is the length that the answer claims to have.
fn send(stream: &mut TcpStream, status: &str, kind: &str, bytes: &[u8], says: usize) -> Result<()> {
    head(stream, status, kind, &format!("Content-Length: {says}\r\n"))?;
    stream.write_all(bytes)?;
    Ok(stream.shutdown(Shutdown::Write)?)
}

fn head(stream: &mut TcpStream, status: &str, kind: &str, length: &str) -> Result<()> {
    Ok(write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{length}Accept-Ranges: bytes\r\nCache-Control: no-store\r\n\
         Connection: close\r\n\r\n"
    )?)
}

fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript",
        "wasm" => "application/wasm",
        "css" => "text/css",
        "json" | "webmanifest" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        _ => "application/octet-stream",
    }
}
