//! `osteolens`: the analyzer of the page on the command line.

mod adopt;
mod analyze;
mod fit_head;
mod gathered;
mod jobs;
mod listing;
mod pool_sheets;
mod report_of_file;
mod results_before;
mod shipped_models;
mod told;
mod told_refit;
mod validate;
mod written;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Reads knee X-rays on this machine: nothing is sent anywhere. Research and education; not a medical device, not a diagnosis.
#[derive(Parser)]
#[command(name = "osteolens", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Judges files; writes a report for each, as soon as it is there
    ///
    /// Exit status: 0 when every file was read, 3 when one or more could not be (their lines say why), 1 when nothing
    /// more could be done, 2 for wrong arguments.
    Analyze(analyze::Options),
    /// Scores the models on own films by a table of what is true of them
    ///
    /// What is said of single rows goes to the standard error, the figures to the standard output. Exit status: 0 when there
    /// are figures, 3 when something between the films must be answered first (`--answer`), 1 and 2 as for `analyze`.
    Validate(Box<validate::Options>),
    /// Fits a last layer to own films, and scores it on people whom it has not seen
    ///
    /// Exit status: 0 when a head was fitted, 3 when it is no better than the shipped one or something between the films must
    /// be answered first (`--answer`), 1 and 2 as for `analyze`.
    Refit(Box<fit_head::Options>),
    /// Puts a head that `refit` has written into the weights of a site
    ///
    /// Exit status: 0 when it was put there, 1 when it cannot be, 2 for wrong arguments.
    Adopt(adopt::Options),
    /// Joins the result sheets of several places
    ///
    /// Exit status: 0 when they were joined, 1 when they cannot be, 2 for wrong arguments.
    Pool(pool_sheets::Options),
}

/// One or more files could not be read, or a question is open.
const NOT_ALL: u8 = 3;

fn main() -> Result<ExitCode> {
    let is_all = match Cli::parse().command {
        Command::Analyze(options) => analyze::run(&options)?,
        Command::Validate(options) => validate::run(&options)?,
        Command::Refit(options) => fit_head::run(&options)?,
        Command::Adopt(options) => adopt::run(&options).map(|()| true)?,
        Command::Pool(options) => pool_sheets::run(&options).map(|()| true)?,
    };
    Ok(if is_all { ExitCode::SUCCESS } else { ExitCode::from(NOT_ALL) })
}
