"""The shipped ResNet18 for other engines: ONNX, and plain arrays for TensorFlow.js.

    pip install numpy safetensors onnx
    python benches/browser/export.py FOLDER

Batch norm is folded into the convolutions, as every engine does for inference; weights are kept in half precision,
which halves what is fetched. Writes `resnet18.onnx` (input `[1, 3, 224, 224]`, outputs `logits` and `maps`) with
`last_layer.bin` for its heat maps, `layers.json` with `layers.bin` (kernels as TensorFlow has them,
`[height, width, in, out]`), and `input.bin`, the golden input.
"""
import json
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "reference"))

from weights import arrays  # noqa: E402

EPSILON = 1e-5


def golden_input(spec):
    """As `ModelEntry::golden_input` and `input::normalised` say."""
    side = spec["side_px"]
    y, x = np.mgrid[0:side, 0:side]
    across, down = abs(x - side // 2), abs(y - side // 2)
    bone = np.where((across < 60) & ~((down >= 6) & (down < 14)), 150, 60)
    grey = (bone + (x * 7 + y * 3) % 32 + (x * y // 64) % 24).astype(np.float32)
    return grey


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    tensors = arrays(ROOT / "weights" / "resnet18.weights")
    nodes, initializers, layers, blob = [], [], [], []

    def constant(name, values):
        initializers.append(numpy_helper.from_array(np.ascontiguousarray(values, np.float16), f"{name}.half"))
        nodes.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
        return name

    def conv(name, norm, source, stride, relu, beside=None):
        weight = tensors[f"{name}.weight"]
        scale = tensors[f"{norm}.weight"] / np.sqrt(tensors[f"{norm}.running_var"] + EPSILON)
        shift = tensors[f"{norm}.bias"] - tensors[f"{norm}.running_mean"] * scale
        weight = weight * scale[:, None, None, None]
        around = weight.shape[-1] // 2
        out = f"{name}.out"
        inputs = [source, constant(f"{name}.w", weight), constant(f"{name}.b", shift)]
        nodes.append(helper.make_node("Conv", inputs, [out], dilations=[1, 1], group=1, kernel_shape=weight.shape[2:], pads=[around] * 4, strides=[stride] * 2))
        if beside is not None:
            nodes.append(helper.make_node("Add", [out, beside], [f"{name}.sum"]))
            out = f"{name}.sum"
        if relu:
            nodes.append(helper.make_node("Relu", [out], [f"{name}.relu"]))
            out = f"{name}.relu"
        kernel = np.ascontiguousarray(weight.transpose(2, 3, 1, 0))
        layers.append({"name": name, "shape": kernel.shape, "stride": stride})
        blob.extend([kernel.ravel(), shift.ravel()])
        return out

    x = conv("conv1", "bn1", "input", 2, True)
    nodes.append(helper.make_node("MaxPool", [x], ["pool"], kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4))
    x = "pool"
    for layer in (1, 2, 3, 4):
        for block in (0, 1):
            at = f"layer{layer}.{block}"
            stride = 2 if layer > 1 and block == 0 else 1
            inside = conv(f"{at}.conv1", f"{at}.bn1", x, stride, True)
            around = x
            if f"{at}.downsample.0.weight" in tensors:
                around = conv(f"{at}.downsample.0", f"{at}.downsample.1", x, stride, False)
            x = conv(f"{at}.conv2", f"{at}.bn2", inside, 1, True, around)
    nodes.append(helper.make_node("Identity", [x], ["maps"]))
    nodes.append(helper.make_node("GlobalAveragePool", [x], ["mean"]))
    nodes.append(helper.make_node("Flatten", ["mean"], ["flat"]))
    # As a matrix product from the left takes it: [in, out].
    weight, bias = tensors["fc.weight"].T, tensors["fc.bias"]
    nodes.append(helper.make_node("Gemm", ["flat", constant("fc.w", weight), constant("fc.b", bias)], ["logits"]))
    blob.extend([weight.ravel(), bias.ravel()])
    np.concatenate([weight.ravel(), bias.ravel()]).astype("<f2").tofile(folder / "last_layer.bin")
    value = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    graph = helper.make_graph(
        nodes, "resnet18", [value("input", [1, 3, 224, 224])], [value("logits", [1, 3]), value("maps", [1, 512, 7, 7])], initializers
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, folder / "resnet18.onnx")
    np.concatenate(blob).astype("<f2").tofile(folder / "layers.bin")

    (entry,) = [entry for entry in json.loads((ROOT / "weights/manifest.json").read_text())["models"] if entry["id"] == "resnet18"]
    grey = golden_input(entry["input"])
    low, high = np.percentile(grey, entry["input"]["contrast_percentiles"], method="inverted_cdf")
    stretched = np.clip((grey - low) / (high - low), 0, 1)
    mean, std = (np.array(entry["input"][name])[:, None, None] for name in ("mean", "std"))
    ((stretched[None] - mean) / std).astype("<f4").tofile(folder / "input.bin")
    (folder / "layers.json").write_text(json.dumps({"layers": layers, "golden_logits": entry["golden_logits"]}))


main()
