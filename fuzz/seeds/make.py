"""The seeds of the fuzz targets: small files of every kind that is read, made anew.

    pip install pydicom numpy pillow
    python fuzz/seeds/make.py

Those of DICOM are the files of tests/dicom (their notice is there) as if they were radiographs, since files of
other modalities are refused before their pixels are looked at. Messages and manifest follow src/protocol.rs and
src/weights.rs.
"""
import json
import pathlib
import re
import zlib

import numpy as np
from PIL import Image

SEEDS = pathlib.Path(__file__).parent
ROOT = SEEDS.parent.parent
LARGEST_DICOM = 12_000


def raster():
    ramp = np.add.outer(np.arange(24) * 5, np.arange(32) * 3).astype(np.uint8)
    grey = Image.fromarray(ramp)
    colours = Image.merge("RGB", [grey, grey.rotate(180), grey.transpose(Image.Transpose.FLIP_LEFT_RIGHT)])
    deep = Image.fromarray(ramp.astype(np.uint16) * 200)
    save = lambda picture, name, **more: picture.save(SEEDS / "raster" / name, **more)
    exif = Image.Exif()
    exif[274] = 6
    for kind in ["png", "jpg", "bmp", "tif", "webp"]:
        save(grey, f"grey.{kind}")
        save(colours, f"colours.{kind}")
    save(deep, "deep.png")
    save(deep, "deep.tif", compression="tiff_lzw")
    save(grey, "deflated.tif", compression="tiff_adobe_deflate")
    save(grey, "packbits.tif", compression="packbits")
    save(grey.convert("1"), "one_bit.png")
    save(grey.convert("1"), "fax.tif", compression="group4")
    save(colours.convert("P"), "palette.png")
    save(colours.convert("P"), "palette.bmp")
    save(colours.convert("RGBA"), "alpha.png")
    save(colours.convert("CMYK"), "cmyk.jpg")
    save(colours, "progressive.jpg", progressive=True)
    save(colours, "turned.jpg", exif=exif)
    save(colours, "lossless.webp", lossless=True)


def dicom():
    for path in sorted((ROOT / "tests/dicom").glob("*.dcm")):
        data = path.read_bytes()
        # Group 8, element 60: the modality, two letters in all of them.
        data = re.sub(rb"\x08\x00\x60\x00(CS\x02\x00|\x02\x00\x00\x00)..", lambda m: m[0][:-2] + b"CR", data)
        data = re.sub(rb"\x00\x08\x00\x60(CS\x00\x02)..", lambda m: m[0][:-2] + b"CR", data)
        if len(data) <= LARGEST_DICOM:
            (SEEDS / "dicom" / path.name).write_bytes(data)


def texts():
    manifest = json.loads((ROOT / "weights/manifest.json").read_text())
    small = json.dumps(manifest, separators=(",", ":"))
    (SEEDS / "manifest" / "manifest.json").write_text(small)
    edit = {"frame": 0, "adjustment": None, "crop": None}
    view = {"model": "resnet18", "class": "osteopenia", "colours": "inferno"}
    messages = [
        {"Start": {"backend": "cpu", "model": None, "keep_weights": True}},
        {"Analyze": {"study": 1, "edit": {"frame": 0, "adjustment": "invert", "crop": {"x_px": 1, "y_px": 2, "width_px": 200, "height_px": 300}}}},
        {"Look": {"study": 1, "edit": edit, "window": {"Proposed": 1}}},
        {"Overlay": {"study": 1, "view": view}},
        {"Forget": {"study": 1}},
        "Awake",
        {"Progress": {"loaded_bytes": 5, "total_bytes": 10}},
        {"Failed": {"error": {"Compute": "lost"}}},
        {"StudyFailed": {"study": 1, "edit": edit, "error": {"File": {"Damaged": {"kind": "PNG", "reason": "cut"}}}}},
        {"Refused": {"study": 1, "edit": edit, "reasons": ["not-a-knee"]}},
        {"Explained": {"study": 1, "edit": edit, "class": "normal", "timings": {"preprocess_ms": 1.5, "inference_ms": 2.0, "grad_cam_ms": 3.0}}},
    ]
    for number, message in enumerate(messages):
        (SEEDS / "protocol" / f"{number:02}.json").write_text(json.dumps(message, separators=(",", ":")))
    for number, form in enumerate(["63\n70\n165", "w٦٣٫٥\n58,5\n1,6e2", "-1\nNaN\ninf", "120\n\n100p"]):
        (SEEDS / "clinical" / f"{number}.txt").write_text(form)


def burnpack():
    # The header and the list of tensors; then too few numbers.
    smallest = min((ROOT / "weights").glob("*.weights"), key=lambda path: path.stat().st_size)
    shuffled = zlib.decompress(smallest.read_bytes())
    data = bytearray(len(shuffled))
    data[0::2], data[1::2] = shuffled[: (len(shuffled) + 1) // 2], shuffled[(len(shuffled) + 1) // 2 :]
    length = 10 + int.from_bytes(data[6:10], "little")
    (SEEDS / "burnpack" / "list.bpk").write_bytes(data[: length + 2048])
    (SEEDS / "burnpack" / "start.bpk").write_bytes(data[:64])


raster()
dicom()
texts()
burnpack()
