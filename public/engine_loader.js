// What the engine's worker runs. The page fetches the program and hands it over compiled; meanwhile the code that binds it
// to the browser is fetched here. Other messages may come before the program: nobody hears them yet.
const handed = new Promise(resolve => addEventListener("message", function hear({ data }) {
  if (!(data instanceof WebAssembly.Module)) return;
  removeEventListener("message", hear);
  resolve(data);
}));
const name = new URL(import.meta.url).searchParams.get("program");
const { default: init } = await import(`./${name}.js`);
await init({ module_or_path: await handed });
