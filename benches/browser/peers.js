// The same ResNet18 in other engines, with its three heat maps. Everything is computed from the same weights and the same
// input as in OsteoLens; what comes out is compared with the manifest's golden logits.

const SIDE = 224;
const CELLS = 49;
const CHANNELS = 512;

const floats = async file => new Float32Array(await (await fetch(file)).arrayBuffer());
// Weights are fetched in half precision, as OsteoLens's last layer is.
const halves = async file => new Float32Array(new Float16Array(await (await fetch(file)).arrayBuffer()));

const folder = name => new URL(`${name}/`, location.href).href;

const script = src => new Promise((resolve, reject) => {
  document.head.append(Object.assign(document.createElement("script"), { src, onload: resolve, onerror: reject }));
});

// Grad-CAM in closed form, as OsteoLens computes it: the weights of the last layer over the last maps.
function heatMaps(maps, weight, isChannelsLast) {
  const all = [new Float32Array(CELLS), new Float32Array(CELLS), new Float32Array(CELLS)];
  for (let channel = 0; channel < CHANNELS; channel++) {
    for (let cell = 0; cell < CELLS; cell++) {
      const value = maps[isChannelsLast ? cell * CHANNELS + channel : channel * CELLS + cell] / CELLS;
      for (let one = 0; one < 3; one++) all[one][cell] += weight[channel * 3 + one] * value;
    }
  }
  for (const map of all) map.forEach((value, cell) => { map[cell] = Math.max(value, 0); });
  return all;
}

async function lastLayer() {
  return halves("last_layer.bin");
}

async function ortEngine(backend, { threads, isInt8 }) {
  ort.env.wasm.numThreads = threads;
  ort.env.wasm.wasmPaths = folder("ort");
  const model = isInt8 ? "resnet18_int8.onnx" : "resnet18.onnx";
  const session = await ort.InferenceSession.create(model, { executionProviders: [backend === "cpu" ? "wasm" : "webgpu"] });
  const weight = await lastLayer();
  return async input => {
    const out = await session.run({ input: new ort.Tensor("float32", input, [1, 3, SIDE, SIDE]) });
    heatMaps(await out.maps.getData(), weight, false);
    return Array.from(await out.logits.getData());
  };
}

async function liteEngine(backend, { threads, isInt8 }) {
  await lite.loadLiteRt(folder("lite/wasm"), { threads: threads > 1 });
  const accelerator = backend === "cpu" ? "wasm" : "webgpu";
  const model = await lite.loadAndCompile(isInt8 ? "resnet18_int8.tflite" : "resnet18.tflite", {
    accelerator,
    cpuOptions: { numThreads: threads },
    gpuOptions: { precision: "fp32" },
  });
  // It computes on the CPU, or in part, what it cannot on WebGPU.
  if (model.options.accelerator !== accelerator || (backend === "webgpu" && !model.isFullyAccelerated)) {
    throw new Error("LiteRT.js computes elsewhere");
  }
  const weight = await lastLayer();
  return async input => {
    const picture = new lite.Tensor(input, [1, SIDE, SIDE, 3]);
    const { logits, maps } = await model.run({ input: picture });
    const [values, scores] = await Promise.all([maps.data(), logits.data()]);
    heatMaps(values, weight, true);
    const answer = Array.from(scores);
    for (const tensor of [picture, logits, maps]) tensor.delete();
    return answer;
  };
}

// An engine of Rust: see `benches/peers`.
async function rustEngine(file) {
  const [{ instance }, model] = await Promise.all([
    WebAssembly.instantiateStreaming(fetch(file)),
    fetch("resnet18.onnx").then(answer => answer.arrayBuffer()),
  ]);
  const { memory, room, load, run } = instance.exports;
  const bytes = room(model.byteLength);
  new Uint8Array(memory.buffer, bytes).set(new Uint8Array(model));
  load(bytes, model.byteLength);
  const [picture, answer] = [room(4 * 3 * SIDE * SIDE), room(4 * (3 + CHANNELS * CELLS))];
  const weight = await lastLayer();
  return async input => {
    new Float32Array(memory.buffer, picture).set(input);
    run(picture, answer);
    const out = new Float32Array(memory.buffer, answer, 3 + CHANNELS * CELLS);
    heatMaps(out.subarray(3), weight, false);
    return Array.from(out.subarray(0, 3));
  };
}

