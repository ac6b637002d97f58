// The same ResNet18 in onnxruntime-web and TensorFlow.js, with its three heat maps. Everything is computed from the same
// weights and the same input as in OsteoLens; what comes out is compared with the manifest's golden logits.

const SIDE = 224;
const CELLS = 49;
const CHANNELS = 512;

const floats = async file => new Float32Array(await (await fetch(file)).arrayBuffer());
// Weights are fetched in half precision, as OsteoLens's last layer is.
const halves = async file => new Float32Array(new Float16Array(await (await fetch(file)).arrayBuffer()));

const SCRIPTS = {
  ort: { cpu: ["ort/ort.wasm.min.js"], webgpu: ["ort/ort.webgpu.min.js"] },
  tf: { cpu: ["tf/tf.min.js", "tf/tf-backend-wasm.min.js"], webgpu: ["tf/tf.min.js", "tf/tf-backend-webgpu.min.js"] },
};

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

async function ortEngine(backend) {
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = new URL("ort/", location.href).href;
  const session = await ort.InferenceSession.create("resnet18.onnx", { executionProviders: [backend === "cpu" ? "wasm" : "webgpu"] });
  const weight = await lastLayer();
  return async input => {
    const out = await session.run({ input: new ort.Tensor("float32", input, [1, 3, SIDE, SIDE]) });
    heatMaps(await out.maps.getData(), weight, false);
    return Array.from(await out.logits.getData());
  };
}

async function tfEngine(backend) {
  tf.wasm?.setWasmPaths(new URL("tf/", location.href).href);
  tf.wasm?.setThreadsCount?.(1);
  await tf.setBackend(backend === "cpu" ? "wasm" : "webgpu");
  await tf.ready();
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

// A new page for each engine: `measure("ort" | "tf", "cpu" | "webgpu", rounds)`.
window.measure = async (peer, backend, rounds) => {
  const input = await floats("input.bin");
  for (const src of SCRIPTS[peer][backend]) await script(src);
  const begun = performance.now();
  const engine = await (peer === "ort" ? ortEngine : tfEngine)(backend);
  const ready = performance.now() - begun;
  const times = [];
  let logits, answered;
  for (let round = 0; round <= rounds; round++) {
    const start = performance.now();
    logits = await engine(input);
    times.push(performance.now() - start);
    answered ??= performance.now();
  }
  return JSON.stringify({ answered, ready, first: times[0], warm: times.slice(1), logits });
};
