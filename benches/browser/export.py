"""The shipped ResNet18 for other engines.

    pip install numpy pillow safetensors onnx onnxruntime ai-edge-quantizer
    python benches/browser/export.py FOLDER

Batch norm is folded into the convolutions, as every engine does for inference. Writes `resnet18.onnx` with
`last_layer.bin` for its heat maps, `resnet18.tflite`, `layers.json` with `layers.bin`, all with weights in half
precision (see `formats.py`); `resnet18_int8.onnx` and `resnet18_int8.tflite` (see `quantised.py`); and `input.bin` with
`input_channels_last.bin`, the golden input.
"""
import json
import pathlib
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "reference"))

import quantised  # noqa: E402
from formats import Arrays, Lite, Onnx  # noqa: E402
from weights import arrays  # noqa: E402

EPSILON = 1e-5


def golden_input(side):
    """As `ModelEntry::golden_input` says."""
    y, x = np.mgrid[0:side, 0:side]
    across, down = abs(x - side // 2), abs(y - side // 2)
    bone = np.where((across < 60) & ~((down >= 6) & (down < 14)), 150, 60)
    return (bone + (x * 7 + y * 3) % 32 + (x * y // 64) % 24).astype(np.float32)


def normalised(grey, spec):
    """As `input::normalised` says."""
    low, high = np.percentile(grey, spec["contrast_percentiles"], method="inverted_cdf")
    stretched = np.clip((grey - low) / (high - low), 0, 1)
    mean, std = (np.array(spec[name])[:, None, None] for name in ("mean", "std"))
    return ((stretched[None] - mean) / std).astype("<f4")


def tell(tensors, form):
    """Tells a form of the network's layers."""

    def conv(name, norm, source, stride, relu, beside=None):
        scale = tensors[f"{norm}.weight"] / np.sqrt(tensors[f"{norm}.running_var"] + EPSILON)
        shift = tensors[f"{norm}.bias"] - tensors[f"{norm}.running_mean"] * scale
        weight = tensors[f"{name}.weight"] * scale[:, None, None, None]
        return form.conv(name, weight, shift, source, stride, relu, beside)

    x = form.max_pool(conv("conv1", "bn1", form.input, 2, True))
    for layer in (1, 2, 3, 4):
        for block in (0, 1):
            at = f"layer{layer}.{block}"
            stride = 2 if layer > 1 and block == 0 else 1
            inside = conv(f"{at}.conv1", f"{at}.bn1", x, stride, True)
            around = x
            if f"{at}.downsample.0.weight" in tensors:
                around = conv(f"{at}.downsample.0", f"{at}.downsample.1", x, stride, False)
            x = conv(f"{at}.conv2", f"{at}.bn2", inside, 1, True, around)
    form.head(x, tensors["fc.weight"], tensors["fc.bias"])
    return form


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    models = json.loads((ROOT / "weights/manifest.json").read_text())["models"]
    (entry,) = [model for model in models if model["id"] == "resnet18"]
    spec = entry["input"]
    tensors = arrays(ROOT / "weights" / "resnet18.weights")
    tell(tensors, Onnx(half=True)).save(folder / "resnet18.onnx")
    tell(tensors, Lite(half=True)).save(folder / "resnet18.tflite")
    tell(tensors, Arrays()).save(folder, entry["golden_logits"])
    samples = sorted((ROOT / "public/samples").glob("*.png"))
    pictures = [normalised(quantised.read(sample, spec["side_px"]), spec) for sample in samples]
    quantised.write(folder, tell(tensors, Onnx(half=False)), tell(tensors, Lite(half=False)), pictures)
    golden = normalised(golden_input(spec["side_px"]), spec)
    golden.tofile(folder / "input.bin")
    golden.transpose(1, 2, 0).tofile(folder / "input_channels_last.bin")


main()
