//! One visit of the page: a server of its own, a Chromium of its own.

mod pointer;

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use headless_chrome::protocol::cdp::Page::CaptureScreenshotFormatOption;
use headless_chrome::protocol::cdp::{Emulation, HeapProfiler, Page, Runtime};
use headless_chrome::types::PrintToPdfOptions;
use headless_chrome::{Browser, LaunchOptions, Tab};
use xtask::chromium;
use xtask::server::{Asked, Server};

/// A software GPU on two busy cores compiles for up to half a minute.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// How large the window is.
#[derive(Clone, Copy)]
pub enum Size {
    Phone,
    Tablet,
    Desktop,
}

impl Size {
    /// Width and height in CSS pixels.
    fn pixels(self) -> (u32, u32) {
        match self {
            Self::Phone => (360, 780),
            Self::Tablet => (768, 1024),
            Self::Desktop => (1440, 1000),
        }
    }
}

pub struct Visit {
    tab: Arc<Tab>,
    /// Which records what is asked for; none where the test has one of its own.
    server: Option<Server>,
    browser: Browser,
}

impl Visit {
    /// Opens the page with a query such as `?backend=cpu`.
    pub fn open(site: &Path, query: &str, size: Size) -> Result<Self> {
        Self::open_under(site, "", query, size)
    }

    /// The same with the site under a prefix.
    pub fn open_under(site: &Path, prefix: &str, query: &str, size: Size) -> Result<Self> {
        let server = Server::start(site, prefix, 0)?;
        let address = server.address();
        Self::start(&address, address.trim_end_matches('/').strip_suffix(prefix), None, query, size, Some(server))
    }

    /// The same with a script that runs before any of the page's own.
    pub fn open_with_script(site: &Path, query: &str, script: &str) -> Result<Self> {
        let server = Server::start(site, "", 0)?;
        let address = server.address();
        Self::start(&address, Some(address.trim_end_matches('/')), Some(script), query, Size::Desktop, Some(server))
    }

    /// The page of a server that the test runs by itself.
    pub fn open_at(address: &str, query: &str, size: Size) -> Result<Self> {
        Self::start(address, None, None, query, size, None)
    }

    fn start(
        address: &str,
        proxy: Option<&str>,
        script: Option<&str>,
        query: &str,
        size: Size,
        server: Option<Server>,
    ) -> Result<Self> {
        let path = chromium::find().context("there is no Chromium")?;
        // Everything goes through the site's own server as a proxy, so that a request to any
        // other origin would stand in its record.
        let proxy = proxy.map(|proxy| format!("--proxy-server={proxy}"));
        let mut flags: Vec<&OsStr> = chromium::FLAGS.iter().map(OsStr::new).collect();
        if let Some(proxy) = &proxy {
            flags.extend([OsStr::new(proxy), OsStr::new("--proxy-bypass-list=<-loopback>")]);
        }
        let (width, height) = size.pixels();
        let options = LaunchOptions {
            path: Some(path),
            sandbox: false,
            enable_gpu: true,
            window_size: Some((width, height)),
            args: flags,
            idle_browser_timeout: PATIENCE * 2,
            ..LaunchOptions::default()
        };
        let browser = Browser::new(options).context("starting Chromium")?;
        let tab = browser.new_tab()?;
        tab.set_default_timeout(PATIENCE);
        metrics(&tab, width, height, 1.0, matches!(size, Size::Phone))?;
        if let Some(script) = script {
            tab.call_method(Page::AddScriptToEvaluateOnNewDocument {
                source: script.to_owned(),
                world_name: None,
                include_command_line_api: None,
                run_immediately: None,
            })?;
        }
        tab.navigate_to(&format!("{address}{query}"))?.wait_until_navigated()?;
        Ok(Self { tab, server, browser })
    }

    pub fn address(&self) -> String {
        self.server.as_ref().map(Server::address).unwrap_or_default()
    }

    /// What the browser has asked for.
    pub fn asked(&self) -> Vec<Asked> {
        self.server.as_ref().map(Server::asked).unwrap_or_default()
    }

    /// Goes to another page of the site.
    pub fn go(&self, page: &str) -> Result<()> {
        self.tab.navigate_to(&format!("{}{page}", self.address()))?.wait_until_navigated()?;
        Ok(())
    }

    /// Loads the page anew.
    pub fn reload(&self) -> Result<()> {
        self.text("(window.isOld = true, 'marked')")?;
        self.tab.reload(false, None)?;
        self.wait("!window.isOld && document.readyState === 'complete'")
    }

