"""Golden values from an independent implementation: PyTorch, Pillow and NumPy.

    python -m venv .venv && .venv/bin/pip install torch torchvision pillow numpy safetensors
    .venv/bin/python tests/reference/reference.py

Reads the shipped weights with a reader of its own, runs them in PyTorch, and writes
tests/golden/*. Run it again whenever the weights change; the tests themselves need no Python.
"""
import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from PIL import Image

from weights import arrays

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden"


class CustomCnn(torch.nn.Module):
    def __init__(self, tensors):
        super().__init__()
        self.conv = [tensors[f"conv{i}.weight"] for i in (1, 2, 3, 4)]
        names = ("running_mean", "running_var", "weight", "bias")
        self.bn = [[tensors[f"bn{i}.{name}"] for name in names] for i in (1, 2, 3, 4)]
        self.fc = tensors["fc.weight"], tensors["fc.bias"]

    def features(self, x):
        for index, (weight, (mean, variance, gamma, beta)) in enumerate(zip(self.conv, self.bn)):
            x = F.conv2d(x, weight, stride=2 if index == 0 else 1, padding=weight.shape[-1] // 2)
            x = F.relu(F.batch_norm(x, mean, variance, gamma, beta))
            if index == 2:
                self.texture = x.mean((2, 3))
            if index < 3:
                x = F.max_pool2d(x, 2)
        return x

    def head(self, maps):
        return F.linear(maps.mean((2, 3)), *self.fc)


class ResNet18(torch.nn.Module):
    def __init__(self, tensors):
        super().__init__()
        self.net = torchvision.models.resnet18(num_classes=3)
        named = {name: values for name, values in tensors.items() if not name.startswith("gate.")}
        # What is missing may only be the counts of batches, which no weight file holds.
        missing, unexpected = self.net.load_state_dict(named, strict=False)
        assert not unexpected and all(name.endswith("num_batches_tracked") for name in missing), (missing, unexpected)
        self.net.eval()

    def features(self, x):
        n = self.net
        x = n.maxpool(n.relu(n.bn1(n.conv1(x))))
        x = n.layer2(n.layer1(x))
        self.texture = x.mean((2, 3))
        return n.layer4(n.layer3(x))

    def head(self, maps):
        return self.net.fc(maps.mean((2, 3)))


def golden_square(side):
    """The pattern of `ModelEntry::golden_input`."""
    y, x = np.mgrid[0:side, 0:side]
    across, down = abs(x - side // 2), abs(y - side // 2)
    bone = np.where((across < 60) & ~((down >= 6) & (down < 14)), 150, 60)
    return (bone + (x * 7 + y * 3) % 32 + (x * y // 64) % 24).astype(np.uint8)


def percentile(square, percent):
    """The smallest grey value below which that share of the pixels that are not black lies."""
    counts = np.bincount(square.ravel(), minlength=256).astype(np.float32)
    counts[0] = 0
    wanted = np.float32(counts.sum() * np.float32(percent) / np.float32(100))
    below = np.cumsum(counts)
    return float(np.nonzero((below >= wanted) & (counts > 0))[0][0])


def normalised(square, spec):
    low, high = (percentile(square, p) for p in spec["contrast_percentiles"])
    grey = np.clip((square.astype(np.float32) - low) / max(high - low, 1.0), 0, 1)
    return torch.tensor(np.stack([(grey - m) / s for m, s in zip(spec["mean"], spec["std"])])[None], dtype=torch.float32)


def grad_cam(model, x):
    maps = model.features(x).detach().requires_grad_()
    logits = model.head(maps)
    cams = []
    for c in range(3):
        (gradient,) = torch.autograd.grad(logits[0, c], maps, retain_graph=True)
        cams.append(F.relu((gradient.mean((2, 3), keepdim=True) * maps).sum(1))[0].detach())
    return logits[0].detach(), torch.stack(cams)


def phantom(width, height, joint_y):
    """A drawn leg: two bones that widen towards a dark joint line, soft tissue around them."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    across, down = abs(x - width / 2), abs(y - joint_y)
    half = 0.13 * width + 0.12 * width * np.exp(-((down / (0.14 * height)) ** 2))
    picture = 12 + 70 * (across < 0.36 * width) + 90 * (across < half) * (down > 0.008 * height)
    texture = 12 * np.sin(x / 3.1) * np.sin(y / 4.3 + x / 9.7)
    return np.clip(picture + texture * (across < half), 0, 255).astype(np.uint8)


def made_parameters(shapes):
    """The weights of `tests/networks.rs`: numbers that both sides make by the same formula."""
    made = {}
    for number, (name, shape) in enumerate(sorted(shapes.items())):
        at = np.arange(int(np.prod(shape)), dtype=np.uint64)
        noise = ((at * 2654435761 + number * 40503) % 2**32) / 2**32 - 0.5
        layer, part = name.rsplit(".", 1)
        if len(shape) == 4:
            values = noise * np.sqrt(12.0) * np.sqrt(2.0 / np.prod(shape[1:]))
        elif len(shape) == 2:
            values = noise * 0.1
        else:
            is_scale = part == "running_var" or (part == "weight" and len(shape) == 1)
            values = noise * 0.2 + (1.0 if is_scale else 0.0)
        made[name] = torch.tensor(values.astype(np.float32).reshape(shape))
    return made


def made_network(network):
    """A network of torchvision with made weights: what it says of the golden pattern."""
    shapes = {name: tuple(of.shape) for name, of in network.state_dict().items() if not name.endswith("batches_tracked")}
    network.load_state_dict(made_parameters(shapes), strict=False)
    network.eval()
    spec = {"contrast_percentiles": [1.0, 99.5], "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
    features = {}
    network.layer2.register_forward_hook(lambda _, __, out: features.update(gate=out.mean((2, 3))[0]))
    with torch.no_grad():
        logits = network(normalised(golden_square(224), spec))[0]
    return {
        "parameters": {name: list(shape) for name, shape in sorted(shapes.items())},
        "logits": [float(f"{v:.6e}") for v in logits.tolist()],
        "gate": [float(f"{v:.6e}") for v in features["gate"].tolist()],
    }


def main():
    GOLDEN.mkdir(exist_ok=True)
    for name in ("resnet18", "resnet34"):
        made = made_network(getattr(torchvision.models, name)(num_classes=3))
        (GOLDEN / f"{name}.json").write_text(json.dumps(made) + "\n")
    manifest = json.loads((ROOT / "weights" / "manifest.json").read_text())
    picture = phantom(300, 420, 230)
    Image.fromarray(picture).save(GOLDEN / "phantom.png")

    # Letterboxed without squashing, black around it; Pillow's bilinear filter widens as ours does.
    scale = 224 / 420
    width, height = round(300 * scale), 224
    reduced = np.asarray(Image.fromarray(picture).resize((width, height), Image.BILINEAR))
    square = np.zeros((224, 224), np.uint8)
    left = (224 - width) // 2
    square[:, left : left + width] = reduced
    Image.fromarray(square).save(GOLDEN / "phantom_letterboxed.png")

    golden = {}
    for entry in manifest["models"]:
        named = arrays(ROOT / "weights" / entry["file"])
        tensors = {name: torch.tensor(values) for name, values in named.items()}
        model = {"custom-cnn": CustomCnn, "resnet18": ResNet18}[entry["architecture"]](tensors)
        mean, whiten = tensors["gate.mean"], tensors["gate.whiten"]
        golden[entry["id"]] = {"sha256": entry["sha256"]}
        for name, pixels in (("pattern", golden_square(224)), ("phantom", square)):
            logits, cams = grad_cam(model, normalised(pixels, entry["input"]))
            golden[entry["id"]][name] = {
                "logits": [round(v, 6) for v in logits.tolist()],
                "probabilities": [round(v, 6) for v in (logits / entry["temperature"]).softmax(0).tolist()],
                "gate_distance": round((((model.texture[0] - mean) @ whiten) ** 2).mean().sqrt().item(), 6),
                "cam_shape": list(cams.shape),
                # Every 7th value tells as much as all and keeps the file small.
                "cam_every_7th": [float(f"{v:.6e}") for v in cams.flatten()[::7].tolist()],
            }
    (GOLDEN / "models.json").write_text(json.dumps(golden, indent=1) + "\n")


main()
