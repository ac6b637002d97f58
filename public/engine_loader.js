// What the engine's worker runs. The page fetches the program and hands it over compiled; meanwhile the code that binds it
// to the browser is fetched here.
const handed = new Promise(resolve => addEventListener("message", event => resolve(event.data), { once: true }));
const name = new URL(import.meta.url).searchParams.get("program");
const { default: init } = await import(`./${name}.js`);
await init({ module_or_path: await handed });
