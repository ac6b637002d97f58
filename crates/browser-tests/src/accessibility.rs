//! What axe (<https://github.com/dequelabs/axe-core>) finds wrong on a page.

use std::fs;

use anyhow::{Context, Result, ensure};

use crate::visit::Visit;

/// Fails where axe finds a fault in what is shown now; `state` says what that is.
pub fn check(visit: &Visit, state: &str) -> Result<()> {
    if visit.text("typeof axe")? == "undefined" {
        let script = std::env::var_os("OSTEOLENS_AXE").and_then(|path| fs::read_to_string(path).ok());
        let script = script.context("OSTEOLENS_AXE names no axe.min.js: `cargo xtask test` fetches it with npm")?;
        visit.text(&format!("{script}; 'loaded'"))?;
    }
    let faults = visit.text(
        "axe.run({resultTypes: ['violations']}).then(found => found.violations.map(fault => \
         fault.id + ': ' + fault.nodes.slice(0, 3).map(node => node.html.slice(0, 160)).join(' | ')).join('\\n'))",
    )?;
    ensure!(faults.is_empty(), "{state}:\n{faults}");
    Ok(())
}
