//! Everything that must hold before a change lands.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::{folders, interpreter, peers, site, size, tools};

/// The site's programs, each with its features.
const WASM: [(&str, &str); 5] = [
    ("page", "page"),
    ("engine", "engine"),
    ("engine", "reference"),
    ("own_films", "own-films"),
    ("own_films_worker", "own-films-worker"),
];

/// The browser tests compile only with this feature.
const IN_BROWSER: &str = "browser-tests/in-browser";

/// Of `browser-tests`, all that `cargo xtask test` runs.
const BROWSER_TESTS: [&str; 4] = ["browser", "own_films", "reading_room", "trust"];

/// A part of what must hold; each runs by itself too, so that machines can share them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Formatter, native lints.
    Lints,
    /// Tests without a browser.
    Native,
    /// Lints of the site's programs.
    SiteLints,
    /// The site, its sizes, counted instructions, and tests in a browser.
    Browser,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Lints, Self::Native, Self::SiteLints, Self::Browser];
}

/// Runs parts of what must hold; closes with a count.
pub fn run(parts: &[Part]) -> Result<()> {
    let mut count = Count::default();
    // Said before anything is built.
    let browser = if parts.contains(&Part::Browser) { Some(tools::chromium()?) } else { None };
    if parts.contains(&Part::Lints) {
        count.step("format", format());
        count.step("lints, native", lint_native());
    }
    if parts.contains(&Part::Native) {
        let mut tests = Command::new("cargo");
        tests.args(["test", "--workspace", "--locked", "--no-fail-fast"]);
        count.tests("tests, native", tests)?;
    }
    if parts.contains(&Part::SiteLints) {
        count.step("wasm32 target", tools::for_building().map(drop));
        for (program, features) in WASM {
            count.step(&format!("lints, {features}"), lint_wasm(program, features));
        }
    }
    if let Some(browser) = browser {
        count.step("site", site::build(&folders::site()));
        count.step("size", size::run(&folders::site()));
        count.step("instructions", interpreter::run());
        let mut tests = Command::new("cargo");
        tests
            // With all crates, as the native tests: cargo would build them anew for this one alone.
            .args(["test", "--workspace", "--locked", "--no-fail-fast", "--features", IN_BROWSER])
            .args(BROWSER_TESTS.map(|name| ["--test", name]).as_flattened())
            .env("OSTEOLENS_SITE", folders::site())
            .env("CHROMIUM", browser);
        if let Some(axe) = tools::axe() {
            tests.env("OSTEOLENS_AXE", axe);
        }
        count.tests("tests, in the browser", tests)?;
    }
    count.close()
}

/// The way of a first film in other browsers than Chromium.
pub fn browsers() -> Result<()> {
    let browser = tools::chromium()?;
    let shell = tools::for_browsers()?;
    site::build(&folders::site())?;
    let status = Command::new("cargo")
        .args(["test", "--workspace", "--locked", "--features", IN_BROWSER, "--test", "browsers"])
        .args(["--", "--ignored", "--nocapture", "--test-threads", "1"])
        .env("PATH", shell.var_os("PATH").unwrap_or_default())
        .env("OSTEOLENS_SITE", folders::site())
        .env("CHROMIUM", browser)
        .status()?;
    if status.success() { Ok(()) } else { bail!("a browser is missing, or does not do what Chromium does") }
}

/// Takes pictures of the page's states into `folder`.
pub fn screenshots(folder: &Path) -> Result<()> {
    let browser = tools::chromium()?;
    site::build(&folders::site())?;
    let status = Command::new("cargo")
        .args(["test", "--workspace", "--locked", "--features", IN_BROWSER, "--test", "screenshots", "--", "--ignored"])
        .env("OSTEOLENS_SITE", folders::site())
        .env("OSTEOLENS_SCREENSHOTS", folder)
        .env("CHROMIUM", browser)
        .status()?;
    if status.success() { Ok(()) } else { bail!("the pictures could not be taken") }
}

/// So many analyses in a row, on the release build.
pub fn endurance(analyses: &str) -> Result<()> {
    let browser = tools::chromium()?;
    site::build(&folders::site())?;
    let status = Command::new("cargo")
        .args([
            "test",
            "--workspace",
            "--locked",
            "--features",
            IN_BROWSER,
            "--test",
            "trust",
            "one_analysis_after_the_other",
            "--",
            "--nocapture",
        ])
        .env("OSTEOLENS_SITE", folders::site())
        .env("OSTEOLENS_ANALYSES", analyses)
        .env("CHROMIUM", browser)
        .status()?;
    if status.success() { Ok(()) } else { bail!("memory grows, or an analysis went wrong") }
}

