//! The way of a first film in other browsers than Chromium, by their own `WebDriver` (<https://www.w3.org/TR/webdriver2/>).
//! `cargo xtask test --browsers` runs these tests; each fails where its browser is missing.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use browser_tests::visit::{Size, Visit};
use browser_tests::{test_files as files, with_site};
use serde_json::{Value, json};
use xtask::server::Server;

/// For whatever a page does; the first judgement of a slow machine takes some seconds.
const PATIENCE: Duration = Duration::from_secs(90);
const PAUSE: Duration = Duration::from_millis(100);

/// The arrow key and Escape, as `WebDriver` writes them.
const RIGHT: &str = "\u{E014}";
const ESCAPE: &str = "\u{E00C}";

/// A browser and the program that drives it.
struct Kind {
    driver: &'static str,
    missing: &'static str,
    port: u16,
    capabilities: fn() -> Result<Value>,
}

const FIREFOX: Kind = Kind {
    driver: "geckodriver",
    missing: "geckodriver is missing: `cargo xtask test --browsers` installs it; Debian's Firefox is firefox-esr",
    port: 4455,
    capabilities: || Ok(json!({ "moz:firefoxOptions": { "args": ["-headless"] } })),
};

const WEBKIT: Kind = Kind {
    driver: "WebKitWebDriver",
    missing: "WebKitWebDriver is missing; Debian has it as webkit2gtk-driver",
    port: 4456,
    capabilities: || {
        let browser = ["4.1", "4.0"]
            .iter()
            .flat_map(|version| ["x86_64", "aarch64"].map(|machine| (machine, version)))
            .map(|(machine, version)| format!("/usr/lib/{machine}-linux-gnu/webkit2gtk-{version}/MiniBrowser"))
            .find(|path| Path::new(path).is_file())
            .context("WebKitGTK's MiniBrowser is missing; Debian has it with webkit2gtk-driver")?;
        Ok(json!({ "webkitgtk:browserOptions": { "binary": browser, "args": ["--automation"] } }))
    },
};

/// A program that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(program: &str, arguments: &[&str], missing: &'static str) -> Result<Running> {
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    // Its own sandbox needs rights that containers do not give.
    command.env("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1");
    if std::env::var_os("DISPLAY").is_none() {
        command.env("DISPLAY", SCREEN);
    }
    Ok(Running(command.spawn().context(missing)?))
}

/// Where no screen is.
const SCREEN: &str = ":97";

/// A page in one of these browsers.
struct Page {
    session: String,
    name: String,
    _programs: Vec<Running>,
}