    /// Waits until a JavaScript expression is truthy.
    pub fn wait(&self, condition: &str) -> Result<()> {
        let script = format!(
            "new Promise(done => {{ const end = performance.now() + {}; const look = () => {{ \
             let met = false; try {{ met = !!({condition}) }} catch (_) {{}} \
             if (met) done('met'); else if (performance.now() > end) done('not met'); \
             else requestAnimationFrame(look) }}; look() }})",
            PATIENCE.as_millis()
        );
        let begun = Instant::now();
        // A reload during the wait aborts the script: it is sent again.
        let is_gone = |error: &anyhow::Error| {
            let told = error.to_string();
            told.contains("navigated") || told.contains("context")
        };
        let outcome = loop {
            match self.text(&script) {
                Err(error) if is_gone(&error) && begun.elapsed() < PATIENCE => {}
                outcome => break outcome?,
            }
        };
        if outcome == "met" {
            return Ok(());
        }
        let state =
            self.text("document.documentElement.dataset.engine + ' ' + document.body.innerText.slice(0, 600)")?;
        bail!("«{condition}» was not met; the page says: {state}")
    }

    pub fn wait_for_engine(&self, state: &str) -> Result<()> {
        self.wait("document.documentElement.dataset.engine !== 'loading'")?;
        let engine = self.text("document.documentElement.dataset.engine")?;
        ensure!(
            engine == state,
            "the engine is «{engine}»: {}",
            self.text("document.querySelector('header').innerText")?
        );
        Ok(())
    }

    /// Waits until everything is kept that a visit without a network needs.
    pub fn wait_for_offline(&self) -> Result<()> {
        self.wait("document.documentElement.dataset.offline === 'ready'")
    }

    /// Waits for the last word on a file: of all models, or an error.
    pub fn wait_for_verdict(&self, file: &Path) -> Result<()> {
        let name = file.file_name().context("a file has a name")?.to_string_lossy();
        self.wait(&format!("document.querySelector('[data-role=verdict][data-file=\"{name}\"]')"))
    }

    /// Chooses files as a user would in the dialog.
    pub fn upload(&self, files: &[&Path]) -> Result<()> {
        self.upload_to("#file", files)
    }

    /// The same with another button; a folder is chosen by its path.
    pub fn upload_to(&self, selector: &str, files: &[&Path]) -> Result<()> {
        // A browser may not read through `..`.
        let absolute = |file: &&Path| Ok(file.canonicalize()?.to_string_lossy().into_owned());
        let files: Vec<String> = files.iter().map(absolute).collect::<Result<_>>()?;
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        self.tab.wait_for_element(selector)?.set_input_files(&files)?;
        Ok(())
    }

    pub fn click(&self, selector: &str) -> Result<()> {
        self.wait(&format!("document.querySelector('{selector}')"))?;
        self.text(&format!("(document.querySelector('{selector}').click(), 'clicked')"))?;
        Ok(())
    }

    /// Chooses in a `select` as a user would.
    pub fn choose(&self, selector: &str, value: &str) -> Result<()> {
        self.change(selector, value, "change")
    }

    /// Types into a field.
    pub fn type_in(&self, selector: &str, value: &str) -> Result<()> {
        self.change(selector, value, "input")
    }

    fn change(&self, selector: &str, value: &str, event: &str) -> Result<()> {
        self.wait(&format!("document.querySelector('{selector}')"))?;
        self.text(&format!(
            "(() => {{ const it = document.querySelector('{selector}'); it.value = '{value}'; \
             it.dispatchEvent(new Event('{event}', {{bubbles: true}})); return 'changed' }})()"
        ))?;
        Ok(())
    }

    /// Opens every folded part of the page.
    pub fn unfold(&self) -> Result<()> {
        self.text("(document.querySelectorAll('details').forEach(one => one.open = true), 'open')")?;
        Ok(())
    }

    /// Presses a key as a keyboard does.
    pub fn press(&self, key: &str) -> Result<()> {
        self.tab.press_key(key)?;
        Ok(())
    }

    /// As on paper of this size in inches: the bytes of a PDF.
    pub fn print(&self, width: f64, height: f64) -> Result<Vec<u8>> {
        let paper = PrintToPdfOptions {
            paper_width: Some(width),
            paper_height: Some(height),
            print_background: Some(false),
            ..PrintToPdfOptions::default()
        };
        self.tab.print_to_pdf(Some(paper))
    }

    /// Another width and height of the window, in CSS pixels.
    pub fn resize(&self, width: u32, height: u32) -> Result<()> {
        metrics(&self.tab, width, height, 1.0, false)
    }

    /// Another number of the screen's pixels to a CSS pixel, in a window of a desktop.
    pub fn densify(&self, density: f64) -> Result<()> {
        let (width, height) = Size::Desktop.pixels();
        metrics(&self.tab, width, height, density, false)
    }

