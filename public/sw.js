// Serves one release from this device, so that the page works offline and never mixes versions.
//
// `cargo xtask build` writes RELEASE, the version and the SHA-256 of every file, in front of this text:
// another release is another text, and a browser that finds one installs it beside the old one. Content is
// kept by hash, verified before it is kept; a release whose files do not all arrive is not installed.

// Other sites may share the origin.
const KEPT = `osteolens-files ${registration.scope}`;

// Set once the reader has removed what was kept: nothing more is kept then.
let isRemoved = false;

const keyOf = sha256 => new URL(`by-hash/${sha256}`, registration.scope).href;

const hex = buffer => Array.from(new Uint8Array(buffer), byte => byte.toString(16).padStart(2, "0")).join("");

async function file(path) {
  const sha256 = RELEASE.files[path];
  const cache = await caches.open(KEPT);
  const kept = await cache.match(keyOf(sha256));
  if (kept) return kept;
  // The browser's own cache may hold the file of an earlier release.
  for (const mode of ["default", "reload"]) {
    const answer = await fetch(new URL(path, registration.scope), { cache: mode });
    if (!answer.ok) throw new Error(`${path}: status ${answer.status}`);
    const bytes = await answer.arrayBuffer();
    if (hex(await crypto.subtle.digest("SHA-256", bytes)) !== sha256) continue;
    const headers = { "Content-Type": answer.headers.get("Content-Type") ?? "application/octet-stream" };
    if (!isRemoved) await cache.put(keyOf(sha256), new Response(bytes, { headers }));
    return new Response(bytes, { headers });
  }
  throw new Error(`${path} is not the file of this release`);
}

// The reference engine and the page of own films are kept once somebody asks for them.
function needed() {
  const others = ["engine_reference", "own_films", "own_films_worker"];
  const left = new Set([...others.flatMap(name => [`${name}.js`, `${name}_bg.wasm`]), "own-films.html", "own_films.css"]);
  return Object.keys(RELEASE.files).filter(path => !left.has(path));
}

addEventListener("install", event => event.waitUntil(Promise.all(needed().map(file))));

addEventListener("activate", event => event.waitUntil((async () => {
  const wanted = new Set(Object.values(RELEASE.files).map(keyOf));
  const cache = await caches.open(KEPT);
  for (const request of await cache.keys()) {
    if (!wanted.has(request.url)) await cache.delete(request);
  }
  await clients.claim();
})()));

// The page asks for it when the reader has chosen the new release.
addEventListener("message", event => {
  if (event.data === "activate") skipWaiting();
  if (event.data === "removed") isRemoved = true;
});

addEventListener("fetch", event => {
  const url = new URL(event.request.url);
  const path = url.href.split("?")[0].slice(registration.scope.length) || "index.html";
  const release = url.searchParams.get("release");
  const isForeign = !url.href.startsWith(registration.scope) || event.request.method !== "GET";
  // Nothing leaves for elsewhere, and an open page of another release gets no engine of this one.
  if (isForeign || (release && release !== RELEASE.version)) {
    event.respondWith(Response.error());
  } else if (RELEASE.files[path]) {
    event.respondWith(file(path).catch(() => Response.error()));
  }
});
