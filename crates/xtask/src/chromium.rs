//! Where Chromium is, and with which flags the tests run it.

use std::path::PathBuf;

/// Besides the driver's own. The last two give WebGPU without a graphics card.
pub const FLAGS: [&str; 7] = [
    "--disable-quic",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--no-default-browser-check",
    // The driver's own two, and Debian's browser connects to its search engine at the start.
    "--disable-features=TranslateUI,BlinkGenPropertyTrees,PreconnectToSearch",
    "--enable-unsafe-webgpu",
    "--use-webgpu-adapter=swiftshader",
];

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
