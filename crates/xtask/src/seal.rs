//! The last step of a build: a content security policy with the hash of every inline script, and the service
//! worker with the hash of every file.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use base64::Engine;
use sha2::{Digest, Sha256, Sha384};

/// Kept by the engine under their own hashes, since they are large and change seldom.
const WEIGHTS: &str = "weights";
const WORKER: &str = "sw.js";
/// Each starts a program of its own.
pub const PAGES: [&str; 2] = ["index.html", "own-films.html"];
/// With this the service worker of every sealed site begins.
pub const RELEASE: &str = "const RELEASE = ";

/// Seals a site that is complete but for this.
pub fn run(site: &Path) -> Result<()> {
    let mut sealed = BTreeMap::new();
    for page in PAGES {
        let html = fs::read_to_string(site.join(page)).with_context(|| format!("reading {page} of the site"))?;
        sealed.insert(page, with_policy(&with_integrity(&html, site)?)?);
    }
    // The pages tell the service worker of which release they are.
    let version = version(&hashes(site)?, &sealed);
    for (page, html) in sealed {
        let root = "<html ";
        ensure!(html.contains(root), "{page} has no element {root}…>");
        fs::write(site.join(page), html.replacen(root, &format!("<html data-release=\"{version}\" "), 1))?;
    }

    let release = serde_json::json!({ "version": version, "files": hashes(site)? });
    let worker = site.join(WORKER);
    let text = fs::read_to_string(&worker).context("reading the service worker")?;
    fs::write(&worker, format!("{RELEASE}{release};\n\n{text}"))?;
    Ok(())
}

/// Each file whose hash is left open in the page gets it: a browser refuses another (Subresource Integrity, W3C).
fn with_integrity(html: &str, site: &Path) -> Result<String> {
    const OPEN: &str = "integrity=\"\"";
    let mut parts = html.split(OPEN);
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let name = whole.rsplit_once("href=\"./").and_then(|(_, rest)| rest.split_once('"'));
        let (name, _) = name.context("a file of a page whose hash is left open has no address")?;
        let bytes = fs::read(site.join(name)).with_context(|| format!("reading {name} of the site"))?;
        let hash = base64::engine::general_purpose::STANDARD.encode(Sha384::digest(bytes));
        let _ = write!(whole, "integrity=\"sha384-{hash}\"{part}");
    }
    Ok(whole)
}

/// The policy stands before anything that it is to hold.
fn with_policy(html: &str) -> Result<String> {
    let hashes: String = inline_scripts(html).iter().fold(String::new(), |mut all, script| {
        let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(script.as_bytes()));
        // Writing into a string cannot fail.
        let _ = write!(all, " 'sha256-{hash}'");
        all
    });
    ensure!(!hashes.is_empty(), "a page starts no program");
    // The engine's worker starts from a blob, so that the policy holds for it too.
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{hashes}; style-src 'self'; img-src 'self'; \
         connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'none'"
    );
    let first = "<meta charset=\"utf-8\">";
    ensure!(html.contains(first), "a page does not begin with its character set");
    let meta = format!("{first}\n    <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">");
    Ok(html.replacen(first, &meta, 1))
}

/// The texts of the scripts that stand in the page itself.
fn inline_scripts(html: &str) -> Vec<&str> {
    let elements = html.split("<script").skip(1);
    let script = |rest: &'_ str| -> Option<(usize, usize)> {
        let start = rest.find('>')? + 1;
        Some((start, rest.find("</script>")?))
    };
    elements
        .filter_map(|rest| script(rest).map(|(start, end)| &rest[start..end]))
        .filter(|text| !text.is_empty())
        .collect()
}

/// Path and SHA-256 of every file that belongs to a release.
pub fn hashes(site: &Path) -> Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![site.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_none_or(|ending| ending != WEIGHTS) && !path.ends_with(WORKER) {
                let name = path.strip_prefix(site)?.to_string_lossy().replace('\\', "/");
                found.insert(name, hex(&Sha256::digest(fs::read(&path)?)));
            }
        }
    }
    Ok(found)
}

fn version(files: &BTreeMap<String, String>, pages: &BTreeMap<&str, String>) -> String {
    let mut digest = Sha256::new();
    for (name, sha256) in files.iter().filter(|(name, _)| !pages.contains_key(name.as_str())) {
        digest.update(format!("{name} {sha256}\n"));
    }
    for html in pages.values() {
        digest.update(html);
    }
    hex(&digest.finalize())[..16].to_owned()
}

/// Hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HTML: &str = "<html lang=\"en\"><head><meta charset=\"utf-8\"><script type=\"module\">go()</script>\
                        <script src=\"a.js\"></script></head></html>";

    #[test]
    fn only_scripts_in_the_page_itself_are_hashed() {
        assert_eq!(inline_scripts(HTML), ["go()"]);
        let sealed = with_policy(HTML).expect("sound");
        // printf 'go()' | openssl dgst -sha256 -binary | base64
        assert!(sealed.contains("'sha256-5KYv+PUboo5h+0+YAtGRPbwv5d/QxzHslP4YGnUaxRw='"), "{sealed}");
        assert!(!sealed.contains("unsafe-inline") && !sealed.contains("'unsafe-eval'"), "{sealed}");
    }

    #[test]
    fn a_hash_that_is_left_open_is_that_of_the_file() {
        let site = std::env::temp_dir().join(format!("osteolens-seal-{}", std::process::id()));
        fs::create_dir_all(&site).expect("a folder");
        fs::write(site.join("a.css"), "x").expect("written");
        let html = "<link href=\"./a.css\" integrity=\"\"/><p>";
        // printf x | openssl dgst -sha384 -binary | base64
        let hash = "sha384-11LCxR+6DimqGQVwqdQlPkQHegWNMpf6OlYw1b0BJiL5fCisrtMTtcg7uZDKp9qF";
        assert_eq!(
            with_integrity(html, &site).expect("sound"),
            format!("<link href=\"./a.css\" integrity=\"{hash}\"/><p>")
        );
        assert!(with_integrity("<link href=\"./b.css\" integrity=\"\"/>", &site).is_err());
        fs::remove_dir_all(&site).expect("removed");
    }

    #[test]
    fn a_page_without_a_program_is_not_sealed() {
        assert!(with_policy("<html><meta charset=\"utf-8\"></html>").is_err());
    }
}
