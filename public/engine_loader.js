// What the engine's worker runs. The page fetches the program and hands it over compiled, perhaps before this runs
// (ui/browser/engine_worker.rs); meanwhile the code that binds it to the browser is fetched here. Other messages may come
// before the program: nobody hears them yet.
const name = new URL(import.meta.url).searchParams.get("program");
const { default: init } = await import(`./${name}.js`);
await init({ module_or_path: await self.handed });
