//! Where Chromium is, and with which flags the tests run it.

use std::path::PathBuf;

/// Besides the driver's own. The last two give WebGPU without a graphics card.
pub const FLAGS: [&str; 8] = [
    "--disable-quic",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--no-default-browser-check",
    // The driver's own two, and the browser's question for the time.
    "--disable-features=TranslateUI,BlinkGenPropertyTrees,NetworkTimeServiceQuerying",
    // The first tab; Debian's browser would fetch a search engine's page.
    "about:blank",
    "--enable-unsafe-webgpu",
    "--use-webgpu-adapter=swiftshader",
];

/// Hosts that Chromium asks for its own sake, whatever page it shows.
pub const OWN_HOSTS: [&str; 4] = [".google.com", ".googleapis.com", ".gvt1.com", "duckduckgo.com"];

/// The browser named by `CHROMIUM`, or the first of the usual names on the path.
pub fn find() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM") {
        return Some(named.into());
    }
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|candidate| candidate.is_file())
}
