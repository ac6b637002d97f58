"""This draws JPEG files with up to three things that not every file has.

What a file should show is what Pillow makes of its plain coding; what is drawn besides leaves the picture as it is, or
turns it.
"""

import io
import struct

import numpy as np
from case import LOSSY, LUMA, Case, pick
from jpeg_coding import dct_jpeg, segment
from phantom import phantom, sides, tinted
from PIL import Image

# These turn a picture by the numbers that Exif has for its orientation.
TURNS = {
    1: lambda p: p, 2: np.fliplr, 3: lambda p: np.rot90(p, 2), 4: np.flipud, 5: np.transpose,
    6: lambda p: np.rot90(p, -1), 7: lambda p: np.rot90(p, 2).T, 8: np.rot90,
}  # fmt: skip
START, END = b"\xff\xd8", b"\xff\xd9"
SOF0, SOF1, SOS, EOI, DNL, APP0, APP1 = 0xC0, 0xC1, 0xDA, 0xD9, 0xDC, 0xE0, 0xE1


def segments(data):
    """This cuts a JPEG into what stands between its start and its end; each scan keeps its data."""
    at, found = 2, []
    while data[at + 1] != EOI:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] == SOS:
            while data[end] != 0xFF or data[end + 1] == 0 or 0xD0 <= data[end + 1] <= 0xD7:
                end += 1
        found.append(data[at:end])
        at = end
    return found


def exif(rng, orientation):
    byte_order = pick(rng, "<>")
    make, turn = (0x10F, 2, 4, b"XRC\0"), (0x112, 3, 1, struct.pack(byte_order + "HH", orientation, 0))
    entries = [make, turn][rng.integers(2) :]
    block = struct.pack(byte_order + "2sHIH", b"II" if byte_order == "<" else b"MM", 42, 8, len(entries))
    block += b"".join(struct.pack(byte_order + "HHI", *entry[:3]) + entry[3] for entry in entries) + bytes(4)
    return segment(APP1, b"Exif\0\0" + block)


def coded(rng, kind, colours, extras, is_own):
    """This codes the samples by our own writer or by Pillow."""
    is_grey = "grey" in kind
    restart = int(rng.integers(1, 30)) if "restart" in extras else 0
    if is_own:
        sampling = {"grey": (1, 1), "grey-22": (2, 2), "444": (1, 1), "422": (2, 1), "420": (2, 2), "440": (1, 2)}[kind]
        converted = Image.fromarray(colours).convert("L" if is_grey else "YCbCr")
        planes = [np.asarray(plane) for plane in converted.split()]
        data = dct_jpeg(planes, [sampling] + [(1, 1)] * (len(planes) - 1), apart="apart" in extras, restart=restart)
        if rng.random() < 0.5:
            data = data[:2] + segment(APP0, b"JFIF\0\1\1\0\0\1\0\1\0\0") + data[2:]
        return data
    file = io.BytesIO()
    more = {} if is_grey else {"subsampling": ":".join(kind[-3:])}
    more |= {"restart_marker_blocks": restart} if restart else {}
    more |= {"quality": int(rng.integers(85, 98)), "progressive": "progressive" in kind}
    Image.fromarray(colours).save(file, "JPEG", **more)
    return file.getvalue()


def draw(rng):
    """This draws a JPEG."""
    width, height = sides(rng)
    picture = phantom(rng, width, height)
    kinds = ["grey", "grey-22", "444", "422", "420", "440", "progressive-420", "progressive-grey", "progressive-444"]
    kind = pick(rng, kinds)
    words = [kind]
    is_grey = "grey" in kind
    colours = np.round(picture * 255).astype(np.uint8) if is_grey else tinted(rng, picture)
    choices = ["restart", "apart", "zeros", "garbage", "dnl", "fill", "comments", "exif", "rewritten"]
    extras = set(rng.choice(choices, rng.integers(0, 4), replace=False).tolist())
    is_own = kind in ("grey-22", "440") or extras & {"apart", "dnl", "rewritten"}
    if "progressive" in kind:
        is_own, extras = False, extras - {"apart", "dnl", "rewritten"}
    if is_grey:
        extras -= {"apart"}
    data = coded(rng, kind, colours, extras, is_own)
    plain = np.asarray(Image.open(io.BytesIO(data)), float)
    levels = plain if is_grey else plain @ LUMA
    parts = segments(data)
    tail = END
    if "dnl" in extras:
        at = next(at for at, part in enumerate(parts) if part[1] in (SOF0, SOF1))
        parts[at] = parts[at][:5] + b"\0\0" + parts[at][7:]
        first = next(at for at, part in enumerate(parts) if part[1] == SOS)
        parts.insert(first + 1, segment(DNL, struct.pack(">H", height)))
    if "zeros" in extras:
        tail = bytes(int(rng.integers(1, 40))) + tail
    if "exif" in extras:
        orientation = int(rng.integers(1, 9))
        words.append(f"exif{orientation}")
        at = 1 if parts[0][1] == APP0 else 0
        parts.insert(at, exif(rng, orientation))
        levels = TURNS[orientation](levels)
    if "comments" in extras:
        for _ in range(rng.integers(1, 4)):
            marker = pick(rng, [0xFE, 0xE2, 0xE5, 0xED, 0xEF])
            # What looks like markers in a comment is none.
            note = pick(rng, [b"", b"knee", b"\xff\xd9\xff\xda\xff\xc0", rng.bytes(300)])
            # What tells the height follows its scan at once.
            last = next(at for at, part in enumerate(parts) if part[1] == SOS) if "dnl" in extras else len(parts) - 1
            parts.insert(rng.integers(1 if parts[0][1] == APP0 else 0, last + 1), segment(marker, note))
    if "fill" in extras:
        parts = [b"\xff" * int(rng.integers(0, 4)) + part for part in parts]
        tail = tail[:-2] + b"\xff" * int(rng.integers(0, 4)) + END
    if "garbage" in extras:
        tail += pick(rng, [bytes(64), rng.bytes(200), b"\xff\xd8\xff\xe0", b"\r\n", data[:500]])
    words += sorted(extras - {"exif"})
    return Case(["jpeg", *words], "jpg", START + b"".join(parts) + tail, levels, LOSSY)
