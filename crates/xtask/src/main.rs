//! `cargo xtask`: builds, serves, tests and measures OsteoLens, installing what is missing.

mod check;
mod folders;
mod fuzz;
mod interpreter;
mod peers;
mod seal;
mod site;
mod size;
mod supply;
mod tools;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use check::Part;
use xtask::server::Server;

const HELP: &str = "\
cargo xtask serve                         build the site without its second engine, serve it and print the address
cargo xtask serve --whole                 the same with all that is published
cargo xtask test                          everything: lints, native tests, browser tests
cargo xtask test --quick                  formatter, native lints, native tests
cargo xtask test --lints|--native|--browser   one part: all lints, native tests, or the site in Chromium
cargo xtask test --browsers               only Firefox and WebKit, which `test` leaves out: a first film in each
cargo xtask build --release --out DIR     only build the release site into DIR
cargo xtask size                          print the download sizes; fails above the budget
cargo xtask instructions                  count what the kernels take; fails above the budget
cargo xtask screenshots DIR               take pictures of the page's states, at phone and desktop size
cargo xtask fuzz [SECONDS [TARGET]]       fuzz every parser of foreign bytes, each for 60 s or so many
cargo xtask bench [cpu,webgpu]            measure ResNet18 beside other engines in the browser
cargo xtask differential                  compare thousands of files with Pillow and pydicom
cargo xtask endurance [ANALYSES]          1000 analyses in a row, or so many, and what memory they take
cargo xtask supply DIR                    check licences and sources of every crate; write the list of parts into DIR
cargo xtask reproducible                  build the site twice from nothing and compare every file";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    std::env::set_current_dir(folders::root())?;
    match arguments[..] {
        ["serve"] => serve(site::build_to_look_at),
        ["serve", "--whole"] => serve(site::build),
        ["test"] => check::run(&Part::ALL),
        ["test", "--quick"] => check::run(&[Part::Lints, Part::Native]),
        ["test", "--lints"] => check::run(&[Part::Lints, Part::SiteLints]),
        ["test", "--native"] => check::run(&[Part::Native]),
        ["test", "--browser"] => check::run(&[Part::Browser]),
        ["test", "--browsers"] => check::browsers(),
        ["build", "--release", "--out", folder] | ["build", "--out", folder, "--release"] => {
            site::build(&std::path::absolute(PathBuf::from(folder))?)
        }
        ["size"] => {
            site::build(&folders::site())?;
            size::run(&folders::site())
        }
        ["instructions"] => interpreter::run(),
        ["supply", folder] => supply::run(&std::path::absolute(folder)?),
        ["reproducible"] => supply::reproducible(),
        ["bench"] => check::bench("cpu"),
        ["bench", backends] => check::bench(backends),
        ["differential"] => check::differential(),
        ["endurance"] => check::endurance("1000"),
        ["endurance", analyses] => check::endurance(analyses),
        ["fuzz"] => fuzz::run(60, &fuzz::TARGETS),
        ["fuzz", seconds] => fuzz::run(seconds.parse().context("how many seconds?")?, &fuzz::TARGETS),
        ["fuzz", seconds, target] => fuzz::run(seconds.parse().context("how many seconds?")?, &[target]),
        ["screenshots", folder] => check::screenshots(&std::path::absolute(folder)?),
        _ => bail!("unknown command or arguments\n\n{HELP}"),
    }
}

/// The port of `serve`, if it is free.
const PORT: u16 = 8080;

fn serve(build: fn(&std::path::Path) -> Result<()>) -> Result<()> {
    let folder = folders::site();
    build(&folder)?;
    let server = Server::start(&folder, "", PORT).or_else(|_| Server::start(&folder, "", 0))?;
    if !folder.join("engine_reference_bg.wasm").is_file() {
        println!("\nThe second engine is left out: `cargo xtask serve --whole` builds it.");
    }
    println!("\nOsteoLens is at {}\nCtrl-C ends it.", server.address());
    loop {
        std::thread::park();
    }
}
