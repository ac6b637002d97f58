//! ResNet18 and its three heat maps beside onnxruntime-web and TensorFlow.js, in the same Chromium, in turn.
//!
//! `cargo xtask bench` builds the site, installs the others, names their folder in `OSTEOLENS_PEERS` and runs this; it
//! writes `benches/RESULTS.md`. Without it the test says that it was skipped.

#[path = "browser/files.rs"]
#[allow(dead_code, reason = "shared with browser.rs")]
mod files;
#[path = "browser/visit.rs"]
#[allow(dead_code, reason = "shared with browser.rs")]
mod visit;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use visit::{Size, Visit, site};
use xtask::server::Server;

/// Each engine in turn, so often.
const ROUNDS: usize = 5;
/// Warm passes of each round.
const PASSES: usize = 8;
/// f32 sums in another order, and weights that ours reads in f16; on logits.
const LOGITS_AGREE_WITHIN: f64 = 2e-3;

#[derive(Deserialize)]
struct Measured {
    /// Milliseconds until the engine could take a picture, its weights being on this machine.
    ready: f64,
    /// The first picture.
    first: f64,
    warm: Vec<f64>,
    logits: Vec<f64>,
}

/// What was measured of one engine, over all rounds.
#[derive(Default)]
struct Row {
    ready: Vec<f64>,
    first: Vec<f64>,
    warm: Vec<f64>,
}

fn at(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[((sorted.len() - 1) as f64 * share).round() as usize]
}

fn peer(address: &str, name: &str, backend: &str) -> Result<Measured> {
    let visit =
        Visit::open_at(&format!("{address}peers.html"), "", Size::Desktop).context("opening the page of the others")?;
    visit.wait("window.measure")?;
    Ok(serde_json::from_str(&visit.text(&format!("measure('{name}', '{backend}', {PASSES})"))?)?)
}

/// Ours, through the page as a reader uses it: the engine's own measures of forward pass and heat maps.
fn ours(site: &Path, backend: &str) -> Result<Measured> {
    let visit = Visit::open(site, &format!("?backend={backend}&model=resnet18"), Size::Desktop)?;
    visit.wait_for_engine(backend)?;
    visit.wait_for_offline()?;
    let folder = files::scratch().join("speed");
    fs::create_dir_all(&folder)?;
    let mut times = Vec::new();
    for pass in 0..=PASSES {
        let film = folder.join(format!("pass-{pass}.png"));
        fs::copy(files::knee(), &film)?;
        visit.upload(&[&film])?;
        visit.wait(&format!("performance.getEntriesByName('grad-cam').length === {}", pass + 1))?;
        let last = |stage: &str| visit.number(&format!("performance.getEntriesByName('{stage}').at(-1).duration"));
        times.push(last("inference")? + last("grad-cam")?);
    }
    let ready = visit.number("performance.getEntriesByName('engine-ready')[0].duration")?;
    Ok(Measured { ready, first: times[0], warm: times.split_off(1), logits: Vec::new() })
}

#[test]
fn resnet18_beside_its_peers() -> Result<()> {
    let (Some(site), Ok(folder)) = (site(), std::env::var("OSTEOLENS_PEERS")) else {
        println!("skipped: OSTEOLENS_SITE or OSTEOLENS_PEERS is not set; `cargo xtask bench` does");
        return Ok(());
    };
    let folder = Path::new(&folder);
    let manifest: serde_json::Value = serde_json::from_slice(&fs::read(folder.join("layers.json"))?)?;
    let golden = manifest["golden_logits"].as_array().context("golden logits")?;
    let server = Server::start(folder, "", 0)?;
    let backends = std::env::var("OSTEOLENS_BACKENDS").unwrap_or_else(|_| "cpu".into());
    let mut report = String::new();
    for backend in backends.split(',') {
        let names = ["OsteoLens", "onnxruntime-web", "TensorFlow.js"];
        let mut rows: [Row; 3] = Default::default();
        for _ in 0..ROUNDS {
            for (row, name) in rows.iter_mut().zip(names) {
                let measured = match name {
                    "OsteoLens" => ours(&site, backend)?,
                    "onnxruntime-web" => peer(&server.address(), "ort", backend)?,
                    _ => peer(&server.address(), "tf", backend)?,
                };
                ensure!(
                    name == names[0] || measured.logits.len() == golden.len(),
                    "{name} gives {:?}",
                    measured.logits
                );
                for (theirs, golden) in measured.logits.iter().zip(golden) {
                    let off = (theirs - golden.as_f64().unwrap_or(f64::NAN)).abs();
                    ensure!(off < LOGITS_AGREE_WITHIN, "{name} computes something else: {:?}", measured.logits);
                }
                println!("{backend} {name}: {:.0?}", measured.warm);
                row.ready.push(measured.ready);
                row.first.push(measured.first);
                row.warm.extend(measured.warm);
            }
        }
        writeln!(report, "## {backend}\n\n| engine | ready | first | warm: median | least | 95th percentile |")?;
        writeln!(report, "|---|---|---|---|---|---|")?;
        for (row, name) in rows.iter().zip(names) {
            writeln!(
                report,
                "| {name} | {:.0} ms | {:.0} ms | {:.1} ms | {:.1} ms | {:.1} ms |",
                at(&row.ready, 0.5),
                at(&row.first, 0.5),
                at(&row.warm, 0.5),
                at(&row.warm, 0.0),
                at(&row.warm, 0.95)
            )?;
        }
        let fastest = rows[1..].iter().map(|row| at(&row.warm, 0.5)).fold(f64::MAX, f64::min);
        writeln!(
            report,
            "\nOsteoLens takes {:.2} of the time of the faster of the two.\n",
            at(&rows[0].warm, 0.5) / fastest
        )?;
    }
    println!("{report}");
    if let Ok(file) = std::env::var("OSTEOLENS_RESULTS") {
        let head = format!(
            "# Speed beside other engines\n\nResNet18 with the shipped weights and its three heat maps, one picture of 224 × 224, one thread, {}. \
             Written by `cargo xtask bench`: {ROUNDS} rounds in which each engine has a browser of its own in turn, \
             {PASSES} warm passes a round. OsteoLens is measured through the page (forward pass and heat maps of its engine; \
             “ready” is from the start of its worker, its weights fetched, checked and tested); the others by `benches/browser/peers.js` \
             (“ready” is from their scripts being there). The others give the manifest's golden logits within {LOGITS_AGREE_WITHIN}; OsteoLens holds itself to them whenever it loads.\n\n",
            std::env::var("OSTEOLENS_MACHINE").unwrap_or_default()
        );
        fs::write(file, head + report.trim_end() + "\n")?;
    }
    Ok(())
}