/// `ResNet18` beside other engines; writes `benches/RESULTS.md`.
pub fn bench(backends: &str) -> Result<()> {
    let browser = tools::chromium()?;
    site::build(&folders::site())?;
    let peers = peers::build()?;
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("");
    let version = Command::new(&browser).arg("--version").output().context("asking Chromium for its version")?;
    let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
    let machine = format!(
        "{} × {}, {version}",
        processors.matches("processor\t").count(),
        model.trim_start_matches([':', '\t', ' '])
    );
    let status = Command::new("cargo")
        .args(["test", "--workspace", "--locked", "--features", IN_BROWSER, "--test", "speed"])
        .args(["--", "--ignored", "--nocapture"])
        .env("OSTEOLENS_SITE", folders::site())
        .env("OSTEOLENS_PEERS", peers)
        .env("OSTEOLENS_BACKENDS", backends)
        .env("OSTEOLENS_MACHINE", machine)
        .env("OSTEOLENS_RESULTS", folders::root().join("benches/RESULTS.md"))
        .env("CHROMIUM", browser)
        .status()?;
    if status.success() { Ok(()) } else { bail!("the measurement failed") }
}

/// Damaged and odd files through OsteoLens, and through Pillow and pydicom.
pub fn differential() -> Result<()> {
    let python = tools::python()?;
    let status = Command::new("cargo")
        .args(["test", "--workspace", "--locked", "--test", "differential", "--", "--ignored", "--nocapture"])
        .env("OSTEOLENS_PYTHON", python)
        .status()?;
    if status.success() { Ok(()) } else { bail!("a file is another picture here than it should be") }
}

/// Whether every source is formatted.
fn format() -> Result<()> {
    /// A macro declares these modules, which `cargo fmt` does not follow.
    const BY_MACRO: &str = "crates/networks/src/architectures";
    cargo(&["fmt", "--all", "--check"])?;
    let entries = fs::read_dir(folders::root().join(BY_MACRO)).with_context(|| format!("reading {BY_MACRO}"))?;
    let files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    let sources = files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "rs"));
    let status = Command::new("rustfmt")
        .args(["--check", "--edition", "2024"])
        .args(sources)
        .status()
        .context("starting rustfmt")?;
    if status.success() { Ok(()) } else { bail!("{BY_MACRO} is not formatted") }
}

fn lint_native() -> Result<()> {
    let all = ["clippy", "--quiet", "--workspace", "--all-targets", "--locked", "--features", IN_BROWSER];
    cargo(&[&all[..], &["--", "-D", "warnings"]].concat())
}

fn lint_wasm(program: &str, features: &str) -> Result<()> {
    cargo(&[
        "clippy",
        "--quiet",
        "--release",
        "--locked",
        "--target",
        "wasm32-unknown-unknown",
        "--bin",
        program,
        "--no-default-features",
        "--features",
        features,
        "--",
        "-D",
        "warnings",
    ])
}

fn cargo(arguments: &[&str]) -> Result<()> {
    let status = Command::new("cargo").args(arguments).status().context("starting cargo")?;
    if status.success() { Ok(()) } else { bail!("cargo {} failed", arguments.join(" ")) }
}

/// What passed and what did not.
#[derive(Default)]
struct Count {
    passed: usize,
    failed: usize,
    names: Vec<String>,
}

impl Count {
    fn step(&mut self, name: &str, result: Result<()>) {
        match result {
            Ok(()) => {
                println!("== {name}: passed");
                self.passed += 1;
            }
            Err(error) => {
                println!("== {name}: FAILED: {error:#}");
                self.failed += 1;
                self.names.push(name.to_owned());
            }
        }
    }

    /// Says what failed, and ends the program; the count is the last line.
    fn close(self) -> Result<()> {
        if self.failed > 0 {
            println!("\nfailed: {}", self.names.join(", "));
        }
        println!("\n{} passed, {} failed", self.passed, self.failed);
        std::process::exit(i32::from(self.failed > 0))
    }

    /// Runs `cargo test`, showing what it says, and adds up its closing lines.
    fn tests(&mut self, name: &str, mut command: Command) -> Result<()> {
        println!("\n== {name}");
        let mut child = command.stdout(Stdio::piped()).spawn().context("starting cargo test")?;
        let output = child.stdout.take().context("cargo test has no output")?;
        let failed_before = self.failed;
        for line in BufReader::new(output).lines() {
            let line = line?;
            println!("{line}");
            if let Some(result) = line.strip_prefix("test result: ") {
                self.passed += number_before(result, " passed");
                self.failed += number_before(result, " failed");
            }
        }
        if !child.wait()?.success() {
            self.names.push(name.to_owned());
            // A test that does not compile closes with no line of its own.
            self.failed = self.failed.max(failed_before + 1);
        }
        Ok(())
    }
}

fn number_before(text: &str, word: &str) -> usize {
    let before = text.split(word).next().unwrap_or_default();
    before.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}
