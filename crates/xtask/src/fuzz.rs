//! Fuzzing of everything that reads bytes or text from outside.

use std::fs;

use anyhow::{Context, Result, ensure};
use xshell::cmd;

use crate::{folders, tools};

/// Those of `fuzz/Cargo.toml`.
pub const TARGETS: [&str; 6] = ["raster", "dicom", "manifest", "weights", "protocol", "clinical"];

/// A file that takes longer fails, as on the page, which waits 60 s for its engine.
const LONGEST_S: &str = "-timeout=60";
/// Of the whole process; the largest picture and what is made of it take less.
const MOST_MB: &str = "-rss_limit_mb=2048";
const LONGEST_FILE: &str = "-max_len=65536";

/// Runs each target for so many seconds, from its committed seeds and what earlier runs have found.
///
/// # Errors
/// When a target cannot be built or finds something.
pub fn run(seconds: u64, targets: &[&str]) -> Result<()> {
    let shell = tools::for_fuzzing()?;
    let target_folder = folders::target().join("fuzz");
    let mut found = Vec::new();
    let mut table = vec!["target | files tried | longest s | most MB".to_owned()];
    for target in targets {
        let corpus = target_folder.join("corpus").join(target);
        let artifacts = target_folder.join("artifacts").join(target);
        for folder in [&corpus, &artifacts] {
            fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        }
        let mut seeds = vec![format!("fuzz/seeds/{target}")];
        if ["raster", "dicom"].contains(target) {
            seeds.push("tests/cases/files".to_owned());
        }
        let total = format!("-max_total_time={seconds}");
        let prefix = format!("-artifact_prefix={}/", artifacts.display());
        println!("fuzz: {target}, {seconds} s");
        // Without a sanitizer, since all of it is safe Rust: what is looked for are panics, hangs and memory.
        let run = cmd!(
            shell,
            "cargo fuzz run --sanitizer none --codegen-units 8 --target-dir {target_folder} {target} {corpus} {seeds...}
             -- {total} {LONGEST_S} {MOST_MB} {LONGEST_FILE} {prefix} -print_final_stats=1"
        );
        let output = run.quiet().ignore_status().output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        let figure = |name: &str| {
            let line = said.lines().rev().find(|line| line.starts_with(&format!("stat::{name}:")));
            line.and_then(|line| line.split_whitespace().last()).unwrap_or("?").to_owned()
        };
        let figures = ["number_of_executed_units", "slowest_unit_time_sec", "peak_rss_mb"].map(figure);
        table.push(format!("{target} | {}", figures.join(" | ")));
        if !output.status.success() {
            let tail: Vec<&str> = said.lines().rev().take(40).collect();
            println!("{}", tail.into_iter().rev().collect::<Vec<_>>().join("\n"));
            found.push(*target);
        }
    }
    println!("\n{}", table.join("\n"));
    ensure!(found.is_empty(), "something was found by {}", found.join(", "));
    Ok(())
}
