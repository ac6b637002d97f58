"""The seeds of the fuzz targets: small files of every kind that is read, made anew.

    pip install pydicom numpy pillow
    python fuzz/seeds/make.py

Those of DICOM are the files of tests/dicom (their notice is there) as if they were radiographs, since files of
other modalities are refused before their pixels are looked at. Messages follow src/protocol.rs.
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
    for number, form in enumerate(["63\n70\n165", "w٦٣٫٥\n58,5\n1,6e2", "-1\nNaN\ninf", "120\n\n100p"]):
        (SEEDS / "clinical" / f"{number}.txt").write_text(form)


def protocol():
    """By postcard: an enum is its number, a list or text its length first, an option 0 or 1 first."""
    text = lambda words: bytes([len(words)]) + words.encode()
    # Frame, adjustment, corners, crop.
    edit = b"\0\0\0\0"
    # A model, a knee, its distance, three probabilities, and maps of one place each.
    evidence = text("resnet18") + b"\0" + bytes(16) + b"\1\1" + 3 * (b"\1" + bytes(4))
    requests = [
        b"\0" + b"\1\1" + b"\0" + b"\1" + b"\0",  # Start
        b"\1" + b"\1" + edit,  # Analyze
        b"\4" + b"\1" + edit + b"\0",  # Look
        b"\5" + b"\1" + text("resnet18") + b"\1\0",  # Overlay
        b"\6" + b"\1",  # Forget
        b"\2" + b"\1" + edit,  # Read
        b"\3" + b"\1" + edit,  # Judge
        b"\x08" + b"\1",  # Evidence
        b"\x09" + b"\1" + edit + b"\1" + evidence,  # Check
    ]
    responses = [
        b"\0",  # Awake
        b"\1" + b"\5\x0a",  # Progress
        b"\3" + b"\3" + text("lost"),  # Failed
        b"\4" + b"\1",  # Begun
        b"\x0a" + b"\1" + edit + b"\0" + bytes(24),  # Explained
        b"\x0b" + b"\1" + edit + b"\2\3\5\0",  # Refused: a drawing, a hand
        b"\x0e" + b"\1" + text("https://example.org/") + b"\0",  # Traffic
        b"\x08" + b"\1" + edit,  # Read
        b"\x0f" + b"\1" + edit + b"\1" + evidence,  # Evidence
        b"\x10" + b"\1" + edit + b"\1" + bytes(8),  # Checked
    ]
    for kind, messages in [("request", requests), ("response", responses)]:
        for number, message in enumerate(messages):
            (SEEDS / "protocol" / f"{kind}-{number:02}.bin").write_bytes(message)


def weights():
    # The list of arrays; then too few numbers.
    smallest = min((ROOT / "weights").glob("*.weights"), key=lambda path: path.stat().st_size)
    shuffled = zlib.decompress(smallest.read_bytes())
    data = bytearray(len(shuffled))
    data[0::2], data[1::2] = shuffled[: (len(shuffled) + 1) // 2], shuffled[(len(shuffled) + 1) // 2 :]
    length = 8 + int.from_bytes(data[:8], "little")
    (SEEDS / "weights" / "list.safetensors").write_bytes(data[: length + 2048])
    (SEEDS / "weights" / "start.safetensors").write_bytes(data[:64])


raster()
dicom()
texts()
protocol()
weights()