    /// Media features, such as `forced-colors: active`.
    pub fn emulate(&self, features: &[(&str, &str)]) -> Result<()> {
        let feature =
            |(name, value): &(&str, &str)| Emulation::MediaFeature { name: (*name).into(), value: (*value).into() };
        let features = Some(features.iter().map(feature).collect());
        self.tab.call_method(Emulation::SetEmulatedMedia { media: None, features })?;
        Ok(())
    }

    /// The value of a JavaScript expression.
    pub fn text(&self, expression: &str) -> Result<String> {
        let said = self.tab.evaluate(expression, true)?;
        let text = said.value.as_ref().and_then(serde_json::Value::as_str).map(str::to_owned);
        text.with_context(|| format!("«{expression}» is {}", described(&said)))
    }

    /// The value of a JavaScript expression.
    pub fn number(&self, expression: &str) -> Result<f64> {
        let said = self.tab.evaluate(expression, true)?;
        let number = said.value.as_ref().and_then(serde_json::Value::as_f64);
        number.with_context(|| format!("«{expression}» is {}", described(&said)))
    }

    /// Memory of the browser's pages and workers, in MB; 0 where the system does not tell.
    pub fn renderers_mb(&self) -> f64 {
        self.renderers("VmRSS:")
    }

    /// Has the page drop what nobody holds any more: a browser by itself does so when it likes.
    pub fn collect_garbage(&self) -> Result<()> {
        self.tab.call_method(HeapProfiler::CollectGarbage(None))?;
        Ok(())
    }

    /// The sum of each process's peak memory, in MB.
    pub fn renderers_peak_mb(&self) -> f64 {
        self.renderers("VmHWM:")
    }

    fn renderers(&self, what: &str) -> f64 {
        let Some(browser) = self.browser.get_process_id() else { return 0.0 };
        let read = |process: u32, file: &str| fs::read_to_string(format!("/proc/{process}/{file}")).unwrap_or_default();
        let parent = |process: u32| -> Option<u32> {
            read(process, "stat").rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
        };
        // Renderers are children of a helper of the browser's.
        let is_ours = |process: u32| std::iter::successors(Some(process), |one| parent(*one)).any(|one| one == browser);
        let kilobytes = |process: u32| -> Option<f64> {
            let status = read(process, "status");
            let line = status.lines().find(|line| line.starts_with(what))?;
            line.split_whitespace().nth(1)?.parse().ok()
        };
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let processes = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        let renderers = processes.filter(|one| read(*one, "cmdline").contains("--type=renderer") && is_ours(*one));
        renderers.filter_map(kilobytes).sum::<f64>() / 1024.0
    }

    /// A model's three probabilities for the knee that decides.
    pub fn probabilities(&self, model: &str) -> Result<Vec<f64>> {
        ["normal", "osteopenia", "osteoporosis"]
            .iter()
            .map(|class| {
                self.number(&format!(
                    "Number(document.querySelector('[data-role=probability][data-class={class}][data-model={model}]').dataset.value)"
                ))
            })
            .collect()
    }

    pub fn set_dark(&self, dark: bool) -> Result<()> {
        self.emulate(&[("prefers-color-scheme", if dark { "dark" } else { "light" })])
    }

    /// A picture of the whole page, below the fold too.
    pub fn screenshot(&self, path: &Path) -> Result<()> {
        self.text(
            "(scrollTo(0, 0), new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done('painted')))))",
        )?;
        let clip = Page::Viewport {
            x: 0.0,
            y: 0.0,
            width: self.number("innerWidth")?,
            height: self.number("Math.max(innerHeight, document.documentElement.scrollHeight)")?,
            scale: 1.0,
        };
        let picture = self.tab.call_method(Page::CaptureScreenshot {
            format: Some(CaptureScreenshotFormatOption::Png),
            quality: None,
            clip: Some(clip),
            from_surface: Some(true),
            capture_beyond_viewport: Some(true),
            optimize_for_speed: None,
        })?;
        let bytes = base64::engine::general_purpose::STANDARD.decode(picture.data)?;
        fs::write(path, bytes).with_context(|| format!("writing {}", path.display()))
    }
}

/// A value of JavaScript, or the exception that came in its place.
fn described(said: &Runtime::RemoteObject) -> String {
    match (&said.value, &said.description) {
        (Some(value), _) => value.to_string(),
        (None, Some(description)) => description.clone(),
        (None, None) => "undefined".to_owned(),
    }
}

fn metrics(tab: &Tab, width: u32, height: u32, density: f64, mobile: bool) -> Result<()> {
    tab.call_method(Emulation::SetDeviceMetricsOverride {
        width,
        height,
        device_scale_factor: density,
        mobile,
        scale: None,
        screen_width: None,
        screen_height: None,
        position_x: None,
        position_y: None,
        dont_set_visible_size: None,
        screen_orientation: None,
        viewport: None,
        display_feature: None,
        device_posture: None,
    })?;
    Ok(())
}
