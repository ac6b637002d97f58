//! What was measured, in words and tables.

use std::fmt::Write;

use anyhow::{Context, Result};

use crate::engines::Engine;

/// What was measured of one engine, over all rounds.
pub struct Row {
    pub engine: &'static Engine,
    pub ready: Vec<f64>,
    pub first: Vec<f64>,
    pub warm: Vec<f64>,
    pub peak_mb: Vec<f64>,
    /// On a first visit, and on one over the line; of engines with one thread and f32 only.
    pub cold_near: Vec<f64>,
    pub cold: Vec<f64>,
    pub fetched_bytes: u64,
    /// The farthest that a logit is from its golden one.
    pub logits_off: f64,
}

impl Row {
    pub const fn new(engine: &'static Engine) -> Self {
        Self {
            engine,
            ready: Vec::new(),
            first: Vec::new(),
            warm: Vec::new(),
            peak_mb: Vec::new(),
            cold_near: Vec::new(),
            cold: Vec::new(),
            fetched_bytes: 0,
            logits_off: 0.0,
        }
    }

    fn line(&self) -> String {
        let name = match self.engine {
            Engine { is_int8: true, .. } => format!("{}, logits off by up to {:.2}", self.engine, self.logits_off),
            engine => engine.to_string(),
        };
        let seconds = |times: &[f64]| at(times, 0.5).map_or("–".into(), |time| format!("{:.1} s", time / 1e3));
        let milliseconds =
            |times: &[f64], share, digits| at(times, share).map_or("–".into(), |time| format!("{time:.digits$} ms"));
        let fetched = match self.fetched_bytes {
            0 => "–".into(),
            bytes => format!("{:.1} MB", bytes as f64 / 1e6),
        };
        let cells = [
            name,
            milliseconds(&self.ready, 0.5, 0),
            milliseconds(&self.first, 0.5, 0),
            milliseconds(&self.warm, 0.5, 1),
            milliseconds(&self.warm, 0.0, 1),
            milliseconds(&self.warm, 0.95, 1),
            seconds(&self.cold_near),
            seconds(&self.cold),
            fetched,
            format!("{:.0} MB", at(&self.peak_mb, 0.5).unwrap_or_default()),
        ];
        format!("| {} |", cells.join(" | "))
    }
}

/// The value below which such a share of them lies; none of none.
fn at(values: &[f64], share: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get((sorted.len().saturating_sub(1) as f64 * share).round() as usize).copied()
}

/// What the tables show.
pub const HEAD: &str = "# Speed beside other engines

ResNet18 with the shipped weights and its three heat maps, one picture of 224 × 224, {machine}, the load average being \
{load}. Written by `cargo xtask bench`: each engine has a browser of its own in turn, in 5 rounds of 8 warm passes on the \
CPU and 2 of 4 on WebGPU, with one thread and in f32 where nothing else is said. On the CPU OsteoLens multiplies \
whole numbers of 16 bits whose sums are exact (`docs/decisions/0003-cpu-kernels.md`). It is measured through the page \
(forward pass and heat maps of its engine; “ready” is from the start of its worker, its weights fetched, checked and \
tested); the others by `benches/browser/peers.js` (“ready” is from their scripts being there). rten and tract are built \
from `benches/peers` with relaxed SIMD, as LiteRT.js uses it. Rows with two threads are of pages that may \
have memory that threads share, which few static hosts allow. “First visit” is from the address to the first answer with \
its heat maps, nothing being kept, all files being on this machine; “over the line” the same at 20 Mbit/s and 40 ms, \
programs compressed by gzip as static hosts do, median of 3. The others fetch their weights in f16. “Fetched” is what had \
gone over the line by then. “Memory” is the most that the browser's renderers held, the pages with their pictures \
included. The others give the manifest's golden logits within 0.005; OsteoLens holds itself to them whenever it loads. \
Only the rows with int8 may be farther off, and say by how much: their makers' tools have quantised them, per channel, \
from the pictures of `public/samples`.

";

/// The table of a backend; ours is the first row.
pub fn table(backend: &str, rows: &[Row]) -> Result<String> {
    let mut table = format!(
        "## {backend}\n\n| engine | ready | first | warm: median | least | 95th percentile | first visit | over the line \
         | fetched | memory |\n|---|---|---|---|---|---|---|---|---|---|\n"
    );
    for row in rows {
        writeln!(table, "{}", row.line())?;
    }
    let (ours, others) = rows.split_first().context("there are no engines")?;
    // Our time beside that of the fastest of others, and its name.
    let ratio = |of: fn(&Row) -> &[f64], is_asked: fn(&Engine) -> bool| -> Result<(f64, &Engine)> {
        let asked = others.iter().filter(|row| is_asked(row.engine));
        let times = asked.filter_map(|row| Some((at(of(row), 0.5)?, row.engine)));
        let (time, engine) = times.min_by(|one, other| one.0.total_cmp(&other.0)).context("there are no others")?;
        Ok((at(of(ours), 0.5).context("OsteoLens was not measured")? / time, engine))
    };
    let fastest = |of| ratio(of, Engine::is_plain).map(|(ratio, engine)| format!("{ratio:.2} ({engine})"));
    writeln!(
        table,
        "\nOf the time of the fastest of the others with one thread and in f32, OsteoLens takes {} warm, {} for the first \
         picture, {} on a first visit and {} on one over the line; of that of LiteRT.js, {:.2} warm.\n",
        fastest(|row| &row.warm)?,
        fastest(|row| &row.first)?,
        fastest(|row| &row.cold_near)?,
        fastest(|row| &row.cold)?,
        ratio(|row| &row.warm, Engine::is_litert)?.0
    )?;
    Ok(table)
}
