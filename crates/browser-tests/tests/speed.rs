//! ResNet18 and its three heat maps beside onnxruntime-web and TensorFlow.js, in the same Chromium, in turn.
//!
//! `cargo xtask bench` builds the site, installs the others, names their folder in `OSTEOLENS_PEERS` and runs this; it
//! writes `benches/RESULTS.md`. No other command does.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use browser_tests::visit::{Size, Visit};
use browser_tests::{site, test_files as files};
use serde::Deserialize;
use xtask::server::Server;

/// Each engine in turn, so often, and warm passes of each round: an emulated graphics processor takes seconds for one.
const fn rounds(backend: &str) -> (usize, usize) {
    if matches!(backend.as_bytes(), b"cpu") { (5, 8) } else { (2, 4) }
}
/// Visits of each engine over a line, nothing being there yet.
const COLD_VISITS: usize = 3;
/// The line: 20 Mbit/s, 40 ms.
const LINE_BITS_PER_SECOND: f64 = 20e6;
const LINE_DELAY: Duration = Duration::from_millis(40);
/// f32 sums in another order, and weights that the others read in f16; on logits.
const LOGITS_AGREE_WITHIN: f64 = 5e-3;

/// The engines, and what `peers.js` calls the others.
const ENGINES: [(&str, Option<&str>); 3] =
    [("OsteoLens", None), ("onnxruntime-web", Some("ort")), ("TensorFlow.js", Some("tf"))];

#[derive(Deserialize)]
struct Measured {
    /// Milliseconds until the engine could take a picture, its weights being on this machine.
    ready: f64,
    /// The first picture.
    first: f64,
    warm: Vec<f64>,
    logits: Vec<f64>,
    /// Since the page was asked for: when the first picture was answered.
    answered: f64,
    /// The most that the browser's renderers held.
    #[serde(default)]
    peak_mb: f64,
}

/// What was measured of one engine, over all rounds.
#[derive(Default)]
struct Row {
    ready: Vec<f64>,
    first: Vec<f64>,
    warm: Vec<f64>,
    peak_mb: Vec<f64>,
    cold_near: Vec<f64>,
    cold: Vec<f64>,
    fetched_bytes: u64,
}

fn at(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[((sorted.len() - 1) as f64 * share).round() as usize]
}

fn peer(address: &str, name: &str, backend: &str, passes: usize) -> Result<Measured> {
    let visit =
        Visit::open_at(&format!("{address}peers.html"), "", Size::Desktop).context("opening the page of the others")?;
    visit.wait("window.measure")?;
    let measured: Measured = serde_json::from_str(&visit.text(&format!("measure('{name}', '{backend}', {passes})"))?)?;
    Ok(Measured { peak_mb: visit.renderers_peak_mb(), ..measured })
}

/// Ours, through the page as a reader uses it: the engine's own measures of forward pass and heat maps.
fn ours(address: &str, backend: &str, passes: usize) -> Result<Measured> {
    let visit = Visit::open_at(address, &format!("?backend={backend}&model=resnet18"), Size::Desktop)?;
    let folder = files::scratch().join("speed");
    fs::create_dir_all(&folder)?;
    let mut times = Vec::new();
    let mut answered = 0.0;
    for pass in 0..=passes {
        let film = folder.join(format!("pass-{pass}.png"));
        fs::copy(files::knee(), &film)?;
        visit.upload(&[&film])?;
        visit.wait(&format!("performance.getEntriesByName('grad-cam').length === {}", pass + 1))?;
        let last = |stage: &str| visit.number(&format!("performance.getEntriesByName('{stage}').at(-1).duration"));
        times.push(last("inference")? + last("grad-cam")?);
        if pass == 0 {
            answered = visit.number("performance.now()")?;
            if passes > 0 {
                visit.wait_for_offline()?;
            }
        }
    }
    let ready = visit.number("performance.getEntriesByName('engine-ready')[0].duration")?;
    let (first, warm) = (times[0], times.split_off(1));
    Ok(Measured { ready, first, warm, logits: Vec::new(), answered, peak_mb: visit.renderers_peak_mb() })
}

