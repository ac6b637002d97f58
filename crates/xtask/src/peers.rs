//! Other engines and the shipped `ResNet18` in their forms, for `cargo xtask bench`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use xshell::{Shell, cmd};

use crate::tools;

/// What `export.py` needs beside the libraries of the tests.
const LIBRARIES: [&str; 4] = ["safetensors==0.8.0", "onnx==1.23.2", "onnxruntime==1.30.0", "ai-edge-quantizer==0.10.0"];
const PACKAGES: [&str; 6] = [
    "@litertjs/core@2.5.3",
    "@litertjs/wasm-utils@2.5.3",
    "onnxruntime-web@1.30.0",
    "@tensorflow/tfjs@4.22.0",
    "@tensorflow/tfjs-backend-wasm@4.22.0",
    "@tensorflow/tfjs-backend-webgpu@4.22.0",
];
/// Folders of the packages, their places in the site, and the files that pages ask for.
const FILES: [(&str, &str, &[&str]); 7] = [
    ("@litertjs/core/dist", "lite", &["index.js"]),
    (
        "@litertjs/core/wasm",
        "lite/wasm",
        &[
            "litert_wasm_internal.js",
            "litert_wasm_internal.wasm",
            "litert_wasm_threaded_internal.js",
            "litert_wasm_threaded_internal.wasm",
        ],
    ),
    ("@litertjs/wasm-utils/dist", "lite/wasm-utils", &["index.js"]),
    (
        "onnxruntime-web/dist",
        "ort",
        &[
            "ort.wasm.min.js",
            "ort-wasm-simd-threaded.mjs",
            "ort-wasm-simd-threaded.wasm",
            "ort.webgpu.min.js",
            "ort-wasm-simd-threaded.asyncify.mjs",
            "ort-wasm-simd-threaded.asyncify.wasm",
        ],
    ),
    ("@tensorflow/tfjs/dist", "tf", &["tf.min.js"]),
    (
        "@tensorflow/tfjs-backend-wasm/dist",
        "tf",
        &["tf-backend-wasm.min.js", "tfjs-backend-wasm-simd.wasm", "tfjs-backend-wasm-threaded-simd.wasm"],
    ),
    ("@tensorflow/tfjs-backend-webgpu/dist", "tf", &["tf-backend-webgpu.min.js"]),
];
/// The packages of `benches/peers`.
const OF_RUST: [&str; 2] = ["rten", "tract"];

/// All of them in one folder, ready to be served.
pub fn build() -> Result<PathBuf> {
    let python = tools::python()?;
    let shell = tools::for_building()?;
    let place = std::path::absolute(tools::folder().join("peers"))?;
    let site = place.join("site");
    println!("other engines: installing");
    cmd!(shell, "{python} -m pip install --quiet {LIBRARIES...}").run()?;
    cmd!(shell, "npm install --silent --no-save --ignore-scripts --prefix {place} {PACKAGES...}")
        .run()
        .context("npm is needed for the other engines")?;
    shell.remove_path(&site)?;
    for (from, to, files) in FILES {
        shell.create_dir(site.join(to))?;
        for file in files {
            shell.copy_file(place.join("node_modules").join(from).join(file), site.join(to))?;
        }
    }
    of_rust(&shell, &place.join("rust"), &site)?;
    cmd!(shell, "{python} benches/browser/export.py {site}").run()?;
    for file in ["peers.html", "peers.js"] {
        shell.copy_file(format!("benches/browser/{file}"), &site)?;
    }
    Ok(site)
}

/// Builds the programs of `benches/peers`, a workspace of its own.
fn of_rust(shell: &Shell, target: &Path, site: &Path) -> Result<()> {
    let _there = shell.push_dir("benches/peers");
    cmd!(shell, "cargo build --release --locked --target wasm32-unknown-unknown --target-dir {target}").run()?;
    for name in OF_RUST {
        let program = target.join(format!("wasm32-unknown-unknown/release/{name}_peer.wasm"));
        shell.copy_file(program, site.join(format!("{name}.wasm")))?;
    }
    Ok(())
}
