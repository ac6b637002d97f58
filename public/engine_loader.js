// What the engine's worker runs: its program is asked for together with the code that starts it, not after it.
const program = fetch(new URL("engine_bg.wasm", import.meta.url));
const { default: init } = await import("./engine.js");
await init({ module_or_path: program });
