//! Instructions that the engine's kernels take, and their budgets: a clock would be too noisy.

use std::fs;

use anyhow::{Context, Result, ensure};
use wasmi::{Config, Engine, Linker, Module, Store};
use xshell::{Shell, cmd};

use crate::folders;

const TRIPLE: &str = "wasm32-unknown-unknown";
/// Program of `crates/instructions`, most instructions: the count, and 2 % for another compiler.
const BUDGETS: [(&str, u64); 7] = [
    ("stem", 124_000_000),
    ("large_tiles", 88_200_000),
    ("small_tiles", 417_600_000),
    ("direct", 119_100_000),
    ("pool", 22_000_000),
    ("unpack", 53_400_000),
    ("film", 256_300_000),
];

/// Compiles the programs as the engine is, runs them in an interpreter and prints what they took.
pub fn run() -> Result<()> {
    let shell = Shell::new()?;
    cmd!(shell, "cargo build --quiet --release --locked --target {TRIPLE} --package instructions --bins").run()?;
    let mut over = Vec::new();
    for (program, most) in BUDGETS {
        let file = folders::target().join(TRIPLE).join("release").join(format!("{program}.wasm"));
        let taken = instructions(&fs::read(&file).with_context(|| format!("reading {}", file.display()))?)?;
        println!("{program:>12} {taken:>12} instructions of {most:>12}");
        if taken > most {
            over.push(program);
        }
    }
    ensure!(over.is_empty(), "more instructions than before: {}", over.join(", "));
    Ok(())
}

/// What the interpreter charges for a program's `main`: one for each instruction, more for those that copy or fill
/// memory.
fn instructions(program: &[u8]) -> Result<u64> {
    let mut config = Config::default();
    config.consume_fuel(true).wasm_simd(true);
    let engine = Engine::new(&config);
    let mut store = Store::new(&engine, ());
    store.set_fuel(u64::MAX)?;
    let instance = Linker::new(&engine).instantiate_and_start(&mut store, &Module::new(&engine, program)?)?;
    let main = instance.get_typed_func::<(i32, i32), i32>(&store, "main")?;
    let before = store.get_fuel()?;
    ensure!(main.call(&mut store, (0, 0))? == 0, "the program failed");
    Ok(before - store.get_fuel()?)
}
