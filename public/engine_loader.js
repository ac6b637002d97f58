// What the engine's worker runs. The page fetches the program and hands it over compiled, perhaps before this runs
// (ui/browser/engine_worker.rs); meanwhile the code that binds it to the browser is fetched here. Other messages may come
// before the program: nobody hears them yet.
const parameters = new URL(import.meta.url).searchParams;
const wanted = parameters.get("weights");
// Answers on their way, by their addresses; `fetch.rs` takes them from here.
self.ahead = wanted === null || self.name.endsWith("#helper") ? undefined : weights().catch(() => undefined);
const { default: init } = await import(`./${parameters.get("program")}.js`);
await init({ module_or_path: await self.handed });

// Asks for the weights that are not kept on this device: a first visit's line would stand still until the program runs.
async function weights() {
  const site = self.name;
  const [{ models }, store] = await Promise.all([manifest(site), kept(`osteolens-weights ${site}`)]);
  const answers = new Map();
  for (const { id, file, sha256 } of models) {
    const address = `${site}weights/${file}?${sha256.slice(0, 16)}`;
    if ((wanted === "" || wanted === id) && !(await store?.match(address))) {
      const answer = fetch(address);
      // Who takes it hears what went wrong.
      answer.catch(() => {});
      answers.set(address, answer);
    }
  }
  return answers;
}

async function manifest(site) {
  const answer = await fetch(`${site}weights/manifest.json`);
  return answer.json();
}

// A store that is there; to open one is to make it, which takes long.
async function kept(name) {
  return (await self.caches?.has(name)) ? self.caches.open(name) : undefined;
}
