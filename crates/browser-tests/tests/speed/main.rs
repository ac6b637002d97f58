//! `ResNet18` and its three heat maps beside other engines, in the same Chromium, in turn.
//!
//! `cargo xtask bench` builds the site, installs the others, names their folder in `OSTEOLENS_PEERS` and runs this; it
//! writes `benches/RESULTS.md`. No other command does.

mod engines;
mod report;

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use browser_tests::visit::{Size, Visit};
use browser_tests::{site, test_files as files};
use engines::Engine;
use report::{HEAD, Row};
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

fn peer(address: &str, engine: &Engine, name: &str, backend: &str, passes: usize) -> Result<Measured> {
    let visit =
        Visit::open_at(&format!("{address}peers.html"), "", Size::Desktop).context("opening the page of the others")?;
    visit.wait("window.measure && document.body")?;
    let settings = format!("{{ threads: {}, isInt8: {} }}", engine.threads, engine.is_int8);
    let answer = visit.text(&format!("measure('{name}', '{backend}', {passes}, {settings})"))?;
    let measured: Measured = serde_json::from_str(&answer)?;
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

/// What serves OsteoLens and the others.
struct Servers {
    ours: Server,
    others: Server,
    /// To pages that may have threads; only where nothing lies between.
    isolated: Option<Server>,
}

impl Servers {
    fn near(site: &Path, others: &Path) -> Result<Self> {
        let start = |folder| Server::start(folder, "", 0);
        let isolated = Some(Server::start_isolated(others)?);
        Ok(Self { ours: start(site)?, others: start(others)?, isolated })
    }

    fn far(site: &Path, others: &Path) -> Result<Self> {
        let start = |folder| Server::start_far_away(folder, LINE_BITS_PER_SECOND, LINE_DELAY);
        Ok(Self { ours: start(site)?, others: start(others)?, isolated: None })
    }

    fn of(&self, engine: &Engine) -> Result<&Server> {
        match engine.peer {
            None => Ok(&self.ours),
            Some(_) if engine.threads == 1 => Ok(&self.others),
            Some(_) => self.isolated.as_ref().context("there is no server for threads"),
        }
    }

    fn measure(&self, engine: &Engine, backend: &str, passes: usize) -> Result<Measured> {
        let address = self.of(engine)?.address();
        match engine.peer {
            None => ours(&address, backend, passes),
            Some(name) => peer(&address, engine, name, backend, passes),
        }
        .with_context(|| format!("{engine} on {backend}"))
    }
}

/// How far logits are from the golden ones at most; ours are held to them when OsteoLens loads.
fn logits_off(engine: &Engine, measured: &Measured, golden: &[f64]) -> Result<f64> {
    if engine.peer.is_none() {
        return Ok(0.0);
    }
    ensure!(measured.logits.len() == golden.len(), "{engine} gives {:?}", measured.logits);
    let off = measured.logits.iter().zip(golden).map(|(here, stored)| (here - stored).abs()).fold(0.0, f64::max);
    ensure!(engine.is_int8 || off < LOGITS_AGREE_WITHIN, "{engine} gives {:?}", measured.logits);
    Ok(off)
}

/// Measures the engines of a backend in turn.
fn measured(backend: &str, near: &Servers, far: &Servers, golden: &[f64]) -> Result<Vec<Row>> {
    let mut rows: Vec<Row> = engines::of(backend).iter().map(Row::new).collect();
    let (rounds, passes) = rounds(backend);
    for _ in 0..rounds {
        for row in &mut rows {
            let measured = near.measure(row.engine, backend, passes)?;
            println!("{backend} {}: {:.0?}", row.engine, measured.warm);
            row.logits_off = row.logits_off.max(logits_off(row.engine, &measured, golden)?);
            row.ready.push(measured.ready);
            row.first.push(measured.first);
            row.peak_mb.push(measured.peak_mb);
            if row.engine.is_plain() {
                row.cold_near.push(measured.answered);
            }
            row.warm.extend(measured.warm);
        }
    }
    for _ in 0..COLD_VISITS {
        for row in rows.iter_mut().filter(|row| row.engine.is_plain()) {
            let sent_bytes = || anyhow::Ok(far.of(row.engine)?.sent_bytes().unwrap_or_default());
            let before = sent_bytes()?;
            let measured = far.measure(row.engine, backend, 0)?;
            println!("{backend} {}, over the line: {:.0} ms", row.engine, measured.answered);
            row.cold.push(measured.answered);
            row.fetched_bytes = sent_bytes()? - before;
        }
    }
    Ok(rows)
}

/// Of the last minute.
fn load_average() -> String {
    let averages = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    averages.split_whitespace().next().unwrap_or("unknown").to_owned()
}

#[test]
#[ignore = "`cargo xtask bench` runs it"]
fn resnet18_beside_its_peers() -> Result<()> {
    let site = site();
    let folder = std::env::var("OSTEOLENS_PEERS").context("OSTEOLENS_PEERS names the folder of the other engines")?;
    let folder = Path::new(&folder);
    let layers: serde_json::Value = serde_json::from_slice(&fs::read(folder.join("layers.json"))?)?;
    let golden: Vec<f64> = serde_json::from_value(layers["golden_logits"].clone()).context("golden logits")?;
    let (near, far) = (Servers::near(&site, folder)?, Servers::far(&site, folder)?);
    let load_before = load_average();
    let backends = std::env::var("OSTEOLENS_BACKENDS").unwrap_or_else(|_| "cpu".into());
    let mut tables = String::new();
    for backend in backends.split(',') {
        tables += &report::table(backend, &measured(backend, &near, &far, &golden)?)?;
    }
    println!("{tables}");
    if let Ok(file) = std::env::var("OSTEOLENS_RESULTS") {
        let machine = std::env::var("OSTEOLENS_MACHINE").unwrap_or_default();
        let load = format!("{load_before} at the beginning and {} at the end", load_average());
        let head = HEAD.replace("{machine}", &machine).replace("{load}", &load);
        fs::write(file, head + tables.trim_end() + "\n")?;
    }
    Ok(())
}