async function tfEngine(backend, { threads }) {
  tf.wasm?.setWasmPaths(folder("tf"));
  // It takes half of the processors at most.
  if (threads > 1) Object.defineProperty(navigator, "hardwareConcurrency", { value: 2 * threads });
  tf.wasm?.setThreadsCount(threads);
  await tf.setBackend(backend === "cpu" ? "wasm" : "webgpu");
  await tf.ready();
  if (backend === "cpu" && tf.wasm.getThreadsCount() !== threads) throw new Error("TensorFlow.js has other threads");
  const { layers } = await (await fetch("layers.json")).json();
  const all = await halves("layers.bin");
  let at = 0;
  const take = (shape, size = shape.reduce((a, b) => a * b)) => tf.tensor(all.slice(at, at += size), shape);
  const convs = {};
  for (const { name, shape, stride } of layers) convs[name] = { stride, kernel: take(shape), bias: take([shape[3]]) };
  const fc = { weight: take([CHANNELS, 3]), bias: take([3]) };
  const weight = fc.weight.dataSync();
  const conv = (x, name, activation) => {
    const { kernel, bias, stride } = convs[name];
    const around = Math.floor(kernel.shape[0] / 2);
    const pad = [[0, 0], [around, around], [around, around], [0, 0]];
    return tf.fused.conv2d({ x, filter: kernel, strides: stride, pad, dataFormat: "NHWC", bias, activation });
  };
  const forward = input => tf.tidy(() => {
    let x = tf.tensor(input, [3, SIDE, SIDE]).transpose([1, 2, 0]).expandDims(0);
    x = tf.maxPool(tf.pad(conv(x, "conv1", "relu"), [[0, 0], [1, 1], [1, 1], [0, 0]]), 3, 2, "valid");
    for (const layer of [1, 2, 3, 4]) {
      for (const block of [0, 1]) {
        const name = `layer${layer}.${block}`;
        const around = convs[`${name}.downsample.0`] ? conv(x, `${name}.downsample.0`) : x;
        x = tf.relu(tf.add(conv(conv(x, `${name}.conv1`, "relu"), `${name}.conv2`), around));
      }
    }
    return [x, tf.add(tf.matMul(tf.mean(x, [1, 2]), fc.weight), fc.bias)];
  });
  return async input => {
    const [maps, logits] = forward(input);
    const [values, scores] = await Promise.all([maps.data(), logits.data()]);
    maps.dispose();
    logits.dispose();
    heatMaps(values, weight, true);
    return Array.from(scores);
  };
}

const ENGINES = {
  ort: { scripts: { cpu: ["ort/ort.wasm.min.js"], webgpu: ["ort/ort.webgpu.min.js"] }, start: ortEngine },
  tf: {
    scripts: { cpu: ["tf/tf.min.js", "tf/tf-backend-wasm.min.js"], webgpu: ["tf/tf.min.js", "tf/tf-backend-webgpu.min.js"] },
    start: tfEngine,
  },
  lite: { module: "./lite/index.js", input: "input_channels_last.bin", start: liteEngine },
  tract: { start: () => rustEngine("tract.wasm") },
  rten: { start: () => rustEngine("rten.wasm") },
};

// A new page for each engine: `measure("ort", "cpu" | "webgpu", rounds, { threads, isInt8 })`.
window.measure = async (peer, backend, rounds, settings) => {
  if (settings.threads > 1 && !crossOriginIsolated) throw new Error("there are no threads");
  const { scripts = {}, module, input: file = "input.bin", start } = ENGINES[peer];
  const input = await floats(file);
  for (const src of scripts[backend] ?? []) await script(src);
  if (module) window.lite = await import(module);
  const begun = performance.now();
  const engine = await start(backend, settings);
  const ready = performance.now() - begun;
  const times = [];
  let logits, answered;
  for (let round = 0; round <= rounds; round++) {
    const before = performance.now();
    logits = await engine(input);
    times.push(performance.now() - before);
    answered ??= performance.now();
  }
  return JSON.stringify({ answered, ready, first: times[0], warm: times.slice(1), logits });
};
