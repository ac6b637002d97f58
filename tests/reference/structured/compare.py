"""The command `compare` judges what OsteoLens made of each file by what the file should show."""

import json
import pathlib

import numpy as np
from case import LOSSY, LOSSY_MEAN
from PIL import Image

# Programs resize in their own ways. They may differ by so many levels in the mean, and by so many pixels.
RESIZED_MEAN, RESIZED_PIXELS = 3, 1


def sized(raw, dtype):
    """This splits bytes into the picture that they begin with and what follows it."""
    width, height = (int(side) for side in np.frombuffer(raw[:8], "<u4"))
    end = 8 + width * height * np.dtype(dtype).itemsize
    return np.frombuffer(raw[8:end], dtype).reshape(height, width).astype(float), raw[end:]


def judged(path):
    """This returns what happened to a file, and why."""
    ours, refused = (path.with_name(path.name + end) for end in (".ours", ".refused"))
    expected, rules = sized(path.with_name(path.name + ".expected").read_bytes(), "<f4")
    rules = json.loads(rules)
    if refused.exists():
        allowed = "allowed" if rules["refusable"] else "not allowed"
        return f"refused, {allowed}", " ".join(refused.read_text(errors="replace").split())
    if not ours.exists():
        return "missing", "neither opened nor refused"
    ours, _ = sized(ours.read_bytes(), "u1")
    height, width = ours.shape
    wanted = rules["stretched"] or expected.shape[::-1]
    room = RESIZED_PIXELS if rules["stretched"] else 0
    if abs(width - wanted[0]) > room or abs(height - wanted[1]) > room:
        return "wrong", f"{width} × {height} pixels instead of {wanted[0]} × {wanted[1]}"
    if rules["stretched"]:
        expected = np.asarray(Image.fromarray(expected.astype(np.float32)).resize((width, height), Image.BILINEAR))
    off = np.nan_to_num(np.abs(ours - expected))
    most, mean = off.max(), off.mean()
    why = f"max {most:.1f}, mean {mean:.2f}, {np.mean(off > rules['tolerance']):.1%} of the pixels"
    if rules["stretched"]:
        return "same" if mean <= RESIZED_MEAN else "wrong", why
    is_within = np.mean(off <= rules["tolerance"]) >= rules["share"]
    is_close = is_within and (rules["tolerance"] < LOSSY or mean <= LOSSY_MEAN)
    return "same" if is_close else "wrong", why


def compare(folder):
    for path in sorted(pathlib.Path(folder).glob("*.expected")):
        path = path.with_suffix("")
        outcome, why = judged(path)
        print(path.name, outcome, "" if outcome == "same" else why, sep="\t")
