"""Decodes a folder of files with Pillow and pydicom, and compares with what OsteoLens made of them.

    python tests/reference/differential.py FOLDER

Beside `NAME` lies `NAME.ours` where OsteoLens opened it: width and height as 32-bit numbers, then 8-bit grey.
`NAME.000` is the valid file. One line per file: its name, what happened, and why. `wrong` is a picture that only one of
the two gets right; `garbled in both` one that each of them shows in its own wrong way.
"""
import pathlib
import sys
import warnings

import numpy as np
import pydicom
from PIL import Image, ImageOps

import dicom

# Rec. 709, as the `image` crate weighs.
LUMA = np.array([0.2126, 0.7152, 0.0722])
# Grey levels. Decoders of lossy files round, and bring colours of half the resolution back, in their own ways.
LOSSLESS, LOSSY = 1, 24


def stretched(values):
    low, high = int(values.min()), int(values.max())
    return np.round((values.astype(float) - low) / max(high - low, 1) * 255)


def raster(path):
    picture = Image.open(path)
    kind = picture.format
    picture.load()
    picture = ImageOps.exif_transpose(picture)
    lossy = kind == "JPEG" or (kind == "WEBP" and b"VP8 " in path.read_bytes()[:64])
    if picture.mode.startswith("I") or picture.mode == "F":
        return stretched(np.asarray(picture)), LOSSLESS
    if picture.mode in ("1", "L", "LA"):
        return np.asarray(picture.convert("L"), float), LOSSY if lossy else LOSSLESS
    grey = np.asarray(picture.convert("RGB"), float) @ LUMA
    return grey, LOSSY if lossy else LOSSLESS


def film(path):
    data = pydicom.dcmread(path, force=True)
    stored = data.pixel_array
    if int(data.get("NumberOfFrames", 1) or 1) > 1:
        stored = stored[0]
    lossy = str(data.file_meta.get("TransferSyntaxUID", "")).endswith((".50", ".51", ".81", ".91"))
    tolerance = LOSSY if lossy else LOSSLESS
    if stored.ndim == 3:
        return stored.astype(float) @ LUMA, tolerance
    return dicom.shown(data, stored).astype(float), tolerance


def is_dicom(data):
    return data[128:132] == b"DICM" or data[:4] == b"DICM"


def opened(path):
    if not path.exists():
        return None
    raw = path.read_bytes()
    width, height = np.frombuffer(raw[:8], "<u4")
    return np.frombuffer(raw[8:], np.uint8).reshape(height, width).astype(float)


def alike(one, other, tolerance):
    return one is not None and one.shape == other.shape and np.abs(one - other).max() <= tolerance


def compare(path):
    ours = opened(path.with_name(path.name + ".ours"))
    # The seed before it was damaged.
    sound = opened(path.with_name(path.name.rsplit(".", 1)[0] + ".000.ours"))
    try:
        theirs, tolerance = (film if is_dicom(path.read_bytes()) else raster)(path)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        if ours is None:
            return "neither", reason
        return ("ours only, as sound" if alike(sound, ours, LOSSLESS) else "ours only, garbled"), reason
    if ours is None:
        return "theirs only", ""
    if alike(ours, theirs, tolerance):
        return "same", ""
    off = np.abs(ours - theirs).max() if ours.shape == theirs.shape else f"{ours.shape} and {theirs.shape}"
    if path.name.endswith(".000") or alike(sound, theirs, tolerance) or alike(sound, ours, LOSSLESS):
        return "wrong", f"off by {off}"
    return "garbled in both", f"off by {off}"


def main():
    warnings.simplefilter("ignore")
    for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
        if path.suffix != ".ours":
            print(path.name, *compare(path), sep="\t")


main()