#[test]
#[ignore = "`cargo xtask bench` runs it"]
fn resnet18_beside_its_peers() -> Result<()> {
    let site = site();
    let folder = std::env::var("OSTEOLENS_PEERS").context("OSTEOLENS_PEERS names the folder of the other engines")?;
    let folder = Path::new(&folder);
    let manifest: serde_json::Value = serde_json::from_slice(&fs::read(folder.join("layers.json"))?)?;
    let golden = manifest["golden_logits"].as_array().context("golden logits")?;
    let golden: Vec<f64> = golden.iter().filter_map(serde_json::Value::as_f64).collect();
    let agrees = |logits: &[f64]| {
        logits.len() == golden.len()
            && logits.iter().zip(&golden).all(|(here, stored)| (here - stored).abs() < LOGITS_AGREE_WITHIN)
    };
    let (near, near_peers) = (Server::start(&site, "", 0)?, Server::start(folder, "", 0)?);
    let backends = std::env::var("OSTEOLENS_BACKENDS").unwrap_or_else(|_| "cpu".into());
    let mut report = String::new();
    for backend in backends.split(',') {
        let mut rows: [Row; ENGINES.len()] = Default::default();
        let (rounds, passes) = rounds(backend);
        for _ in 0..rounds {
            for (row, (name, peer_name)) in rows.iter_mut().zip(ENGINES) {
                let measured = match peer_name {
                    None => ours(&near.address(), backend, passes)?,
                    Some(peer_name) => peer(&near_peers.address(), peer_name, backend, passes)?,
                };
                ensure!(peer_name.is_none() || agrees(&measured.logits), "{name} gives {:?}", measured.logits);
                println!("{backend} {name}: {:.0?}", measured.warm);
                row.ready.push(measured.ready);
                row.first.push(measured.first);
                row.peak_mb.push(measured.peak_mb);
                row.cold_near.push(measured.answered);
                row.warm.extend(measured.warm);
            }
        }
        for _ in 0..COLD_VISITS {
            for (row, (name, peer_name)) in rows.iter_mut().zip(ENGINES) {
                let from = if peer_name.is_some() { folder } else { &site };
                let far = Server::start_far_away(from, LINE_BITS_PER_SECOND, LINE_DELAY)?;
                let measured = match peer_name {
                    None => ours(&far.address(), backend, 0)?,
                    Some(peer_name) => peer(&far.address(), peer_name, backend, 0)?,
                };
                println!("{backend} {name}, over the line: {:.0} ms", measured.answered);
                row.cold.push(measured.answered);
                row.fetched_bytes = far.sent_bytes().unwrap_or_default();
            }
        }
        report += &table(backend, &rows)?;
    }
    println!("{report}");
    if let Ok(file) = std::env::var("OSTEOLENS_RESULTS") {
        let machine = std::env::var("OSTEOLENS_MACHINE").unwrap_or_default();
        fs::write(file, HEAD.replace("{machine}", &machine) + report.trim_end() + "\n")?;
    }
    Ok(())
}

/// What the tables show.
const HEAD: &str = "# Speed beside other engines

ResNet18 with the shipped weights and its three heat maps, one picture of 224 × 224, one thread, {machine}. Written by \
`cargo xtask bench`: each engine has a browser of its own in turn, in 5 rounds of 8 warm passes on the CPU and 2 of 4 on \
WebGPU. OsteoLens is measured through the page (forward pass and heat maps of its engine; “ready” is from the start of \
its worker, its weights fetched, checked and tested); the others by `benches/browser/peers.js` (“ready” is from their \
scripts being there). “First visit” is from the address to the first answer with its heat maps, nothing being kept, all \
files being on this machine; “over the line” the same at 20 Mbit/s and 40 ms, programs compressed by gzip as static \
hosts do, median of 3. The others fetch their weights in f16. “Fetched” is what had gone over the line by then. “Memory” \
is the most that the browser's renderers held, the pages with their pictures included. The others give the manifest's \
golden logits within 0.005; OsteoLens holds itself to them whenever it loads.

";

fn table(backend: &str, rows: &[Row; ENGINES.len()]) -> Result<String> {
    let mut table = format!(
        "## {backend}\n\n| engine | ready | first | warm: median | least | 95th percentile | first visit | over the line \
         | fetched | memory |\n|---|---|---|---|---|---|---|---|---|---|\n"
    );
    for (row, (name, _)) in rows.iter().zip(ENGINES) {
        writeln!(
            table,
            "| {name} | {:.0} ms | {:.0} ms | {:.1} ms | {:.1} ms | {:.1} ms | {:.1} s | {:.1} s | {:.1} MB | {:.0} MB |",
            at(&row.ready, 0.5),
            at(&row.first, 0.5),
            at(&row.warm, 0.5),
            at(&row.warm, 0.0),
            at(&row.warm, 0.95),
            at(&row.cold_near, 0.5) / 1e3,
            at(&row.cold, 0.5) / 1e3,
            row.fetched_bytes as f64 / 1e6,
            at(&row.peak_mb, 0.5)
        )?;
    }
    let ratio = |of: fn(&Row) -> &[f64]| {
        let fastest = rows[1..].iter().map(|row| at(of(row), 0.5)).fold(f64::MAX, f64::min);
        at(of(&rows[0]), 0.5) / fastest
    };
    writeln!(
        table,
        "\nOf the time of the faster of the two, OsteoLens takes {:.2} warm, {:.2} for the first picture, {:.2} on a \
         first visit and {:.2} on one over the line.\n",
        ratio(|row| &row.warm),
        ratio(|row| &row.first),
        ratio(|row| &row.cold_near),
        ratio(|row| &row.cold)
    )?;
    Ok(table)
}