impl Page {
    fn open(kind: &Kind) -> Result<Self> {
        let mut programs = Vec::new();
        if std::env::var_os("DISPLAY").is_none() {
            let missing = "there is no screen, and Xvfb is missing; Debian has it as xvfb";
            programs.push(start("Xvfb", &[SCREEN, "-screen", "0", "1400x1000x24"], missing)?);
        }
        programs.push(start(kind.driver, &[&format!("--port={}", kind.port)], kind.missing)?);
        let driver = format!("http://127.0.0.1:{}/session", kind.port);
        let wanted = json!({ "capabilities": { "alwaysMatch": (kind.capabilities)()? } });
        let begun = Instant::now();
        let session = loop {
            // The driver opens its port some time after it was started.
            match post(&driver, &wanted) {
                Ok(session) => break session,
                Err(error) if begun.elapsed() > PATIENCE => return Err(error),
                Err(_) => std::thread::sleep(PAUSE),
            }
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let version = text(&session["capabilities"]["browserVersion"]);
        Ok(Self {
            session: format!("{driver}/{}", text(&session["sessionId"])),
            name: format!("{} {version}", text(&session["capabilities"]["browserName"])),
            _programs: programs,
        })
    }

    fn call(&self, command: &str, body: &Value) -> Result<Value> {
        post(&format!("{}/{command}", self.session), body).with_context(|| format!("{}: {command}", self.name))
    }

    fn run(&self, expression: &str) -> Result<Value> {
        self.call("execute/sync", &json!({ "script": format!("return {expression}"), "args": [] }))
    }

    /// Waits until an expression is true in the page's sense, and returns what it is.
    fn wait(&self, expression: &str) -> Result<Value> {
        let begun = Instant::now();
        loop {
            // While a page is loaded there may be nothing to run it in.
            let value = self.run(expression).unwrap_or(Value::Null);
            let is_there = !matches!(&value, Value::Null | Value::Bool(false)) && value != "";
            if is_there {
                return Ok(value);
            }
            if begun.elapsed() > PATIENCE {
                let page = self.run("document.body.innerText").unwrap_or_default();
                bail!("{}: «{expression}» was not met; the page says: {page}", self.name);
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// What is typed, or the path of a file.
    fn type_into(&self, selector: &str, text: &str) -> Result<()> {
        let found = self.call("element", &json!({ "using": "css selector", "value": selector }))?;
        let id = found.as_object().and_then(|found| found.values().next()).and_then(Value::as_str);
        let id = id.with_context(|| format!("no {selector}"))?;
        self.call(&format!("element/{id}/value"), &json!({ "text": text })).map(drop)
    }
}

fn post(address: &str, body: &Value) -> Result<Value> {
    let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
    let mut answer: Value = agent.post(address).send_json(body)?.body_mut().read_json()?;
    let value = answer["value"].take();
    if let Some(error) = value["error"].as_str() {
        bail!("{error}: {}", value["message"].as_str().unwrap_or_default());
    }
    Ok(value)
}

/// Open, judge, heat map, age, crop by keyboard, report, and the same without a network.
fn first_film(kind: &Kind) {
    /// Browsers multiply alike, but for how they order sums.
    const MOST_APART: f64 = 1e-4;
    const ENGINE: &str = "['cpu', 'webgpu'].find(one => one === document.documentElement.dataset.engine)";
    with_site(|site| {
        let knee = files::knee();
        let chromium = Visit::open(site, "?backend=cpu&lang=en", Size::Desktop)?;
        chromium.wait_for_engine("cpu")?;
        chromium.click("#notice button")?;
        chromium.upload(&[&knee])?;
        chromium.wait_for_verdict(&knee)?;
        let wanted = chromium.probabilities("combined")?;

        let server = Server::start(site, "", 0)?;
        let page = Page::open(kind)?;
        let begun = Instant::now();
        let address = json!({ "url": format!("{}?lang=en", server.address()) });
        page.call("url", &address)?;
        let engine = page.wait(ENGINE)?;
        let ready_s = begun.elapsed().as_secs_f64();
        page.run("document.querySelector('#notice button').click()")?;
        let path = knee.canonicalize()?;
        let begun = Instant::now();
        page.type_into("#file", &path.to_string_lossy())?;
        let verdict = page.wait("document.querySelector('.banner[data-role=verdict]')?.dataset.verdict")?;
        let judged_s = begun.elapsed().as_secs_f64();
        ensure!(verdict == "uncertain", "{}: {verdict}", page.name);
        let found = page.run(
            "[...document.querySelectorAll('[data-role=probability][data-model=combined]')].map(one => Number(one.dataset.value))",
        )?;
        let found: Vec<f64> = serde_json::from_value(found)?;
        let apart = found.iter().zip(&wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        ensure!(found.len() == 3 && apart < MOST_APART, "{}: {found:?}, in Chromium {wanted:?}", page.name);
        page.wait("document.querySelector('canvas[data-role=heatmap]').dataset.class")?;

        page.type_into("#age", "72")?;
        page.wait("document.querySelector('.banner').dataset.verdict === 'osteoporosis'")?;
        page.run("document.querySelector('#crop').click()")?;
        page.wait("document.activeElement.className === 'crop-box'")?;
        let place = page.run("document.activeElement.style.inset")?;
        page.type_into(".crop-box", RIGHT)?;
        page.wait(&format!("document.activeElement.style.inset !== {place}"))?;
        page.type_into(".crop-box", ESCAPE)?;
        page.wait("!document.querySelector('.crop-box')")?;
        page.run("(dispatchEvent(new Event('beforeprint')), true)")?;
        page.wait("document.querySelector('[data-role=report]')?.textContent.includes('NOT FOR DIAGNOSIS')")?;

        page.wait("document.documentElement.dataset.offline === 'ready'")?;
        server.stop();
        page.call("url", &address)?;
        page.wait(ENGINE)?;
        page.run("document.querySelector('#notice button')?.click()")?;
        page.type_into("#file", &path.to_string_lossy())?;
        page.wait("document.querySelector('.banner[data-role=verdict]')?.dataset.verdict")?;
        println!("{}: {engine}, ready after {ready_s:.1} s, a film judged after {judged_s:.1} s", page.name);
        Ok(())
    });
}

#[test]
#[ignore = "needs Firefox and geckodriver: `cargo xtask test --browsers`"]
fn a_first_film_in_firefox() {
    first_film(&FIREFOX);
}

#[test]
#[ignore = "needs WebKitGTK and its driver: `cargo xtask test --browsers`"]
fn a_first_film_in_webkit() {
    first_film(&WEBKIT);
}
